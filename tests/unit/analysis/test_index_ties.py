"""What uv would ask for a bare name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.index_ties import IndexTies, locked_place
from dagster_commons.model.project import bare_url
from drawn_indexes import BARE, CORP, OPEN, OWN, PINNED, UNTIED, URL, drawn, file, finance, held
from drawn_uses import ROOT, use

if TYPE_CHECKING:
    from dagster_commons.model.project import DeclaredIndex


@pytest.mark.parametrize(
    ("indexes", "kind"),
    [
        ((), "nothing"),
        ((CORP,), "nothing"),
        ((OPEN,), "open"),
        ((CORP, OPEN), "open"),
        ((replace(CORP, default=True),), "default"),
        ((OWN,), "page"),
        ((OWN, OPEN), "page"),
        ((replace(OWN, url="./other"),), "missing-page"),
        ((OPEN, OWN), "open"),
    ],
)
def test_a_bare_name(indexes: tuple[DeclaredIndex, ...], kind: str) -> None:
    evidence = drawn(UNTIED, own=finance(*indexes), registries=(held("shared"),))
    assert IndexTies.of(evidence).tie(UNTIED).kind == kind


def test_a_source_entry_ties() -> None:
    assert IndexTies.of(drawn(PINNED)).tie(PINNED).kind == "source"


def test_what_uv_does_not_manage_is_unknown() -> None:
    evidence = drawn(UNTIED, own=replace(finance(), manager="poetry"))
    assert IndexTies.of(evidence).tie(UNTIED).kind == "unknown"


def test_a_uv_toml_hides_the_tables_of_pyproject() -> None:
    toml = file("finance/uv.toml", "uv", f'[[index]]\nname = "other"\nurl = "{URL}"\ndefault = true\n')
    assert IndexTies.of(drawn(UNTIED, own=finance(OPEN), files=(toml,))).tie(UNTIED).kind == "default"
    empty = file("finance/uv.toml", "uv", "")
    assert IndexTies.of(drawn(UNTIED, own=finance(OPEN), files=(empty,))).tie(UNTIED).kind == "nothing"


@pytest.mark.parametrize(
    ("constraint", "kind"), [("shared==0.1.3", "source"), ("shared>=0.1", "nothing"), ("other==0.1.3", "nothing")]
)
def test_what_comes_along_is_tied_by_an_exact_constraint(constraint: str, kind: str) -> None:
    along = use("finance", BARE, through="report")
    settings = file("finance/pyproject.toml", "pyproject", f'[tool.uv]\nconstraint-dependencies = ["{constraint}"]\n')
    evidence = drawn(along, own=finance(CORP, sources=("shared",)), files=(settings,))
    assert IndexTies.of(evidence).tie(along).kind == kind
    without_source = drawn(along, own=finance(CORP), files=(settings,))
    assert IndexTies.of(without_source).tie(along).kind == "nothing"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://index.example.com/simple/", "https://index.example.com/simple"),
        ("https://ada:secret@index.example.com/simple", "https://index.example.com/simple"),
        ("https://index.example.com/simple#here", "https://index.example.com/simple"),
    ],
)
def test_spellings_of_one_index(one: str, other: str) -> None:
    assert bare_url(one) == bare_url(other)


def test_a_locked_directory_is_where_the_lock_says() -> None:
    assert locked_place("registry", ROOT / "finance") == locked_place(f"file://{ROOT}/finance/registry", ROOT)
