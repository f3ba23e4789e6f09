"""Annotations compared as what they admit."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.api.types import Type, is_iterator, outside, parsed, relation, shown

OWN = {"m.Info": ("m.Base", "object"), "m.Base": ("object",), "m.Text": ("str",)}


def _ancestors(path: str) -> tuple[str, ...]:
    return OWN.get(path, ())


def _type(text: str) -> Type:
    found = parsed(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("typing.Optional[str]", "str | None"),
        ("typing.Union[int, str]", "str | int"),
        ("typing.List[int]", "list[int]"),
        ("typing.Dict[str, typing.Any]", "dict[str, Any]"),
        ("'m.Info'", "m.Info"),
        ("typing.Annotated[str, m.Resolver()]", "str"),
        ("typing_extensions.Literal['a', 'b']", "typing.Literal['b', 'a']"),
        ("collections.abc.Callable[[int], str]", "typing.Callable[[int], str]"),
        ("typing.Union[str, typing.Union[int, None]]", "typing.Optional[int | str]"),
        ("builtins.str", "str"),
        ("typing.Required[int]", "int"),
    ],
)
def test_one_type_has_one_form_however_it_is_spelt(one: str, other: str) -> None:
    assert relation(_type(one), _type(other), _ancestors) == "same"


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ("str", "str | int", "supertype"),
        ("str | None", "str", "subtype"),
        ("int", "bool", "subtype"),
        ("list[int]", "typing.Sequence[int]", "supertype"),
        ("dict[str, int]", "typing.Mapping[str, int]", "supertype"),
        ("typing.Literal['a', 'b']", "typing.Literal['a']", "subtype"),
        ("typing.Literal['a']", "str", "supertype"),
        ("m.Base", "m.Info", "subtype"),
        ("str", "typing.Any", "same"),
        ("pathlib.Path", "os.PathLike[str]", "unclear"),
        ("list[str]", "list[str | int]", "supertype"),
    ],
)
def test_the_relation_of_two_types(old: str, new: str, how: str) -> None:
    assert relation(_type(old), _type(new), _ancestors) == how


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ("str | int", "str", "int"),
        ("str | None", "str", "None"),
        ("typing.Literal['a', 'b']", "typing.Literal['a']", "Literal['b']"),
        ("str", "typing.Literal['a']", "str"),
        ("dict[str, str]", "m.Info", "dict[str, str]"),
        ("tuple[int, int]", "tuple[int, int, int]", "tuple[int, int]"),
        ("typing.Callable[[str], None]", "typing.Callable[[str, int], None]", "Callable[[str], None]"),
    ],
)
def test_what_is_provably_taken_no_more(old: str, new: str, lost: str) -> None:
    assert shown(outside(_type(old), _type(new), _ancestors)) == lost


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pathlib.Path", "os.PathLike[str]"),
        ("other.A", "other.B"),
        ("str", "m.Text"),
        ("m.T", "m.S"),
        ("list[m.T]", "list[m.S]"),
        ("str", "other.Protocol"),
        ("int", "float"),
        ("tuple[int, ...]", "tuple[int, int]"),
        ("typing.Callable[..., None]", "typing.Callable[[int], None]"),
    ],
)
def test_what_is_not_known_proves_nothing(old: str, new: str) -> None:
    assert outside(_type(old), _type(new), _ancestors) == frozenset()


@pytest.mark.parametrize("text", ["", "1 +", "(" * 300 + ")" * 300])
def test_what_is_no_type_is_not_compared(text: str) -> None:
    assert parsed(text) is None


def test_types_are_shown_as_a_reader_writes_them() -> None:
    assert shown(_type("typing.Optional[typing.List[int]]")) == "list[int] | None"
    assert shown(_type("typing.Callable[[int], str]")) == "Callable[[int], str]"
    assert is_iterator(_type("collections.abc.Iterator[int]"))
    assert not is_iterator(_type("list[int]"))
    assert not is_iterator(None)
