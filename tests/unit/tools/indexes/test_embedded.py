from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import ToolError, UsageError, VersionPolicyError
from dagster_commons.model.registry import Listed, Metadata
from dagster_commons.tools.indexes import embedded
from dagster_commons.tools.simple_pages import render_page
from wheelhouse import write_sdist, write_wheel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    directory = tmp_path / "registry"
    embedded.initialise(directory, names=("shared", "Acme_Base"))
    return directory


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return tmp_path / "built"


def content(directory: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(directory)): each.read_bytes() for each in sorted(directory.rglob("*")) if each.is_file()
    }


def test_every_declared_module_is_reserved(registry: Path) -> None:
    assert embedded.names(registry) == ("acme-base", "shared")
    assert embedded.releases(registry, "shared") == ()
    assert Listed(versions=embedded.releases(registry, "shared")).newest is None
    assert "<a" not in (registry / "shared/index.html").read_text()
    assert embedded.verify(registry) == ()


def test_initialise_again_reserves_more_and_keeps_what_is_there(registry: Path, built: Path) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    (registry / ".gitignore").write_text("mine\n")
    before = content(registry)

    embedded.initialise(registry, names=("shared", "other"))

    added = {name: each for name, each in content(registry).items() if name not in before}
    assert list(added) == ["other/index.html"]
    assert {name: each for name, each in content(registry).items() if name in before} == before


def test_publish_writes_the_files_and_lists_them(registry: Path, built: Path) -> None:
    wheel, sdist = write_wheel(built, "shared", "0.1.3"), write_sdist(built, "shared", "0.1.3")

    published = embedded.publish(registry, (wheel, sdist))

    assert published == (registry / "shared" / wheel.name, registry / "shared" / sdist.name)
    assert published[0].read_bytes() == wheel.read_bytes()
    (release,) = embedded.releases(registry, "shared")
    assert [each.name for each in release.files] == [wheel.name, sdist.name]
    assert release.version == "0.1.3"
    assert release.requires_python == ">=3.9"
    assert release.files[0].size == wheel.stat().st_size
    assert sorted(content(registry / "shared")) == ["index.html", wheel.name, f"{wheel.name}.metadata", sdist.name]
    assert embedded.verify(registry) == ()


def test_files_have_the_permissions_of_the_umask(registry: Path, built: Path) -> None:
    before = os.umask(0o027)
    try:
        (wheel,) = embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    finally:
        os.umask(before)

    assert {each.stat().st_mode & 0o777 for each in (wheel, wheel.parent / "index.html")} == {0o640}


def test_the_same_bytes_again_change_nothing(registry: Path, built: Path) -> None:
    files = (write_wheel(built, "shared", "0.1.3"), write_sdist(built, "shared", "0.1.3"))
    embedded.publish(registry, files)
    before = content(registry)

    assert embedded.publish(registry, files) == ()
    assert content(registry) == before


def test_other_bytes_are_refused_and_nothing_changes(registry: Path, built: Path, tmp_path: Path) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    before = content(registry)
    other = write_wheel(tmp_path / "other", "shared", "0.1.3", source="changed = True")
    new = write_sdist(built, "shared", "0.1.3")

    with pytest.raises(VersionPolicyError, match=r"shared 0\.1\.3 is released already, with other bytes") as caught:
        embedded.publish(registry, (new, other))

    assert caught.value.exit_code == 7
    assert content(registry) == before


@pytest.mark.parametrize("spelled", ["0.1", "0.1.0.0", "v0.1.0", "00.1.0"])
def test_the_same_version_spelled_otherwise_is_the_same_version(registry: Path, tmp_path: Path, spelled: str) -> None:
    embedded.publish(registry, (write_wheel(tmp_path / "one", "shared", "0.1.0"),))

    with pytest.raises(VersionPolicyError):
        embedded.publish(registry, (write_wheel(tmp_path / "other", "shared", spelled),))


