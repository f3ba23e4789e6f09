"""Definitions that come, go, or become something else."""

from __future__ import annotations

from dagster_commons.analysis.api.rule import ApiRule

_F = "def f(a: int) -> int:\n    return a\n"
_G = "def g(a: int) -> int:\n    return a\n"

RULES = (
    ApiRule(
        id="removed",
        bump="major",
        why="whoever imports or uses it fails",
        old=_F + _G,
        new=_G,
    ),
    ApiRule(
        id="removed-unproven",
        bump="minor",
        why="verify by importing it",
        old=_F + _G,
        new=_G + "def __getattr__(name: str) -> object:\n    raise AttributeError(name)\n",
        is_to_review=True,
    ),
    ApiRule(
        id="moved",
        bump="major",
        why="whoever imports it from where it was fails",
        old={"a.py": _F, "b.py": ""},
        new={"a.py": "", "b.py": _F},
        also=("added",),
    ),
    ApiRule(
        id="reexport-removed",
        bump="major",
        why="whoever imports it from there fails",
        old={"__init__.py": "from .a import f as f\n", "a.py": _F},
        new={"__init__.py": "", "a.py": _F},
    ),
    ApiRule(
        id="export-removed",
        bump="major",
        why="whoever imports everything (`import *`) from there fails",
        old=f"__all__ = ['f', 'g']\n{_F}{_G}",
        new=f"__all__ = ['g']\n{_F}{_G}",
    ),
    ApiRule(
        id="kind-changed",
        bump="major",
        why="what was called, subclassed or read as it was fails",
        old="class T:\n    @property\n    def name(self) -> str:\n        return ''\n",
        new="class T:\n    def name(self) -> str:\n        return ''\n",
    ),
    ApiRule(
        id="added",
        bump="minor",
        why="consumers can begin to use it",
        old=_F,
        new=_F + _G,
    ),
    ApiRule(
        id="deprecated",
        bump="minor",
        why="consumers are warned",
        old=_F,
        new="from typing_extensions import deprecated\n@deprecated('use g')\n" + _F,
    ),
    ApiRule(
        id="constant-changed",
        bump="minor",
        why="consumers that relied on the value get another one",
        old="SCHEMA = 'raw'\n",
        new="SCHEMA = 'bronze'\n",
        is_to_review=True,
    ),
    ApiRule(
        id="body-changed",
        bump="patch",
        why="what it does may differ, which its signature does not say",
        old=_F,
        new="def f(a: int) -> int:\n    return a + 1\n",
        is_to_review=True,
    ),
)
