"""Each check of the documentation finds what it is for, and leaves good pages alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from documentation import commands, configuration, finding_ids, generated, links, names
from documentation.pages import Page, slug_of

REAL_CONFIGURATION_PAGE = configuration.FILE.read_text("utf-8")


def page(text, at=Path("/pages/page.md")):
    return Page(file=at, text=text)


def messages(problems):
    return [(problem.line, problem.message) for problem in problems]


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("What it refuses", "what-it-refuses"),
        ("`[registries.NAME]` of kind `simple`", "registriesname-of-kind-simple"),
        ("`[[accept]]`", "accept"),
        ("A [link](x.md), and more", "a-link-and-more"),
    ],
)
def test_anchors_are_spelled_as_github_does(heading, slug):
    assert slug_of(heading) == slug


def test_repeated_headings_are_counted_and_code_blocks_have_none():
    assert page("# A\n\n```sh\n# no heading\n```\n\n## A\n").anchors == {"a", "a-1"}


def test_links_that_lead_nowhere(tmp_path):
    (tmp_path / "there.md").write_text("# Top\n")
    text = (
        "[a](there.md) [b](there.md#top) [c](gone.md)\n[d](there.md#gone) `[e](code.md)` [f](https://example.com/x)\n"
        "[g](#here)\n\n```\n[h](block.md)\n```\n\n# Here\n"
    )
    (tmp_path / "page.md").write_text(text)
    pages = (page(text, tmp_path / "page.md"), page("# Top\n", tmp_path / "there.md"))
    assert messages(links.broken_links(pages)) == [
        (1, "`gone.md` leads nowhere"),
        (2, "`there.md#gone`: there is no heading for this anchor"),
    ]


def test_pages_that_messages_name(tmp_path):
    there = tmp_path / "docs" / "there.md"
    there.parent.mkdir()
    there.write_text("# Top\n")
    source = tmp_path / "src"
    source.mkdir()
    (source / "a.py").write_text('X = "docs/there.md#top"\nY = "docs/there.md#gone"\nZ = "docs/gone.md"\n')
    found = links.broken_mentions(source, (page("# Top\n", there),), tmp_path)
    assert [line for line, _ in messages(found)] == [2, 3]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```console\n$ commons status --format json\n```", None),
        ("```console\n$ commons stauts\n```", "there is no command stauts"),
        ("```console\noutput that says commons stauts\n```", None),
        ("```console\n$ cd x && commons lock --fast\n```", "there is no option --fast"),
        ("```sh\nX=1 commons lock --fast  # why\n```", "there is no option --fast"),
        ("```console\n$ commons add shared \\\n    --vai path\n```", "there is no option --vai"),
        ("```python\ncommons stauts\n```", None),
        ("`commons registry list` and `commons registry init corp --kind embedded`", None),
        ("`commons registry lsit`", "there is no command lsit"),
        ("`commons release --apply`", "there is no option --apply"),
        ("`commons VERB --help`", None),
    ],
)
def test_calls_of_commons(text, problem):
    found = [message.partition(":")[0] for _, message in messages(commands.unknown_commands([page(text)]))]
    assert found == ([] if problem is None else [problem])


def test_verbs_that_messages_name(tmp_path):
    (tmp_path / "a.py").write_text(
        'A = "commons lock -l x"\nB = f"run `commons lokc {A}`"\nC = "another commons wrote"\n'
    )
    assert messages(commands.verbs_named_by_messages(tmp_path)) == [(2, "there is no command `commons lokc`")]


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("in /ho" + "me/tess/project", True),
        ("in /tm" + "p/x", True),
        ("an address https://example.com/home/x", False),
        ("https://py" + "pi.org/simple", True),
        ("files.python" + "hosted.org", True),
        ("any PyPI-compatible server, pypiserver", False),
    ],
)
def test_names_that_stand_in_no_page(line, is_found):
    assert bool(messages(names.forbidden_names([page(line)]))) == is_found


def test_parts_that_drifted_are_found_and_written_anew(tmp_path):
    file = tmp_path / "page.md"
    part = generated.Part(file=file, name="the words", text=lambda: "new\n")
    opening, closing = "<!-- written by `make docs`: the words -->\n", "<!-- end of what `make docs` writes -->\n"
    file.write_text(f"before\n{opening}old\n{closing}after\n")
    drifted = list(generated.drifted([page(file.read_text(), file)], [part]))
    assert messages(drifted) == [(3, "the words changed: make docs")]
    assert generated.write([part]) == (file,)
    assert file.read_text() == f"before\n{opening}new\n{closing}after\n"
    assert generated.write([part]) == ()
    assert list(generated.drifted([page(file.read_text(), file)], [part])) == []
    assert [line for line, _ in messages(generated.drifted([page("nothing", file)], [part]))] == [1]


def test_every_exit_code_has_a_row():
    rows = generated.exit_codes().splitlines()
    assert [row.split(" | ")[0] for row in rows if row.startswith("| ")][1:] == [
        f"| {code}" for code in (0, 1, 2, 3, 4, 6, 7, 8, 70, 130)
    ]


def test_the_page_of_commons_toml_is_complete():
    real = page(REAL_CONFIGURATION_PAGE)
    assert messages([*configuration.undocumented_keys(real), *configuration.invalid_examples(real)]) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("| `feed` |", "| feed |", "`feed` is not documented"),
        ("| `because` |", "| `beacuse` |", "`beacuse` is no key that commons.toml may hold"),
        ("| `repositories` |", "", "`repositories` is not documented"),
    ],
)
def test_keys_that_drifted(old, new, problem):
    assert old in REAL_CONFIGURATION_PAGE
    found = configuration.undocumented_keys(page(REAL_CONFIGURATION_PAGE.replace(old, new)))
    assert any(problem in message for _, message in messages(found))


def test_an_example_that_commons_would_refuse():
    text = '# x\n\n```toml\n[fleet]\nrepositoris = []\n```\n\n```toml\nmodules = ["a"]\n```\n'
    assert messages(configuration.invalid_examples(page(text))) == [(5, "unknown key `repositoris`")]


def test_ids_without_a_heading_and_headings_without_an_id(tmp_path):
    (tmp_path / "a.py").write_text('A = "ABC001"\nB = "ABC002"\n')
    found = finding_ids.undocumented_ids(page("### ABC001\n\n### ABC009\n"), tmp_path)
    assert messages(found) == [(1, "ABC002 is not told of"), (3, "there is no finding ABC009")]
