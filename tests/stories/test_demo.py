"""`commons demo`, built once by the installed command inside somebody's repository, then looked at from all sides."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.tools.git import git
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.uv import uv
from environments import once_per_run
from stories.conftest import COMMONS

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROJECTS = {"sales": "platform/sales", "marketing": "marketing", "finance": "finance"}
WRITTEN_AS = {"sales": "path/sales", "marketing": "submodule/marketing", "finance": "index/finance"}
REPOSITORIES = ("platform", "marketing", "finance", ".clones/ada/marketing", ".clones/ben/marketing")
# Somebody whose git would ask for a key at every commit: the demo must not notice.
GIT_CONFIGURATION = "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n[core]\n\thooksPath = /nonexistent\n"
SETTINGS = ("COMMONS_", "DAGSTER", "GIT_", "XDG_")
DEMO_SECONDS = 600
QUERY = """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
    ... on RepositoryLocation { repositories { assetNodes { assetKey { path } } } }
    ... on PythonError { message }
} } } } }"""

network = pytest.mark.network


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A finished demo: where it is, what was printed, and the repository and home around it."""

    directory: Path
    printed: str

    @property
    def around(self) -> Path:
        return self.directory.parent

    @property
    def home(self) -> Path:
        return self.around.parent / "home"

    def output_of(self, command: str) -> str:
        """What followed the first printing of `command`, up to the next command or step."""
        _, _, rest = self.printed.partition(f"$ {command}\n")
        return re.split(r"^(?:\$ |── |\+ )", rest, maxsplit=1, flags=re.MULTILINE)[0].strip("\n")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = once_per_run(tmp_path_factory, "demo", build_demo)
    return Demo(directory=place / "around/demo", printed=(place / "printed.txt").read_text())


def build_demo(place: Path) -> None:
    (place / "home").mkdir(parents=True)
    (place / "home/.gitconfig").write_text(GIT_CONFIGURATION)
    (place / "around").mkdir()
    git(place / "around", "init", "--quiet")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    uv_cache = uv(place, "cache", "dir").text.strip()
    ended = subprocess.run(
        [COMMONS, "demo", "demo"],
        cwd=place / "around",
        env={**inherited, "HOME": str(place / "home"), "UV_CACHE_DIR": uv_cache},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEMO_SECONDS,
    )
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    (place / "printed.txt").write_text(ended.stdout)


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and {".venv", ".cache"}.isdisjoint(path.parts)
    }


@network
@pytest.mark.timeout(DEMO_SECONDS)
def test_every_step_is_told_with_the_command_that_does_it(demo: Demo) -> None:
    steps = re.findall(r"^── (\d+)/(\d+) ", demo.printed, re.MULTILINE)
    assert steps == [(str(number), str(len(steps))) for number in range(1, len(steps) + 1)]
    unbroken = demo.printed.replace(" \\\n    ", " ")
    commands = re.findall(r"^\$ (?:\w+=\S+ )*(commons .*)$", unbroken, re.MULTILINE)
    assert commands == [
        "commons add shared -l sales",
        "commons add shared --via submodule -l marketing --url ../shared.git",
        "commons status --root .clones/ada/marketing",
        "commons status --root .clones/ben/marketing",
        "commons sync --root .clones/ben/marketing",
        "commons status --root .clones/ben/marketing",
        "commons registry init acme --path finance/registry",
        "commons release shared --version 0.1.3",
        "commons add shared==0.1.3 --via index -l finance",
        "commons convert shared --via path -l finance",
        "commons convert shared --via index -l finance",
        "commons release shared --bump minor",
        "commons status",
        "commons upgrade shared==0.2.0 -l finance",
        "commons diff --root platform",
        "commons release shared --bump minor",
        "commons release shared --bump minor --fail-on broken",
        "commons upgrade shared==0.3.0 -l finance",
        "commons registry yank shared==0.3.0 --reason 'loses every key'",
        "commons bundle -l marketing",
        "commons sync",
        "commons status",
    ]
    assert re.search(r"\nOpen all three in the Dagster UI: \S*commons demo --open demo\n\Z", demo.printed)


