"""What `docs/reference/json.md` shows is what the installed command says."""

from __future__ import annotations

import pytest

from documentation.json_examples import FILE, answers, examples
from documentation.pages import Page

SHOWN = examples(Page(file=FILE, text=FILE.read_text("utf-8")))


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    return tuple(answers(tmp_path_factory.mktemp("json").resolve(), tuple(call for call, _ in SHOWN)))


def test_every_kind_of_document_has_an_example():
    verbs = [call.split()[2] for call, _ in SHOWN]
    assert verbs == ["status", "check", "advise", "api", "add", "undo", "add"]


@pytest.mark.parametrize("number", range(len(SHOWN)), ids=[call.removeprefix("$ ") for call, _ in SHOWN])
def test_the_example_is_the_answer(number, said):
    assert said[number] == SHOWN[number][1]
