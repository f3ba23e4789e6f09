"""What counts as the same code."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.api.code import digest_of, is_same_code
from dagster_commons.model.api import Code

_F = "def f(a):\n    return a\n"


def _code(text: str) -> Code:
    return Code(file="m.py", line=1, text=text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_F, "def f(a):  # a comment\n    # another\n\n    return (a)\n"),
        (_F, 'def f(a):\n    """A docstring."""\n    return a\n'),
        (_F, "@decorated\ndef f(a: int, b: str = '') -> int:\n    return a\n"),  # a signature has rules of its own
        ("    def f(self):\n        return 'x'\n", 'def f(self):\n    return "x"\n'),
        ("class C(B):\n    x = 1\n    pass\n", 'class C(B):\n    """Doc."""\n    x = 1\n    pass\n'),
    ],
)
def test_layout_comments_docstrings_and_the_signature_are_no_code(old: str, new: str) -> None:
    assert is_same_code(_code(old), _code(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_F, "def f(a):\n    return a + 1\n"),
        ("x = 1\n", "x = 2\n"),
        ("class C(B):\n    x = 1\n", "class C(D):\n    x = 1\n"),
        ("class C(metaclass=A):\n    pass\n", "class C(metaclass=B):\n    pass\n"),
        ("def f():\n    'doc'\n    return 1\n", "def f():\n    b'no doc'\n    return 1\n"),
    ],
)
def test_what_runs_otherwise_is_other_code(old: str, new: str) -> None:
    assert not is_same_code(_code(old), _code(new))


def test_a_recorded_digest_stands_for_the_text() -> None:
    recorded = Code(file="m.py", line=1, digest=digest_of(_code(_F)))

    assert is_same_code(recorded, _code(f"{_F}# later\n"))
    assert not is_same_code(recorded, _code("def f(a):\n    return 0\n"))


@pytest.mark.parametrize("text", ["def f(:\n", "x = " + "+".join(["1"] * 6000), "x = 1\0"])
def test_what_cannot_be_parsed_is_compared_as_text(text: str) -> None:
    assert is_same_code(_code(text), _code(text))
    assert not is_same_code(_code(text), _code(f"{text} "))
