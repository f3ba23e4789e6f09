"""Version specifiers and Python ranges, compared as uv compares them; `packaging` only where the texts differ."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dagster_commons.analysis.lock_state.undecided import UndecidedError

if TYPE_CHECKING:
    from collections.abc import Collection

_SPECIFIER = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>)\s*(.+?)\s*")
_RELEASE = re.compile(r"v?\d+(\.\d+)*")


class Release(NamedTuple):
    """A point on the line of Python versions: release numbers, and whether it lies just after that release."""

    numbers: tuple[int, ...]
    after: int = 0


@dataclass(frozen=True, slots=True)
class Bound:
    text: str
    inclusive: bool

    @property
    def release(self) -> Release:
        found = release(self.text)
        if found is None:
            raise UndecidedError(f"the Python version `{self.text}` cannot be compared without uv")
        return found


@dataclass(frozen=True, slots=True)
class PythonRange:
    """From the lowest to the highest Python version; None is without bound."""

    lower: Bound | None = None
    upper: Bound | None = None

    def is_same(self, other: PythonRange) -> bool:
        """Whether both ranges have the same bounds (3.11 is 3.11.0)."""
        return _key(self.lower) == _key(other.lower) and _key(self.upper) == _key(other.upper)

    def points(self, values: Collection[str]) -> tuple[Release, ...]:
        """Versions within the range that stand for all that comparisons with `values` could tell apart."""
        edges = {Release((0,))}
        for value in values:
            numbers = _numbers(value)
            edges.add(Release(_trimmed(numbers)))
            for length in range(1, len(numbers) + 1):
                edges.add(Release(_trimmed((*numbers[: length - 1], numbers[length - 1] + 1))))
        for bound in (self.lower, self.upper):
            if bound is not None:
                edges.add(bound.release)
        both = sorted({*edges, *(Release(edge.numbers, 1) for edge in edges)})
        return tuple(each for each in both if self._holds(each))

    def _holds(self, point: Release) -> bool:
        if self.lower is not None:
            lowest = self.lower.release
            if point < lowest or (point == lowest and not self.lower.inclusive):
                return False
        if self.upper is not None:
            highest = self.upper.release
            if point > highest or (point == highest and not self.upper.inclusive):
                return False
        return True


def release(text: str) -> Release | None:
    """The point of a plain release such as `3.11`, or None for any other version."""
    return Release(_trimmed(_numbers(text))) if _RELEASE.fullmatch(text) else None


def compare_release(point: Release, operator: str, value: str) -> bool:
    """Whether the point fulfils `operator value`; `value` is a plain release, or one with `.*`."""
    numbers = _numbers(value)
    if value.endswith(".*"):
        is_inside = _padded(point.numbers, len(numbers)) == numbers
        return is_inside if operator == "==" else not is_inside
    if operator == "~=":
        prefix = numbers[:-1]
        return point >= Release(_trimmed(numbers)) and _padded(point.numbers, len(prefix)) == prefix
    edge = Release(_trimmed(numbers))
    return {
        "==": point == edge,
        "!=": point != edge,
        "<": point < edge,
        "<=": point <= edge,
        ">": point > edge,
        ">=": point >= edge,
    }[operator]


@functools.lru_cache(maxsize=1024)
def python_range(specifiers: tuple[str, ...]) -> PythonRange:
    """The bounds that all of the `requires-python` texts together set.

    Raises:
        UndecidedError: a text has a version that is not a plain release.

    """
    lower: Bound | None = None
    upper: Bound | None = None
    for part in (part for text in specifiers for part in parts(text)):
        for bound in _bounds(*split(part)):
            is_lower, new = bound
            if is_lower and (lower is None or _lower_key(new) > _lower_key(lower)):
                lower = new
            elif not is_lower and (upper is None or _upper_key(new) < _upper_key(upper)):
                upper = new
    return PythonRange(lower, upper)


@functools.lru_cache(maxsize=8192)
def parts(specifier: str) -> frozenset[str]:
    """The single comparisons of a specifier, without spaces."""
    return frozenset(re.sub(r"\s+", "", part) for part in specifier.split(",") if part.strip())


def are_same_specifiers(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two specifiers make the same comparisons, `1.0` being `1.0.0`."""
    return one == other or canonical_specifier(one) == canonical_specifier(other)


