"""Which packages source imports, and where; nothing is imported."""

from __future__ import annotations

from textwrap import dedent

import pytest

from dagster_commons.analysis.imports import imports_of, mentions_of

SOURCE = """
    from __future__ import annotations
    import os, shared.io
    from . import beside
    from .. import above
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        import numpy
    try:
        import yaml
    except ImportError:
        import ruamel

    def later():
        with open("x") as file:
            from pandas import DataFrame
        import yaml
"""


def test_every_package_once_with_its_line() -> None:
    found = {each.package: (each.line, each.is_guarded) for each in imports_of(dedent(SOURCE).lstrip("\n"))}
    assert found == {
        "__future__": (1, False),
        "os": (2, False),
        "shared": (2, False),
        "typing": (5, False),
        "numpy": (8, True),
        "ruamel": (12, True),
        "pandas": (16, False),
        "yaml": (17, False),
    }


def test_what_is_no_python_says_so() -> None:
    with pytest.raises(SyntaxError):
        imports_of("def (:\n")


def test_mentions_are_whole_words() -> None:
    names = frozenset({"shared", "other"})
    assert mentions_of("type: shared.components.Factory\nanother: x", names) == {"shared"}
    assert mentions_of("shared_more unshared", names) == frozenset()
