"""What a change is compared with: the commit that it left, and files as they were there.

Asked in this order: the option, what the CI system says of a pull request, then the branch that
changes go to (as configured, else the remote's default branch, else the local one). On that branch
itself, where nothing of one's own lies on top, the last push is the change: from where the branch
stood before it, where the CI system tells, else from the first parent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.ci import CI, Change, change_of, detect, plain_branch
from pytest_boss_gates.repository.git import (
    NOT_INSTALLED,
    ask,
    below,
    default_branch,
    identify,
    run,
    top_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

OPTION = "--boss-gates-base"
_MANY = 60  # seconds, for the contents of many files

_OR = f"Or name a branch, tag or commit to compare with: {OPTION}=REF."
_NAME_ONE = f"Name a branch, tag or commit to compare with: {OPTION}=REF."


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The commit that a change is compared with, or the reason why there is none.

    ``reason`` (part of a sentence) and ``remedy`` (sentences) are set exactly when ``commit`` is
    empty. ``commit`` may be ``head`` itself: then only what is not committed is new.
    """

    commit: str = ""  # the full hash of the merge base of HEAD and ``ref``
    ref: str = ""  # what HEAD was compared with, as a person would write it
    how: str = ""  # who said so: the option, a variable of the CI system, a rule of ours
    reason: str = ""
    remedy: str = ""
    head: str = ""  # the full hash of HEAD, "" before the first commit
    branch: str = ""  # the branch that the change goes to; "" where none is known

    def __str__(self) -> str:
        """Spell what a change is compared with, for people."""
        return f"{self.ref} at {self.commit[:10]} ({self.how})"


