"""Which tags name a release: a version by PEP 440 or Semantic Versioning, or a day, and no more.

A name before it is left alone (``v1.2.3``, ``release-1.2``, ``pkg-1.2.3``, ``pkg/v1.2.3``), and so
are underscores for dots (``curl-8_11_0``). Pre-releases are none.
"""

from __future__ import annotations

import re

_WORDS = "v|r|rel|release|version|ver"
_START = re.compile(rf"(?:^|[-_/@=+]|(?:^|[-_/@])(?:{_WORDS})[-_/.]?)(?=\d)", re.IGNORECASE)
_LEADING = re.compile(rf"(?:^|.*[-_/@])(?:{_WORDS})[-_/.]?", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"(?:19|20)\d\d([-._]?)(?:0?[1-9]|1[0-2])(?:\1(?:0?[1-9]|[12]\d|3[01]))?")
_UNDERSCORED = re.compile(r"\d+(?:_\d+)+")
_DOTTED = re.compile(r"\d+(?:\.\d+)+")
_SEMANTIC = re.compile(r"\d+\.\d+(?:\.\d+)*(?P<pre>-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_FINAL = re.compile(r"[-._](?:final|ga|release|stable|lts)$", re.IGNORECASE)
_EARLY = re.compile(
    r"(?<![a-z])(?:alpha|beta|rc|pre|preview|prerelease|dev|snapshot|nightly|canary|test|testing|"
    r"staging|unstable|next|draft)(?![a-z])",
    re.IGNORECASE,
)
_LONGEST = 200  # characters; what is longer is no version that anyone types


def is_release(tag: str) -> bool:
    """Whether a tag's name is that of a release, and not of a pre-release."""
    if len(tag) > _LONGEST or not tag.isprintable():
        return False
    bare = _FINAL.sub("", tag)
    for start in _START.finditer(bare):
        name, version = bare[: start.end()], bare[start.end() :]
        if found := _says(version, leads=_LEADING.fullmatch(name) is not None, alone=not name):
            return found == "release" and not _EARLY.search(name)
    return False


def _says(text: str, *, leads: bool, alone: bool) -> str:
    """Tell "release" from "pre-release", and "" for what is no version."""
    if _DAY.fullmatch(text) and (not text.isdigit() or len(text) == 8):
        return "release"
    if _UNDERSCORED.fullmatch(text):
        text = text.replace("_", ".")
    if text.isdigit():  # "v3" is a version, and the 3 of "build-3" is a number
        return "release" if leads else ""
    if not alone and not _DOTTED.match(text):
        return ""
    from packaging.version import InvalidVersion, Version

    try:
        return "pre-release" if Version(text).is_prerelease else "release"
    except InvalidVersion:
        semantic = _SEMANTIC.fullmatch(text)
    if semantic is None:
        return ""
    return "pre-release" if semantic["pre"] else "release"
