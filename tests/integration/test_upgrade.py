"""`commons upgrade` on real git and uv: by index, submodule and git, alone and together, undone and committed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders import Drawing, add_submodule, commit, draw, make_repository, project_text, workspace
from dagster_commons.tools.git import git, head_commit
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMONS = Path(sys.executable).with_name("commons")
BROKEN_FOR_FINANCE = """\
from importlib.util import find_spec

if find_spec("finance"):
    raise RuntimeError("no licence")
"""
INDEX = '[[tool.uv.index]]\nname = "local"\nurl = "../registry"\n'


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMONS, *words], cwd=root, capture_output=True, text=True, check=False)


def commons(root: Path, *words: str, code: int = 0) -> str:
    ended = run(root, *words)
    assert ended.returncode == code, f"commons {' '.join(words)}: {ended.returncode}\n{ended.stdout}{ended.stderr}"
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`shared` 0.1.0 and 0.2.0 (and `extra`, which 0.2.0 brings along) in a registry and in a remote with tags."""
    base = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_COUNT", "1")
        patch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
        patch.setenv("GIT_CONFIG_VALUE_0", "always")
        patch.setenv("DAGSTER_COMMONS_CACHE", str(base / "cache"))
        patch.setenv("COMMONS_FAIL_ON", "breaking,broken")  # no Dagster here: definitions are not compared
        build = base / "build"
        workspace(build).module("shared").module("extra", version="1.0.0").repository()
        commons(build, "registry", "init", "local")
        commons(build, "release", "extra", "--version", "1.0.0")
        commons(build, "release", "shared", "--version", "0.1.0")
        module = make_repository(shutil.copytree(build / "shared", base / "module"))
        git(module, "tag", "shared-v0.1.0")
        draw(
            build,
            {
                "shared/pyproject.toml": project_text(
                    "shared", version="0.2.0", uses={"extra>=1": '{ path = "../extra" }'}
                )
            },
        )
        commit(build, "needs extra")
        commons(build, "release", "shared", "--version", "0.2.0")
        init = '__version__ = "0.2.0"\n'
        draw(
            module, {"pyproject.toml": project_text("shared", version="0.2.0", uses={}), "src/shared/__init__.py": init}
        )
        commit(module, "0.2.0")
        git(module, "tag", "-a", "shared-v0.2.0", "-m", "0.2.0")
        git(base, "clone", "--quiet", "--bare", str(module), str(base / "shared.git"))
        patch.setenv("UV_OFFLINE", "1")
        yield base


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    """A repository with one location per source."""
    drawing = workspace(tmp_path / "root")
    shutil.copytree(prepared / "build/registry", drawing.root / "registry")
    shutil.copy(prepared / "build/commons.toml", drawing.root / "commons.toml")
    drawing.location("finance", uses={"shared==0.1.0": ""}, more=INDEX)
    drawing.location(
        "billing",
        uses={"shared": f'{{ git = "file://{prepared / "shared.git"}", tag = "shared-v0.1.0" }}  # pinned'},
    )
    make_repository(drawing.root)
    submodule = add_submodule(drawing.root, prepared / "shared.git", "vendor/shared")
    git(submodule, "checkout", "--quiet", "shared-v0.1.0")
    drawing.location("marketing", uses={"shared": '{ path = "../vendor/shared", editable = true }'})
    for name in ("finance", "billing", "marketing"):
        uv(drawing.root / name, "lock")
    commit(drawing.root, "the beginning")
    return drawing.root


def files(root: Path) -> dict[str, bytes]:
    return {
        f"{name}/{file}": (root / name / file).read_bytes()
        for name in ("finance", "billing", "marketing")
        for file in ("pyproject.toml", "uv.lock")
    }


def text_of(root: Path, file: str) -> str:
    return (root / file).read_text("utf-8")


def gitlink(root: Path) -> str:
    return git(root, "ls-files", "-s", "vendor/shared").text.split(" ")[1]