@network
def test_our_own_lines_fit_80_columns(demo: Demo) -> None:
    ours = re.findall(r"^(?:\$ |── |\+ |    \w).*$", demo.printed, re.MULTILINE)
    assert len(ours) > 40
    assert [line for line in ours if len(line) > 80] == []


@network
def test_what_local_remotes_need_is_printed(demo: Demo) -> None:
    assert "GIT_CONFIG_KEY_0=protocol.file.allow" in demo.printed
    assert "git -c protocol.file.allow=always clone --quiet --recurse-submodules" in demo.printed


@network
@pytest.mark.parametrize("location", PROJECTS)
def test_add_wrote_exactly_the_lines_that_the_examples_show(demo: Demo, location: str) -> None:
    written = (demo.directory / PROJECTS[location] / "pyproject.toml").read_bytes()
    assert (
        written.replace(b"shared==0.2.0", b"shared==0.1.3")
        == (EXAMPLES / WRITTEN_AS[location] / "pyproject.toml").read_bytes()
    )


@network
@pytest.mark.parametrize(
    ("checkout", "version"),
    [
        ("platform", "0.3.0"),
        ("marketing", "0.1.3"),
        (".clones/ada/marketing", "0.1.3"),
        (".clones/ben/marketing", "0.1.3"),
    ],
)
def test_where_the_module_is_and_at_which_version(demo: Demo, checkout: str, version: str) -> None:
    code = (demo.directory / checkout / "shared/src/shared/__init__.py").read_text()
    assert f'__version__ = "{version}"\n' in code


@network
def test_the_submodule_is_recorded_relative_to_its_remote_and_checked_out_everywhere(demo: Demo) -> None:
    recorded = '[submodule "shared"]\n\tpath = shared\n\turl = ../shared.git\n'
    assert (demo.directory / "marketing/.gitmodules").read_text() == recorded
    commit = git(demo.directory / "remotes/shared.git", "rev-parse", "main").text.strip()
    for checkout in ("marketing", ".clones/ada/marketing", ".clones/ben/marketing"):
        assert git(demo.directory / checkout, "submodule", "status").text.startswith(f" {commit} shared ")


@network
def test_ben_s_clone_was_seen_to_be_unready_and_was_repaired(demo: Demo) -> None:
    before, after = re.findall(
        r"^\$ commons status --root \.clones/ben/marketing\n(.*?)^1 code location",
        demo.printed,
        re.DOTALL | re.MULTILINE,
    )
    assert "not initialised" in before
    assert "commons sync -l marketing" in before
    assert "not initialised" not in after
    assert (demo.directory / ".clones/ben/marketing/.venv").is_dir()


@network
def test_the_registry_holds_all_releases_and_is_what_its_pages_say(demo: Demo) -> None:
    registry = demo.directory / "finance/registry"
    assert embedded.names(registry) == ("shared",)
    assert [each.version for each in embedded.releases(registry, "shared")] == ["0.1.3", "0.2.0", "0.3.0"]
    assert [each.version for each in embedded.releases(registry, "shared") if each.yanked is not None] == ["0.3.0"]
    assert embedded.verify(registry) == ()
    lock = (demo.directory / "finance/uv.lock").read_text()
    assert '[[package]]\nname = "shared"\nversion = "0.2.0"\nsource = { registry = "registry" }\n' in lock
    assert str(demo.directory) not in lock


@network
def test_every_release_is_a_commit_with_a_tag_that_holds_what_was_published(demo: Demo) -> None:
    platform = demo.directory / "platform"
    for version in ("0.1.3", "0.2.0", "0.3.0"):
        said = git(platform, "log", "-1", "--format=%s", f"shared-v{version}").text
        assert said == f"Release shared {version}\n"
        code = git(platform, "show", f"shared-v{version}:shared/src/shared/__init__.py").text
        assert f'__version__ = "{version}"\n' in code


