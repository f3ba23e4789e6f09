"""A changelog in the form of Keep a Changelog: what is unreleased, and fragments, become the section of a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject.splices import newline_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.api import ApiChange

FILE_NAME = "CHANGELOG.md"
FRAGMENTS = "changelog.d"  # a directory of `ANYTHING.added.md`, `ANYTHING.fixed.md`, …: one change each
SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
NEW = "# Changelog\n\n## [Unreleased]\n"

_SECTIONS_OF_RULES = {
    "added": "Added",
    "parameter-added": "Added",
    "field-added": "Added",
    "enum-member-added": "Added",
    "extra-added": "Added",
    "entry-point-added": "Added",
    "deprecated": "Deprecated",
    "removed": "Removed",
    "reexport-removed": "Removed",
    "parameter-removed": "Removed",
    "field-removed": "Removed",
    "enum-member-removed": "Removed",
    "extra-removed": "Removed",
    "entry-point-removed": "Removed",
}
_UNRELEASED = re.compile(
    r"^## (?:\[unreleased\]|unreleased)[^\S\r\n]*(?P<newline>\r?\n|\Z)", re.IGNORECASE | re.MULTILINE
)
_VERSION = re.compile(r"^## \[?v?\d", re.MULTILINE)
_SECTION = re.compile(r"^### (?P<name>[^\r\n]+?)[^\S\r\n]*(?=\r?$)", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~).*?^ {0,3}(?:```|~~~)[^\S\r\n]*$", re.DOTALL | re.MULTILINE)


def with_release(
    text: str, version: str, released_on: datetime.date, fragments: Mapping[str, str] | None = None
) -> str:
    """`text` with a heading for `version` below "Unreleased", which is left empty; every other byte is kept.

    `fragments`, texts by file name, come first in the sections that their names say.  Without an "Unreleased" section
    the release comes before the first version, if there are fragments.  Unchanged when the version has its heading
    already, or when there is nothing to say.
    """
    fenced = [match.span() for match in _FENCE.finditer(text)]
    heading = _first(_UNRELEASED, text, fenced)
    if _has_heading(text, version):
        return text
    newline = newline_of(text) if text else "\n"
    if heading is None:
        return _before_first_version(text, version, released_on, fragments or {}, newline)
    before = text[: heading.start("newline")]
    title = _title(version, released_on, is_bracketed="[" in heading[0])
    end = _section_end(text, heading.end(), fenced)
    body = _with_fragments(text[heading.end() : end], fragments or {}, newline)
    newline = heading["newline"] or "\n"
    return f"{before}{newline}{newline}{title}{newline}{body}{text[end:]}"


def is_empty(text: str) -> bool:
    """Whether there is an "Unreleased" section, and nothing in it."""
    fenced = [match.span() for match in _FENCE.finditer(text)]
    heading = _first(_UNRELEASED, text, fenced)
    return heading is not None and not text[heading.end() : _section_end(text, heading.end(), fenced)].strip()


def draft(changes: Iterable[ApiChange]) -> dict[str, str]:
    """Fragments that say what changed in the API, for a person to make better; bodies that changed are left out."""
    found: dict[str, str] = {}
    for number, change in enumerate(changes):
        section = _SECTIONS_OF_RULES.get(change.rule, "Changed")
        what = change.message.partition(": ")[0]
        if change.rule != "body-changed":
            found[f"{number:04}.{section.lower()}.md"] = f"- `{change.object}`: {what}.\n"
    return found


def section_of(file_name: str) -> str:
    """The section that a fragment's name says, `Changed` where it says none: `12.fixed.md` is `Fixed`."""
    words = {word.capitalize() for word in file_name.removesuffix(".md").split(".")[1:]}
    return next((each for each in SECTIONS if each in words), "Changed")


def _title(version: str, released_on: datetime.date, *, is_bracketed: bool) -> str:
    return f"## [{version}] - {released_on}" if is_bracketed else f"## {version} - {released_on}"


def _first(pattern: re.Pattern[str], text: str, fenced: list[tuple[int, int]], start: int = 0) -> re.Match[str] | None:
    found = pattern.finditer(text, start)
    return next((each for each in found if not any(a <= each.start() < b for a, b in fenced)), None)


def _section_end(text: str, start: int, fenced: list[tuple[int, int]]) -> int:
    following = _first(re.compile(r"^## ", re.MULTILINE), text, fenced, start)
    return following.start() if following is not None else len(text)


def _before_first_version(
    text: str, version: str, released_on: datetime.date, fragments: Mapping[str, str], newline: str
) -> str:
    if not fragments:
        return text
    fenced = [match.span() for match in _FENCE.finditer(text)]
    first = _first(_VERSION, text, fenced)
    at = first.start() if first is not None else len(text)
    is_bracketed = first is None or "[" in first[0]
    body = _with_fragments("", fragments, newline)
    gap = "" if at == 0 or text[:at].endswith(newline * 2) else newline if text[:at].endswith(newline) else newline * 2
    entry = f"{_title(version, released_on, is_bracketed=is_bracketed)}{newline}{body}"
    return f"{text[:at]}{gap}{entry}{newline if first is not None else ''}{text[at:]}"


def _with_fragments(body: str, fragments: Mapping[str, str], newline: str) -> str:
    """`body`, the text below a heading, with the fragments' items first in their sections; other bytes are kept."""
    for section in reversed(SECTIONS):
        texts = [text for name, text in sorted(fragments.items()) if section_of(name) == section]
        if texts:
            body = _with_items(body, section, "".join(_item(each, newline) for each in texts), newline)
    return body


def _with_items(body: str, section: str, items: str, newline: str) -> str:
    headings = {match["name"].capitalize(): match for match in _SECTION.finditer(body)}
    if section in headings:
        rest = body[headings[section].end() :].lstrip("\r\n")
        gap = "" if rest.startswith(("- ", "* ")) else newline
        return f"{body[: headings[section].end()]}{newline * 2}{items}{gap}{rest}"
    later = [headings[each].start() for each in SECTIONS[SECTIONS.index(section) + 1 :] if each in headings]
    at = min(later, default=len(body.rstrip()))
    before, after = body[:at].rstrip(), body[at:]
    entry = f"{newline}### {section}{newline * 2}{items}"
    if before:
        entry = f"{before}{newline}{entry}"
    return f"{entry}{newline}{after}" if after.strip() else entry + (after or ("" if before else body))


def _item(text: str, newline: str) -> str:
    """A fragment as list items: its own, or one of all its lines."""
    lines = text.strip().splitlines()
    if not lines:
        return ""
    if not lines[0].startswith(("- ", "* ")):
        lines = [f"- {lines[0]}", *(f"  {line}".rstrip() for line in lines[1:])]
    return "".join(f"{line}{newline}" for line in lines)


def _has_heading(text: str, version: str) -> bool:
    return re.search(rf"^## \[?v?{re.escape(version)}\]?(?=[\s(]|$)", text, re.MULTILINE) is not None