def find_base(
    root: Path, environ: Mapping[str, str], asked: str = "", configured: str = ""
) -> Base:
    """Find what the change that is checked out at ``root`` is compared with.

    ``asked`` is the option's value; ``configured`` is the branch that changes go to. Offline, and
    never raises: what stands in the way is the ``reason``.
    """
    top = top_of(root)
    if top is None:
        return Base(
            reason="the project is not in a git repository",
            remedy="Run in a clone of the repository, with its `.git`.",
        )
    head = ask(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if not head:
        return _without_head(top)
    search = _Search.of(top, head, environ)
    if asked:
        return search.of_option(asked)
    if search.change.targets:
        return search.of_request()
    return search.of_branch(configured)


def read_at(root: Path, commit: str, path: str) -> bytes | None:
    """Read a file as it was at a commit; ``path`` is relative to ``root``, with slashes.

    None when there was none, or the clone does not hold it. Of a symbolic link, its target.
    """
    top = top_of(root)
    if top is None or not commit:
        return None
    answer = run(top, "cat-file", "blob", f"{commit}:{below(top, root)}{path}")
    return None if answer.fault else answer.out


def files_at(root: Path, commit: str) -> tuple[tuple[str, str], ...]:
    """List the files below ``root`` at a commit: their paths relative to it, and their blobs' ids.

    Without symbolic links and submodules; empty when there were none.
    """
    top = top_of(root)
    if top is None or not commit:
        return ()
    prefix = below(top, root)
    where = ("--", prefix) if prefix else ()
    listed = run(top, "ls-tree", "-r", "-z", "--full-tree", commit, *where).out
    found = []
    for entry in listed.decode("utf-8", errors="surrogateescape").split("\0"):
        about, _, path = entry.partition("\t")
        if about.startswith("100"):  # a file's mode; a link's is 120000, a submodule's 160000
            found.append((path.removeprefix(prefix), about.split()[2]))
    return tuple(found)


def blobs(root: Path, ids: Iterable[str]) -> dict[str, bytes]:
    """Read many blobs by their ids (``files_at``) in one go; what is not there is left out."""
    top, asked = top_of(root), list(dict.fromkeys(ids))
    if top is None or not asked:
        return {}
    given = "".join(f"{each}\n" for each in asked).encode()
    out = run(top, "cat-file", "--batch", given=given, timeout=_MANY).out
    found: dict[str, bytes] = {}
    at = 0
    for each in asked:
        end = out.find(b"\n", at)
        head = out[at:end].split()  # the id, the type and the size; or the id and "missing"
        at = end + 1
        if end >= 0 and len(head) == 3:
            found[each] = out[at : at + int(head[2])]
            at += int(head[2]) + 1
    return found


def blob_id(content: bytes, *, like: str = "") -> str:
    """Give the id that git gives to a content, by the same hash as another id is of."""
    import hashlib

    known = hashlib.sha256 if len(like) == 64 else hashlib.sha1  # git's two object formats
    return known(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def ignored_by_git(root: Path) -> Callable[[str], bool]:
    """Give the test whether git ignores an untracked path, relative to ``root``."""
    top = top_of(root)
    if top is None:
        return lambda path: False  # noqa: ARG005
    prefix = below(top, root)
    where = ("--", prefix) if prefix else ()
    options = ("--others", "--ignored", "--exclude-standard", "--directory", "-z")
    listed = run(top, "ls-files", *options, *where).out.decode("utf-8", errors="surrogateescape")
    ignored = {path.removeprefix(prefix).rstrip("/") for path in listed.split("\0") if path}
    return lambda path: (
        path in ignored
        or any(path[:at] in ignored for at, letter in enumerate(path) if letter == "/")
    )


def is_listed(root: Path, commit: str) -> bool:
    """Whether the clone holds the tree of a commit, so that no file there means that none was."""
    top = top_of(root)
    return top is not None and not run(top, "ls-tree", "-d", "-r", "--name-only", commit).fault


def _without_head(top: Path) -> Base:
    fault = run(top, "rev-parse", "--git-dir").fault
    if not fault:
        return Base(
            reason="the repository has no commit yet",
            remedy="Commit once: there is nothing to compare with before that.",
        )
    if fault == NOT_INSTALLED:
        remedy = "Install git where the tests run: a change is read from it."
        return Base(reason=fault, remedy=remedy)
    return Base(
        reason=f"git cannot read the repository: {fault}",
        remedy="Mend the repository: `git status` must work where the tests run.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """A repository with a commit checked out, and what the CI system says of it."""

    top: Path
    head: str
    remote: str  # "" without one
    ci: CI
    change: Change

    @classmethod
    def of(cls, top: Path, head: str, environ: Mapping[str, str]) -> _Search:
        if (top / ".git").is_file() and ask(top, "rev-parse", "--show-superproject-working-tree"):
            environ = {}  # the CI system speaks of the repository that this is a submodule of
        remotes = ask(top, "remote").split()
        alone = remotes[0] if len(remotes) == 1 else ""
        return cls(
            top=top,
            head=head,
            remote="origin" if "origin" in remotes else alone,
            ci=detect(environ),
            change=change_of(environ),
        )

    def of_option(self, asked: str) -> Base:
        """Compare with what the option names, here first and then at the remote."""
        base = self._compared(asked, OPTION, (asked, f"refs/remotes/{self.remote}/{asked}"))
        return replace(base, branch=self._plain(asked))

    def of_request(self) -> Base:
        """Compare with what a pull request is to be merged into."""
        failed = []
        for how, value in self._requested():
            name = plain_branch(value)
            base = self._compared(name, how, self._spellings(name))
            if base.commit:
                return replace(base, branch=plain_branch(self.change.targets[0][1]))
            failed.append(base)
        return failed[0]

    def _requested(self) -> Iterable[tuple[str, str]]:
        first, *others = self.change.targets
        yield first
        if self.change.merged == self.head:  # in a clone of depth 2 there is no branch to ask
            yield "the first parent of the merge that is tested", f"{self.head}^1"
        yield from others

    def of_branch(self, configured: str) -> Base:
        """Compare with the branch that changes go to, or with what a push to it was made on."""
        named, how = configured, "base in [tool.boss-gates]"
        if not named:
            named = self.ci.default_branch or self._remembered() or default_branch(self.top)
            how = "the remote's default branch" if self.remote else "the default branch"
        if not named:
            return self._untold()
        return replace(self._from(named, how, configured), branch=self._plain(named))

    def _from(self, named: str, how: str, configured: str) -> Base:
        name = self._plain(named)
        pushed = name == (self.ci.branch or identify(self.top).branch)
        if pushed and (base := self._of_push()) is not None:
            return base
        base = self._compared(named, how, self._spellings(name))
        if not configured and base.ref == name:
            base = replace(base, how="the default branch")
        return self._last_change(base) if pushed and base.commit == self.head else base

    def _plain(self, name: str) -> str:
        return name.removeprefix(f"{self.remote}/")

    def _untold(self) -> Base:
        reason = "nothing tells which branch this change goes to"
        remedy = _NAME_ONE
        if self.remote:
            remedy += f" A clone remembers it after `git remote set-head {self.remote} -a`."
            fetched = ask(self.top, "config", "--get-all", f"remote.{self.remote}.fetch")
            if "*" not in fetched:
                reason += ": the clone has no other branch"
                remedy = self.change.deepen or self._fetch_all()
        return Base(head=self.head, reason=reason, remedy=remedy)

    def _fetch_all(self) -> str:
        """Say how a clone of a single branch gets the others."""
        deeper = " --unshallow" if self._is_shallow() else ""
        return (
            f"Get the other branches: `git remote set-branches {self.remote} '*'`, "
            f"`git fetch{deeper} {self.remote}`, `git remote set-head {self.remote} -a`."
        )

    def _remembered(self) -> str:
        """Name the remote's default branch, where the clone remembers it."""
        start = f"refs/remotes/{self.remote}/"
        return ask(self.top, "symbolic-ref", f"{start}HEAD").removeprefix(start)

    def _of_push(self) -> Base | None:
        """Compare with where the branch stood before the push, None when nobody tells.

        A commit that is not there was lost by a forced push, or is beyond a shallow clone's end.
        """
        for how, commit in self.change.before:
            base = self._compared(commit, how, (commit,))
            if base.commit != self.head and (base.commit or self._is_shallow()):
                return base
        return None

    def _last_change(self, base: Base) -> Base:
        """Compare with the first parent where HEAD is the branch itself and nothing is on top."""
        if not self.ci.name and self._is_dirty():
            return base
        how = f"the first parent, since HEAD is on {base.ref}"
        parent = self._compared("HEAD^", how, (f"{self.head}^1",))
        if parent.commit or self._is_shallow():
            return parent
        return replace(base, how="HEAD is the first commit")

    def _is_dirty(self) -> bool:
        """Whether a person is at work: a tracked file differs, or a new Python file is there."""
        listed = ask(self.top, "status", "--porcelain", "-z", "--untracked-files=all")
        entries = filter(None, listed.split("\0"))
        return any(entry[:2] != "??" or entry.endswith(".py") for entry in entries)

    def _is_shallow(self) -> bool:
        return ask(self.top, "rev-parse", "--is-shallow-repository") == "true"

    def _spellings(self, name: str) -> tuple[str, ...]:
        """Give what a branch or commit may be called in this clone, the remote's first."""
        at_remote = (f"refs/remotes/{self.remote}/{name}",) if self.remote else ()
        return (*at_remote, f"refs/heads/{name}", name)

    def _compared(self, name: str, how: str, spellings: tuple[str, ...]) -> Base:
        """Find the merge base of HEAD and the first of the spellings that is there."""
        for spelling in spellings:
            if spelling.startswith("-"):  # an option of git's, not a reference
                continue
            commit = ask(self.top, "rev-parse", "--verify", "--quiet", f"{spelling}^{{commit}}")
            if commit:
                break
        else:
            return self._not_there(name, how)
        ref = spelling.removeprefix("refs/remotes/").removeprefix("refs/heads/")
        if ref == commit or ref.startswith(self.head):
            ref = name if name == "HEAD^" else commit[:10]
        merge_base = ask(self.top, "merge-base", commit, self.head)
        if merge_base:
            return Base(commit=merge_base, ref=ref, how=how, head=self.head)
        return self._apart(ref, how)

    def _not_there(self, name: str, how: str) -> Base:
        if self._is_shallow():
            reason = f"the clone is shallow and does not hold {name} ({how})"
            return self._too_shallow(name, how, reason)
        remedy = _NAME_ONE
        if self.remote:
            branch = name.removeprefix(f"{self.remote}/")
            place = f"{self.remote} {branch}:refs/remotes/{self.remote}/{branch}"
            remedy = f"Fetch it before the tests: `git fetch {place}`. {_OR}"
        reason = f"{name} ({how}) is no branch, tag or commit of this clone"
        return Base(ref=name, how=how, head=self.head, reason=reason, remedy=remedy)

    def _apart(self, ref: str, how: str) -> Base:
        if self._is_shallow():
            reason = f"the clone is shallow: it does not reach back to where this left {ref}"
            return self._too_shallow(ref, how, reason)
        reason = f"{ref} ({how}) and HEAD have no commit in common"
        return Base(ref=ref, how=how, head=self.head, reason=reason, remedy=_NAME_ONE)

    def _too_shallow(self, ref: str, how: str, reason: str) -> Base:
        remedy = self.change.deepen or "Get the whole history: `git fetch --unshallow`."
        return Base(ref=ref, how=how, head=self.head, reason=reason, remedy=remedy)
