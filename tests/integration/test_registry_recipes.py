"""The pages about registries of one's own: their commands are run, their files are read."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from dagster_commons.discovery.configuration import read_configuration
from dagster_commons.model.configuration import RemoteRegistry
from publishing import digests, drawn
from registry_servers import (
    PAGES,
    PUBLISHER,
    READER,
    ROOT,
    Server,
    asked,
    block_of,
    free_port,
    install_devpi_plugin,
    running,
    uploaded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PYPISERVER, DEVPI = "registry-pypiserver.md", "registry-devpi.md"
BASH = shutil.which("bash") or "bash"


def commands(page: str) -> Iterator[str]:
    text = (PAGES / page).read_text("utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from re.findall(r"^\$ (.*)$", block, re.MULTILINE)


@pytest.mark.parametrize(
    ("page", "path", "upload"), [(PYPISERVER, "/simple/", "/"), (DEVPI, "/root/releases/+simple/", "/root/releases/")]
)
def test_commons_and_uv_are_told_of_the_same_place(page: str, path: str, upload: str, tmp_path: Path) -> None:
    (tmp_path / "commons.toml").write_text(block_of(page, "toml", "# commons.toml"))
    (registry,) = read_configuration(tmp_path).registries
    assert isinstance(registry, RemoteRegistry)
    assert registry.index_url == f"https://registry.example.com{path}"
    assert registry.publish_url == f"https://registry.example.com{upload}"

    blocks = re.findall(r"^```toml\n(.*?)^```", (PAGES / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (uv,) = (tomllib.loads(each)["tool"]["uv"] for each in blocks if "[[tool.uv.index]]" in each)
    (index,) = uv["index"]
    assert (index["name"], index["url"]) == (registry.name, registry.index_url)
    assert (index["explicit"], index["authenticate"]) == (True, "always")


def test_the_workflow_can_be_read() -> None:
    workflow = yaml.safe_load(block_of(PYPISERVER, "yaml", "# .github/workflows/release.yml"))
    (run,) = (each for each in workflow["jobs"]["release"]["steps"] if "commons release" in each.get("run", ""))
    assert {"UV_INDEX_CORP_USERNAME", "UV_INDEX_CORP_PASSWORD", "BUMP"} == set(run["env"])


def test_the_password_that_the_page_makes_is_one(pypiserver_registry: Server) -> None:
    (command,) = (each for each in commands(PYPISERVER) if "secrets.token_urlsafe" in each)
    _, option, code = shlex.split(command)
    password, digest = subprocess.run(
        [sys.executable, option, code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    users = Path(pypiserver_registry.command[-2])
    before = users.read_text()
    try:
        users.write_text(f"{before}ci publisher {digest}\n")
        assert asked(pypiserver_registry, "GET", "/simple/", user=("ci", password))[0] == 200
        assert asked(pypiserver_registry, "GET", "/simple/", user=("ci", digest))[0] == 401
    finally:
        users.write_text(before)


def test_the_launcher_keeps_what_is_released(pypiserver_registry: Server, module: str, tmp_path: Path) -> None:
    wheel, _ = files = drawn(tmp_path, module, "0.1.0")
    assert [uploaded(pypiserver_registry, each) for each in files] == [200, 200]
    assert uploaded(pypiserver_registry, wheel) == 409

    assert removal(pypiserver_registry, module, "0.1.0", PUBLISHER) == 403
    assert removal(pypiserver_registry, module, "0.1.0", READER) == 403
    assert uploaded(pypiserver_registry, wheel, sha256="0" * 64) == 409
    other = wheel.with_name(wheel.name.replace("0.1.0", "0.2.0"))
    other.write_bytes(wheel.read_bytes())
    assert uploaded(pypiserver_registry, other, sha256="0" * 64) == 400
    assert pypiserver_registry.page(module) == digests(files)
    assert asked(pypiserver_registry, "GET", "/simple/unknown/", user=PUBLISHER)[0] == 404
    for path in ("/simple/", f"/simple/{module}/", "/packages/", f"/packages/{wheel.name}", f"/{module}/json"):
        assert asked(pypiserver_registry, "GET", path)[0] == 401


def test_devpi_keeps_what_is_released(devpi_registry: Server, module: str, tmp_path: Path) -> None:
    wheel, _ = files = drawn(tmp_path, module, "0.1.0")
    assert [uploaded(devpi_registry, each) for each in files] == [200, 200]
    (link,) = (each for each in devpi_registry.links(module) if each.endswith(".whl"))

    for user in (PUBLISHER, ROOT):
        for path in (f"/root/releases/{module}", f"/root/releases/{module}/0.1.0", link, "/root/releases"):
            assert asked(devpi_registry, "DELETE", f"{path}?force", user=user)[0] == 403
    assert asked(devpi_registry, "PATCH", "/root/releases", user=PUBLISHER, body=["volatile=True"])[0] == 403
    assert asked(devpi_registry, "PUT", "/stranger", body={"password": "x"})[0] == 401
    assert asked(devpi_registry, "PUT", "/stranger", user=READER, body={"password": "x"})[0] == 403
    assert devpi_registry.page(module) == digests(files)
    for path in ("/", "/root/releases", f"/root/releases/+simple/{module}/", link):
        assert asked(devpi_registry, "GET", path)[0] == 401
    assert hashlib.sha256(asked(devpi_registry, "GET", link, user=READER)[1]).hexdigest() in digests((wheel,)).values()


@pytest.mark.matrix
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page asks by curl")
def test_the_commands_of_the_page_about_devpi(tmp_path: Path) -> None:
    plugin = install_devpi_plugin(tmp_path / "plugin")
    port = str(free_port())
    (tmp_path / "devpi").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login root password {ROOT[1]}\n")
    for user, password in (PUBLISHER, READER):
        (tmp_path / f"{user}.json").write_text(f'{{"password": "{password}"}}')
    (tmp_path / "index.json").write_text(block_of(DEVPI, "json", "{"))
    said = [each.replace("3141", port) for each in commands(DEVPI)]
    assert [each for each in said if "/pip " in each or "venv" in each] == said[:2], "two are not run here"
    serving = next(each for each in said if each.startswith("devpi/bin/devpi-server "))
    at = said.index(serving)

    def run(*lines: str, words: str = "") -> None:
        environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(plugin), "PYTHONWARNINGS": "ignore"}
        script = "\n".join(("set -e", *lines))
        ended = subprocess.run(
            [BASH, "-c", script],
            cwd=tmp_path,
            env=environment,
            input=words,
            text=True,
            capture_output=True,
            check=False,
            start_new_session=True,  # without a terminal, passwords are read from stdin
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr

    run(*said[2:at], words=f"{ROOT[1]}\n" * 2)
    program, *options = shlex.split(serving)
    server = Server(
        command=(str(tmp_path / program), *options),
        port=int(port),
        directory=tmp_path / "data",
        index="/root/releases/+simple/",
        upload="/root/releases/",
        path=plugin,
    )
    server.command = tuple(str(tmp_path / each) if each == "data" else each for each in server.command)
    exporting = [each for each in said[at + 1 :] if "curl" not in each and "export URL" not in each]
    with running(server):
        run(*(each for each in said[at + 1 :] if each not in exporting))
        files = drawn(tmp_path / "built", "shared", "0.1.0")
        assert [uploaded(server, each) for each in files] == [200, 200]
        assert [uploaded(server, each) for each in drawn(tmp_path / "b", "shared", "0.1.0", "x = 1\n")] == [409, 409]
        server.kill()
        run(*exporting)
        server.command = tuple(each.replace("/data", "/restored") for each in server.command)
        server.start()
        assert server.page("shared") == digests(files)


def removal(server: Server, module: str, version: str, user: tuple[str, str]) -> int:
    return server.post({":action": "remove_pkg", "name": module.replace("-", "_"), "version": version}, user=user)
