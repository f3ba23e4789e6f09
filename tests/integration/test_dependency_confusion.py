"""Every row of the dependency confusion table: real uv, real pip, two loopback indexes, one of them "public"."""

from __future__ import annotations

import datetime
import re
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from builders import workspace
from confusion import EXPLICIT, ROWS, Arena, Row
from dagster_commons.discovery.evidence import read_evidence
from dagster_commons.rules.checking import check
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from package_index import PASSWORD, USER, serving
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from confusion import Winner
    from package_index import PackageIndex

TODAY = datetime.date(2026, 6, 1)


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PackageIndex, PackageIndex]]:
    base = tmp_path_factory.mktemp("indexes")
    with serving(base / "private") as private, serving(base / "public", is_open=True) as public:
        write_wheel(private.directory, "shared", "0.1.3", source="origin = 'private'\n")
        write_wheel(private.directory, "report", "1.0", requires=("shared",), source="origin = 'private'\n")
        write_wheel(public.directory, "shared", "99.0", source="origin = 'stranger'\n")
        yield private, public


@pytest.fixture
def arena(tmp_path: Path, indexes: tuple[PackageIndex, PackageIndex]) -> Arena:
    private, public = indexes
    host = urlsplit(private.url).hostname
    (tmp_path / "netrc").write_text(f"machine {host}\nlogin {USER}\npassword {PASSWORD}\n")
    (tmp_path / "netrc").chmod(0o600)
    return Arena(root=tmp_path, private=private, public=public)


def drawn(arena: Arena, row: Row) -> Path:
    """The consumer of the row: a code location with its Dockerfile, and the managed names in commons.toml."""
    lines = "".join(f"ENV {name}={arena.url(value)}\n" for name, value in row.settings)
    drawing = workspace(arena.root / "finance").location(
        "finance", at=".", uses=dict.fromkeys(row.dependencies, ""), more=arena.url(row.tables)
    )
    return (
        drawing.file("Dockerfile", f"FROM scratch\n{lines}RUN {arena.url(row.script)}\n")
        .file("commons.toml", 'modules = ["shared", "report"]\n')
        .repository()
        .root
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_who_wins(arena: Arena, row: Row) -> None:
    drawn(arena, row)
    assert arena.carry_out(row) == row.winner


def reported(arena: Arena) -> set[str]:
    """The REG errors that `check` has for the consumer."""
    checked = check(read_evidence(arena.root / "finance"), select=("REG",), offline=True, today=TODAY)
    assert PASSWORD not in repr(checked)
    return {each.rule for each in checked.findings if each.severity == "error"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_check_reports_who_can_be_hurt_and_nobody_else(arena: Arena, row: Row) -> None:
    drawn(arena, row)
    if row.winner != "public":
        arena.carry_out(row)
        assert reported(arena) == set()
        return
    assert row.rules
    if row.needs_lock:
        assert arena.carry_out(row) == "public"
    assert reported(arena) & row.rules == row.rules
    if row.script.startswith("uv") and not row.needs_lock:
        assert arena.carry_out(row) == "public"
        assert "REG006" in reported(arena)  # once it has worked, the lock tells


def test_a_built_wheel_keeps_the_bare_name_only(arena: Arena) -> None:
    """The module that is released requires `shared` by a source of its own, which no wheel holds."""
    source = f'{EXPLICIT}[tool.uv.sources]\nshared = {{ index = "corp" }}\n'
    drawing = workspace(arena.root / "finance").module("report", uses={"shared": ""}, more=arena.url(source))
    drawing.location("finance", uses={"report==0.1.0": '{ index = "corp" }'}, more=arena.url(EXPLICIT))
    drawing.file("commons.toml", 'modules = ["shared", "report"]\n').repository()

    uv(arena.root / "finance/report", "build", "--wheel", "--quiet", "--out-dir", str(arena.root / "dist"))

    [wheel] = (arena.root / "dist").glob("*.whl")
    metadata = zipfile.ZipFile(wheel).read("report-0.1.0.dist-info/METADATA").decode()
    assert re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE) == ["shared"]
    found = check(read_evidence(arena.root / "finance"), select=("REG019",), offline=True, today=TODAY).findings
    assert [(each.subject, each.file) for each in found] == [("report", arena.root / "finance/report/pyproject.toml")]


@pytest.mark.parametrize(
    ("pages", "winner", "rule"),
    [(None, "public", "REG015"), (("report",), "public", "REG018"), (("report", "shared"), "error", None)],
    ids=["the registry's directory is missing", "it has no page of that name", "it has an empty page"],
)
def test_an_embedded_registry(arena: Arena, pages: tuple[str, ...] | None, winner: Winner, rule: str | None) -> None:
    row = Row(
        name="embedded", winner=winner, script="uv lock", tables='[[tool.uv.index]]\nname = "own"\nurl = "./registry"\n'
    )
    root = drawn(arena, row)
    if pages is not None:
        embedded.initialise(root / "registry", names=pages)
    if rule is not None:
        assert reported(arena) == {rule}
    assert arena.carry_out(row) == winner
    assert reported(arena) == ({rule, "REG006"} if rule is not None else set())
