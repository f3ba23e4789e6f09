"""What `commons registry login` says: who we are taken for, until when, and what that proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from dagster_commons.report import findings
from dagster_commons.report.lines import NOTHING, cut, filled, paint, plain
from dagster_commons.report.machine import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.login import Login

MINUTES_OF_AN_HOUR = 60


def terminal(login: Login, *, width: int, colour: bool) -> str:
    """A line per fact, then what they prove."""
    rows = tuple(_rows(login))
    column = max((len(name) for name, _ in rows), default=0)
    facts = [cut(f"  {name.ljust(column)}  {value}", width) for name, value in rows]
    said = filled(" ".join(_proves(login)).split(), width)
    return paint((plain(each) for each in (_head(login), *facts, *said)), colour=colour)


def markdown(login: Login) -> str:
    """The same as a table."""
    rows = "".join(f"| {name} | {findings.escaped(value)} |\n" for name, value in _rows(login))
    table = f"| | |\n|---|---|\n{rows}\n" if rows else ""
    return f"### {findings.escaped(_head(login))}\n\n{table}{findings.escaped(' '.join(_proves(login)))}\n"


def as_json(login: Login) -> str:
    """The same as a document; no secret is in it."""
    left = login.expires - login.asked_at if login.expires is not None else None
    return encode(
        {
            "registry": {"name": login.registry, "kind": login.kind, "place": login.place},
            "user": login.user,
            "origin": login.origin,
            "expires": login.expires.isoformat(timespec="seconds") if login.expires is not None else None,
            "expires_in_seconds": int(left.total_seconds()) if left is not None else None,
            "module": login.module,
            "versions": list(login.versions),
            "without_credentials": login.nobody,
            "proves": list(_proves(login)),
        }
    )


def _head(login: Login) -> str:
    return f"registry {login.registry}: {'let in' if login.module is not None else 'needs no credentials'}"


def _rows(login: Login) -> Iterator[tuple[str, str]]:
    yield "kind", login.kind
    yield ("index", login.place) if login.module is not None else ("directory", login.place)
    if login.user is not None:
        yield "user", login.user or NOTHING
        yield "credentials", login.origin or NOTHING
        yield "expires", _expiry(login)
    if login.module is not None:
        count = len(login.versions)
        found = f"{count} version{'s' * (count != 1)}, newest {login.versions[-1]}" if login.versions else "no versions"
        yield "asked for", f"{login.module}: {found}"


def _expiry(login: Login) -> str:
    if login.expires is None:
        return "not known here"
    minutes = max(0, int((login.expires - login.asked_at).total_seconds()) // 60)
    hours, rest = divmod(minutes, MINUTES_OF_AN_HOUR)
    left = f"{hours} h {rest} min" if hours else f"{rest} min"
    return f"in {left} ({login.expires:%Y-%m-%d %H:%M} UTC)"


def _proves(login: Login) -> Iterator[str]:
    """Sentences: what was shown, and what was not."""
    match login.nobody:
        case None:
            yield "An embedded registry is a directory of files: whoever can read it is let in."
            return
        case "refused":
            yield "With these credentials the index can be read, without any it refuses."
        case "unclear":
            yield "With these credentials the index can be read; without any its answer is none of an index."
        case "let-in" if login.user is None:
            yield "No credentials are set, and the index lets anybody read."
        case "let-in":
            yield "The index lets anybody read: that it can be read says nothing about these credentials."
        case _:
            assert_never(login.nobody)
    if not login.versions:
        yield f"It has no {login.module}; an index that is not there would give the same answer: see the URL."
    yield "Uploading was not tried. Nothing was stored."
