"""A changelog in the form of Keep a Changelog: what is unreleased, and fragments, become the section of a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dagster_commons.tools.pyproject.splices import newline_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping

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
_NOT_READ = re.compile(  # code and comments: what looks like a heading there is none
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\r\n]*\r?\n.*?^ {0,3}(?P=fence)[`~]*[^\S\r\n]*(?=\r?$)|<!--.*?-->",
    re.DOTALL | re.MULTILINE,
)
_LINKS_AT_THE_END = re.compile(r"(?:^\[[^\]\r\n]+\]:[^\r\n]*(?:\r?\n|\Z)|^[^\S\r\n]*\r?\n)+\Z", re.MULTILINE)
_LINE_END = re.compile(r"\r\n|\r|\n")  # what `str.splitlines` takes for one besides is kept


def with_release(
    text: str, version: str, released_on: datetime.date, fragments: Mapping[str, str] | None = None
) -> str:
    """`text` with a heading for `version` below "Unreleased", which is left empty; every other byte is kept.

    `fragments`, texts by file name, come first in the sections that their names say.  Without an "Unreleased" section
    the release comes before the first version, if there are fragments.  Unchanged when the version has its heading
    already, or when there is nothing to say.
    """
    if _first(_heading_of(version), text) is not None:
        return text
    told = {name: each for name, each in (fragments or {}).items() if each.strip()}
    newline = newline_of(text)
    heading = _first(_UNRELEASED, text)
    if heading is None:
        return _before_first_version(text, version, released_on, told, newline)
    before = text[: heading.start("newline")]
    title = _title(version, released_on, is_bracketed="[" in heading[0])
    end = _section_end(text, heading.end())
    body = _with_fragments(text[heading.end() : end], told, newline)
    gap = _gap(body, text[end:], newline) if told else ""
    newline = heading["newline"] or newline
    return f"{before}{newline}{newline}{title}{newline}{body}{gap}{text[end:]}"


def is_empty(text: str) -> bool:
    """Whether there is an "Unreleased" section, and nothing in it."""
    heading = _first(_UNRELEASED, text)
    return heading is not None and not text[heading.end() : _section_end(text, heading.end())].strip()


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


def _first(pattern: re.Pattern[str], text: str, start: int = 0) -> re.Match[str] | None:
    return next(_found(pattern, text, start), None)


def _found(pattern: re.Pattern[str], text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Where `pattern` is in `text` from `start` on, code and comments left out."""
    hidden = [match.span() for match in _NOT_READ.finditer(text)]
    for match in pattern.finditer(text, start):
        if not any(first <= match.start() < last for first, last in hidden):
            yield match


def _section_end(text: str, start: int) -> int:
    """Where the next section begins, or the definitions of links that end the text."""
    following = _first(re.compile(r"^## ", re.MULTILINE), text, start)
    return following.start() if following is not None else _text_end(text, start)


def _text_end(text: str, start: int) -> int:
    """Where the definitions of links begin that end `text`, if there are any."""
    links = _LINKS_AT_THE_END.search(text, start)
    return links.start() if links is not None and links[0].strip() else len(text)


def _before_first_version(
    text: str, version: str, released_on: datetime.date, fragments: Mapping[str, str], newline: str
) -> str:
    if not fragments:
        return text
    first = _first(_VERSION, text)
    at = first.start() if first is not None else _text_end(text, 0)
    is_bracketed = first is None or "[" in first[0]
    body = _with_fragments("", fragments, newline)
    entry = f"{_title(version, released_on, is_bracketed=is_bracketed)}{newline}{body}"
    return f"{text[:at]}{_gap(text[:at], entry, newline)}{entry}{_gap(entry, text[at:], newline)}{text[at:]}"


def _gap(above: str, below: str, newline: str) -> str:
    """The line endings that part the two by a blank line."""
    if not above or not below:
        return ""
    ends = above.endswith(newline) + above.endswith(newline * 2) + below.startswith(newline)
    return newline * max(0, 2 - ends)


def _with_fragments(body: str, fragments: Mapping[str, str], newline: str) -> str:
    """`body`, the text below a heading, with the fragments' items first in their sections; other bytes are kept."""
    for section in reversed(SECTIONS):
        texts = [text for name, text in sorted(fragments.items()) if section_of(name) == section]
        if texts:
            body = _with_items(body, section, "".join(_item(each, newline) for each in texts), newline)
    return body


def _with_items(body: str, section: str, items: str, newline: str) -> str:
    """`body` with `items` first below the heading of `section`, which is made where the order of sections has it."""
    headings: dict[str, re.Match[str]] = {}
    for match in _found(_SECTION, body):
        headings.setdefault(match["name"].capitalize(), match)
    if section in headings:
        above, rest = body[: headings[section].end()], body[headings[section].end() :].lstrip("\r\n")
        gap = "" if not rest or rest.startswith(("- ", "* ")) else newline
        return f"{above}{newline * 2}{items}{gap}{rest}"
    later = [headings[each].start() for each in SECTIONS[SECTIONS.index(section) + 1 :] if each in headings]
    at = min(later, default=len(body.rstrip("\r\n")))
    before, after = body[:at].rstrip("\r\n"), body[at:].lstrip("\r\n")
    entry = f"{newline}### {section}{newline * 2}{items}"
    return f"{before}{newline if before else ''}{entry}{newline if after else ''}{after}"


def _item(text: str, newline: str) -> str:
    """A fragment as list items: its own, or one of all its lines."""
    lines = _LINE_END.split(text.removeprefix("\ufeff").strip())
    if not lines[0].startswith(("- ", "* ")):
        lines = [f"- {lines[0]}", *(f"  {line}".rstrip() for line in lines[1:])]
    return "".join(f"{line}{newline}" for line in lines)


def _heading_of(version: str) -> re.Pattern[str]:
    return re.compile(rf"^## \[?v?{re.escape(version)}\]?(?=[\s(]|$)", re.MULTILINE)
