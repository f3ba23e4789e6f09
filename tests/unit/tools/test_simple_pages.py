from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.errors import ToolError
from dagster_commons.model.registry import ReleasedFile
from dagster_commons.tools.simple_pages import parse_page, render_page

PAGE = Path("registry/shared/index.html")
DIGEST = "a" * 64
WHEEL = ReleasedFile(
    name="shared-1!0.1.3+team.1-py3-none-any.whl",
    sha256=DIGEST,
    requires_python='>=3.9,<4 & "so"',
    metadata_sha256="b" * 64,
    size=12,
    uploaded="2026-01-02T03:04:05Z",
    yanked="",
)
SDIST = ReleasedFile(name="shared-0.1.3.tar.gz", sha256="c" * 64, yanked="loses <an asset>")


@pytest.mark.parametrize("files", [(), (WHEEL,), (SDIST, WHEEL)])
def test_a_page_says_what_it_was_written_from(files: tuple[ReleasedFile, ...]) -> None:
    assert parse_page(render_page("shared", files), file=PAGE) == files


def test_order_of_files_does_not_matter() -> None:
    assert render_page("shared", (WHEEL, SDIST)) == render_page("shared", (SDIST, WHEEL))


def test_links_are_relative_and_quoted() -> None:
    assert f'href="shared-1%210.1.3%2Bteam.1-py3-none-any.whl#sha256={DIGEST}"' in render_page("shared", (WHEEL,))


def test_metadata_is_announced_under_the_old_name_and_the_new() -> None:
    page = render_page("shared", (WHEEL,))

    assert f'data-core-metadata="sha256={"b" * 64}"' in page
    assert f'data-dist-info-metadata="sha256={"b" * 64}"' in page


def test_one_line_per_file_so_that_git_merges_releases_of_two_branches() -> None:
    with_one = render_page("shared", (SDIST,)).splitlines()
    with_two = render_page("shared", (SDIST, WHEEL)).splitlines()

    assert len(with_two) == len(with_one) + 1
    assert set(with_one) < set(with_two)


def test_both_sides_of_a_conflict_are_read() -> None:
    ours, theirs = (
        next(line for line in render_page("shared", (each,)).splitlines() if "<a" in line) for each in (SDIST, WHEEL)
    )
    conflict = f"<body>\n<<<<<<< HEAD\n{ours}\n=======\n{theirs}\n>>>>>>> branch\n</body>"

    assert parse_page(conflict, file=PAGE) == (SDIST, WHEEL)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ('<a href="shared-1.0.tar.gz">shared</a>', "'shared-1.0.tar.gz' is not a file name with its sha256"),
        (f'<a href="../evil-1.0.tar.gz#sha256={DIGEST}">x</a>', "is not a file name"),
        (f'<a href="%2e%2e%2fevil.whl#sha256={DIGEST}">x</a>', "is not a file name"),
        (f'<a href="#sha256={DIGEST}">x</a>', "nothing"),
        ('<a href="shared-1.0.tar.gz#sha256=ABC">x</a>', "is not a file name with its sha256"),
        ("<a>x</a>", "nothing"),
        (
            f'<a href="s-1.tar.gz#sha256={"a" * 64}">x</a><a href="s-1.tar.gz#sha256={"b" * 64}">x</a>',
            "s-1.tar.gz is listed twice",
        ),
        (render_page("shared", (SDIST, WHEEL)).partition("</body>")[0], "the page is cut off"),
    ],
)
def test_pages_that_commons_did_not_write(page: str, message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        parse_page(page, file=PAGE)

    assert caught.value.file == PAGE
    assert caught.value.hint
