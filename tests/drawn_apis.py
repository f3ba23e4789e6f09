"""Drawn modules: functions, classes with fields, enums and constants, as source text."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = ("alpha", "beta", "gamma", "delta")
TYPES = ("int", "str", "str | None", "list[int]", "dict[str, int]", "'Spec'", "Path")
DEFAULTS = {"int": "1", "str": "'x'", "str | None": "None", "list[int]": "[]", "dict[str, int]": "{}"}
_HEAD = (
    "from dataclasses import dataclass, field\nfrom enum import Enum\nfrom pathlib import Path\n"
    "from typing import TypedDict\nclass Spec:\n    pass\n"
)
_STARS = ("", "*", "/", "*args", "**kwargs")


@st.composite
def signatures(draw: st.DrawFn, *, first: str = "") -> str:
    """`(…) -> T`, in an order that Python takes."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    kinds = [draw(st.sampled_from(TYPES)) for _ in names]
    optional_from = draw(st.integers(0, len(names)))
    given = [
        f"{name}: {kind}" if place < optional_from or kind not in DEFAULTS else f"{name}: {kind} = {DEFAULTS[kind]}"
        for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    ordered = sorted(given, key=lambda each: "=" in each)
    star = draw(st.sampled_from(_STARS))
    if star == "/" and ordered:
        ordered.insert(1, "/")
    elif star in ("*", "*args") and ordered:
        ordered.insert(draw(st.integers(0, len(ordered) - 1)), star)
    elif star == "**kwargs":
        ordered.append(star)
    return f"({', '.join(filter(None, (first, *ordered)))}) -> {draw(st.sampled_from(TYPES))}"


@st.composite
def functions(draw: st.DrawFn, name: str) -> str:
    prefix = draw(st.sampled_from(("def", "async def")))
    body = draw(st.sampled_from(("return None", "yield 1", "raise ValueError(1)", "return 1, 2")))
    return f"{prefix} {name}{draw(signatures())}:\n    {body}\n"


@st.composite
def classes(draw: st.DrawFn, name: str) -> str:
    fields = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=3))
    kind = draw(st.sampled_from(("dataclass", "frozen", "typed-dict", "enum", "plain")))
    if kind == "enum":
        return f"class {name}(Enum):\n" + "".join(f"    {each} = '{draw(st.sampled_from('xyz'))}'\n" for each in fields)
    if kind == "plain":
        method = draw(signatures(first="self"))
        return f"class {name}:\n    def method{method}:\n        return None\n"
    lines = "".join(f"    {each}: {draw(st.sampled_from(TYPES))}\n" for each in fields)
    if kind == "typed-dict":
        return f"class {name}(TypedDict):\n{lines}"
    return f"@dataclass{'(frozen=True)' if kind == 'frozen' else ''}\nclass {name}:\n{lines}"


@st.composite
def modules(draw: st.DrawFn) -> str:
    """The text of a module."""
    text = _HEAD
    for name in draw(st.lists(st.sampled_from(("f", "g", "h")), unique=True, max_size=3)):
        text += draw(functions(name))
    for name in draw(st.lists(st.sampled_from(("A", "B")), unique=True, max_size=2)):
        text += draw(classes(name))
    if draw(st.booleans()):
        text += f"LIMIT = {draw(st.integers(0, 3))}\n"
    return text
