"""Pages, and parts of pages, that are written from the code: `--write` writes them, otherwise they are compared."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons import errors
from dagster_commons.analysis.api.rules import RULES as API_RULES
from dagster_commons.cli._verbs import SECTIONS
from dagster_commons.model.api import REQUIRED_BUMPS
from dagster_commons.rules import RULES

from .commands import all_commands, help_of
from .pages import ROOT, Page, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from dagster_commons.analysis.api.rule import ApiRule
    from dagster_commons.rules.rule import Rule

_OPENING = "<!-- written by `make docs`: {name} -->\n"
_CLOSING = "<!-- end of what `make docs` writes -->\n"
_CODE_OF_SUCCESS, _CODE_OF_FINDINGS = 0, 1
_FINDINGS = (
    "`commons check` found an error, or `commons registry list` a damaged file.",
    "A change was rolled back because a tool or the file system failed.",
)
_BUG = "A bug of ours; what had been written was rolled back, and the message names a log."


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The text between two markers of a page, and what it has to be."""

    file: Path
    name: str
    text: Callable[[], str]


def command_help() -> str:
    """The help of `commons` and of every verb, a section each."""
    sections = (
        f"## {' '.join(('commons', *words))}\n\n```text\n$ {' '.join(('commons', *words, '--help'))}\n"
        f"{help_of(words)}```\n"
        for words in all_commands()
    )
    return "\n" + "\n".join(sections) + "\n"


def exit_codes() -> str:
    """A row per exit code, told by the failures that end with it."""
    meanings: dict[int, list[str]] = {_CODE_OF_SUCCESS: ["Done, and nothing was found that ends with 1."]}
    meanings[_CODE_OF_FINDINGS] = [*_FINDINGS]
    meanings[errors.CommonsError.exit_code] = [_BUG]
    for failure in _failures():
        meanings.setdefault(failure.exit_code, []).append(" ".join((inspect.getdoc(failure) or "").split()))
    names = {failure.exit_code: failure.__name__.removesuffix("Error") for failure in _failures()}
    rows = (f"| {code} | {_name(names, code)} | {' '.join(texts)} |\n" for code, texts in sorted(meanings.items()))
    return "\n| code | `type` in JSON | meaning |\n|---|---|---|\n" + "".join(rows) + "\n"


def rules() -> str:
    """A section per rule of `commons check`."""
    return "\n" + "\n".join(_rule(rule) for rule in sorted(RULES, key=lambda rule: rule.id)) + "\n"


def api_rules() -> str:
    """A section per rule of `commons api`, those that ask for most first."""
    bumps = [each for each in reversed(REQUIRED_BUMPS) if each != "none"]
    sections = []
    for bump in bumps:
        found = sorted((each for each in API_RULES.values() if each.bump == bump), key=lambda rule: rule.id)
        sections.append(f"## {bump}\n\n" + "\n".join(_api_rule(rule) for rule in found))
    return "\n" + "\n".join(sections) + "\n"


def verbs() -> str:
    """The verbs as `commons --help` lists them, each with its page."""
    rows = []
    for title, listed in SECTIONS:
        for verb in listed:
            page = _PAGE_OF_VERB.get(verb.name, f"docs/how-to/{verb.name}.md")
            rows.append(f"| {title.lower()} | [`commons {verb.name}`]({page}) | {verb.summary} |\n")
    return "\n| | verb | does |\n|---|---|---|\n" + "".join(rows) + "\n"


PARTS = (
    Part(file=ROOT / "README.md", name="the verbs", text=verbs),
    Part(file=ROOT / "docs/reference/cli.md", name="the help of every verb", text=command_help),
    Part(file=ROOT / "docs/reference/exit-codes.md", name="the exit codes", text=exit_codes),
    Part(file=ROOT / "docs/reference/rules.md", name="the rules", text=rules),
    Part(file=ROOT / "docs/reference/api-rules.md", name="the rules of api", text=api_rules),
)
_PAGE_OF_VERB = {"unlink": "docs/how-to/link.md", "demo": "docs/tutorial.md"}


def drifted(pages: Iterable[Page], parts: Iterable[Part] = PARTS) -> Iterator[Problem]:
    """Parts that are not what the code says today, or whose markers are missing."""
    by_file = {page.file: page for page in pages}
    for part in parts:
        text = by_file[part.file].text if part.file in by_file else ""
        span = _span(text, part)
        if span is None:
            yield Problem(file=part.file, line=1, message=f"there are no markers for {part.name}")
        elif text[slice(*span)] != part.text():
            line = text.count("\n", 0, span[0]) + 1
            yield Problem(file=part.file, line=line, message=f"{part.name} changed: make docs")


def write(parts: Iterable[Part] = PARTS) -> tuple[Path, ...]:
    """Write every part between its markers; returns the pages that changed.

    Raises:
        LookupError: a page has no markers for its part.

    """
    changed = []
    for part in parts:
        text = part.file.read_text("utf-8")
        span = _span(text, part)
        if span is None:
            raise LookupError(f"{part.file} has no markers for {part.name}")
        written = text[: span[0]] + part.text() + text[span[1] :]
        if written != text:
            part.file.write_text(written, "utf-8")
            changed.append(part.file)
    return tuple(changed)


def _span(text: str, part: Part) -> tuple[int, int] | None:
    """Where the part begins and ends, without its markers."""
    opening = _OPENING.format(name=part.name)
    start = text.find(opening)
    end = text.find(_CLOSING, start)
    return None if start < 0 or end < 0 else (start + len(opening), end)


def _failures() -> list[type[errors.CommonsError]]:
    classes = (each for _, each in inspect.getmembers(errors, inspect.isclass))
    return [each for each in classes if issubclass(each, errors.CommonsError) and each is not errors.CommonsError]


def _name(names: dict[int, str], code: int) -> str:
    return f"`{names[code]}`" if code in names else "–"  # noqa: RUF001 - a dash, as in every table of ours


def _rule(rule: Rule) -> str:
    return (
        f"### {rule.id}\n\n"
        f"**{rule.title}** ({rule.severity}). {rule.why}{_added(rule)}\n\n"
        f"| | |\n|---|---|\n| fix | {_cell(rule.fix)} |\n| bad | {_cell(rule.bad)} |\n| good | {_cell(rule.good)} |\n"
    )


def _api_rule(rule: ApiRule) -> str:
    review = ", to review" if rule.is_to_review else ""
    example = f"```text\n# old\n{_files(rule.old)}\n# new\n{_files(rule.new)}```\n"
    return f"### {rule.id}\n\n**{rule.bump}{review}**: {rule.why}.\n\n{example}"


def _files(text: str | dict[str, str]) -> str:
    files = {"": text} if isinstance(text, str) else text
    named = ((f"# {name}\n" if name else "") + (content or "# empty\n") for name, content in files.items())
    return "".join(named)


def _added(rule: Rule) -> str:
    mended = " `commons check --fix` mends it." if rule.is_mendable else ""
    return f"{mended} `--offline` skips it." if rule.needs_network else mended


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
