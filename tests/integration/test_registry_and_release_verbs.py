"""`commons registry init|list` and `commons release`, as a user types them, on real git and real uv, without an index."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

# uv builds this itself; it requires nothing, so that no package index is asked.
SHARED = """\
[project]
name = "shared"
version = "0.1.2"  # kept
requires-python = ">=3.11"

[build-system]
requires = ["uv_build>=0.9,<1"]
build-backend = "uv_build"
"""
FINANCE = """\
[project]
name = "finance"
version = "0"
requires-python = ">=3.11"
dependencies = ["shared"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "finance"

[tool.uv.sources]
shared = { path = "../shared", editable = true }
"""
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n- factory\n"
CONSUMER = """\
[project]
name = "consumer"
version = "0"
requires-python = ">=3.11"
dependencies = ["shared"]

"""


class Repository:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("shared/pyproject.toml", SHARED)
        self.write("shared/src/shared/__init__.py", "def asset_factory(): ...\n")
        self.write("shared/CHANGELOG.md", CHANGELOG)
        self.write("finance/pyproject.toml", FINANCE)
        self.write("finance/src/finance/__init__.py", "")
        self.git("init", "--quiet")
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "start")

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout  # fmt: skip

    def commons(self, *arguments: str, code: int = 0) -> str:
        """Run the command; what it printed on stdout, and on stderr where it failed."""
        ended = subprocess.run(
            [sys.executable, "-m", "dagster_commons", *arguments],
            cwd=self.root, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout + (ended.stderr if code else "")

    def changed(self) -> list[str]:
        """Paths that git sees as changed or new, each file of a new directory."""
        return [line[3:] for line in self.git("status", "--porcelain", "--untracked-files=all").splitlines()]

    @property
    def registry(self) -> Path:
        return self.root / "registry"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "repository").mkdir()
    return Repository(tmp_path / "repository")


@pytest.fixture
def with_registry(repository: Repository) -> Repository:
    repository.commons("registry", "init", "corp")
    repository.git("add", ".")
    repository.git("commit", "--quiet", "-m", "registry")
    return repository


def test_init_reserves_names_writes_commons_toml_and_prints_uvs_lines(repository: Repository) -> None:
    said = repository.commons("registry", "init", "corp")

    assert "into finance/pyproject.toml, before other indexes:\n" in said
    assert '  [[tool.uv.index]]\n  name = "corp"\n  url = "../registry"\nIn another pyproject.toml' in said
    assert repository.read("commons.toml") == '[registries.corp]\nkind = "embedded"\npath = "registry"\n'
    assert embedded.names(repository.registry) == ("shared",)
    assert repository.changed() == [
        "commons.toml",
        "registry/.gitattributes",
        "registry/.gitignore",
        "registry/shared/index.html",
    ]
    repository.commons("undo")
    assert repository.changed() == []


def test_init_reserves_a_module_that_nobody_uses_yet_and_no_code_location(repository: Repository) -> None:
    repository.write("utils/pyproject.toml", SHARED.replace("shared", "acme-utils"))
    repository.write("utils/src/acme_utils/__init__.py", "")

    repository.commons("registry", "init", "corp")

    assert embedded.names(repository.registry) == ("acme-utils", "shared")


def test_undo_with_dry_run_shows_what_would_go_and_writes_nothing(repository: Repository) -> None:
    repository.commons("registry", "init", "corp")
    there = repository.changed()

    said = repository.commons("undo", "--dry-run")

    assert said.startswith("planned, nothing written: undo registry corp in registry (")
    assert "--- a/commons.toml\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-[registries.corp]\n" in said
    assert repository.changed() == there
    assert "\n  removed  registry/shared/index.html\n" in repository.commons("undo")
    assert "there is no change to take back" in repository.commons("undo", "--dry-run", code=1)


def test_a_registry_with_releases_cannot_be_unmade_and_undo_says_why(with_registry: Repository) -> None:
    with_registry.commons("release", "shared==0.1.3")
    with_registry.commons("undo")

    for options in ((), ("--dry-run",)):
        said = with_registry.commons("undo", *options, code=6)
        assert "a published version stays, and since then there is\n  shared 0.1.3\n  nothing was written\n" in said
        assert "hint: this is as far back as undo goes; a registry is taken away by hand" in said


def test_undo_names_what_was_changed_since_as_seen_from_the_root(with_registry: Repository) -> None:
    with_registry.write("commons.toml", with_registry.read("commons.toml") + "# mine\n")

    said = with_registry.commons("undo", code=6)

    assert "so it cannot be taken back:\n  commons.toml\n  nothing was written\n" in said
    assert str(with_registry.root) not in said


def test_init_with_dry_run_writes_nothing(repository: Repository) -> None:
    assert "+[registries.corp]" in repository.commons("registry", "init", "corp", "--dry-run")
    assert repository.changed() == []


def test_init_again_changes_nothing(with_registry: Repository) -> None:
    with_registry.commons("registry", "init", "corp")

    assert with_registry.changed() == []


def test_init_of_a_remote_kind_names_it_in_commons_toml_once_and_prints_uvs_lines(repository: Repository) -> None:
    words = ("registry", "init", "corp", "--kind", "artifact-registry", "--project", "acme-data")

    assert "needs --location, --repository" in repository.commons(*words, code=2)
    assert repository.changed() == []

    words = (*words, "--location", "europe-west1", "--repository", "python")
    said = repository.commons(*words)
    table = '[registries.corp]\nkind = "artifact-registry"\nproject = "acme-data"\n'
    assert repository.read("commons.toml") == f'{table}location = "europe-west1"\nrepository = "python"\n'
    assert repository.changed() == ["commons.toml"]
    assert "into finance/pyproject.toml:\n  [[tool.uv.index]]\n" in said
    assert (
        '  explicit = true\n  authenticate = "always"\n\n  [tool.uv.sources]\n  shared = { index = "corp" }\n' in said
    )

    assert "nothing to do" in repository.commons(*words)
    assert "there is another registry `corp`" in repository.commons(*words[:-1], "other", code=2)
    repository.commons("undo")
    assert repository.changed() == []


def test_init_in_a_directory_with_other_files_is_refused(repository: Repository) -> None:
    assert "is no registry: it has" in repository.commons("registry", "init", "corp", "--path", "shared", code=2)
    assert repository.changed() == []


def test_release_sets_the_version_builds_and_publishes_what_uv_can_use(with_registry: Repository) -> None:
    said = with_registry.commons("release", "shared==0.1.3")

    assert "published shared==0.1.3 to corp" in said
    assert "imports shared 0.1.3 from its environment" in said
    assert with_registry.read("shared/pyproject.toml") == SHARED.replace("0.1.2", "0.1.3")
    assert "## [Unreleased]\n\n## [0.1.3] - 20" in with_registry.read("shared/CHANGELOG.md")
    assert "repository is at " in said
    assert with_registry.git("log", "-1", "--format=%s %(describe)").strip() == "Release shared 0.1.3 shared-v0.1.3"
    assert with_registry.git("show", "--name-only", "--format=").split() == [
        "shared/CHANGELOG.md",
        "shared/pyproject.toml",
    ]
    assert with_registry.changed() == [
        "registry/shared/index.html",
        "registry/shared/shared-0.1.3-py3-none-any.whl",
        "registry/shared/shared-0.1.3-py3-none-any.whl.metadata",
        "registry/shared/shared-0.1.3.tar.gz",
    ]
    assert embedded.verify(with_registry.registry) == ()
    with_registry.write("pyproject.toml", CONSUMER + '[[tool.uv.index]]\nname = "corp"\nurl = "./registry"\n')
    uv(with_registry.root, "lock", "--offline")
    assert "shared-0.1.3-py3-none-any.whl" in with_registry.read("uv.lock")


def test_release_with_dry_run_shows_the_diff_and_publishes_nothing(with_registry: Repository) -> None:
    said = with_registry.commons("release", "shared", "--version", "0.1.3", "--dry-run")

    assert '+version = "0.1.3"  # kept' in said
    assert "would publish shared==0.1.3 to corp" in said
    assert with_registry.changed() == []


def test_the_same_release_again_changes_nothing_and_other_bytes_are_refused(with_registry: Repository) -> None:
    with_registry.commons("release", "shared==0.1.3")
    with_registry.git("add", ".")
    with_registry.git("commit", "--quiet", "-m", "release")

    for option in ((), ("--dry-run",)):
        said = with_registry.commons("release", "shared==0.1.3", *option)
        assert said == (
            "nothing to do: release shared==0.1.3 to corp\n  shared 0.1.3 is released already, with these very bytes\n"
        )
    assert with_registry.changed() == []

    with_registry.write("shared/src/shared/__init__.py", "def asset_factory(): return 1\n")
    assert "has changes that are not committed" in with_registry.commons("release", "shared==0.1.3", code=1)
    with_registry.git("commit", "--quiet", "-am", "change")
    said = with_registry.commons("release", "shared==0.1.3", code=7)
    assert "shared 0.1.3 is tagged already: shared-v0.1.3 at " in said
    assert "hint: a released version never changes: release a higher one" in said
    with_registry.git("tag", "--delete", "shared-v0.1.3")
    said = with_registry.commons("release", "shared==0.1.3", code=7)
    assert "shared 0.1.3 is released already, with other bytes" in said
    assert with_registry.changed() == []


def test_a_release_never_sets_the_version_back(with_registry: Repository) -> None:
    for version in ("0.1.3", "0.2.0"):
        with_registry.commons("release", f"shared=={version}")
    with_registry.git("add", ".")
    with_registry.git("commit", "--quiet", "-m", "releases")

    released = json.loads(with_registry.commons("release", "shared==0.1.3", "--format", "json"))
    skipped = with_registry.commons("release", "shared==0.1.4", code=7)

    assert (released["outcome"], released["edits"], released["publishes"]) == ("unchanged", [], [])
    assert "shared 0.1.3 is released already; the tree is at 0.2.0 and stays there" in released["reason"]
    assert "shared is at 0.2.0 here, and a release never sets a version back to 0.1.4" in skipped
    assert with_registry.changed() == []


def test_a_commit_and_a_tag_that_are_lacking_are_made_without_publishing_again(with_registry: Repository) -> None:
    with_registry.commons("release", "shared==0.1.3")
    with_registry.git("add", "registry")
    with_registry.git("commit", "--quiet", "-m", "registry")
    with_registry.git("tag", "--delete", "shared-v0.1.3")
    with_registry.git("reset", "--quiet", "--hard", "HEAD~2")
    with_registry.git("checkout", "--quiet", "HEAD@{1}", "--", "registry")
    with_registry.git("commit", "--quiet", "-m", "registry alone")

    said = with_registry.commons("release", "shared==0.1.3")

    assert "published shared" not in said
    assert with_registry.git("show", "--name-only", "--format=%s").split("\n", 1)[0] == "Release shared 0.1.3"
    assert with_registry.git("describe").strip() == "shared-v0.1.3"
    assert with_registry.changed() == []


def test_a_wheel_that_does_not_import_is_not_released(with_registry: Repository) -> None:
    with_registry.write("shared/src/shared/__init__.py", "import not_there\n")
    with_registry.git("commit", "--quiet", "-am", "broken")

    said = with_registry.commons("release", "shared==0.1.3", code=1)

    assert "ModuleNotFoundError: No module named 'not_there'" in said
    assert with_registry.changed() == []
    assert embedded.releases(with_registry.registry, "shared") == ()


def test_what_the_wheel_requires_is_found_in_the_registry_first(with_registry: Repository, tmp_path: Path) -> None:
    embedded.publish(with_registry.registry, (write_wheel(tmp_path, "base", "1.0.0"),))
    with_registry.write("shared/pyproject.toml", SHARED.replace("[build", 'dependencies = ["base"]\n[build', 1))
    with_registry.write("shared/src/shared/__init__.py", "from base import __version__ as version_of_base\n")
    with_registry.git("commit", "--quiet", "-am", "needs base")

    with_registry.commons("release", "shared==0.1.3")

    assert embedded.wheel_metadata(with_registry.registry, "shared", "0.1.3").requires_dist == ("base",)


def test_a_project_that_does_not_build_is_not_released(with_registry: Repository) -> None:
    with_registry.write("shared/pyproject.toml", SHARED + '\n[tool.uv.build-backend]\nmodule-name = "elsewhere"\n')
    with_registry.git("commit", "--quiet", "-am", "elsewhere")

    said = with_registry.commons("release", "shared==0.1.3", code=4)

    assert "shared cannot be built" in said
    assert "Expected a Python module at: src/elsewhere/__init__.py" in said
    assert "twins" not in said
    assert with_registry.changed() == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("shared",), 2, "has not been released, so there is no version to bump"),
        (("shared==0.1.3", "--version", "0.1.3"), 2, "say which version to release"),
        (("shared==one",), 2, "`one` is no"),
        (("sharde==0.1.3",), 2, "did you mean `shared`?"),
        (("shared==0.1.3", "--registry", "crop"), 2, "there is no registry `crop`"),
        (("finance==0.1.3",), 2, "there is no shared module `finance`"),
    ],
)
def test_what_cannot_be_released(
    with_registry: Repository, arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert message in with_registry.commons("release", *arguments, code=code)
    assert with_registry.changed() == []


def test_release_without_a_registry_says_how_to_make_one(repository: Repository) -> None:
    assert "commons registry init NAME" in repository.commons("release", "shared==0.1.3", code=2)


def test_list(with_registry: Repository) -> None:
    with_registry.commons("release", "shared==0.1.3")

    (corp,) = json.loads(with_registry.commons("registry", "list", "--format", "json"))["registries"]

    assert (corp["name"], corp["place"], corp["problems"]) == ("corp", "registry", [])
    assert [each["version"] for each in corp["modules"][0]["versions"]] == ["0.1.3"]
    assert "shared  0.1.3" in with_registry.commons("registry", "list")


def test_list_fails_when_a_file_is_not_what_its_page_says(with_registry: Repository) -> None:
    with_registry.commons("release", "shared==0.1.3")
    (with_registry.registry / "shared/shared-0.1.3.tar.gz").write_bytes(b"tampered")

    assert "error registry/shared/shared-0.1.3.tar.gz: the file's sha256" in with_registry.commons(
        "registry", "list", code=1
    )