def test_without_a_version_it_shows_what_could_move_and_writes_nothing(root: Path) -> None:
    before = files(root)
    said = commons(root, "upgrade").splitlines()
    assert said[0] == "shared"
    assert said[1].split() == ["location", "source", "in", "use", "newest"]
    assert [line.split()[:4] for line in said[2:5]] == [
        ["billing", "git", "0.1.0", "0.2.0"],
        ["finance", "index", "0.1.0", "0.2.0"],
        ["marketing", "submodule", "0.1.0", "0.2.0"],
    ]
    assert said[-1] == "3 uses can be upgraded: commons upgrade --apply"
    assert files(root) == before
    assert not git(root, "status", "--porcelain").text


def test_a_range_that_admits_the_version_is_kept_and_the_lock_moves(root: Path) -> None:
    pyproject = root / "finance/pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8").replace("shared==0.1.0", "shared>=0.1,<1"), "utf-8")
    uv(root / "finance", "lock", "--upgrade-package", "shared==0.1.0")
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "finance", "--dry-run")
    assert "$ uv lock --upgrade-package shared==0.2.0 --project finance" in said
    commons(root, "upgrade", "shared==0.2.0", "-l", "finance")
    assert '"shared>=0.1,<1"' in text_of(root, "finance/pyproject.toml")
    assert 'name = "shared"\nversion = "0.2.0"' in text_of(root, "finance/uv.lock")


def drop_all_but_head(submodule: Path) -> None:
    """As it was before 0.2.0 came to be."""
    git(submodule, "tag", "-d", "shared-v0.2.0")
    git(submodule, "update-ref", "-d", "refs/remotes/origin/HEAD")
    git(submodule, "update-ref", "-d", "refs/remotes/origin/main")
    git(submodule, "branch", "-D", "main")
    git(submodule, "reflog", "expire", "--expire=now", "--all")
    git(submodule, "gc", "--quiet", "--prune=now")


def test_a_remote_that_cannot_be_read_is_said(root: Path, prepared: Path) -> None:
    submodule = root / "vendor/shared"
    drop_all_but_head(submodule)
    git(submodule, "config", "remote.origin.url", str(prepared / "gone.git"))
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", code=1)
    assert "its repository has no tag of shared 0.2.0 (it has: shared-v0.1.0); its remote cannot be read" in said
    assert "was not asked (--offline)" in commons(
        root, "upgrade", "shared==0.2.0", "-l", "marketing", "--offline", code=1
    )


def test_where_only_tools_fail_the_exit_code_is_4(root: Path) -> None:
    for wheel in (root / "registry/shared").glob("shared-0.2.0*"):
        if wheel.suffix != ".metadata":
            wheel.write_bytes(b"torn")
    before = files(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "finance", code=4)
    assert "finance: finance cannot be locked" in said
    assert files(root) == before


def test_index_git_and_submodule_move_as_one_change_that_undo_takes_back(root: Path, prepared: Path) -> None:
    before, old = files(root), gitlink(root)
    new = git(prepared / "shared.git", "rev-parse", "shared-v0.2.0^{commit}").text.strip()
    said = commons(root, "upgrade", "--apply")
    assert "finance    imports shared 0.2.0 from its environment" in said
    assert "submodule moved  vendor/shared" in said
    finance = text_of(root, "finance/pyproject.toml")
    assert '"shared==0.2.0"' in finance
    assert 'constraint-dependencies = ["extra==1.0.0"]' in finance
    assert 'name = "extra"' in text_of(root, "finance/uv.lock")
    billing = before["billing/pyproject.toml"].decode().replace("shared-v0.1.0", "shared-v0.2.0")
    assert text_of(root, "billing/pyproject.toml") == billing
    assert (gitlink(root), head_commit(root / "vendor/shared")) == (new, new)
    for name in ("finance", "billing", "marketing"):
        assert 'name = "shared"\nversion = "0.2.0"' in text_of(root, f"{name}/uv.lock")
    assert commons(root, "upgrade", "--apply").count("no newer version is known") == 3
    commons(root, "undo")
    assert (files(root), gitlink(root), head_commit(root / "vendor/shared")) == (before, old, old)
    assert not git(root, "status", "--porcelain").text


