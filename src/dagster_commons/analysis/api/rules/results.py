"""What comes back from a call, and how it has to be called."""

from __future__ import annotations

from dagster_commons.analysis.api.rule import ApiRule

_LOCAL = "class Info:\n    name: str = ''\n"


def _f(returns: str, before: str = "") -> str:
    return f"{before}def f(n: str) -> {returns}: ...\n"


RULES = (
    ApiRule(
        id="return-optional",
        bump="major",
        why="a consumer that does not expect None fails",
        old=_f("str"),
        new=_f("str | None"),
    ),
    ApiRule(
        id="return-changed",
        bump="major",
        why="a consumer gets what it cannot use as before",
        old=_f("dict[str, str]", _LOCAL),
        new=_f("Info", _LOCAL),
    ),
    ApiRule(
        id="return-narrowed",
        bump="patch",
        why="what comes back is still what was promised",
        old=_f("int"),
        new=_f("bool"),
    ),
    ApiRule(
        id="return-type-changed",
        bump="patch",
        why="whether it can be used as before cannot be told from the types",
        old="from pathlib import Path\n" + _f("Path"),
        new="from os import PathLike\n" + _f("PathLike[str]"),
        is_to_review=True,
    ),
    ApiRule(
        id="return-tuple-length",
        bump="major",
        why="a consumer that unpacks it fails",
        old="def f(s):\n    return s[0], s[1]\n",
        new="def f(s):\n    return s[0], s[1], s[2:]\n",
    ),
    ApiRule(
        id="async-changed",
        bump="major",
        why="a consumer gets a coroutine, or awaits what is none",
        old=_f("str"),
        new="async " + _f("str"),
    ),
    ApiRule(
        id="generator-changed",
        bump="major",
        why="a generator can be gone through once, and has no length and no index",
        old="def f(n: int) -> list[int]:\n    return list(range(n))\n",
        new="from collections.abc import Iterator\ndef f(n: int) -> Iterator[int]:\n    yield from range(n)\n",
    ),
    ApiRule(
        id="binding-changed",
        bump="major",
        why="a call on the class, or on an instance, fails",
        old="class K:\n    @classmethod\n    def make(cls, a: int) -> int:\n        return a\n",
        new="class K:\n    def make(self, a: int) -> int:\n        return a\n",
    ),
    ApiRule(
        id="decorator-changed",
        bump="major",
        why="what a call gives is another kind of object",
        old="from collections.abc import Iterator\ndef f(u: str) -> Iterator[str]:\n    yield u\n",
        new="from collections.abc import Iterator\nfrom contextlib import contextmanager\n@contextmanager\n"
        "def f(u: str) -> Iterator[str]:\n    yield u\n",
    ),
    ApiRule(
        id="made-otherwise",
        bump="patch",
        why="whether it can be used as before cannot be told by reading it",
        old="from functools import partial\ndef f(u: str) -> str:\n    return u\n",
        new="from functools import singledispatch\n@singledispatch\ndef f(u: str) -> str:\n    return u\n",
        is_to_review=True,
    ),
    ApiRule(
        id="exception-changed",
        bump="minor",
        why="a consumer that catches exceptions may miss one",
        old="def f(k: str) -> str:\n    raise ValueError(k)\n",
        new="def f(k: str) -> str:\n    raise LookupError(k)\n",
        is_to_review=True,
    ),
)
