"""What run configuration, resources and `defs.yaml` may say, and what an asset's arguments mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api_texts import changes_of

if TYPE_CHECKING:
    from pathlib import Path

_DG = "import dagster as dg\nfrom typing import Annotated\nfrom dataclasses import dataclass\nfrom pydantic import Field\n"
_BUILD = (
    "    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:\n        return dg.Definitions()\n"
)


def _class(head: str, *fields: str, after: str = "") -> str:
    return f"{_DG}{head}\n" + "".join(f"    {each}\n" for each in fields) + after


def _component(*fields: str) -> str:
    return _class("class Cp(dg.Component, dg.Model, dg.Resolvable):", *fields, after=_BUILD)


CHANGES: dict[str, tuple[str, str, set[tuple[str, str]]]] = {
    "a Config's field is required": (
        _class("class Load(dg.Config):", "table: str"),
        _class("class Load(dg.Config):", "table: str", "limit: int"),
        {("field-added-required", "m.Load")},
    ),
    "a Config's field can be given": (
        _class("class Load(dg.Config):", "table: str"),
        _class("class Load(dg.Config):", "table: str", "limit: int = Field(default=1, gt=0)"),
        {("field-added", "m.Load")},
    ),
    "a resource's field became required": (
        _class("class Db(dg.ConfigurableResource):", "host: str = Field(default='h', description='where')"),
        _class("class Db(dg.ConfigurableResource):", "host: str = Field(description='where')"),
        {("field-became-required", "m.Db")},
    ),
    "a resource's field comes from another variable": (
        _class("class Db(dg.ConfigurableResource):", "host: str = dg.EnvVar('HOST')"),
        _class("class Db(dg.ConfigurableResource):", "host: str = dg.EnvVar('DB_HOST')"),
        {("default-changed", "m.Db")},
    ),
    "what a resource's field was told apart by Field": (
        _class("class Db(dg.ConfigurableResource):", "host: str = 'h'"),
        _class("class Db(dg.ConfigurableResource):", "host: str = Field('h', description='where')"),
        {("body-changed", "m.Db")},
    ),
    "a base class of the package has the field": (
        _class("class Base(dg.Config):", "a: int", after="class Load(Base):\n    b: int\n"),
        _class("class Base(dg.Config):", "a: int", "c: int", after="class Load(Base):\n    b: int\n"),
        {("field-added-required", "m.Base"), ("field-added-required", "m.Load")},
    ),
    "an attribute of a component was renamed": (
        _component("table: str", "region: str = 'eu'"),
        _component("table_name: str", "region: str = 'eu'"),
        {("field-renamed", "m.Cp")},
    ),
    "an attribute of a component is gone": (
        _component("table: str", "region: str = 'eu'"),
        _component("table: str"),
        {("field-removed", "m.Cp")},
    ),
    "an attribute takes fewer values": (
        _component("table: str | list[str]"),
        _component("table: str"),
        {("field-narrowed", "m.Cp")},
    ),
    "a resolver is no type": (
        _component("table: Annotated[str, dg.Resolver.default()]"),
        _component("table: Annotated[str, dg.Resolver(lambda context, model: model.table)]"),
        {("body-changed", "m.Cp")},
    ),
    "a component that is a dataclass": (
        _class("@dataclass\nclass Cp(dg.Component, dg.Resolvable):", "table: str", after=_BUILD),
        _class("@dataclass\nclass Cp(dg.Component, dg.Resolvable):", "table: str", "region: str", after=_BUILD),
        {("field-added-required", "m.Cp")},
    ),
    "a component that is made by __init__": (
        _class("class Cp(dg.Component, dg.Resolvable):", "def __init__(self, table: str) -> None: ...", after=_BUILD),
        _class("class Cp(dg.Component, dg.Resolvable):", "def __init__(self, name: str) -> None: ...", after=_BUILD),
        {("parameter-renamed", "m.Cp")},
    ),
    "a model within a component": (
        _class("class Source(dg.Model, dg.Resolvable):", "url: str")
        + _component("sources: list[Source]").removeprefix(_DG),
        _class("class Source(dg.Model, dg.Resolvable):", "url: str", "token: str")
        + _component("sources: list[Source]").removeprefix(_DG),
        {("field-added-required", "m.Source")},
    ),
    "an asset's argument is its upstream key": (
        _DG + "@dg.asset\ndef clean(raw_orders: int) -> int:\n    return 1\n",
        _DG + "@dg.asset\ndef clean(orders: int) -> int:\n    return 1\n",
        {("parameter-renamed", "m.clean")},
    ),
    "what an asset gives is no call's result": (
        _DG + "@dg.asset\ndef clean() -> int:\n    return 1\n",
        _DG + "@dg.asset(group_name='x')\ndef clean() -> str:\n    return 1\n",
        set(),
    ),
    "an asset that was a function": (
        _DG + "def clean() -> int:\n    return 1\n",
        _DG + "@dg.asset\ndef clean() -> int:\n    return 1\n",
        {("decorator-changed", "m.clean")},
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES.values(), ids=CHANGES)
def test_dagsters_own_surfaces(old: str, new: str, expected: set[tuple[str, str]], tmp_path: Path) -> None:
    assert {(each.rule, each.object) for each in changes_of(tmp_path, old, new)} == expected