def test_a_location_that_was_not_asked_for_is_not_touched_and_the_way_back_takes_pins_out(root: Path) -> None:
    before, old = files(root), gitlink(root)
    commons(root, "upgrade", "shared==0.2.0", "-l", "finance")
    after = files(root)
    assert {name for name in before if before[name] != after[name]} == {"finance/pyproject.toml", "finance/uv.lock"}
    assert gitlink(root) == old
    commons(root, "upgrade", "shared==0.1.0", "-l", "finance")
    assert files(root)["finance/pyproject.toml"] == before["finance/pyproject.toml"]


def test_dry_run_writes_nothing_and_shows_diff_and_commands(root: Path) -> None:
    before, old = files(root), gitlink(root)
    said = commons(root, "upgrade", "shared==0.2.0", "--dry-run")
    assert '+    "shared==0.2.0",' in said
    assert "$ git -C vendor/shared checkout shared-v0.2.0" in said
    assert (files(root), gitlink(root)) == (before, old)
    assert not git(root, "status", "--porcelain").text


def test_one_that_a_range_forbids_stays_while_the_others_move(root: Path) -> None:
    draw(
        root,
        {
            "tariffs/pyproject.toml": project_text("tariffs", version="1.0.0", uses={"shared<0.2": ""}),
            "tariffs/src/tariffs/__init__.py": "",
        },
    )
    pyproject = root / "finance/pyproject.toml"
    text = pyproject.read_text("utf-8").replace('"shared==0.1.0",', '"shared==0.1.0",\n    "tariffs",')
    pyproject.write_text(f'{text}\n[tool.uv.sources]\ntariffs = {{ path = "../tariffs", editable = true }}\n', "utf-8")
    uv(root / "finance", "lock")
    before = files(root)
    said = commons(root, "upgrade", "shared==0.2.0", code=1)
    assert "finance: tariffs 1.0.0 requires shared<0.2" in said
    after = files(root)
    assert {name for name in before if before[name] == after[name]} == {
        "finance/pyproject.toml",
        "finance/uv.lock",
        "marketing/pyproject.toml",
    }


def test_one_whose_proof_fails_stays_while_the_others_move(root: Path) -> None:
    """The wheel in the registry is another than what the tag has: it does not import."""
    broken = workspace(root.parent / "broken").module("shared").repository().root
    commons(broken, "registry", "init", "local")
    commons(broken, "release", "shared", "--version", "0.1.0")
    draw(
        broken,
        {
            "shared/pyproject.toml": project_text("shared", version="0.2.0", uses={}),
            "shared/src/shared/__init__.py": BROKEN_FOR_FINANCE,
        },
    )
    commit(broken, "0.2.0")
    commons(broken, "release", "shared", "--version", "0.2.0")
    shutil.rmtree(root / "registry")
    shutil.copytree(broken / "registry", root / "registry")
    (root / "finance/uv.lock").unlink()
    uv(root / "finance", "lock")
    before = files(root)
    document = json.loads(run(root, "upgrade", "shared==0.2.0", "--format", "json").stdout)
    assert document["outcome"] == "applied"
    assert {each["location"]: each["state"] for each in document["upgrades"]} == {
        "billing": "upgraded",
        "finance": "refused",
        "marketing": "upgraded",
    }
    assert "no licence" in next(each["reason"] for each in document["upgrades"] if each["location"] == "finance")
    assert files(root)["finance/uv.lock"] == before["finance/uv.lock"]


