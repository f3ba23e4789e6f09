"""How calls can fail, or mean something else."""

from __future__ import annotations

from dagster_commons.analysis.api.rule import ApiRule


def _f(parameters: str) -> str:
    return f"def f({parameters}) -> None: ...\n"


RULES = (
    ApiRule(
        id="parameter-removed",
        bump="major",
        why="a call that gives it fails",
        old=_f("a: str, mode: str = 'm'"),
        new=_f("a: str"),
    ),
    ApiRule(
        id="parameter-renamed",
        bump="major",
        why="a call that gives it by name fails",
        old=_f("a: str, tbl: str = 't'"),
        new=_f("a: str, table: str = 't'"),
    ),
    ApiRule(
        id="parameter-added-required",
        bump="major",
        why="every call without it fails",
        old=_f("a: str"),
        new=_f("a: str, region: str"),
    ),
    ApiRule(
        id="parameter-added",
        bump="minor",
        why="consumers can begin to give it; an override of theirs does not take it",
        old=_f("a: str"),
        new=_f("a: str, region: str = 'eu'"),
    ),
    ApiRule(
        id="parameter-inserted",
        bump="major",
        why="an argument given by position goes to another parameter",
        old=_f("a: str, b: int = 1"),
        new=_f("a: str, z: int = 0, b: int = 1"),
    ),
    ApiRule(
        id="parameter-moved",
        bump="major",
        why="arguments given by position go to other parameters",
        old=_f("src: str, dst: str"),
        new=_f("dst: str, src: str"),
    ),
    ApiRule(
        id="parameter-keyword-only",
        bump="major",
        why="a call that gives it by position fails",
        old=_f("a: str, b: int = 1"),
        new=_f("a: str, *, b: int = 1"),
    ),
    ApiRule(
        id="parameter-positional-only",
        bump="major",
        why="a call that gives it by name fails",
        old=_f("a: str, b: int = 1"),
        new=_f("a: str, /, b: int = 1"),
    ),
    ApiRule(
        id="parameter-became-required",
        bump="major",
        why="a call without it fails",
        old=_f("a: str, b: int = 1"),
        new=_f("a: str, b: int"),
    ),
    ApiRule(
        id="parameter-became-optional",
        bump="minor",
        why="consumers can begin to leave it out",
        old=_f("a: str, b: int"),
        new=_f("a: str, b: int = 1"),
    ),
    ApiRule(
        id="variadic-removed",
        bump="major",
        why="a call with further arguments fails",
        old=_f("a: int, **kw: object"),
        new=_f("a: int"),
    ),
    ApiRule(
        id="default-changed",
        bump="minor",
        why="a call that leaves it out does something else",
        old=_f("a: str, retries: int = 3"),
        new=_f("a: str, retries: int = 0"),
        is_to_review=True,
    ),
    ApiRule(
        id="parameter-narrowed",
        bump="major",
        why="a value that was taken is not any more",
        old=_f("k: str | int"),
        new=_f("k: str"),
    ),
    ApiRule(
        id="parameter-widened",
        bump="minor",
        why="consumers can begin to give more",
        old=_f("k: str"),
        new=_f("k: int | str"),
    ),
    ApiRule(
        id="parameter-type-changed",
        bump="patch",
        why="whether a value that was taken still is cannot be told from the types",
        old="from pathlib import Path\nfrom os import PathLike\ndef f(k: Path) -> None: ...\n",
        new="from pathlib import Path\nfrom os import PathLike\ndef f(k: PathLike[str]) -> None: ...\n",
        is_to_review=True,
    ),
    ApiRule(
        id="overload-removed",
        bump="major",
        why="a call with those arguments fails",
        old="from typing import overload\n@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\n"
        "def f(x):\n    return x\n",
        new="def f(x: str) -> str:\n    return x\n",
        also=("body-changed",),
    ),
)
