"""Pages as servers write them, each in a shape that was seen, and what must not be taken for one."""

from __future__ import annotations

import json

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.tools.indexes.simple import versions_on
from dagster_commons.tools.web import Answer

DIGEST = "a" * 64
JSON = "application/vnd.pypi.simple.v1+json"
PAGE = "https://index.example.com/simple/shared/"


def answered(content: str | bytes, kind: str = "text/html; charset=utf-8", *, status: int = 200) -> Answer:
    raw = content.encode() if isinstance(content, str) else content
    return Answer(status=status, content=raw, content_type=kind, url=PAGE)


def document(*files: object, version: str = "1.0", **more: object) -> Answer:
    return answered(json.dumps({"meta": {"api-version": version}, "name": "shared", "files": files} | more), JSON)


def file(name: str, **more: object) -> dict[str, object]:
    return {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": DIGEST}} | more


def versions(answer: Answer) -> list[str]:
    return [each.version for each in versions_on(answer, "shared")]


PYPISERVER = f"""\
<!DOCTYPE html>
<html><head><title>Links for shared</title></head><body>
<h1>Links for shared</h1>
<a href="/packages/shared-0.10.0-py3-none-any.whl#sha256={DIGEST}">shared-0.10.0-py3-none-any.whl</a><br>
<a href="/packages/shared-0.9.0.tar.gz#sha256={DIGEST}">shared-0.9.0.tar.gz</a><br>
</body></html>
"""


def test_html_with_absolute_paths_is_sorted_by_version() -> None:
    older, newer = versions_on(answered(PYPISERVER), "shared")

    assert (older.version, newer.version) == ("0.9.0", "0.10.0")
    (wheel,) = newer.files
    assert wheel.url == "https://index.example.com/packages/shared-0.10.0-py3-none-any.whl"
    assert (wheel.sha256, wheel.yanked, wheel.requires_python) == (DIGEST, None, None)


def test_html_with_all_attributes() -> None:
    link = (
        f'<a href="shared-1.0-py3-none-any.whl#sha256={DIGEST.upper()}" data-requires-python="&gt;=3.9"'
        f' data-core-metadata="sha256={"b" * 64}" data-yanked="loses &lt;an&gt; asset">shared-1.0</a>'
    )
    (release,) = versions_on(answered(link), "shared")

    (wheel,) = release.files
    assert release.version == "1.0"
    assert wheel.url == f"{PAGE}shared-1.0-py3-none-any.whl"
    assert (wheel.sha256, wheel.metadata_sha256, wheel.requires_python) == (DIGEST, "b" * 64, ">=3.9")
    assert release.yanked == "loses <an> asset"


@pytest.mark.parametrize(
    ("attribute", "yanked"), [("", None), ("data-yanked", ""), ('data-yanked=""', ""), ('data-yanked="why"', "why")]
)
def test_yanked_in_html(attribute: str, yanked: str | None) -> None:
    (release,) = versions_on(answered(f'<a href="shared-1.0.tar.gz" {attribute}>shared-1.0.tar.gz</a>'), "shared")

    assert release.yanked == yanked


@pytest.mark.parametrize(
    ("said", "yanked"),
    [({}, None), ({"yanked": False}, None), ({"yanked": None}, None), ({"yanked": True}, ""), ({"yanked": "x"}, "x")],
)
def test_yanked_in_json(said: dict[str, object], yanked: str | None) -> None:
    (release,) = versions_on(document(file("shared-1.0.tar.gz", **said)), "shared")

    assert release.yanked == yanked


def test_json_with_everything() -> None:
    whole = file(
        "shared-1.0-py3-none-any.whl",
        size=7,
        **{"core-metadata": {"sha256": "b" * 64}, "requires-python": ">=3.9", "upload-time": "2026-01-02T03:04:05Z"},
    )
    (release,) = versions_on(document(whole, version="1.4", versions=["1.0"]), "shared")

    (wheel,) = release.files
    assert wheel.url == "https://index.example.com/files/shared-1.0-py3-none-any.whl"
    assert (wheel.sha256, wheel.metadata_sha256, wheel.size) == (DIGEST, "b" * 64, 7)
    assert (wheel.requires_python, wheel.uploaded) == (">=3.9", "2026-01-02T03:04:05Z")


@pytest.mark.parametrize(
    "hashes", [{"hashes": {}}, {"hashes": {"md5": "x"}}, {"hashes": {"sha256": "short"}}, {"hashes": {"sha256": None}}]
)
def test_without_a_usable_sha256(hashes: dict[str, object]) -> None:
    (release,) = versions_on(document(file("shared-1.0.tar.gz", **hashes)), "shared")

    assert release.files[0].sha256 is None


def test_what_is_no_wheel_or_sdist_of_the_module_is_left_out() -> None:
    names = (
        "shared-1.0-py3-none-any.whl",
        "shared-0.9.tar.gz",
        "shared-0.8-py3.11.egg",
        "shared-0.7.zip",
        "shared-0.6.tar.bz2",
        "shared-0.5.win32.exe",
        "shared-what.tar.gz",
        "shared-one.two-py3-none-any.whl",
        "other-3.0-py3-none-any.whl",
        "shared_extra-3.0-py3-none-any.whl",
    )
    assert versions(document(*map(file, names))) == ["0.9", "1.0"]
    links = "".join(f'<a href="{each}">{each}</a>' for each in names)
    assert versions(answered(links)) == ["0.9", "1.0"]


@pytest.mark.parametrize(
    "empty",
    [
        answered("", status=404),
        answered("<html><form action='/login'>log in</form></html>", status=404),
        document(),
        answered("<!DOCTYPE html><html><body><h1>Links for shared</h1></body></html>"),
        answered('<meta name="pypi:repository-version" content="1.0"><form action="refresh"></form>'),
    ],
)
def test_nothing_there(empty: Answer) -> None:
    assert versions_on(empty, "shared") == ()


@pytest.mark.parametrize(
    "answer",
    [
        answered("<html><body><form action='/login'><input name='user'></form></body></html>"),
        answered("<html><body><div id='root'></div><script src='/app.js'></script></body></html>"),
        answered("<html><a href='/reset'>Forgot password?</a> <a href='https://help.example.com'>Help</a></html>"),
        answered(""),
        answered("not found"),
        answered(b"\xff\xfe\x00garbage"),
        answered(PYPISERVER, "application/octet-stream"),
        answered(PYPISERVER, ""),
        answered("{", JSON),
        answered("[]", JSON),
        answered("null", JSON),
        answered('{"files": []}', JSON),
        answered('{"error": "unauthorized"}', JSON),
        answered('{"meta": {"api-version": 1.0}, "files": []}', JSON),
        document("shared-1.0.tar.gz"),
        document({"filename": 5}),
        document({"filename": "shared-1.0.tar.gz"}),
        document({"filename": "shared-1.0.tar.gz", "url": 5}),
        document(file("shared-1.0.tar.gz", url="http://[")),
        answered(json.dumps({"meta": {"api-version": "1.0"}, "files": {"a": 1}}), JSON),
        answered("[" * 100_000, JSON),
    ],
)
def test_what_is_no_page_of_an_index(answer: Answer) -> None:
    with pytest.raises(ToolError, match=r"index\.example\.com does not answer as a package index does"):
        versions_on(answer, "shared")


@pytest.mark.parametrize(
    "answer", [document(version="2.0"), answered('<meta name="pypi:repository-version" content="2.0">')]
)
def test_a_version_of_the_protocol_that_is_too_new(answer: Answer) -> None:
    with pytest.raises(ToolError, match="too new"):
        versions_on(answer, "shared")