def test_a_sdist_or_another_build_may_be_added_to_a_version(registry: Path, built: Path) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    embedded.publish(registry, (write_sdist(built, "shared", "0.1.3"),))
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3", build="2"),))

    (release,) = embedded.releases(registry, "shared")
    assert len(release.files) == 3


def test_a_file_that_no_page_lists_is_completed_by_the_same_bytes_and_defended_from_others(
    registry: Path, built: Path, tmp_path: Path
) -> None:
    """As a release leaves it that was killed between the file and the page."""
    wheel = write_wheel(built, "shared", "0.1.3")
    left = registry / "shared" / wheel.name
    left.write_bytes(wheel.read_bytes())

    with pytest.raises(VersionPolicyError, match="no page lists") as caught:
        embedded.publish(registry, (write_wheel(tmp_path / "other", "shared", "0.1.3", source="changed = 1"),))
    assert caught.value.file == left
    assert [each.message for each in embedded.verify(registry)] == ["no page lists this file: it is not released"]

    embedded.publish(registry, (wheel,))
    assert Listed(versions=embedded.releases(registry, "shared")).newest == "0.1.3"
    assert embedded.verify(registry) == ()


@pytest.mark.parametrize("page", [None, "", "an empty page"])
def test_a_page_that_lost_earlier_releases_is_not_written_anew_without_them(
    registry: Path, built: Path, page: str | None
) -> None:
    earlier = write_wheel(built, "shared", "0.1.3")
    embedded.publish(registry, (earlier,))
    place = registry / "shared/index.html"
    if page is None:
        place.unlink()
    else:
        place.write_text(render_page("shared", ()) if page else "")
    before = content(registry)

    with pytest.raises(ToolError) as caught:
        embedded.publish(registry, (write_wheel(built, "shared", "0.2.0"),))

    assert (caught.value.file, content(registry)) == (place, before)
    if page != "":
        assert caught.value.message == f"the page of shared does not list {earlier.name}"
        assert "bring the page back from git" in (caught.value.hint or "")


def test_what_a_killed_run_left_is_cleared_away(registry: Path, built: Path) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    (registry / "shared/.commons-release-12345678.part").write_bytes(b"half")

    embedded.reserve(registry, "other")

    assert not list(registry.rglob("*.part"))


def test_digests_on_the_page_are_never_taken_anew_from_the_files(registry: Path, built: Path) -> None:
    (wheel,) = embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    wheel.write_bytes(b"tampered")
    embedded.publish(registry, (write_wheel(built, "shared", "0.2.0"),))

    (problem,) = embedded.verify(registry)

    assert (problem.file, problem.message) == (wheel, "the file's sha256 is not the one on its page")


def test_verify_names_every_kind_of_problem(registry: Path, built: Path) -> None:
    files = tuple(write_wheel(built, "shared", version) for version in ("0.1.1", "0.1.2", "0.1.3"))
    missing, changed, _ = embedded.publish(registry, files)
    missing.unlink()
    changed.with_name(f"{changed.name}.metadata").write_text("Name: other")
    (registry / "shared/shared-9.tar.gz").touch()
    (registry / "acme-base/index.html").write_text('<a href="https://elsewhere.example/x.whl">x</a>')

    found = {each.file.name: each.message for each in embedded.verify(registry)}

    assert found == {
        "index.html": "the link to 'https://elsewhere.example/x.whl' is not a file name with its sha256",
        missing.name: "the page lists this file, but it is missing",
        f"{changed.name}.metadata": "the file's sha256 is not the one on its page",
        "shared-9.tar.gz": "no page lists this file: it is not released",
    }


