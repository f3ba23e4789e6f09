"""Environment markers compared by meaning, as uv compares them: a truth table over what the markers mention.

Source: PEP 508 and uv's marker algebra (`crates/uv-pep508/src/marker/algebra.rs`): `python_version` is read as a range
of `python_full_version`, a few values of `platform_system` as `sys_platform`, `in` on a string as an opaque truth.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.analysis.lock_state.undecided import UndecidedError
from dagster_commons.analysis.lock_state.versions import PythonRange, Release, compare_release, release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Environment: TypeAlias = "Mapping[str, object]"

PYTHON = "python_full_version"
MAXIMUM_ENVIRONMENTS = 20_000

_STRING_VARIABLES = {
    "os_name",
    "sys_platform",
    "platform_system",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_version",
    "implementation_name",
}
_OLD_NAMES = {
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.machine": "platform_machine",
    "platform.version": "platform_version",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
_SYSTEM_IS_PLATFORM = {
    "Windows": "win32",
    "Darwin": "darwin",
    "Linux": "linux",
    "AIX": "aix",
    "Emscripten": "emscripten",
    "Android": "android",
}
_IMPOSSIBLE = {("nt", "linux"), ("nt", "darwin"), ("nt", "ios"), ("posix", "win32")}  # os_name, sys_platform
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "===": "===", "!=": "!="}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<operator>===|==|~=|!=|<=|>=|<|>|\(|\))|(?P<word>[A-Za-z_][A-Za-z0-9_.]*))"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """`variable operator value`.

    The operator `is` stands for a truth of its own: an extra (`extra NAME`) or an `in`; `opaque` for one that we
    cannot relate to others.
    """

    variable: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Marker, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Marker


Marker: TypeAlias = Atom | Both | Either | Not

ALWAYS = Both(())
NEVER = Either(())


def extra_marker(extra: str) -> Marker:
    """True where the extra is asked for."""
    return Atom(f"extra {_normalised(extra)}", "is", "")


def python_marker(python: PythonRange) -> Marker:
    """True within the range of Python versions."""
    parts: list[Marker] = []
    for bound, inclusive, exclusive in ((python.lower, ">=", ">"), (python.upper, "<=", "<")):
        if bound is not None:
            parts.append(Atom(PYTHON, inclusive if bound.inclusive else exclusive, bound.text))
    return Both(tuple(parts))


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Marker:
    """The marker that `text` writes down; empty text is always true.

    Raises:
        UndecidedError: the marker uses what we cannot compare by meaning.

    """
    if not text.strip():
        return ALWAYS
    tokens = _tokens(text)
    marker = _alternatives(tokens, text)
    if tokens:
        raise _unreadable(text)
    return marker


def are_same(one: Marker, other: Marker, python: PythonRange) -> bool:
    """Whether both hold in the same environments, for Python versions in the range.

    Raises:
        UndecidedError: one of them uses what we cannot compare by meaning.

    """
    if one == other:
        return True
    for marker in (one, other):
        unread = next((atom for atom in atoms(marker) if atom.operator == "opaque"), None)
        if unread is not None:
            raise UndecidedError(f"the marker `{unread.variable}` cannot be compared without uv")
    return all(holds(one, each) == holds(other, each) for each in environments((one, other), python))


def is_never(marker: Marker, python: PythonRange) -> bool:
    """Whether no environment with a Python version in the range fulfils the marker."""
    return marker != ALWAYS and not any(holds(marker, each) for each in environments((marker,), python))


def environments(markers: Sequence[Marker], python: PythonRange) -> Iterable[Environment]:
    """One environment for every combination that the markers could tell apart.

    Raises:
        UndecidedError: there are too many of them.

    """
    choices: dict[str, list[object]] = {}
    for atom in {atom for marker in markers for atom in atoms(marker)}:
        if atom.operator in ("is", "opaque"):
            choices[atom.variable] = [True, False]
        elif atom.variable != PYTHON:
            choices.setdefault(atom.variable, [""]).append(atom.value)
    values = {atom.value for marker in markers for atom in atoms(marker) if atom.variable == PYTHON}
    if values:
        choices[PYTHON] = list(python.points(values))
    size = 1
    for each in choices.values():
        size *= len(each)
    if size > MAXIMUM_ENVIRONMENTS:
        raise UndecidedError("a marker mentions too many things to compare")
    names = list(choices)
    return (dict(zip(names, each, strict=True)) for each in itertools.product(*choices.values()))


def atoms(marker: Marker) -> Iterable[Atom]:
    """Every comparison in the marker."""
    match marker:
        case Atom():
            yield marker
        case Not(part):
            yield from atoms(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from atoms(part)


def holds(marker: Marker, environment: Environment) -> bool:
    """Whether the environment, one of `environments`, fulfils the marker."""
    match marker:
        case Both(parts):
            return all(holds(part, environment) for part in parts)
        case Either(parts):
            return any(holds(part, environment) for part in parts)
        case Not(part):
            return not holds(part, environment)
        case Atom():
            return _atom_holds(marker, environment[marker.variable])


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while text[position:].strip():
        token = _TOKEN.match(text, position)
        if token is None:
            raise _unreadable(text)
        tokens.append(token.group().strip())
        position = token.end()
    return tokens[::-1]


def _alternatives(tokens: list[str], text: str) -> Marker:
    parts = [_conjunction(tokens, text)]
    while tokens and tokens[-1] == "or":
        tokens.pop()
        parts.append(_conjunction(tokens, text))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _conjunction(tokens: list[str], text: str) -> Marker:
    parts = [_operand(tokens, text)]
    while tokens and tokens[-1] == "and":
        tokens.pop()
        parts.append(_operand(tokens, text))
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _operand(tokens: list[str], text: str) -> Marker:
    if tokens and tokens[-1] == "(":
        tokens.pop()
        inner = _alternatives(tokens, text)
        if not tokens or tokens.pop() != ")":
            raise _unreadable(text)
        return inner
    try:
        left, operator = tokens.pop(), tokens.pop()
        if operator == "not":
            operator = f"not {tokens.pop()}"
        right = tokens.pop()
    except IndexError:
        raise _unreadable(text) from None
    return _comparison(left, operator, right, text)


def _comparison(left: str, operator: str, right: str, text: str) -> Marker:
    is_left_quoted, is_right_quoted = left[0] in "'\"", right[0] in "'\""
    if is_left_quoted == is_right_quoted:
        raise _unreadable(text)
    if is_left_quoted and operator in ("in", "not in"):
        opaque = Atom(f"{left} in {_OLD_NAMES.get(right, right)}", "is", "")
        return opaque if operator == "in" else Not(opaque)
    if is_left_quoted:
        left, operator, right = right, _MIRRORED.get(operator, "?"), left
    return _typed_comparison(_OLD_NAMES.get(left, left), operator, right[1:-1])


def _typed_comparison(variable: str, operator: str, value: str) -> Marker:
    if variable == "extra" and operator in ("==", "!="):
        return extra_marker(value) if operator == "==" else Not(extra_marker(value))
    if variable in ("python_version", PYTHON):
        return _python_comparison(variable, operator, value)
    if variable not in _STRING_VARIABLES:
        return _opaque(variable, operator, value)
    if operator in ("in", "not in"):
        opaque = Atom(f"{variable} in {value}", "is", "")
        return opaque if operator == "in" else Not(opaque)
    if operator not in ("==", "!=", "==="):
        return _opaque(variable, operator, value)
    if variable == "platform_system" and value in _SYSTEM_IS_PLATFORM:
        variable, value = "sys_platform", _SYSTEM_IS_PLATFORM[value]
    atom = Atom(variable, "==", value)
    return Not(atom) if operator == "!=" else atom


def _python_comparison(variable: str, operator: str, value: str) -> Marker:
    if operator in ("in", "not in"):
        one_of = Either(tuple(_python_comparison(variable, "==", each) for each in re.split(r"[\s,|]+", value)))
        return one_of if operator == "in" else Not(one_of)
    if operator in ("===", "?") or release(value.removesuffix(".*")) is None:
        return _opaque(variable, operator, value)
    if variable == PYTHON:
        return Atom(PYTHON, operator, value)
    return _python_version_comparison(operator, value)


def _python_version_comparison(operator: str, value: str) -> Marker:
    """`python_version` knows two numbers only, so its comparisons are ranges of the full version."""
    digits = value.removesuffix(".*").split(".")
    if not value.endswith(".*") and len(digits) == 1:
        digits.append("0")
    if len(digits) > 2 or (operator == "~=" and len(digits) != 2):  # noqa: PLR2004 - major and minor
        return _opaque("python_version", operator, value)
    if value.endswith(".*") or operator in ("~=", "<", ">="):
        return Atom(PYTHON, operator, value)
    minor = ".".join(digits)
    after = f"{digits[0]}.{int(digits[1]) + 1}"
    return {
        "==": Atom(PYTHON, "==", f"{minor}.*"),
        "!=": Atom(PYTHON, "!=", f"{minor}.*"),
        ">": Atom(PYTHON, ">=", after),
        "<=": Atom(PYTHON, "<", after),
    }[operator]


def _opaque(variable: str, operator: str, value: str) -> Marker:
    return Atom(f"{variable} {operator} '{value}'", "opaque", "")


def _atom_holds(atom: Atom, actual: object) -> bool:
    if isinstance(actual, bool):
        return actual
    if isinstance(actual, Release):
        return compare_release(actual, atom.operator, atom.value)
    return actual == atom.value


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _unreadable(text: str) -> UndecidedError:
    return UndecidedError(f"the marker `{text}` cannot be compared without uv")
