"""`commons diff`, `affected` and `snapshot` on real git, uv and Dagster."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builders import add_submodule, commit, draw, make_bare_remote, make_repository
from compared_fleet import LOCATIONS, Fleet, make_fleet
from dagster_commons.tools.git import git

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, locked, and beside it the cache in which environments and snapshots are kept between tests."""
    base = tmp_path_factory.mktemp("diffed")
    make_fleet(base)
    return base


@pytest.fixture
def fleet(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(prepared / "cache"))
    monkeypatch.delenv("COMMONS_FAIL_ON")
    return Fleet(Path(shutil.copytree(prepared / "root", tmp_path / "root")))


def changes(location: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {(each["severity"], each["kind"], f"{each['object']} {each['name']}") for each in location["changes"]}


def test_a_factory_that_renames_a_key_breaks_every_location_that_uses_it(fleet: Fleet) -> None:
    fleet.replace("shared/src/shared/factory.py", "name=name,", 'name=name.replace("_2", "_two"),')

    found = fleet.diff(code=1)["by_name"]

    assert set(found) == set(LOCATIONS)
    for name in LOCATIONS:
        assert found[name]["severity"] == "breaking"
        assert ("breaking", "renamed", f"asset {name}/asset_2") in changes(found[name])
    told = fleet.run("diff").stdout
    assert "sales/asset_two?" in told


def test_a_changed_body_is_named_under_the_same_definitions(fleet: Fleet) -> None:
    fleet.replace("shared/src/shared/factory.py", "return 1", "return 2")

    found = fleet.diff(code=0)["by_name"]["sales"]

    assert (found["verdict"], found["changes"]) == ("unchanged", [])
    named = {each["function"]: each for each in found["code"]}
    assert any("payload" in function for function in named), named
    assert {asset for each in named.values() for asset in each["assets"]} == {"sales/asset_1", "sales/asset_2"}
    assert {each["file"] for each in named.values()} == {"shared/src/shared/factory.py"}


def test_nothing_changed_reaches_nothing(fleet: Fleet) -> None:
    assert fleet.diff(code=0)["locations"] == []


def test_a_real_environment_says_the_same_as_the_overlay(fleet: Fleet, tmp_path: Path) -> None:
    overlaid, isolated = tmp_path / "overlaid.json", tmp_path / "isolated.json"
    assert fleet.run("snapshot", "-l", "sales", "-o", str(overlaid)).returncode == 0
    assert fleet.run("snapshot", "-l", "sales", "-o", str(isolated), "--isolated").returncode == 0
    assert overlaid.read_bytes() == isolated.read_bytes()
    assert "asset_1" in overlaid.read_text("utf-8")


def test_snapshot_files_and_directories_are_states(fleet: Fleet, tmp_path: Path) -> None:
    file = tmp_path / "sales.json"
    assert fleet.run("snapshot", "-l", "sales", "-o", str(file)).returncode == 0
    copy = shutil.copytree(fleet.root, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    Fleet(copy).replace("sales/src/sales/definitions.py", '"asset_2"', '"asset_3"')

    assert fleet.diff("--from", str(file), "-l", "sales", code=0)["by_name"]["sales"]["verdict"] == "unchanged"
    of_directories = fleet.diff("--from", "./sales", "--to", str(copy / "sales"), code=1)
    assert of_directories["by_name"]["sales"]["severity"] == "breaking"
    of_both = fleet.diff("--from", str(file), "--to", str(copy / "sales"), code=1)
    assert changes(of_both["by_name"]["sales"]) == changes(of_directories["by_name"]["sales"])
    undecided = fleet.run("diff", "--from", str(file))
    assert (undecided.returncode, "here are 2" in undecided.stderr) == (2, True)
    outside = fleet.run("diff", "--from", str(file), "--to", str(file), at=tmp_path)
    assert (outside.returncode, "same definitions" in outside.stdout) == (0, True), outside.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "nowhere"), "no revision `nowhere`"),
        (("--to", "./shared"), "is no code location's project directory"),
        (("--from", "./.gitignore", "-l", "sales"), "snapshot"),
        (("--to", "shared==two"), "`two` is no version"),
    ],
)
def test_what_is_no_state_is_said_and_never_compared(fleet: Fleet, words: tuple[str, ...], said: str) -> None:
    ended = fleet.run("diff", *words)
    assert (ended.returncode, said in ended.stderr) == (2, True), ended.stderr


