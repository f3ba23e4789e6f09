"""Where managed names come from: every kind of origin in a lock, direct and brought along, and what is not known."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.model.project import DeclaredSource
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.checking import check
from dagster_commons.tools import lockfile
from drawn_indexes import CORP, PINNED, URL, drawn, finance, lock
from drawn_uses import GIT, INDEX, PATH, ROOT, project, use

if TYPE_CHECKING:
    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.tools.lockfile import Lock

TODAY = datetime.date(2026, 6, 1)
GIT_ORIGIN = '{ git = "https://git.example.com/shared?tag=v0.1.3#0123456789012345678901234567890123456789" }'
STRANGER = '{ git = "https://git.example.com/stranger#0123456789012345678901234567890123456789" }'
WHEEL = '{ url = "https://files.example.com/shared-0.1.3-py3-none-any.whl" }'
HERE = '{ editable = "../packages/shared" }'


def locked(source: str) -> Lock:
    text = f'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n[[package]]\nname = "shared"\nsource = {source}\n'
    return lockfile.parse(text.encode(), ROOT / "finance/uv.lock")


def messages(evidence: Evidence, rule: str = "REG006") -> list[str]:
    return [each.message for each in check(evidence, select=(rule,), today=TODAY).findings]


@pytest.mark.parametrize("source", [STRANGER, WHEEL])
def test_what_comes_along_from_a_place_that_nobody_names(source: str) -> None:
    along = use("finance", INDEX, through="report")
    [message] = messages(drawn(along, own=finance(CORP, sources=("report",)), locks=(locked(source),)))
    assert message.startswith("shared is locked from https://")


def test_what_comes_along_from_where_a_module_declares_it() -> None:
    report = replace(project("report", "1", "report"), sources=(DeclaredSource(name="shared", source=GIT),))
    along = use("finance", GIT, through="report")
    assert messages(drawn(along, more=(report,), locks=(locked(GIT_ORIGIN),))) == []


def test_a_use_by_git_from_its_own_and_from_another_repository() -> None:
    assert messages(drawn(use("finance", GIT), own=finance(), locks=(locked(GIT_ORIGIN),))) == []
    assert len(messages(drawn(use("finance", GIT), own=finance(), locks=(locked(STRANGER),)))) == 1


def test_a_use_by_path_that_is_locked_from_an_index() -> None:
    by_path = use("finance", PATH)
    assert messages(drawn(by_path, own=finance(), locks=(locked(HERE),))) == []
    [message] = messages(drawn(by_path, own=finance(), locks=(lock(("shared", URL)),)))
    assert "its source entry's place" in message


@pytest.mark.parametrize("source", [STRANGER, WHEEL, HERE])
def test_a_lock_that_is_stale_is_told_as_that(source: str) -> None:
    stale = replace(PINNED, lock=use("x", INDEX, "stale").lock)
    assert messages(drawn(stale, locks=(locked(source),))) == []


def test_an_index_without_encryption_that_only_the_lock_names() -> None:
    open_index = "http://index.example.com/simple/"
    assert messages(drawn(PINNED, locks=(lock(("other", open_index)),)), "REG010") == [
        "http://index.example.com/simple is not encrypted"
    ]
    own = finance(replace(CORP, url=open_index), sources=("shared",))
    assert len(messages(drawn(PINNED, own=own, locks=(lock(("shared", open_index)),)), "REG010")) == 1


def test_which_index_is_asked_by_what_uv_does_not_manage_is_said_to_be_unknown() -> None:
    poetry = replace(finance(), manager="poetry")
    checked = check(drawn(replace(PINNED, source=IndexSource()), own=poetry), select=("REG002",), today=TODAY)
    assert (checked.findings, [each.rule for each in checked.skipped]) == ((), ["REG002"])