@network
def test_the_release_that_would_lose_assets_is_refused_first(demo: Demo) -> None:
    _, _, said = demo.printed.rpartition("$ commons release shared --bump minor\n")
    refused, _, accepted = said.partition("(exit code 1)")
    assert refused.startswith("refused, nothing written: release shared==0.3.0 to acme\n")
    assert "would break 2 of 3 code locations that use it: finance, marketing\n" in refused
    assert "published shared==0.3.0 to acme" not in refused
    assert "published shared==0.3.0 to acme" in accepted


@network
def test_there_and_back_git_sees_no_difference(demo: Demo) -> None:
    assert "pyproject.toml" in demo.output_of("git -C finance diff --stat")
    assert "$ git -C finance diff --stat --exit-code\n" in demo.printed
    assert demo.output_of("git -C finance diff --stat --exit-code") == ""


@network
@pytest.mark.parametrize("place", [".", "platform", "marketing", "finance"])
def test_check_finds_nothing(demo: Demo, place: str) -> None:
    ended = subprocess.run(
        [COMMONS, "check", "--strict", "--format", "json", "--root", demo.directory / place],
        capture_output=True,
        text=True,
        check=False,
    )
    document = json.loads(ended.stdout)
    assert (document["findings"], document["skipped"], ended.returncode) == ([], [], 0)


@network
def test_finance_is_seen_to_be_behind(demo: Demo) -> None:
    assert re.search(r"^  finance +index +0\.1\.3 +0\.2\.0 +current", demo.output_of("commons status"), re.MULTILINE)


@network
def test_finance_is_upgraded_with_a_verdict(demo: Demo) -> None:
    said = demo.output_of("commons upgrade shared==0.2.0 -l finance")
    assert re.search(r"^  finance +index +0\.1\.3 +0\.2\.0 +upgraded", said, re.MULTILINE)
    assert "finance  same definitions · code of 3 assets changed\n" in said
    assert "finance  imports shared 0.2.0 from its environment\n" in said
    assert '"shared==0.2.0"' in (demo.directory / "finance/pyproject.toml").read_text()


@network
def test_a_changed_body_is_named_with_the_assets_that_run_it(demo: Demo) -> None:
    said = demo.output_of("commons diff --root platform")
    assert "sales  same definitions · code of 3 assets changed\n" in said
    assert re.search(r"shared/src/shared/factory\.py:\d+ .*\n +3 assets in sales", said)


@network
def test_the_upgrade_that_would_lose_assets_is_refused_and_nothing_is_written(demo: Demo) -> None:
    said = demo.output_of("commons upgrade shared==0.3.0 -l finance")
    assert re.search(r"^  finance +index +0\.2\.0 +0\.3\.0 +refused", said, re.MULTILINE)
    assert re.findall(r"^  . asset +(\S+)", said, re.MULTILINE) == [f"finance/asset_{number}" for number in (1, 2, 3)]
    assert said.endswith("\n(exit code 1)")
    _, _, after = demo.printed.partition("$ commons upgrade shared==0.3.0 -l finance\n")
    asked_git = re.search(r"^\$ git -C finance diff --stat --exit-code\n(.*)$", after, re.MULTILINE)
    assert asked_git is not None
    assert asked_git[1].startswith("$ commons registry yank")  # the next action: git said nothing


@network
@pytest.mark.parametrize("repository", REPOSITORIES)
def test_everything_is_committed(demo: Demo, repository: str) -> None:
    assert git(demo.directory / repository, "status", "--porcelain").text == ""


@network
@pytest.mark.parametrize("location", PROJECTS)
def test_the_assets_that_dagster_loads_are_printed(demo: Demo, location: str) -> None:
    command = f"{PROJECTS[location]}/.venv/bin/python -I list_assets.py {location}"
    assert demo.output_of(command).split() == [f"{location}/asset_{number}" for number in (1, 2, 3)]


