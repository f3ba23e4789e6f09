"""Classes, their fields and members; Dagster's Config, ConfigurableResource and Component are classes with fields."""

from __future__ import annotations

from dagster_commons.analysis.api.rule import ApiRule

_ABSTRACT = (
    "from abc import ABC, abstractmethod\nclass Src(ABC):\n    @abstractmethod\n    def read(self) -> str: ...\n"
)
_ENUM = "from enum import Enum\nclass Tier(Enum):\n    GOLD = 'gold'\n    TIN = 'tin'\n"


def _data(*fields: str, decorator: str = "dataclass") -> str:
    lines = "".join(f"    {each}\n" for each in fields)
    return f"from dataclasses import dataclass\n@{decorator}\nclass Spec:\n{lines}"


RULES = (
    ApiRule(
        id="field-added-required",
        bump="major",
        why="whatever makes one without it fails: code, configuration, YAML",
        old=_data("name: str"),
        new=_data("name: str", "team: str"),
    ),
    ApiRule(
        id="field-added",
        bump="minor",
        why="consumers can begin to give it",
        old=_data("name: str"),
        new=_data("name: str", "team: str = ''"),
    ),
    ApiRule(
        id="field-removed",
        bump="major",
        why="whatever gives it or reads it fails: code, configuration, YAML",
        old=_data("name: str", "team: str = ''"),
        new=_data("name: str"),
    ),
    ApiRule(
        id="field-renamed",
        bump="major",
        why="whatever gives it or reads it by the old name fails: code, configuration, YAML",
        old=_data("name: str", "owner: str"),
        new=_data("name: str", "owners: str"),
    ),
    ApiRule(
        id="field-became-required",
        bump="major",
        why="whatever makes one without it fails: code, configuration, YAML",
        old=_data("name: str", "team: str = ''"),
        new=_data("name: str", "team: str"),
    ),
    ApiRule(
        id="field-narrowed",
        bump="major",
        why="a value that was taken is not any more",
        old=_data("name: str | int"),
        new=_data("name: str"),
    ),
    ApiRule(
        id="field-widened",
        bump="minor",
        why="a reader may get what it did not before",
        old=_data("name: str"),
        new=_data("name: str | int"),
        is_to_review=True,
    ),
    ApiRule(
        id="field-type-changed",
        bump="patch",
        why="whether a value that was taken still is cannot be told from the types",
        old="from pathlib import Path\n" + _data("name: Path"),
        new="from os import PathLike\n" + _data("name: PathLike[str]"),
        is_to_review=True,
    ),
    ApiRule(
        id="fields-reordered",
        bump="major",
        why="values given by position go to other fields",
        old=_data("name: str", "owner: str"),
        new=_data("owner: str", "name: str"),
    ),
    ApiRule(
        id="class-frozen",
        bump="major",
        why="code that sets an attribute fails",
        old=_data("name: str"),
        new=_data("name: str", decorator="dataclass(frozen=True)"),
    ),
    ApiRule(
        id="class-keyword-only",
        bump="major",
        why="code that gives it by position fails",
        old=_data("name: str"),
        new=_data("name: str", decorator="dataclass(kw_only=True)"),
    ),
    ApiRule(
        id="enum-member-removed",
        bump="major",
        why="whoever names it fails, and so does reading what was stored with it",
        old=_ENUM,
        new=_ENUM.replace("    TIN = 'tin'\n", ""),
    ),
    ApiRule(
        id="enum-value-changed",
        bump="major",
        why="what was stored, or is given by value, is not found any more",
        old=_ENUM,
        new=_ENUM.replace("'tin'", "'sn'"),
    ),
    ApiRule(
        id="enum-member-added",
        bump="minor",
        why="code that goes through all members, or matches them, meets a new one",
        old=_ENUM,
        new=_ENUM + "    LEAD = 'lead'\n",
        is_to_review=True,
    ),
    ApiRule(
        id="base-removed",
        bump="major",
        why="isinstance, issubclass and except look for it in vain",
        old="class Base(Exception): ...\nclass LoadError(Base): ...\n",
        new="class Base(Exception): ...\nclass LoadError(Exception): ...\n",
    ),
    ApiRule(
        id="abstract-method-added",
        bump="major",
        why="a subclass without it cannot be instantiated",
        old=_ABSTRACT,
        new=_ABSTRACT + "    @abstractmethod\n    def schema(self) -> str: ...\n",
    ),
)
