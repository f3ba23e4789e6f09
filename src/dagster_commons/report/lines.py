"""Lines of text with a tone where attention is needed; rich is imported only when colour is wanted."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from dagster_commons.model.paths import relative

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Tone: TypeAlias = Literal["plain", "error", "warning"]

ELLIPSIS = "…"
NOTHING = "–"  # noqa: RUF001 - the dash of the matrix in CLI.md
UNKNOWN = "unknown"  # never the dash: something may be there
TONE_COLOURS: dict[Tone, str] = {"error": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line in one tone."""

    text: str
    tone: Tone = "plain"


Line: TypeAlias = tuple[Span, ...]


def plain(text: str) -> Line:
    return (Span(text),)


def paint(lines: Iterable[Line], *, colour: bool) -> str:
    """The lines as text, each ended by a newline, without trailing blanks or control characters."""
    paint_span = _ansi if colour else _text
    return "".join("".join(map(paint_span, _without_trailing_blanks(line))) + "\n" for line in lines)


def cell_width(text: str) -> int:
    """How many terminal columns `text` takes: East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns, ended by … where something is left out."""
    text = printable(text)
    if cell_width(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _character_width(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ELLIPSIS


def cut_front(text: str, width: int) -> str:
    """`text` in at most `width` columns, begun by … where something is left out: a place is told by its end."""
    text = printable(text)
    kept = text
    while kept and cell_width(kept) > width - (len(kept) < len(text)):
        kept = kept[1:]
    return kept if len(kept) == len(text) else f"{ELLIPSIS}{kept}"


def filled(words: Iterable[str], width: int, *, separator: str = " ", longest: int | None = None) -> list[str]:
    """`words` in as few lines of `width` columns as they go into; a word that is wider stands in a line of its own.

    What would come after line `longest` stands in that line, for the caller to cut.
    """
    lines: list[str] = []
    for word in words:
        if lines and cell_width(lines[-1]) + cell_width(separator) + cell_width(word) <= width:
            lines[-1] += separator + word
        else:
            lines.append(word)
    if longest is not None and len(lines) > longest:
        lines[longest - 1 :] = [separator.join(lines[longest - 1 :])]
    return lines


def pad(text: str, width: int) -> str:
    """`text` filled up with blanks to `width` columns."""
    return text + " " * (width - cell_width(text))


def printable(text: str) -> str:
    """`text` without line ends and control characters: names out of files must not drive the terminal."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else (" " if each.isspace() else "\N{REPLACEMENT CHARACTER}") for each in text
    )


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 lock`, `2 locks`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def shown(place: Path, root: Path) -> str:
    """A place that the user has named: as seen from the root if it is below it."""
    return relative(place, root) if place.is_relative_to(root) else str(place)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _without_trailing_blanks(line: Line) -> list[Span]:
    spans = list(line)
    while spans and not (stripped := spans[-1].text.rstrip(" ")):
        spans.pop()
    if spans:
        spans[-1] = Span(stripped, spans[-1].tone)
    return spans


def _text(span: Span) -> str:
    if span.text.isprintable():
        return span.text
    return "\t".join(map(printable, span.text.split("\t")))


def _ansi(span: Span) -> str:
    text = _text(span)
    if span.tone == "plain":
        return text
    from rich.color import ColorSystem  # noqa: PLC0415 - only colour pays for rich
    from rich.style import Style  # noqa: PLC0415

    word = text.rstrip(" ")
    style = Style(color=TONE_COLOURS[span.tone])
    return style.render(word, color_system=ColorSystem.STANDARD) + text[len(word) :]
