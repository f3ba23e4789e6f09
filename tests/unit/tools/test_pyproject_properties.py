"""Whatever a pyproject.toml looks like: an edit changes the value exactly as asked, and nothing else in the text."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dagster_commons.model.names import normalise_name, requirement_name
from dagster_commons.tools import pyproject
from strategies import CONSTRAINTS, REQUIREMENTS, pyproject_texts

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = {"path": "./shared", "editable": True}
INDEX = {"name": "acme", "url": "./registry"}
STEPS: tuple[Callable[[str], str], ...] = (
    lambda text: pyproject.add_dependency(pyproject.remove_dependency(text, "shared"), "shared>=0.1"),
    lambda text: pyproject.remove_dependency(text, "shared"),
    lambda text: pyproject.set_source(text, "shared", SOURCE),
    lambda text: pyproject.set_source(text, "shared", {"index": "acme"}),
    lambda text: pyproject.remove_source(text, "shared"),
    lambda text: pyproject.add_index(pyproject.remove_index(text, "acme"), INDEX, first=True),
    lambda text: pyproject.add_constraint(text, f"shared=={len(text)}"),
    lambda text: pyproject.remove_constraint(text, "shared"),
)
PLACES = ({}, {"extra": "cloud"}, {"extra": "new"}, {"group": "dev"}, {"group": "new"})
DRAWN = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


@DRAWN
@given(pyproject_texts())
def test_drawn_texts_are_projects(text):
    project = tomllib.loads(text)["project"]
    assert (project["name"], project["version"], project["requires-python"]) == ("sales", "0.1.0", ">=3.11")


@DRAWN
@given(pyproject_texts(), st.sampled_from(PLACES))
def test_a_dependency_there_and_back(text, where):
    added = pyproject.add_dependency(text, "shared>=0.1", **where)
    assert _array(added, where) == [*_array(text, where), "shared>=0.1"]
    assert_only_inserted(text, added)

    replaced = pyproject.replace_dependency(added, "Shared", "shared==0.1.3", **where)
    assert replaced == added.replace("shared>=0.1", "shared==0.1.3")

    removed = pyproject.remove_dependency(replaced, "shared", **where)
    assert_only_inserted(removed, replaced)
    assert _comparable(removed) == _comparable(text)
    if _array(text, where):
        assert removed == text


@DRAWN
@given(pyproject_texts(), st.sampled_from(PLACES), st.sampled_from(REQUIREMENTS))
def test_a_dependency_of_the_user_goes_alone(text, where, requirement):
    removed = pyproject.remove_dependency(text, requirement_name(requirement), **where)
    assert _array(removed, where) == [each for each in _array(text, where) if each != requirement]
    assert_only_inserted(removed, text)
    if requirement not in _array(text, where):
        assert removed == text


@DRAWN
@given(pyproject_texts())
def test_a_source_there_and_back(text):
    added = pyproject.set_source(text, "shared", SOURCE)
    assert _uv(added)["sources"] == {**_uv(text).get("sources", {}), "shared": SOURCE}
    assert 'shared = { path = "./shared", editable = true }' in added
    assert_only_inserted(text, added)

    removed = pyproject.remove_source(added, "shared")
    assert_only_inserted(removed, added)
    assert _comparable(removed) == _comparable(text)


@DRAWN
@given(pyproject_texts(), st.sampled_from(["other_module", "acme-tools", "DuckDB"]))
def test_a_source_of_the_user_is_replaced_and_goes_alone(text, name):
    before = {normalise_name(key): value for key, value in _uv(text).get("sources", {}).items()}
    name_in_table = normalise_name(name)

    replaced = pyproject.set_source(text, name, SOURCE)
    after = {normalise_name(key): value for key, value in _uv(replaced)["sources"].items()}
    assert after == {**before, name_in_table: SOURCE}
    assert pyproject.set_source(replaced, name, SOURCE) == replaced

    removed = pyproject.remove_source(text, name)
    after = {normalise_name(key): value for key, value in _uv(removed).get("sources", {}).items()}
    assert after == {key: value for key, value in before.items() if key != name_in_table}
    assert_lines_kept(text, removed)


@DRAWN
@given(pyproject_texts(), st.booleans())
def test_an_index_there_and_back(text, first):
    existing = _uv(text).get("index", [])
    added = pyproject.add_index(text, INDEX, first=first)
    assert _uv(added)["index"] == ([INDEX, *existing] if first else [*existing, INDEX])
    assert_only_inserted(text, added)

    removed = pyproject.remove_index(added, "acme")
    assert_only_inserted(removed, added)
    # In an inline table an empty array stays: whether one stood there before cannot be told from the text alone.
    assert _squeezed(removed).replace(",index=[]", "") == _squeezed(text).replace(",index=[]", "")
    assert _uv(pyproject.remove_index(text, "corp")).get("index", []) == [
        each for each in existing if each.get("name") != "corp"
    ]


@DRAWN
@given(pyproject_texts(), st.sampled_from(CONSTRAINTS))
def test_a_constraint_there_and_back(text, own):
    existing = _uv(text).get("constraint-dependencies", [])
    added = pyproject.add_constraint(text, "shared==0.1.3")
    assert _uv(added)["constraint-dependencies"] == [*existing, "shared==0.1.3"]
    assert_only_inserted(text, added)

    removed = pyproject.remove_constraint(added, "shared")
    assert_only_inserted(removed, added)
    assert _comparable(removed) == _comparable(text)

    without = pyproject.remove_constraint(text, requirement_name(own))
    assert _uv(without).get("constraint-dependencies", []) == [each for each in existing if each != own]


@DRAWN
@given(pyproject_texts())
def test_a_version_is_exchanged(text):
    changed = pyproject.set_version(text, "7.7.7")
    assert changed == text.replace("'0.1.0'", "'7.7.7'", 1)
    assert tomllib.loads(changed)["project"]["version"] == "7.7.7"


@DRAWN
@given(pyproject_texts(), st.lists(st.sampled_from(STEPS), max_size=12))
def test_any_sequence_of_edits_leaves_the_rest_alone(text, steps):
    edited = text
    for step in steps:
        edited = step(edited)
    for remove in (pyproject.remove_source, pyproject.remove_constraint, pyproject.remove_dependency):
        edited = remove(edited, "shared")
    edited = pyproject.remove_index(edited, "acme")
    assert _comparable(edited) == _comparable(text)
    assert (edited.count("\r") > 0) == (text.count("\r") > 0)
    assert sorted(_comments(edited)) == sorted(_comments(text))


@DRAWN
@given(pyproject_texts())
def test_lines_are_those_on_which_things_stand(text):
    index, lines, document = pyproject.LineIndex(text), text.splitlines(), tomllib.loads(text)
    places = [(("project", "dependencies", n), each) for n, each in enumerate(_array(text, {}))]
    places += [(("tool", "uv", "sources", key), key) for key in _uv(text).get("sources", {})]
    places += [(("tool", "uv", "index", n, "url"), each["url"]) for n, each in enumerate(_uv(text).get("index", []))]
    places += [
        ((*keys, "dev", n), each)
        for keys in [("dependency-groups",)]
        for n, each in enumerate(_array(text, {"group": "dev"}))
    ]
    places += [(("project", "version"), "0.1.0"), *((("tool", key), key) for key in document.get("tool", {}))]
    for keys, written in places:
        line = index.line_of(*keys)
        assert line is not None, keys
        assert written in lines[line - 1], (keys, line)


def assert_only_inserted(shorter: str, longer: str) -> None:
    """`longer` is `shorter` with one stretch put in, and perhaps a comma before it."""
    if _is_one_insertion(shorter, longer):
        return
    start = _common_prefix(shorter, longer)
    commas = [n for n in range(start + 1) if longer[n] == ","]
    assert any(_is_one_insertion(shorter, longer[:n] + longer[n + 1 :]) for n in commas[-2:]), (shorter, longer)


def assert_lines_kept(text: str, shorter: str) -> None:
    """Every line of `shorter` is a line of `text`, or one that lost only a part, in order."""
    left = iter(text.splitlines())
    for line in shorter.splitlines():
        assert any(line == each or _is_part(line, each) for each in left), line


def _is_one_insertion(shorter: str, longer: str) -> bool:
    start = _common_prefix(shorter, longer)
    rest = len(shorter) - start
    return rest == 0 or longer.endswith(shorter[start:])


def _common_prefix(left: str, right: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def _is_part(short: str, line: str) -> bool:
    """Whether `line` is `short` with something put in."""
    return len(short) < len(line) and _is_one_insertion(short, line)


def _array(text: str, where: dict[str, str]) -> list[object]:
    document = tomllib.loads(text)
    project = document["project"]
    if "extra" in where:
        return project.get("optional-dependencies", {}).get(where["extra"], [])
    if "group" in where:
        return document.get("dependency-groups", {}).get(where["group"], [])
    return project.get("dependencies", [])


def _uv(text: str) -> dict:
    return tomllib.loads(text).get("tool", {}).get("uv", {})


def _comparable(text: str) -> object:
    return pyproject.comparable(tomllib.loads(text))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]
