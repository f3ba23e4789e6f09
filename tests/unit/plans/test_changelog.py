from __future__ import annotations

import datetime
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dagster_commons.plans.changelog import section_of, with_release

DAY = datetime.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a\n\n## [0.1.2] - 2025-01-01\n",
            "# Changelog\n\n## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- a\n\n## [0.1.2] - 2025-01-01\n",
        ),
        ("## Unreleased\n- a\n", "## Unreleased\n\n## 0.1.3 - 2026-01-02\n- a\n"),
        ("## [UNRELEASED]  \r\n\r\n- a\r\n", "## [UNRELEASED]  \r\n\r\n## [0.1.3] - 2026-01-02\r\n\r\n- a\r\n"),
        ("## [Unreleased]", "## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n"),
        (
            "```md\n## [Unreleased]\n```\n\n## [Unreleased]\n- a\n",
            "```md\n## [Unreleased]\n```\n\n## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n- a\n",
        ),
        (
            "## [Unreleased]\n\n## [0.1.30] - 2026-01-01\n",
            "## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n## [0.1.30] - 2026-01-01\n",
        ),
    ],
)
def test_the_unreleased_section_becomes_the_releases(before: str, after: str) -> None:
    assert with_release(before, "0.1.3", DAY) == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changelog\n\n## [0.1.2] - 2025-01-01\n",
        "## [Unreleased]\n\n## [0.1.3] - 2025-12-31\n\n- a\n",
        "## Unreleased\n\n## v0.1.3 (2025-12-31)\n\n- a\n",
        "## [Unreleased]\n\n## [0.1.3]\n",
        "### [Unreleased]\n- a\n",
        "```md\n## [Unreleased]\n```\n",
    ],
)
def test_nothing_to_do(text: str) -> None:
    assert with_release(text, "0.1.3", DAY) == text


START = "# Changelog\n\n## [Unreleased]\n\n"
TITLE = "## [0.1.3] - 2026-01-02\n"
LAST = "## [0.1.2] - 2025-01-01\n\n- old\n"


