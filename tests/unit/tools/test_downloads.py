"""Files that a lock names: from disk here, from a server in the integration tests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import RefusedError, ToolError
from dagster_commons.model.bundle import LockedFile
from dagster_commons.tools.credentials import Credentials, credentials_for
from dagster_commons.tools.downloads import fetch

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"a wheel"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b/x.whl").write_bytes(CONTENT)
    (tmp_path / "out").mkdir()
    return tmp_path / "a b"


@pytest.mark.parametrize("form", ["URL", "relative path", "absolute path"])
def test_a_file_on_disk(tmp_path: Path, registry: Path, form: str) -> None:
    forms = {"URL": (registry / "x.whl").as_uri(), "relative path": "x.whl", "absolute path": str(registry / "x.whl")}
    file = LockedFile(name="x.whl", url=forms[form], sha256=DIGEST)

    assert fetch(file, tmp_path / "out", start=registry, credentials=None).read_bytes() == CONTENT


def test_another_file_than_the_lock_names(tmp_path: Path, registry: Path) -> None:
    file = LockedFile(name="x.whl", url="x.whl", sha256="0" * 64)

    with pytest.raises(RefusedError, match=r"x\.whl is another file than the lock names"):
        fetch(file, tmp_path / "out", start=registry, credentials=None)
    assert not any((tmp_path / "out").iterdir())


def test_a_file_that_is_gone(tmp_path: Path, registry: Path) -> None:
    file = LockedFile(name="y.whl", url="y.whl", sha256=DIGEST)

    with pytest.raises(ToolError, match=r"y\.whl cannot be read: No such file"):
        fetch(file, tmp_path / "out", start=registry, credentials=None)


def test_credentials_are_those_that_uv_would_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine corp.example login netty password from-netrc\n")
    monkeypatch.setenv("NETRC", str(netrc))
    url = "https://corp.example/simple/x.whl"
    assert credentials_for(url, None) == Credentials(user="netty", password="from-netrc", origin="netrc")  # noqa: S106
    assert credentials_for("https://other.example/x.whl", "my-corp") is None

    monkeypatch.setenv("UV_INDEX_MY_CORP_PASSWORD", "t0ken")
    assert credentials_for(url, "my-corp") == Credentials(
        user="",
        password="t0ken",  # noqa: S106
        origin="UV_INDEX_MY_CORP_USERNAME and _PASSWORD",
    )
    assert "t0ken" not in repr(credentials_for(url, "my-corp"))
    netrc.unlink()
    assert credentials_for(url, None) is None