@network
def test_nothing_outside_its_directory_is_touched(demo: Demo) -> None:
    assert sorted(path.name for path in demo.around.iterdir()) == [".git", "demo"]
    assert git(demo.around, "status", "--porcelain").text == ""
    assert not (demo.around / ".git/dagster-commons").exists()
    assert contents(demo.home) == {".gitconfig": GIT_CONFIGURATION.encode()}


@network
def test_a_second_run_refuses_and_touches_nothing(demo: Demo) -> None:
    before = contents(demo.directory)
    ended = subprocess.run([COMMONS, "demo", demo.directory], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is not empty" in ended.stderr
    assert "hint: name another one, or remove it" in ended.stderr
    assert contents(demo.directory) == before


@network
def test_the_dagster_ui_opens_all_three(demo: Demo) -> None:
    with dagster_ui(demo.directory) as port:
        entries = ask(port)
    keys = {
        entry["name"]: sorted(
            "/".join(node["assetKey"]["path"])
            for repository in entry["locationOrLoadError"].get("repositories", [])
            for node in repository["assetNodes"]
        )
        for entry in entries
    }
    assert keys == {name: [f"{name}/asset_{number}" for number in (1, 2, 3)] for name in PROJECTS}, entries


@contextlib.contextmanager
def dagster_ui(directory: Path) -> Iterator[int]:
    """The port on loopback on which `commons demo --open` serves `directory`; in the end it gets a Ctrl-C."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = directory.parent.parent / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [COMMONS, "demo", "--open", directory, "--port", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(port, process, log)
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def ask(port: int) -> list[dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        data=json.dumps({"query": QUERY}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - http, on loopback
        return json.load(answer)["data"]["workspaceOrError"]["locationEntries"]


def test_an_unfinished_demo_is_not_opened(tmp_path: Path, commons) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/commons.toml").touch()
    said = commons("demo", "--open", "demo")
    assert (said.exit_code, said.out) == (1, "")
    assert "…/demo is not empty" in said.err


def test_a_file_in_the_way_is_named(tmp_path: Path, commons) -> None:
    (tmp_path / "demo").touch()
    said = commons("demo", "demo")
    assert (said.exit_code, said.out) == (1, "")
    assert "…/demo is no directory" in said.err


def test_a_step_that_fails_is_named_with_what_to_do_next(tmp_path: Path, commons) -> None:
    (tmp_path / "bin").mkdir()
    git_that_fails = tmp_path / "bin/git"
    git_that_fails.write_text("#!/bin/sh\necho 'git is out of order' >&2\nexit 3\n")
    git_that_fails.chmod(0o755)
    said = commons("demo", "demo", environment={"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"})
    assert said.exit_code == 4
    assert said.out.endswith("$ git init --quiet --initial-branch main platform\ngit is out of order\n\n")
    assert said.err.startswith("error: step 1 of ")
    assert "`git init --quiet --initial-branch main platform` ended with exit code 3" in said.err
    assert "to begin again: rm -rf …/demo" in said.err
    assert (tmp_path / "demo/commons.toml").exists()


def test_without_git_it_says_so(tmp_path: Path, commons) -> None:
    said = commons("demo", "demo", environment={"PATH": str(tmp_path)})
    assert said.exit_code == 4
    assert "cannot start `git`" in said.err
    assert "hint: install git" in said.err


def test_ctrl_c_says_what_is_left(tmp_path: Path) -> None:
    sleeping = tmp_path / "bin/git"
    sleeping.parent.mkdir()
    sleeping.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeping.chmod(0o755)
    path = f"{sleeping.parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        [COMMONS, "demo", tmp_path / "demo"],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("$ git init"):
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.startswith("error: interrupted in step 1 of ")
    assert "to begin again: rm -rf " in said