@pytest.mark.parametrize(
    ("body", "fragments", "expected"),
    [
        ("", {"1.added.md": "A factory"}, "\n### Added\n\n- A factory\n\n"),
        ("", {"1.added.md": "- A\n- B\n"}, "\n### Added\n\n- A\n- B\n\n"),
        ("", {"1.added.md": "A\n\n    code\n"}, "\n### Added\n\n- A\n\n      code\n\n"),
        ("", {"1.added.md": "A\r\nfactory\r\n"}, "\n### Added\n\n- A\n  factory\n\n"),
        ("", {"1.added.md": "\ufeffA\u2028factory\n"}, "\n### Added\n\n- A\u2028factory\n\n"),
        ("", {"b.md": "two", "a.md": "one"}, "\n### Changed\n\n- one\n- two\n\n"),
        ("", {"1.fixed.md": "f", "2.added.md": "a"}, "\n### Added\n\n- a\n\n### Fixed\n\n- f\n\n"),
        ("", {"1.feature.md": "f", "fixed.md": "g"}, "\n### Changed\n\n- f\n- g\n\n"),
        ("", {"1.added.md": " \n", "2.fixed.md": "f"}, "\n### Fixed\n\n- f\n\n"),
        ("### Added\n\n- a\n\n", {"1.added.md": "new"}, "\n### Added\n\n- new\n- a\n\n"),
        ("### Added\n* a\n\n", {"1.added.md": "new"}, "\n### Added\n\n- new\n* a\n\n"),
        ("### Added\n\nIn short.\n\n", {"1.added.md": "new"}, "\n### Added\n\n- new\n\nIn short.\n\n"),
        ("### Added\n\n", {"1.added.md": "new"}, "\n### Added\n\n- new\n\n"),
        (
            "### Fixed\n\n- f\n\n### Security\n\n- s\n\n",
            {"1.removed.md": "r", "2.security.md": "t"},
            "\n### Removed\n\n- r\n\n### Fixed\n\n- f\n\n### Security\n\n- t\n- s\n\n",
        ),
        ("- loose\n\n", {"1.added.md": "new"}, "\n- loose\n\n### Added\n\n- new\n\n"),
        (
            "```md\n### Added\n```\n\n",
            {"1.added.md": "new"},
            "\n```md\n### Added\n```\n\n### Added\n\n- new\n\n",
        ),
        (
            "### Added\n\n- a\n\n### Added\n\n- b\n\n",
            {"1.added.md": "n"},
            "\n### Added\n\n- n\n- a\n\n### Added\n\n- b\n\n",
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_fragments_come_first_in_the_section_that_their_name_says(
    body: str, fragments: dict[str, str], expected: str, newline: str
) -> None:
    made = with_release((START + body + LAST).replace("\n", newline), "0.1.3", DAY, fragments)

    assert made == (START + TITLE + expected + LAST).replace("\n", newline)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n"),
        ("# Changelog\n", "# Changelog\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n"),
        ("# Changelog", "# Changelog\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n"),
        (
            "# Changelog\n\n## 0.1.2\n\n- old\n",
            "# Changelog\n\n## 0.1.3 - 2026-01-02\n\n### Added\n\n- new\n\n## 0.1.2\n\n- old\n",
        ),
        (
            "# Changelog\r\n\r\n## [0.1.2]\r\n",
            "# Changelog\r\n\r\n## [0.1.3] - 2026-01-02\r\n\r\n### Added\r\n\r\n- new\r\n\r\n## [0.1.2]\r\n",
        ),
        (
            "# Changelog\n\n[home]: https://example.com\n",
            "# Changelog\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n\n[home]: https://example.com\n",
        ),
        ("## [Unreleased]", "## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n"),
        (
            "## [Unreleased]\n\n- a\n\n[Unreleased]: https://example.com/v0.1.2...HEAD\n",
            (
                "## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n- a\n\n### Added\n\n- new\n\n"
                "[Unreleased]: https://example.com/v0.1.2...HEAD\n"
            ),
        ),
        (
            "<!--\n## [Unreleased]\n-->\n## [Unreleased]\n",
            "<!--\n## [Unreleased]\n-->\n## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n",
        ),
        (
            "````md\n```\n## [0.1.3]\n```\n````\n\n## [Unreleased]\n",
            "````md\n```\n## [0.1.3]\n```\n````\n\n## [Unreleased]\n\n## [0.1.3] - 2026-01-02\n\n### Added\n\n- new\n",
        ),
    ],
)
def test_where_the_release_goes(text: str, expected: str) -> None:
    assert with_release(text, "0.1.3", DAY, {"1.added.md": "new"}) == expected


def test_what_nobody_has_written_changes_nothing() -> None:
    assert with_release("# Changelog\n", "0.1.3", DAY, {"1.added.md": "\n"}) == "# Changelog\n"


LINES = st.sampled_from(
    ("", "", "## [Unreleased]", "## Unreleased", "## [0.1.2] - 2025-01-01", "### Added", "### fixed", "### Odd", "- a", "* b", "  more", "words  ", "```", "## [0.1.3]", "## v0.1.1 (old)", "[a]: https://example.com", "<!-- x -->", "# Changelog")
)  # fmt: skip
FRAGMENT = st.lists(st.sampled_from(("- one", "two", "", "  three", "### Added", "> four")), max_size=4).map("\n".join)
NAMES = st.sampled_from([f"{number}.{kind}.md" for number in (1, 2) for kind in ("added", "Fixed", "security", "odd")])


@given(
    lines=st.lists(LINES, max_size=14),
    fragments=st.dictionaries(NAMES, FRAGMENT, max_size=4),
    newline=st.sampled_from(("\n", "\r\n")),
    end=st.sampled_from((True, False)),
)
def test_every_line_is_kept_and_none_is_lost(
    lines: list[str], fragments: dict[str, str], newline: str, *, end: bool
) -> None:
    text = newline.join(lines) + (newline if end else "")

    made = with_release(text, "0.1.3", DAY, fragments)

    assert with_release(made, "0.1.3", DAY, fragments) == made
    if made == text:
        return
    old, new = told_lines(text), told_lines(made)
    title = "## [0.1.3] - 2026-01-02" if "## [0.1.3] - 2026-01-02" in new else "## 0.1.3 - 2026-01-02"
    items = Counter(line for each in fragments.values() for line in told_lines(item(each)))
    headings = Counter(f"### {section_of(name)}" for name, each in fragments.items() if each.strip())
    added = Counter(new) - Counter(old)
    assert Counter(old) - Counter(new) == Counter()
    assert added - items - Counter([title]) <= Counter(set(headings))
    assert Counter(new) - Counter(old) >= items + Counter([title]) - headings
    assert is_within(old, new)
    if "\r\n" in text:
        assert "\n" not in made.replace("\r\n", "")
    assert text.startswith(made[: made.index(title)].rstrip("\r\n"))


def item(fragment: str) -> str:
    lines = fragment.strip().split("\n")
    return "\n".join(
        lines if lines[0].startswith("- ") or not lines[0] else [f"- {lines[0]}", *(f"  {each}" for each in lines[1:])]
    )


def told_lines(text: str) -> list[str]:
    return [line.rstrip() for line in re.split(r"\r?\n", text) if line.strip()]


def is_within(old: list[str], new: list[str]) -> bool:
    """Whether `old` is what is left when some of `new` are taken away."""
    rest = iter(new)
    return all(each in rest for each in old)
