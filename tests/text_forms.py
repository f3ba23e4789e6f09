"""Pairs of texts (before, after an edit) as test cases in every line-ending form."""

from __future__ import annotations

import pytest


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def cases(*tables: dict[str, tuple[str, str]]):
    """Every pair of the tables as it is and, where it has lines at all, with CRLF and without a final line ending."""
    parameters = []
    for name, (without, with_it) in [pair for table in tables for pair in table.items()]:
        parameters.append(pytest.param(without, with_it, id=name))
        if "\n" in without:
            parameters.append(pytest.param(crlf(without), crlf(with_it), id=f"{name}, CRLF"))
        if without.endswith("\n") and not without.endswith("\n\n"):
            parameters.append(pytest.param(without[:-1], with_it[:-1], id=f"{name}, no final line ending"))
    return parameters
