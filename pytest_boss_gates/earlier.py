"""The corridor's look at the settings as they were at the base of the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.model import BaseSettings
from pytest_boss_gates.repository.base import files_at, read_at
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.settings.page import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_boss_gates.model import Settings
    from pytest_boss_gates.repository.base import Base
    from pytest_boss_gates.repository.tree import Tree

_WANTED = ("tool.boss-gates.targets", "tool.boss-gates.tools", "tool.boss-gates.exclude")


def settings_at_base(
    settings: Settings,
    tree: Tree,
    base: Base,
    read: Callable[[str, Callable[[], Sequence[str]]], Settings],
) -> BaseSettings:
    """Read what was wanted at the base. ``read`` takes the file's text and gives the paths' list.

    What is wrong there with anything but targets, tools and paths does not matter any more.
    """
    if not base.commit:
        return BaseSettings(reason=base.reason, remedy=base.remedy)
    paths = tuple(path for path, _ in files_at(settings.root, base.commit))
    content = read_at(settings.root, base.commit, settings.file)
    if content is None:  # nothing was wanted yet
        return BaseSettings(paths=frozenset(paths), source=str(base))
    try:
        then = read(as_text(content), lambda: paths)
    except UnicodeDecodeError:
        return BaseSettings(reason=f"{settings.file} at {base} is not UTF-8 text")
    except SettingsError as error:
        wrong = [p for p in error.problems if not p.key or p.key.startswith(_WANTED)]
        if wrong or error.settings is None:
            first = " ".join(str((wrong or error.problems)[0]).split())
            return BaseSettings(reason=f"the settings at {base} are wrong: {first}")
        then = error.settings
    before = find_source(tree, then.source, then.exclude).python_files(tree)
    now = set(find_source(tree, settings.source, settings.exclude).python_files(tree))
    return BaseSettings(
        targets=tuple(target for target in then.targets if target.set_at is not None),
        paths=frozenset(paths),
        left_out=tuple(path for path in before if path not in now and path in paths),
        source=str(base),
    )
