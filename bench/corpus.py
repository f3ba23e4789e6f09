"""Kinds of change with what they ask for: what `commons api` is judged by."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.api import RequiredBump

_FILE = Path(__file__).with_name("data") / "api_corpus.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: the files of an import package of that `name` before and after, and what is to be said of them.

    `contract` is an example of what it produces, with the bump that it asks for: where the API says nothing of it.
    """

    name: str
    what: str
    bump: RequiredBump
    rules: tuple[str, ...]
    old: Mapping[str, str]
    new: Mapping[str, str]
    contract: str | None = None
    bump_by_contract: RequiredBump | None = None


def kinds() -> tuple[Kind, ...]:
    """Every kind of the corpus, by name."""
    read = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(Kind(name=name, **{**each, "rules": tuple(each["rules"])}) for name, each in read.items())


def write_package(place: Path, name: str, files: Mapping[str, str]) -> Path:
    """Write an import package with type information into `place`, which is returned."""
    for file, content in {"py.typed": "", **files}.items():
        at = place / name / file
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(content, "utf-8")
    return place