def test_versions_are_sorted_and_newest_is_neither_pre_release_nor_yanked(registry: Path, built: Path) -> None:
    versions = ("0.9.0", "0.10.0", "0.2.0", "1.0.0rc1", "0.11.0")
    embedded.publish(registry, tuple(write_wheel(built, "shared", each) for each in versions))
    page = registry / "shared/index.html"
    page.write_text(page.read_text().replace(">shared-0.11.0", ' data-yanked="slow">shared-0.11.0'))

    released = embedded.releases(registry, "shared")

    assert [each.version for each in released] == ["0.2.0", "0.9.0", "0.10.0", "0.11.0", "1.0.0rc1"]
    assert [each.yanked for each in released] == [None, None, None, "slow", None]
    assert Listed(versions=embedded.releases(registry, "shared")).newest == "0.10.0"


def test_a_yank_survives_the_next_release(registry: Path, built: Path) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    page = registry / "shared/index.html"
    page.write_text(page.read_text().replace(">shared-0.1.3", ' data-yanked="">shared-0.1.3'))

    embedded.publish(registry, (write_wheel(built, "shared", "0.1.4"),))

    assert [each.yanked for each in embedded.releases(registry, "shared")] == ["", None]


@pytest.mark.parametrize("asked", ["0.1.3", "0.1.3.0", "v0.1.3"])
def test_wheel_metadata(registry: Path, built: Path, asked: str) -> None:
    files = (
        write_sdist(built, "acme-base", "0.1.3"),
        write_wheel(built, "acme-base", "0.1.3", requires=("shared>=1",), requires_python=None),
    )
    embedded.publish(registry, files)

    assert embedded.wheel_metadata(registry, "Acme.Base", asked) == Metadata(
        name="acme-base", version="0.1.3", requires_dist=("shared>=1",)
    )


def test_metadata_of_a_release_without_a_wheel(registry: Path, built: Path) -> None:
    embedded.publish(registry, (write_sdist(built, "shared", "0.1.3"),))

    assert embedded.wheel_metadata(registry, "shared", "0.1.3").requires_python == ">=3.9"


def test_metadata_of_a_tampered_file_is_not_believed(registry: Path, built: Path) -> None:
    (wheel,) = embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    wheel.with_name(f"{wheel.name}.metadata").write_text("Metadata-Version: 2.3\nName: shared\nVersion: 0.1.3\n")

    with pytest.raises(ToolError, match="sha256 is not the one on its page"):
        embedded.wheel_metadata(registry, "shared", "0.1.3")


@pytest.mark.parametrize(("asked", "message"), [("0.2.0", "has no shared==0.2.0"), ("two", "`two` is not a version")])
def test_metadata_of_a_version_that_is_not_there(registry: Path, built: Path, asked: str, message: str) -> None:
    embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))

    with pytest.raises(UsageError, match=message) as caught:
        embedded.wheel_metadata(registry, "shared", asked)

    assert "0.1.3" in (caught.value.hint or "")


def test_a_registry_that_is_not_there_is_an_error_everywhere(tmp_path: Path, built: Path) -> None:
    gone, wheel = tmp_path / "gone", write_wheel(built, "shared", "0.1.3")
    for question in (
        lambda: embedded.names(gone),
        lambda: embedded.releases(gone, "shared"),
        lambda: embedded.verify(gone),
        lambda: embedded.reserve(gone, "shared"),
        lambda: embedded.publish(gone, (wheel,)),
    ):
        with pytest.raises(ToolError, match="directory is missing"):
            question()
    assert not gone.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_registry(registry: Path, built: Path) -> None:
    (registry / "shared").chmod(0o555)
    try:
        with pytest.raises(ToolError, match="cannot write the registry"):
            embedded.publish(registry, (write_wheel(built, "shared", "0.1.3"),))
    finally:
        (registry / "shared").chmod(0o755)


def test_foreign_entries(registry: Path, tmp_path: Path) -> None:
    assert embedded.foreign_entries(registry) == ()
    assert embedded.foreign_entries(tmp_path / "gone") == ()
    (registry / "README.md").touch()
    (registry / "src").mkdir()
    assert [each.name for each in embedded.foreign_entries(registry)] == ["README.md", "src"]
