"""What several files here share."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from registry_servers import devpi, install_devpi_plugin, safe_pypiserver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from registry_servers import Server

_modules = itertools.count()


@pytest.fixture(scope="session")
def pypiserver_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The launcher of the page about pypiserver; each test has a module of its own in it."""
    with safe_pypiserver(tmp_path_factory.mktemp("pypiserver") / "releases") as server:
        yield server


@pytest.fixture(scope="session")
def devpi_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A devpi-server as its page says; likewise."""
    base = tmp_path_factory.mktemp("devpi")
    with devpi(base / "data", install_devpi_plugin(base / "plugin")) as server:
        yield server


@pytest.fixture
def module() -> str:
    """The name of a module that no other test releases."""
    return f"shared-{next(_modules)}"


@pytest.fixture(params=["pypiserver", "devpi"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each kind of server that can be trusted."""
    return request.getfixturevalue(f"{request.param}_registry")
