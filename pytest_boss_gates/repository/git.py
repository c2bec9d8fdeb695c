"""Asking the git binary: which commit and branch is checked out, and what else it keeps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_TIMEOUT = 10  # seconds; a network drive is slow, a hanging git must not hang the session
_INHERITED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_DIFF_OPTS",
    "GIT_EXTERNAL_DIFF",
)
_QUIETLY = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_HEADS = "refs/heads/"
_USUAL_REFS = tuple(
    f"refs/{place}/{name}"
    for place in ("heads", "remotes/origin")
    for name in ("main", "master", "trunk", "develop")
)

NOT_INSTALLED = "git is not installed"
"""The fault where there is no git to run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What is checked out; empty strings where there is nothing to say."""

    commit: str = ""  # the full hash, "" without git, a repository or a first commit
    branch: str = ""  # "" also when HEAD is detached, as in most CI checkouts


def identify(root: Path) -> Checkout:
    """Ask git for the commit and branch of the repository that ``root`` stands in.

    Never raises: no git, no repository, a refusal or a time-out give an empty ``Checkout``.
    """
    top = top_of(root)
    if top is None:
        return Checkout()
    commit, _, head = ask(top, "rev-parse", "HEAD", "--symbolic-full-name", "HEAD").partition("\n")
    if commit and head:
        return Checkout(commit=commit, branch=_branch(head))
    return Checkout(branch=_branch(ask(top, "symbolic-ref", "-q", "HEAD")))


def default_branch(root: Path) -> str:
    """Name the repository's default branch offline, "" when nothing tells.

    A clone remembers the remote's; else it is the only one of the usual names that exists.
    """
    top = top_of(root)
    if top is None:
        return ""
    remote = ask(top, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if remote:
        return remote.removeprefix("origin/")
    listed = ask(top, "for-each-ref", "--format=%(refname:lstrip=-1)", *_USUAL_REFS)
    names = set(listed.split())
    return names.pop() if len(names) == 1 else ""


def top_of(root: Path) -> Path | None:
    """Find the directory with ``.git`` (a file in worktrees and submodules)."""
    try:
        root = root.resolve()
        return next((place for place in (root, *root.parents) if (place / ".git").exists()), None)
    except (OSError, RuntimeError):
        return None


def below(top: Path, root: Path) -> str:
    """Spell where ``root`` stands in its repository, with a slash at the end; "" at its top."""
    inside = os.path.relpath(os.path.realpath(root), os.path.realpath(top))
    return "" if inside == os.curdir else inside.replace(os.sep, "/") + "/"


def _branch(reference: str) -> str:
    reference = reference.strip()
    return reference[len(_HEADS) :] if reference.startswith(_HEADS) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git printed, or why it did not answer."""

    out: bytes = b""
    fault: str = ""  # "" when it answered