def test_a_location_that_went_and_one_that_came(fleet: Fleet) -> None:
    git(fleet.root, "rm", "-rq", "sales")

    gone = fleet.diff(code=1)["by_name"]
    assert set(gone) == {"sales"}
    assert ("breaking", "removed", "asset sales/asset_1") in changes(gone["sales"])

    commit(fleet.root, "without sales")
    came = fleet.diff("--from", "HEAD", "--to", "HEAD~1", code=0)["by_name"]
    assert ("added", "added", "asset sales/asset_1") in changes(came["sales"])


def test_an_accepted_change_fails_nothing_until_its_day(fleet: Fleet) -> None:
    entry = '[[accept]]\nlocation = "sales"\nobject = "asset sales/asset_2"\nbecause = "on purpose"\nuntil = {until}\n'
    fleet.replace("sales/src/sales/definitions.py", ', asset_factory("asset_2", "sales")', "")
    fleet.write("commons.toml", entry.format(until="2999-12-31"))

    accepted = fleet.diff(code=0)

    assert accepted["by_name"]["sales"]["changes"][0]["accepted"] == "on purpose"
    fleet.write("commons.toml", entry.format(until="2001-12-31"))
    assert fleet.diff(code=1)["expired_acceptances"][0]["object"] == "asset sales/asset_2"


BROKEN = "import nowhere_to_be_found\n"


def test_broken_now_broken_before_and_mended(fleet: Fleet) -> None:
    good = (fleet.root / "sales/src/sales/definitions.py").read_text("utf-8")
    fleet.write("sales/src/sales/definitions.py", BROKEN)

    now = fleet.diff(code=1)["by_name"]["sales"]
    assert (now["verdict"], now["error"]["type"]) == ("broken", "ModuleNotFoundError")
    assert now["error"]["file"].endswith("sales/src/sales/definitions.py")

    fleet.commit()
    fleet.write("sales/src/sales/definitions.py", BROKEN + "# still\n")
    both = fleet.diff("--from", "HEAD", code=1)["by_name"]["sales"]
    assert (both["verdict"], both["error"]["type"]) == ("unverifiable", "ModuleNotFoundError")

    fleet.write("sales/src/sales/definitions.py", good)
    assert fleet.diff("--from", "HEAD", code=0)["by_name"]["sales"]["verdict"] == "changed"


NEEDS_A_VARIABLE = 'import os\n\nNAME = os.environ["SALES_NAME"]\n\n'


