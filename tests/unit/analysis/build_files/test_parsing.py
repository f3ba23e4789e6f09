"""Instructions, commands and settings stand at the lines where the file has them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from dagster_commons.analysis.build_files import UnreadableYamlError, parsed

if TYPE_CHECKING:
    from dagster_commons.model.build_files import BuildFile, BuildFileKind


def read(kind: BuildFileKind, text: str, name: str = "file") -> BuildFile:
    return parsed(Path("/repo") / name, kind, dedent(text).lstrip("\n"))


def commands(file: BuildFile) -> list[tuple[int, str, str]]:
    return [(each.line, each.flow, each.text) for each in file.commands]


def settings(file: BuildFile) -> list[tuple[int, str, str]]:
    return [(each.line, each.name, each.value) for each in file.settings]


def test_dockerfile_instructions_have_their_stage_flags_and_first_line() -> None:
    file = read(
        "dockerfile",
        """
        # syntax=docker/dockerfile:1
        ARG BASE=python:3.12
        FROM ${BASE} AS builder

        COPY --from=uv:latest --chown=1:1 \\
             /uv /bin/
        run echo one
        FROM python:3.12-slim
        copy --from=builder /app /app
        """,
    )
    assert [(each.line, each.stage, each.name, each.flags, each.text) for each in file.instructions] == [
        (2, -1, "ARG", (), "BASE=python:3.12"),
        (3, 0, "FROM", (), "${BASE} AS builder"),
        (5, 0, "COPY", ("--from=uv:latest", "--chown=1:1"), "/uv /bin/"),
        (7, 0, "RUN", (), "echo one"),
        (8, 1, "FROM", (), "python:3.12-slim"),
        (9, 1, "COPY", ("--from=builder",), "/app /app"),
    ]
    assert file.instructions[2].flag("from") == "uv:latest"


def test_a_command_of_a_continued_run_stands_at_its_own_line() -> None:
    file = read(
        "dockerfile",
        """
        FROM x
        RUN --mount=type=cache,target=/root/.cache/uv \\
            # a comment inside
            apt-get update && \\

            uv sync --frozen \\
              --no-dev
        RUN ["uv", "sync", "--locked"]
        """,
    )
    assert commands(file) == [
        (4, "stage 0", "apt-get update"),
        (6, "stage 0", "uv sync --frozen --no-dev"),
        (8, "stage 0", "uv sync --locked"),
    ]
    assert file.commands[1].words == ("uv", "sync", "--frozen", "--no-dev")


def test_here_documents_are_commands_of_a_shell_alone() -> None:
    file = read(
        "dockerfile",
        """
        FROM x
        RUN <<EOF
        uv lock --check
        uv sync --frozen; echo done
        EOF
        COPY <<EOF /etc/pip.conf
        uv sync
        EOF
        RUN python3 <<EOF
        uv = sync
        EOF
        RUN echo last
        """,
    )
    assert commands(file) == [
        (3, "stage 0", "uv lock --check"),
        (4, "stage 0", "uv sync --frozen"),
        (4, "stage 0", "echo done"),
        (9, "stage 0", "python3"),
        (12, "stage 0", "echo last"),
    ]
    assert [each.text for each in file.instructions[2].heredoc] == ["uv sync"]


def test_dockerfile_settings() -> None:
    file = read("dockerfile", 'FROM x\nARG TOKEN\nENV A=1 B="two words"\nENV OLD form of it\n')
    assert settings(file) == [(2, "TOKEN", ""), (3, "A", "1"), (3, "B", "two words"), (4, "OLD", "form of it")]


def test_a_backtick_may_be_the_escape() -> None:
    file = read("dockerfile", "# escape=`\nFROM x\nRUN one `\n  && two\n")
    assert commands(file) == [(3, "stage 0", "one"), (4, "stage 0", "two")]


def test_github_steps() -> None:
    file = read(
        "github",
        """
        on: push
        env:
          UV_INDEX: https://index.example.com
        jobs:
          build:
            env: { A: b }
            steps:
              - uses: actions/checkout@v4
                with:
                  submodules: recursive
              - name: sync
                run: |
                  # first
                  uv sync --frozen
                  uv run \\
                    pytest
              - run: uv lock --check
        """,
    )
    assert [(each.line, each.job, each.uses) for each in file.steps] == [
        (8, "build", "actions/checkout@v4"),
        (11, "build", None),
        (17, "build", None),
    ]
    assert file.steps[0].input("submodules") == "recursive"
    assert commands(file) == [
        (14, "build", "uv sync --frozen"),
        (15, "build", "uv run pytest"),
        (17, "build", "uv lock --check"),
    ]
    assert settings(file) == [(3, "UV_INDEX", "https://index.example.com"), (6, "A", "b")]


def test_gitlab_jobs_anchors_and_own_tags() -> None:
    file = read(
        "gitlab",
        """
        variables:
          GIT_SUBMODULE_STRATEGY: recursive
          DEEP: { value: "1" }
        .base: &base
          before_script:
            - pip install uv
        test:
          <<: *base
          script:
            - !reference [.base, script]
            - uv sync --frozen
            - - nested one
        """,
    )
    assert commands(file) == [
        (6, ".base", "pip install uv"),
        (11, "test", "uv sync --frozen"),
        (12, "test", "nested one"),
    ]
    assert settings(file) == [(2, "GIT_SUBMODULE_STRATEGY", "recursive"), (3, "DEEP", "1")]


def test_other_services() -> None:
    circle = "jobs:\n  build:\n    steps:\n      - run:\n          command: uv sync --frozen\n      - run: pip list\n"
    assert commands(read("ci", circle)) == [(5, "build", "uv sync --frozen"), (6, "build", "pip list")]
    azure = "steps:\n- script: uv sync\n  env: { A: b }\n- bash: |\n    one\n    two\n"
    assert [each[2] for each in commands(read("ci", azure))] == ["uv sync", "one", "two"]


def test_yaml_that_cannot_be_read_says_where() -> None:
    with pytest.raises(UnreadableYamlError) as caught:
        read("github", "jobs:\n  a: [\n  b: }\n")
    assert caught.value.line == 3


def test_scripts_and_makefiles() -> None:
    shell = "set -e\nexport A='b c'\ncat <<EOF > x\nuv sync\nEOF\nif true; then uv sync --frozen; fi\n"
    file = read("script", shell, "build.sh")
    assert (6, "script", "then uv sync --frozen") in commands(file)
    assert "uv sync" not in [each[2] for each in commands(file)]
    assert ("uv", "sync", "--frozen") in [each.words for each in file.commands]
    assert settings(file) == [(2, "A", "b c")]
    assert commands(read("script", "all: x\n\t@uv sync --frozen\n", "Makefile")) == [(2, "script", "uv sync --frozen")]


def test_settings_of_ini_and_env_files() -> None:
    pip = read("pip", "[global]\nextra-index-url = https://a.example.com\n# index-url = no\n", "pip.conf")
    assert settings(pip) == [(2, "extra-index-url", "https://a.example.com")]
    assert settings(read("env", "export A=1\nB='2'\n#C=3\n", ".env")) == [(1, "A", "1"), (2, "B", "2")]