@functools.lru_cache(maxsize=4096)
def are_same_ranges(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two specifiers admit the same versions (PEP 440), tried on versions around all that they name.

    Naming a pre-release, other than to exclude it, opts into pre-releases and so makes a difference.

    Raises:
        UndecidedError: one of them cannot be read.

    """
    if are_same_specifiers(one, other):
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - slow to import, seldom needed

    if {part for part in one | other if part.startswith("===")} - (one & other):
        return False
    try:
        sets = [SpecifierSet(",".join(each)) for each in (one, other)]
    except InvalidSpecifier as error:
        raise UndecidedError(f"a version specifier cannot be read: {error}") from None
    if any(_opts_into_prereleases(part) for part in one) != any(_opts_into_prereleases(part) for part in other):
        return False
    points = {point for part in one | other for point in _around(split(part)[1])}
    return all(
        sets[0].contains(point, prereleases=True) == sets[1].contains(point, prereleases=True) for point in points
    )


def pinned_version(specifier: frozenset[str]) -> str | None:
    """The version of a specifier that is a pin alone, in one spelling; None for any other specifier."""
    part = next(iter(specifier), "")
    if len(specifier) != 1 or not part.startswith("==") or part.endswith(".*"):
        return None
    return f"{'===' if part.startswith('===') else '=='}{canonical_version(part.lstrip('='))}"


def are_same_versions(one: str, other: str) -> bool:
    """Whether two version texts are one version (PEP 440)."""
    return one == other or canonical_version(one) == canonical_version(other)


def split(part: str) -> tuple[str, str]:
    """`>=1.0` as its operator and its version.

    Raises:
        UndecidedError: the text is no comparison.

    """
    found = _SPECIFIER.fullmatch(part)
    if found is None:
        raise UndecidedError(f"the version specifier `{part}` cannot be read")
    return found[1], found[2]


def _opts_into_prereleases(part: str) -> bool:
    from packaging.version import Version  # noqa: PLC0415 - as above

    operator, value = split(part)
    return operator != "!=" and Version(value.removesuffix(".*")).is_prerelease


def _around(value: str) -> tuple[str, ...]:
    """Versions that specifiers naming `value` could tell apart."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    try:
        version = Version(value.removesuffix(".*"))
    except InvalidVersion:
        raise UndecidedError(f"`{value}` is no version") from None
    numbers = version.release
    nexts = [(*numbers[: end - 1], numbers[end - 1] + 1) for end in range(1, len(numbers) + 1)]
    releases = [_text(each) for each in (numbers, *nexts)]
    return (
        str(version),
        f"{version.public}+local",
        "0.dev0",
        *(f"{each}{suffix}" for each in releases for suffix in (".dev0", "a0", "", ".post1", ".0.0.1")),
    )


def _bounds(operator: str, value: str) -> list[tuple[bool, Bound]]:
    """The bounds (is it a lower one?) that one comparison of Python versions sets."""
    if operator == "!=":
        return []
    if operator == "==" and value.endswith(".*"):
        numbers = _numbers(value)
        return [(True, Bound(_text(numbers), True)), (False, Bound(_text((*numbers[:-1], numbers[-1] + 1)), False))]
    if operator == "~=":
        prefix = _numbers(value)[:-1]
        return [(True, Bound(value, True)), (False, Bound(_text((*prefix[:-1], prefix[-1] + 1)), False))]
    if operator in ("==", "==="):
        return [(True, Bound(value, True)), (False, Bound(value, True))]
    return [(operator[0] == ">", Bound(value, operator.endswith("=")))]


def _key(bound: Bound | None) -> tuple[Release, bool] | None:
    return None if bound is None else (bound.release, bound.inclusive)


def _lower_key(bound: Bound) -> tuple[Release, bool]:
    return bound.release, not bound.inclusive


def _upper_key(bound: Bound) -> tuple[Release, bool]:
    return bound.release, bound.inclusive


@functools.lru_cache(maxsize=1024)
def _numbers(value: str) -> tuple[int, ...]:
    digits = value.removesuffix(".*").removeprefix("v")
    if not _RELEASE.fullmatch(digits):
        raise UndecidedError(f"the Python version `{value}` cannot be compared without uv")
    return tuple(int(each) for each in digits.split("."))


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(str(each) for each in numbers)


def _trimmed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    end = len(numbers)
    while end > 1 and numbers[end - 1] == 0:
        end -= 1
    return numbers[:end]


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return (numbers + (0,) * length)[:length]


def canonical_specifier(specifiers: frozenset[str]) -> frozenset[tuple[str, str]]:
    canonical = set()
    for part in specifiers:
        operator, value = split(part)
        if value.endswith(".*") or operator == "~=":
            canonical.add((operator, _trailing_zeros_kept(value)))
        else:
            canonical.add((operator, canonical_version(value)))
    return frozenset(canonical)


def _trailing_zeros_kept(value: str) -> str:
    return value.lower().removeprefix("v")


@functools.lru_cache(maxsize=4096)
def canonical_version(text: str) -> str:
    from packaging.utils import canonicalize_version  # noqa: PLC0415 - slow to import, seldom needed
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    try:
        return canonicalize_version(Version(text))
    except InvalidVersion:
        raise UndecidedError(f"`{text}` is no version") from None
