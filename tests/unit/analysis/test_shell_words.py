"""Which commands take a lock as it is, and which fail on a stale one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.build_files import parsed
from dagster_commons.analysis.shell_words import checks_locks, frozen_installs, is_install, program


def dockerfile(*lines: str):
    return parsed(Path("/repo/Dockerfile"), "dockerfile", "\n".join(("FROM x", *lines, "")))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("RUN uv sync --frozen",), [2]),
        (("RUN /bin/uv sync --no-dev --frozen",), [2]),
        (("RUN uv --project a sync --frozen",), [2]),
        (("RUN UV_FROZEN=1 uv sync",), [2]),
        (("ENV UV_FROZEN=1", "RUN uv sync"), [3]),
        (("ENV UV_FROZEN=0", "RUN uv sync"), []),
        (("RUN uv run --frozen dagster",), [2]),
        (("RUN uv sync --locked",), []),
        (("RUN uv sync",), []),
        (("RUN echo uv sync --frozen",), []),
        (("RUN uv pip install --frozen x",), []),
    ],
)
def test_frozen(lines, found):
    assert [each.line for each in frozen_installs(dockerfile(*lines))] == found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RUN uv lock --check", True),
        ("RUN uv lock --locked", True),
        ("RUN uv sync --locked", True),
        ("ENV UV_LOCKED=1", True),
        ("RUN commons check --strict", True),
        ("RUN uvx --from dagster-commons commons check", True),
        ("RUN uv lock", False),
        ("RUN commons status", False),
        ("RUN npm ci && npm run check", False),
    ],
)
def test_a_check(line, expected):
    assert checks_locks(dockerfile(line)) is expected


def test_the_action_is_a_check():
    text = "jobs:\n  a:\n    steps:\n      - uses: acme/dagster-commons/ci/github/check@0123\n"
    assert checks_locks(parsed(Path("/repo/a.yml"), "github", text))


def test_programs_are_told_without_directory_and_what_stands_before():
    [command, other] = dockerfile("RUN sudo A=1 /usr/bin/uv sync && if true", "RUN true").commands[:2]
    assert (program(command), is_install(command), program(other)) == ("uv", True, "true")