def run(
    top: Path,
    *arguments: str,
    given: bytes = b"",
    index: Path | None = None,
    timeout: float = _TIMEOUT,
) -> Answer:
    """Run git for reading, in the directory that ``top_of`` gives; never raises.

    ``given`` is what it reads, ``index`` a file in place of the repository's own, ``timeout`` is
    in seconds. Nothing is fetched from a network, also not in a partial clone.
    """
    import subprocess

    # A hook that started us points git at its own repository; `top` is what is asked about.
    environment = {name: value for name, value in os.environ.items() if name not in _INHERITED}
    environment |= _QUIETLY
    if index is not None:
        environment["GIT_INDEX_FILE"] = os.fspath(index)
    # In containers the checkout often belongs to another user, and git refuses to look at it.
    command = ["git", "-c", f"safe.directory={top.as_posix()}", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, references, and paths of the repository
            command,
            cwd=top,
            env=environment,
            input=given,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        return Answer(fault=NOT_INSTALLED)
    except subprocess.TimeoutExpired:
        return Answer(fault=f"git took longer than {timeout:g} seconds")
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Answer(fault=f"git could not be run: {error}")
    if done.returncode:
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        said.sort(key=lambda line: not line.startswith(("fatal:", "error:")))  # after warnings
        return Answer(fault=said[0] if said else f"git ended with status {done.returncode}")
    return Answer(out=done.stdout)


def ask(top: Path, *arguments: str) -> str:
    """Run git for reading; gives what it printed, "" after any failure."""
    return run(top, *arguments).out.decode("utf-8", errors="surrogateescape").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What version control holds; all empty without a repository."""

    remotes: tuple[str, ...] = ()  # names, "origin" first
    commits: int = 0  # that HEAD has behind it; a shallow clone has fewer
    is_shallow: bool = False
    tags: int = 0
    branches: int = 0  # of this clone and of its remotes, each name once
    subjects: tuple[str, ...] = ()  # of the last 100 commits of the first-parent line, newest first


_LAST = 100


def kept(root: Path) -> Kept | None:
    """Ask git what the repository of ``root`` keeps; None without one."""
    top = top_of(root)
    if top is None:
        return None
    remotes = sorted(ask(top, "remote").split(), key=lambda name: (name != "origin", name))
    counted = ask(top, "rev-list", "--count", "HEAD")
    tags = ask(top, "for-each-ref", "--format=x", "refs/tags").split()
    listed = ask(top, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    names = {name.removeprefix(_HEADS) for name in listed.split() if name.startswith(_HEADS)}
    names |= {
        name.split("/", 3)[3]
        for name in listed.split()
        if not name.startswith(_HEADS) and name.count("/") >= 3
    }
    shown = ("--first-parent", "--no-show-signature", "--format=%s")
    log = ask(top, "log", f"-{_LAST}", *shown, "HEAD")
    return Kept(
        remotes=tuple(remotes),
        commits=int(counted) if counted.isdigit() else 0,
        is_shallow=ask(top, "rev-parse", "--is-shallow-repository") == "true",
        tags=len(tags),
        branches=len(names - {"HEAD"}),
        subjects=tuple(log.split("\n")) if log else (),
    )


def changed_files(root: Path) -> frozenset[str] | None:
    """Give the files that differ from HEAD, and those that git neither knows nor ignores.

    Paths are posix and relative to ``root``, files outside it left out; None without a repository
    or a first commit, or when git does not answer.
    """
    found = edits(root, each=True) if identify(root).commit else None
    if found is None:
        return None
    return frozenset(edit.path for edit in found if not edit.path.startswith("../"))


def is_kept(root: Path, path: str) -> bool:
    """Whether git keeps anything at a path relative to ``root``."""
    top = top_of(root)
    if top is None:
        return False
    return bool(ask(top, "ls-files", "--cached", "--", (root.resolve() / path).as_posix()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A path that is not as the commit has it, relative to the root; a directory ends with /."""

    path: str
    is_tracked: bool


def edits(root: Path, *, each: bool = False) -> tuple[Edit, ...] | None:
    """Ask git what differs from the commit; None when it cannot tell.

    Paths outside the root start with ``../``. What is ignored is no change. ``each`` names every
    file of a directory that git does not know, which stands for them otherwise.
    """
    top = top_of(root)
    if top is None:
        return None
    unknown = f"--untracked-files={'all' if each else 'normal'}"
    answer = run(top, "status", "--porcelain=v1", unknown, "-z")
    if answer.fault:
        return None
    found = []
    names = iter(answer.out.decode("utf-8", errors="surrogateescape").split("\0"))
    for entry in names:
        if not entry:
            continue
        code, path = entry[:2], entry[3:]
        if "R" in code or "C" in code:
            next(names, None)  # where it came from
        relative = os.path.relpath(top / path, root.resolve()).replace(os.sep, "/")
        relative += "/" if path.endswith("/") else ""
        found.append(Edit(path=relative, is_tracked=code != "??"))
    return tuple(found)


def tagged(root: Path, version: str) -> str:
    """Find the commit that a version was tagged at, as ``1.2`` or ``v1.2``; "" without one."""
    top = top_of(root)
    if top is None:
        return ""
    for name in (version, f"v{version}"):
        reference = f"refs/tags/{name}^{{commit}}"
        commit = ask(top, "rev-parse", "--verify", "--quiet", reference)
        if commit:
            return commit
    return ""


def authored(root: Path, commit: str) -> tuple[datetime, int] | None:
    """Give a commit's author time and the number of its parents; None when it is not here."""
    from datetime import datetime, timezone

    top = top_of(root)
    if top is None or commit.startswith("-"):
        return None
    told = ask(top, "show", "--no-patch", "--format=%at %P", f"{commit}^{{commit}}").split()
    if not told or not told[0].lstrip("-").isdigit():
        return None
    try:
        return datetime.fromtimestamp(int(told[0]), timezone.utc), len(told) - 1
    except (ValueError, OSError, OverflowError):  # of no year that there is
        return None


def resolve(root: Path, name: str) -> str:
    """Give the full hash of a commit by any name that git knows it by; "" when it knows none."""
    top = top_of(root)
    if top is None or name.startswith("-"):  # that would be an option
        return ""
    return ask(top, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
