"""Indexes and secrets as `commons check` reports them: an exchanged wheel, a stranger's name, and no secret shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from builders import workspace
from dagster_commons.tools.git import git
from package_index import serving
from wheelhouse import write_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from package_index import PackageIndex
    from stories.conftest import Said

    Commons = Callable[..., Said]

SECRET = "hunter2-of-nobody"  # noqa: S105 - of no account
INDEX = """
    [[tool.uv.index]]
    name = "corp"
    url = "https://{user}index.example.com/simple/"
    explicit = true
"""


@pytest.fixture
def public(tmp_path: Path) -> Iterator[PackageIndex]:
    with serving(tmp_path / "public", is_open=True) as index:
        write_wheel(index.directory, "shared", "99.0")
        yield index


def finance(root: Path, *, user: str = "") -> Path:
    drawing = workspace(root / "finance").location(
        "finance", at=".", uses={"shared==0.1.3": '{ index = "corp" }'}, more=INDEX.format(user=user)
    )
    return drawing.file("commons.toml", 'modules = ["shared"]\n').repository().root


def test_a_name_that_strangers_have(commons: Commons, tmp_path: Path, public: PackageIndex) -> None:
    finance(tmp_path)
    asking = {"UV_DEFAULT_INDEX": public.url, "UV_CACHE_DIR": str(tmp_path / "cache")}

    said = commons("check", "--select", "REG008", at="finance", environment=asking)
    assert said.exit_code == 0, said.err
    assert "uv's default index has a shared too, at 99.0" in said.out

    offline = json.loads(commons("check", "--select", "REG008", "--offline", "--format", "json", at="finance").out)
    assert (offline["findings"], offline["skipped"]) == ([], [{"rule": "REG008", "reason": "--offline"}])

    nobody = {**asking, "UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple/", "UV_HTTP_RETRIES": "0"}
    nobody["UV_CACHE_DIR"] = str(tmp_path / "other cache")
    unasked = json.loads(
        commons("check", "--select", "REG008", "--format", "json", at="finance", environment=nobody).out
    )
    assert unasked["findings"] == []
    assert unasked["skipped"][0]["rule"] == "REG008"


def test_a_name_that_nobody_has(commons: Commons, tmp_path: Path, public: PackageIndex) -> None:
    finance(tmp_path)
    (public.directory / "shared-99.0-py3-none-any.whl").unlink()
    asking = {"UV_DEFAULT_INDEX": public.url, "UV_CACHE_DIR": str(tmp_path / "cache")}
    found = json.loads(commons("check", "--select", "REG008", "--format", "json", at="finance", environment=asking).out)
    assert (found["findings"], found["skipped"]) == ([], [])


@pytest.mark.parametrize("output_format", ["terminal", "json", "markdown", "github", "sarif"])
def test_no_secret_is_shown_wherever_it_stands(commons: Commons, tmp_path: Path, output_format: str) -> None:
    url = f"https://ada:{SECRET}@index.example.com/simple/"
    root = finance(tmp_path, user=f"ada:{SECRET}@")
    files = {
        "Dockerfile": f"FROM scratch\nENV UV_INDEX_CORP_PASSWORD={SECRET}\nRUN pip install --extra-index-url {url} x\n",
        ".github/workflows/ci.yml": f"jobs:\n  a:\n    steps:\n      - run: uv sync --index {url}\n",
        ".gitlab-ci.yml": f"build:\n  variables:\n    UV_PUBLISH_PASSWORD: {SECRET}\n  script: [uv publish]\n",
        "requirements.txt": f"--index-url {url.replace('https', 'http')}\nshared\n",
        "pip.conf": f"[global]\nextra-index-url = {url}\n",
        "commons.toml": f'modules = ["shared"]\n# once: {url}\n',
        "uv.lock": 'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n[[package]]\nname = "shared"\n'
        f'version = "0.1.3"\nsource = {{ registry = "{url}" }}\nwheels = [\n    {{ url = "{url}shared.whl" }},\n]\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    git(root, "remote", "add", "origin", f"https://ada:{SECRET}@git.example.com/acme/finance.git")

    said = commons("check", "--offline", "--format", output_format, at="finance")

    assert said.exit_code == 1
    assert SECRET not in said.out + said.err
    assert "ada:" not in said.out + said.err
    assert "REG011" in said.out
    if output_format == "json":
        places = {each["file"] for each in json.loads(said.out)["findings"] if each["rule"] == "REG011"}
        assert places == {"pyproject.toml", *files, ".git/config"}
    for words in (("status",), ("status", "--format", "json"), ("advise",)):
        other = commons(*words, "--offline", at="finance")
        assert SECRET not in other.out + other.err


@pytest.mark.parametrize("key", ["url", "publish-url"])
def test_a_registry_with_a_password_in_its_url_is_refused_without_showing_it(
    commons: Commons, tmp_path: Path, key: str
) -> None:
    urls = {"url": "https://index.example.com/simple/", key: f"https://ada:{SECRET}@index.example.com/simple/"}
    lines = "".join(f'{name} = "{url}"\n' for name, url in urls.items())
    (finance(tmp_path) / "commons.toml").write_text(f'[registries.corp]\nkind = "simple"\n{lines}')

    said = commons("check", "--offline", at="finance")

    assert said.exit_code == 2
    assert f"`{key}` has credentials in it" in said.err
    assert SECRET not in said.out + said.err


def test_a_wheel_that_was_exchanged_and_a_registry_that_is_gone(commons: Commons, tmp_path: Path) -> None:
    drawing = workspace(tmp_path / "root").module("shared").location("finance").repository()
    for words in (
        "registry init own --path registry",
        "release shared==0.1.0",
        "add shared==0.1.0 --via index -l finance",
    ):
        done = commons(*words.split(), at="root")
        assert done.exit_code == 0, done.err
    clean = json.loads(commons("check", "--offline", "--format", "json", at="root").out)
    assert [each for each in clean["findings"] if each["rule"].startswith("REG")] == []

    [wheel] = (drawing.root / "registry/shared").glob("*.whl")
    wheel.chmod(0o644)
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    found = json.loads(commons("check", "--offline", "--format", "json", at="root").out)["findings"]
    assert [(each["rule"], each["file"]) for each in found if each["rule"] == "REG017"] == [
        ("REG017", f"registry/shared/{wheel.name}")
    ]

    (drawing.root / "registry").rename(tmp_path / "gone")
    said = commons("check", "--offline", "--select", "REG015", at="root")
    assert said.exit_code == 1
    assert "registry is not there" in said.out
