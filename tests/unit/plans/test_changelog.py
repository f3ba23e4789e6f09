from __future__ import annotations

import datetime

import pytest

from dagster_commons.plans.changelog import with_release

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
