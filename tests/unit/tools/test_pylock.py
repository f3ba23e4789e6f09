"""uv's export of a lock (PEP 751) as values."""

from __future__ import annotations

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.model.bundle import GitRevision, LockedDistribution, LockedFile
from dagster_commons.tools.pylock import parse

A, B = "a" * 64, "b" * 64
HEAD = 'lock-version = "1.0"\ncreated-by = "uv"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            'name = "shared"\ndirectory = { path = "../shared", editable = true }',
            LockedDistribution(name="shared", directory="../shared"),
            id="directory",
        ),
        pytest.param(
            'name = "shared"\nversion = "1.0"\ndirectory = { path = "../all", subdirectory = "shared" }',
            LockedDistribution(name="shared", version="1.0", directory="../all/shared"),
            id="directory in a directory",
        ),
        pytest.param(
            f'name = "shared"\nversion = "1.0"\nmarker = "sys_platform == \'win32\'"\nindex = "https://i/simple"\n'
            f'sdist = {{ url = "https://f/shared-1.0.tar.gz", hashes = {{ sha256 = "{A}" }} }}\n'
            f'wheels = [{{ url = "https://f/shared-1.0%2Bx-py3-none-any.whl", hashes = {{ sha256 = "{B}" }} }}]',
            LockedDistribution(
                name="shared",
                version="1.0",
                marker="sys_platform == 'win32'",
                index="https://i/simple",
                sdist=LockedFile(name="shared-1.0.tar.gz", url="https://f/shared-1.0.tar.gz", sha256=A),
                wheels=(
                    LockedFile(
                        name="shared-1.0+x-py3-none-any.whl", url="https://f/shared-1.0%2Bx-py3-none-any.whl", sha256=B
                    ),
                ),
            ),
            id="index",
        ),
        pytest.param(
            'name = "shared"\nversion = "1.0"\n'
            'vcs = { type = "git", url = "https://g/shared", commit-id = "c0ffee", subdirectory = "py" }',
            LockedDistribution(
                name="shared",
                version="1.0",
                git=GitRevision(url="https://g/shared", commit="c0ffee", subdirectory="py"),
            ),
            id="git",
        ),
        pytest.param(
            f'name = "x"\nversion = "1"\narchive = {{ path = "../x-1-py3-none-any.whl", hashes = {{ sha256 = "{A}" }} }}',
            LockedDistribution(
                name="x",
                version="1",
                wheels=(LockedFile(name="x-1-py3-none-any.whl", url="../x-1-py3-none-any.whl", sha256=A),),
            ),
            id="a wheel that is named",
        ),
        pytest.param(
            f'name = "x"\nversion = "1"\narchive = {{ url = "https://f/x-1.zip", hashes = {{ sha256 = "{A}" }} }}',
            LockedDistribution(
                name="x", version="1", sdist=LockedFile(name="x-1.zip", url="https://f/x-1.zip", sha256=A)
            ),
            id="a source archive that is named",
        ),
    ],
)
def test_what_a_package_says(text: str, expected: LockedDistribution) -> None:
    assert parse(f"{HEAD}[[packages]]\n{text}\n".encode()) == (expected,)


def test_nothing_to_install() -> None:
    assert parse(HEAD.encode()) == ()


@pytest.mark.parametrize(
    "text",
    ["packages = 3", "[[packages]]\nversion = '1'", "[[packages]]\nname = 1", "= =", "[[packages]]\nname='x'\nsdist=1"],
)
def test_what_is_no_such_file(text: str) -> None:
    with pytest.raises(ToolError, match="uv exported a lock that is not understood"):
        parse(text.encode())
