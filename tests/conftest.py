"""What every test gets: git, Dagster and our cache independent of whoever runs the tests."""

from __future__ import annotations

import itertools
import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import leaks
from environments import DAGSTER, QUIET_DG, Environment, make_environment, once_per_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GIT_CONFIGURATION = """\
[user]
	name = Tess Ting
	email = tess@example.com
[init]
	defaultBranch = main
[commit]
	gpgSign = false
[tag]
	gpgSign = false
[core]
	autocrlf = false
[advice]
	detachedHead = false
"""

# In CI the same examples are drawn every time: a red run there is about the change, not about the draw.
settings.register_profile("ci", derandomize=True)
if "CI" in os.environ:
    settings.load_profile("ci")

LONGEST = ("stories/test_demo.py",)  # of minutes: begun last, one worker would be alone with them

_tests_run = itertools.count()
_began = time.time()
_escaped: list[str] = []  # where a credential was found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; the others stay in their order."""
    items.sort(key=lambda item: not item.nodeid.partition("::")[0].endswith(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's git identity, git hooks and Dagster home change nothing here, and nothing here reaches them."""
    home = tmp_path_factory.mktemp("home")
    git_configuration = home / "gitconfig"
    git_configuration.write_text(GIT_CONFIGURATION)
    dg_configuration = home / "dg.toml"
    dg_configuration.write_text(QUIET_DG)
    dagster_home = home / "dagster"
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GIT_", "DAGSTER_", "DG_"))]:
            patch.delenv(name)
        patch.setenv("GIT_CONFIG_GLOBAL", str(git_configuration))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("DG_CLI_CONFIG", str(dg_configuration))
        patch.setenv("DAGSTER_HOME", str(dagster_home))
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        # Drawn projects have no Dagster, so that they lock without an index: their definitions cannot be compared.
        patch.setenv("COMMONS_FAIL_ON", "breaking,broken")
        yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _escaped.extend(leaks.printed_by(report))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """At the end of a run, in the process that waits for the others: no credential may have escaped."""
    if "PYTEST_XDIST_WORKER" in os.environ or session.config.option.collectonly:
        return
    base = session.config._tmp_path_factory.getbasetemp()
    _escaped.extend(f"{each} has a credential" for each in leaks.files_with_credentials(base, since=_began))
    if _escaped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _escaped:
        terminalreporter.section("credentials that escaped", red=True)
        terminalreporter.write("".join(f"{each}\n" for each in _escaped))


@pytest.fixture(autouse=True)
def _no_credential_is_printed() -> Iterator[None]:
    """What any `commons` prints has no credential in it."""
    printed: list[str] = []
    with leaks.listening(printed):
        yield
    assert not printed


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts with an empty cache of ours; the directory appears when something is cached."""
    cache = tmp_path_factory.getbasetemp() / f"commons-cache-{next(_tests_run)}"
    monkeypatch.setenv("DAGSTER_COMMONS_CACHE", str(cache))


@pytest.fixture
def local_remotes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git clone submodules from directories, which it refuses by default (CVE-2022-39253)."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")


@pytest.fixture(scope="session")
def dagster_environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Dagster, its webserver and `dg`, installed once per test run.  Tests that use it are marked `network`."""

    def make(directory: Path) -> None:
        make_environment(directory, *DAGSTER)

    return Environment(directory=once_per_run(tmp_path_factory, "dagster-environment", make))
