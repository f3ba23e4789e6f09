"""`exclude-newer`: when an older cut-off in the lock still stands beside the one that is set now.

Source: uv's `crates/uv-configuration/src/exclude_newer.rs`: a later moment, or none for a package, leaves a lock as it
is; an earlier one, a removed one or another span does not.
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, NamedTuple

from dagster_commons.analysis.lock_state.tables import table
from dagster_commons.analysis.lock_state.types import Difference
from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.tools.lockfile import Lock

_EAST, _WEST = datetime.timedelta(hours=14), datetime.timedelta(hours=12)  # how far a day's end is from that in UTC
_ISO_SPAN = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE)
_WORDED_SPAN = re.compile(
    r"(?:(\d+)\s*w(?:eeks?)?)?[\s,]*(?:(\d+)\s*d(?:ays?)?)?[\s,]*(?:(\d+)\s*h(?:ours?|rs?)?)?[\s,]*"
    r"(?:(\d+)\s*m(?:inutes?|ins?)?)?[\s,]*(?:(\d+)\s*s(?:econds?|ecs?)?)?",
    re.IGNORECASE,
)


def cutoff_differences(lock: Lock, settings: Mapping[str, object]) -> Iterator[Difference]:
    """`exclude-newer` and `exclude-newer-package`; settings for packages that are not locked wait.

    Raises:
        UndecidedError: a cut-off cannot be read.

    """
    options = table(dict(lock.header), "options")
    recorded = options.get("exclude-newer-span", options.get("exclude-newer"))
    yield from _differences("exclude-newer", settings.get("exclude-newer"), recorded)
    new = {normalise_name(name): value for name, value in table(settings, "exclude-newer-package").items()}
    old = table(options, "exclude-newer-package")
    for name in sorted({*old, *(each for each in new if lock.sources(each))}):
        if new.get(name) is not False or name not in new:
            yield from _differences(f"exclude-newer for {name}", new.get(name), _recorded(old.get(name)))


def _recorded(value: object) -> object:
    return value.get("span") if isinstance(value, dict) else value


def _differences(what: str, new: object, old: object) -> Iterator[Difference]:
    if new == old:
        return
    reason = f"pyproject says {what} {_said(new)}, the lock {_said(old)}"
    if not isinstance(new, str) or not isinstance(old, str):
        yield Difference(reason)
        return
    new_span, old_span = _span(new), _span(old)
    if new_span is not None and old_span is not None:
        if new_span != old_span:
            yield Difference(reason)
        return
    if new_span is not None or old_span is not None:
        _moments(old if old_span is None else new)  # must be readable to be known as no span
        yield Difference(reason)
        return
    earliest, latest = _moments(new)
    moment = _moments(old).earliest
    if latest < moment:
        yield Difference(reason)
    elif earliest < moment:
        yield Difference(f"whether {what} {new} is before {old} depends on the time zone", is_certain=False)


def _said(value: object) -> str:
    return "nothing" if value is None else "no limit" if value is False else str(value)


def _span(value: str) -> tuple[int, ...] | None:
    """Weeks, days, hours, minutes and seconds of `P7D` or `7 days`; None for what is no span."""
    found = _ISO_SPAN.fullmatch(value) or _WORDED_SPAN.fullmatch(value.strip())
    return tuple(int(number or 0) for number in found.groups()) if found and any(found.groups()) else None


class _Moments(NamedTuple):
    earliest: datetime.datetime
    latest: datetime.datetime


def _moments(value: str) -> _Moments:
    """The moment that a timestamp names; a date means the end of that day in a time zone that we do not know."""
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise UndecidedError(f"the date `{value}` cannot be read") from None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        end = moment.replace(tzinfo=datetime.UTC) + datetime.timedelta(days=1)
        return _Moments(end - _EAST, end + _WEST)
    if moment.tzinfo is None:
        raise UndecidedError(f"the date `{value}` has no time zone")
    return _Moments(moment, moment)