def test_variables_come_from_dotenv_commons_toml_and_the_command_line(fleet: Fleet, tmp_path: Path) -> None:
    file = fleet.root / "sales/src/sales/definitions.py"
    file.write_text(NEEDS_A_VARIABLE + file.read_text("utf-8").replace('"asset_2"', "NAME"), "utf-8")
    fleet.commit()
    file.write_text(file.read_text("utf-8") + "# touched\n", "utf-8")

    missing = fleet.diff("--from", "HEAD", code=1)["by_name"]["sales"]
    assert missing["verdict"] == "unverifiable"
    assert "SALES_NAME" in json.dumps(missing)

    def names(*words: str) -> str:
        ended = fleet.run("snapshot", "-l", "sales", *words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    fleet.write(".env", "SALES_NAME=from_dotenv\n")
    assert fleet.diff("--from", "HEAD", code=0)["by_name"]["sales"]["verdict"] == "unchanged"
    assert "sales/from_dotenv" in names()
    fleet.write("commons.toml", '[locations.sales]\nenv = { SALES_NAME = "placeholder" }\n')
    assert "sales/placeholder" in names()
    given = draw(tmp_path, {"given.env": "SALES_NAME=given\n"}) / "given.env"
    assert "sales/given" in names("--env-file", str(given))


READS_ITS_INPUT = """\
import json
from pathlib import Path

import dagster as dg

NAMES = json.loads((Path(__file__).parents[2] / "ignored" / "names.json").read_text())
defs = dg.Definitions(assets=[dg.AssetSpec(name) for name in NAMES])
"""


def test_declared_inputs_are_given_to_both_sides_and_missed_by_name(fleet: Fleet) -> None:
    fleet.write("sales/src/sales/definitions.py", READS_ITS_INPUT)
    fleet.write("commons.toml", '[locations.sales]\ninputs = ["ignored/names.json"]\n')
    fleet.commit()
    fleet.write("sales/src/sales/other.py", "")

    missing = fleet.diff("--from", "HEAD", code=1)["by_name"]["sales"]
    assert (missing["verdict"], "ignored/names.json" in missing["reason"]) == ("unverifiable", True)

    fleet.write("sales/ignored/names.json", '["one", "two"]')
    assert fleet.diff("--from", "HEAD", code=0)["by_name"]["sales"]["verdict"] == "unchanged"

    shutil.rmtree(fleet.root / "sales/ignored")
    prepare = "import pathlib; p = pathlib.Path('ignored'); p.mkdir(); (p / 'names.json').write_text('[\\\"one\\\"]')"
    declared = f'[locations.sales]\nprepare = ["python", "-c", "{prepare}"]\ninputs = ["ignored/names.json"]\n'
    fleet.write("commons.toml", declared)
    assert fleet.diff("--from", "HEAD", code=0)["by_name"]["sales"]["verdict"] == "unchanged"
    assert not (fleet.root / "sales/ignored").exists()
    fleet.write("commons.toml", '[locations.sales]\nprepare = ["python", "-c", "raise SystemExit(3)"]\n')
    failed = fleet.diff("--from", "HEAD", code=1)["by_name"]["sales"]
    assert (failed["verdict"], "failed" in failed["reason"]) == ("unverifiable", True)


def test_a_stale_lock_and_a_load_that_hangs_are_not_compared(fleet: Fleet) -> None:
    fleet.replace("sales/pyproject.toml", '    "shared",\n', '    "shared",\n    "packaging",\n')
    stale = fleet.diff(code=1)["by_name"]["sales"]
    assert (stale["verdict"], stale["reason"]) == ("unverifiable", "its lock is stale: commons lock -l sales")

    git(fleet.root, "checkout", "--quiet", ".")
    fleet.replace("sales/src/sales/definitions.py", "import dagster", "while True: pass\nimport dagster")
    hanging = fleet.diff("--timeout", "3", code=1)["by_name"]["sales"]
    assert (hanging["verdict"], hanging["error"]["type"]) == ("broken", "Timeout")


def test_a_secret_is_written_nowhere(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALES_SECRET", "hunter-two")
    fleet.replace(
        "sales/src/sales/definitions.py", "import dagster as dg", 'import dagster as dg\nS = dg.EnvVar("SALES_SECRET")'
    )
    fleet.replace(
        "sales/src/sales/definitions.py", '"asset_2", "sales"', '"asset_2", "sales", metadata={"s": S.get_value()[:0]}'
    )
    cache = tmp_path / "cache"

    ended = fleet.run("diff", "--format", "json", "--cache-dir", str(cache))

    assert ended.returncode in (0, 1)
    written = [each.read_text("utf-8") for each in cache.rglob("*.json")]
    assert written
    assert all("hunter-two" not in text for text in (ended.stdout, ended.stderr, *written))


def test_a_revision_has_the_submodule_commits_that_it_records(
    fleet: Fleet, tmp_path: Path, local_remotes: None
) -> None:
    module = make_repository(shutil.copytree(fleet.root / "shared", tmp_path / "module"))
    remote = make_bare_remote(module, tmp_path / "module.git")
    git(fleet.root, "rm", "-rq", "shared")
    checkout = add_submodule(fleet.root, remote, "shared")
    fleet.commit()
    Fleet(checkout).replace("src/shared/factory.py", "key_prefix=prefix", "key_prefix=[prefix]")
    Fleet(checkout).replace("src/shared/factory.py", "name=name,", 'name=name + "_new",')
    commit(checkout, "renames")
    git(checkout, "push", "--quiet", "origin", "HEAD:main")
    commit(fleet.root, "moves the submodule")

    found = fleet.diff("--from", "HEAD~1", code=1)["by_name"]

    assert set(found) == set(LOCATIONS)
    assert found["sales"]["severity"] == "breaking"
    assert fleet.diff("--from", "HEAD~1", "--to", "HEAD", code=1)["by_name"].keys() == found.keys()
    affected = json.loads(fleet.run("affected", "--base", "HEAD~1", "--format", "json").stdout)
    assert {each["name"] for each in affected["locations"]} == set(LOCATIONS)


def test_what_is_kept_is_not_loaded_again_until_something_it_read_differs(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 'import os\nfrom pathlib import Path\n\nos.environ.get("SALES_MOOD")\nPath(__file__).parents[3].joinpath("mood.txt").read_text()\n'
    file = fleet.root / "sales/src/sales/definitions.py"
    fleet.write("mood.txt", "fine")
    file.write_text(reads + file.read_text("utf-8"), "utf-8")
    fleet.commit()
    file.write_text(file.read_text("utf-8") + "# touched\n", "utf-8")
    words = ("--from", "HEAD", "--cache-dir", str(tmp_path / "cache"))

    def is_cached() -> bool:
        answer = fleet.diff(*words, code=0)["by_name"]["sales"]["cached"]
        assert isinstance(answer, bool)
        return answer

    assert [is_cached(), is_cached()] == [False, True]
    monkeypatch.setenv("SALES_MOOD", "better")
    assert [is_cached(), is_cached()] == [False, True]
    fleet.write("mood.txt", "better")  # in no project: what was read of it is kept beside the snapshot
    assert is_cached() is False
    for each in (tmp_path / "cache").iterdir():
        each.write_text("{", "utf-8")
    assert [is_cached(), is_cached()] == [False, True]


def test_a_file_that_no_project_owns_reaches_the_locations_that_read_it(fleet: Fleet) -> None:
    reads = 'from pathlib import Path\n\nNAME = Path(__file__).parents[3].joinpath("name.txt").read_text().strip()\n'
    file = fleet.root / "sales/src/sales/definitions.py"
    fleet.write("name.txt", "asset_2\n")
    file.write_text(reads + file.read_text("utf-8").replace('"asset_2"', "NAME"), "utf-8")
    fleet.commit()
    fleet.write("name.txt", "asset_9\n")

    found = fleet.diff("--from", "HEAD", code=1)["by_name"]

    assert set(found) == {"sales"}
    assert found["sales"]["severity"] == "breaking"


def test_a_key_that_two_locations_now_produce_is_breaking(fleet: Fleet) -> None:
    fleet.replace("marketing/src/marketing/definitions.py", '"asset_1", "marketing"', '"asset_1", "sales"')
    fleet.replace("sales/src/sales/definitions.py", "import dagster as dg", "import dagster as dg  # touched")

    found = fleet.diff(code=1)["by_name"]["marketing"]

    assert "key-produced-twice" in {each["rule"] for each in found["changes"]}


def test_affected_by_module_lock_and_declaration(fleet: Fleet) -> None:
    def reached(*words: str) -> set[str]:
        ended = fleet.run("affected", "--format", "json", *words)
        assert ended.returncode == 0, ended.stderr
        return {each["name"] for each in json.loads(ended.stdout)["locations"]}

    assert reached() == set()
    (fleet.root / "sales/uv.lock").write_bytes((fleet.root / "sales/uv.lock").read_bytes() + b"\n")
    assert reached() == {"sales"}
    assert fleet.run("affected", "--format", "args").stdout.split() == ["--location-name", "sales"]
    fleet.replace("shared/src/shared/factory.py", "return 1", "return 2")
    assert reached() == set(LOCATIONS)
    assert reached("-l", "marketing") == {"marketing"}


def test_a_refused_convert_writes_nothing(fleet: Fleet, tmp_path: Path, local_remotes: None) -> None:
    module = shutil.copytree(fleet.root / "shared", tmp_path / "module")
    Fleet(module).replace("src/shared/factory.py", "name=name,", 'name=name + "_new",')
    remote = make_bare_remote(make_repository(module), tmp_path / "module.git")
    before = _tree(fleet.root)

    ended = fleet.run(
        "convert", "shared", "--via", "submodule", "--url", str(remote), "--at", "vendored", "-l", "sales"
    )

    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "sales/asset_2" in ended.stdout
    assert _tree(fleet.root) == before


def _tree(root: Path) -> dict[str, str]:
    files = (each for each in root.rglob("*") if each.is_file())
    return {str(each.relative_to(root)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
