"""A failure as text for stderr and as JSON."""

from __future__ import annotations

from pathlib import Path

from dagster_commons.errors import CommonsError
from dagster_commons.model.paths import relative
from dagster_commons.report.lines import Line, Span, paint, plain
from dagster_commons.report.machine import encode

_BUG_HINT = "the log has what is needed to find it; read it before you send it to anybody"


def as_text(error: CommonsError, *, root: Path | None = None, colour: bool = False) -> str:
    """What is wrong, where, and what to do next; files as seen from `root` (default: the current directory)."""
    lines: list[Line] = [*_titled("error", error.message, colour_of_title=True)]
    place = _place(error, root)
    if place is not None:
        lines.append(plain(f"  --> {place}"))
    lines.extend(_remark("hint", error.hint))
    lines.extend(_remark("docs", error.docs))
    return paint(lines, colour=colour)


def as_json(error: CommonsError, *, root: Path | None = None) -> str:
    """The same as a document: `{"format": 1, "error": {…}}`."""
    return _document(
        type_name=type(error).__name__.removesuffix("Error"),
        message=error.message,
        file=None if error.file is None else relative(error.file, root or Path.cwd()),
        line=error.line,
        hint=error.hint,
        docs=error.docs,
        exit_code=error.exit_code,
    )


def as_bug_text(error: Exception, log: Path) -> str:
    """For an exception that is our own fault: one line of it, and the log that holds the rest."""
    return paint(
        (
            plain(f"error: {_bug_summary(error)}"),
            plain(f"  --> {log}"),
            plain(f"  hint: {_BUG_HINT}"),
        ),
        colour=False,
    )


def as_bug_json(error: Exception, log: Path) -> str:
    """The same as a document; `file` is the log, absolute: it lies in no workspace."""
    return _document(
        type_name="Bug", message=_bug_summary(error), file=str(log), hint=_BUG_HINT, exit_code=CommonsError.exit_code
    )


def _document(
    *,
    type_name: str,
    message: str,
    exit_code: int,
    file: str | None = None,
    line: int | None = None,
    hint: str | None = None,
    docs: str | None = None,
) -> str:
    return encode(
        {
            "error": {
                "type": type_name,
                "message": message,
                "file": file,
                "line": line,
                "hint": hint,
                "docs": docs,
                "exit_code": exit_code,
            }
        }
    )


def _bug_summary(error: Exception) -> str:
    summary = next(iter(str(error).splitlines()), "")
    return f"a bug of commons: {type(error).__name__}: {summary}"


def _titled(title: str, message: str, *, colour_of_title: bool) -> list[Line]:
    first, *rest = message.splitlines() or [""]
    opening = (Span(title, "error" if colour_of_title else "plain"), Span(f": {first}"))
    return [opening, *(plain(f"  {line}") for line in rest)]


def _place(error: CommonsError, root: Path | None) -> str | None:
    if error.file is None:
        return None
    name = relative(error.file, root or Path.cwd())
    return name if error.line is None else f"{name}:{error.line}"


def _remark(title: str, text: str | None) -> list[Line]:
    if text is None:
        return []
    first, *rest = text.splitlines() or [""]
    return [plain(f"  {title}: {first}"), *(plain(f"        {line}") for line in rest)]