def test_a_submodule_that_another_location_uses_needs_both(root: Path) -> None:
    Drawing(root=root).location("ads", uses={"shared": '{ path = "../vendor/shared", editable = true }'})
    uv(root / "ads", "lock")
    old = gitlink(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", code=1)
    assert "marketing: ads would move along (the same submodule): name both with -l" in said
    assert gitlink(root) == old
    commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", "-l", "ads")
    for name in ("marketing", "ads"):
        assert 'name = "shared"\nversion = "0.2.0"' in text_of(root, f"{name}/uv.lock")


def test_commit_records_our_files_on_a_branch_and_nothing_else(root: Path) -> None:
    (root / "notes.txt").write_text("mine", "utf-8")
    start = head_commit(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "finance", "-l", "marketing", "--commit")
    assert "on branch commons/upgrade-shared-0.2.0 in root; not pushed" in said
    assert git(root, "symbolic-ref", "--short", "HEAD").text.strip() == "commons/upgrade-shared-0.2.0"
    assert git(root, "rev-parse", "HEAD~1").text.strip() == start
    assert set(git(root, "show", "--name-only", "--format=", "HEAD").text.split()) == {
        "finance/pyproject.toml",
        "finance/uv.lock",
        "marketing/uv.lock",
        "vendor/shared",
    }
    message = git(root, "log", "-1", "--format=%B").text
    assert message.splitlines()[:3] == ["Upgrade shared to 0.2.0", "", "finance: shared 0.1.0 → 0.2.0, not compared"]
    assert git(root, "status", "--porcelain").text == "?? notes.txt\n"


def test_commit_refuses_what_the_user_has_staged_before_anything_is_written(root: Path) -> None:
    draw(root, {"notes.txt": "mine"})
    git(root, "add", "notes.txt")
    before = files(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "finance", "--commit", code=1)
    assert "root has staged changes, which would be committed along: notes.txt" in said
    assert files(root) == before
    assert git(root, "branch", "--list", "commons/*").text == ""


def test_commit_that_a_hook_refuses_leaves_the_change_and_no_branch(root: Path) -> None:
    hook = root / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "finance", "--commit", code=4)
    assert "not today" in said
    assert '"shared==0.2.0"' in text_of(root, "finance/pyproject.toml")
    assert git(root, "symbolic-ref", "--short", "HEAD").text.strip() == "main"
    assert git(root, "branch", "--list", "commons/*").text == ""
    assert git(root, "status", "--porcelain").text.splitlines() == [" M finance/pyproject.toml", " M finance/uv.lock"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("shared==9.9",), 1, "registry local has no shared==9.9"),
        (("shraed",), 2, "did you mean `shared`?"),
        (("shared==0.2.0", "--all", "-l", "finance"), 2, "--all and -l contradict each other"),
        (("shared", "--commit"), 2, "nothing is committed without --apply or a version"),
        (("--tag", "v1"), 2, "--tag needs the module"),
        (("shared", "--tag", "nowhere", "-l", "billing"), 1, "its repository has no tag nowhere"),
        (("shared==0.1.0", "-l", "finance"), 0, "at 0.1.0 already"),
        (("shared==nonsense",), 2, "is no version"),
    ],
)
def test_what_cannot_be_is_said(root: Path, words: tuple[str, ...], code: int, said: str) -> None:
    before = files(root)
    assert said in commons(root, "upgrade", *words, code=code)
    assert files(root) == before


def test_a_submodule_with_changed_files_stays(root: Path) -> None:
    (root / "vendor/shared/pyproject.toml").write_text("# mine\n", "utf-8")
    old = gitlink(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", code=1)
    assert "marketing: the submodule has changed files" in said
    assert gitlink(root) == old


PYTEST = """
[dependency-groups]
checks = ["pytest"]
"""
OWN_TESTS = """
import shared


def test_that_fails_anyway():
    assert False


def test_of_the_version():
    assert shared.__version__ == "0.1.0"
"""


@pytest.mark.network
def test_new_failures_of_a_locations_own_tests_refuse_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_OFFLINE")
    pyproject = root / "marketing/pyproject.toml"
    pyproject.write_text(pyproject.read_text("utf-8") + PYTEST, "utf-8")
    draw(root, {"marketing/tests/test_shared.py": OWN_TESTS})
    uv(root / "marketing", "lock")
    old = gitlink(root)
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", "-l", "finance", "--test", code=1)
    assert "marketing  own tests: 1 new failure: tests.test_shared::test_of_the_version" in said
    assert "finance  own tests not run: finance has no tests folder" in said
    assert gitlink(root) == old
    assert '"shared==0.2.0"' in text_of(root, "finance/pyproject.toml")
    text = (root / "marketing/tests/test_shared.py").read_text("utf-8").replace('== "0.1.0"', "")
    (root / "marketing/tests/test_shared.py").write_text(text, "utf-8")
    said = commons(root, "upgrade", "shared==0.2.0", "-l", "marketing", "--test")
    assert "marketing  own tests: no new failures (1 failed before)" in said
    assert gitlink(root) != old
