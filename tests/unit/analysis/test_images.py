"""From which directory an image is built, and what is in it before a step."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.images import images, local_uses
from drawn_evidence import evidence
from drawn_rules import by_path
from drawn_uses import ROOT

MODULE = {"packages/shared/pyproject.toml": "", "sales/pyproject.toml": "", "sales/src/sales/a.py": ""}


def image(*lines: str, at: str = "sales/Dockerfile", **more: str):
    texts = {**MODULE, at: "\n".join(("FROM python:3.12 AS base", *lines, "")), **more}
    [found] = images(evidence(by_path(), texts))
    return found


@pytest.mark.parametrize(
    ("lines", "more", "context"),
    [
        (("COPY packages/shared /x",), {}, ""),
        (("COPY src src",), {}, "sales"),
        (("COPY . .",), {}, None),
        (("COPY not-here .",), {}, None),
        (("COPY . .",), {"compose.yaml": "services:\n  a:\n    build: sales\n"}, "sales"),
        (
            ("COPY . .",),
            {"docker-compose.yml": "services:\n  a:\n    build: { context: ., dockerfile: sales/Dockerfile }\n"},
            "",
        ),
        (("COPY . .",), {"build.sh": "docker build -t x:1 -f sales/Dockerfile .\n"}, ""),
        (("COPY . .",), {"Makefile": "x:\n\tdocker buildx build --file=sales/Dockerfile sales\n"}, "sales"),
        (("COPY . .",), {"build.sh": "docker build -f sales/Dockerfile $ROOT\n"}, None),
        (
            ("COPY . .",),
            {
                ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n"
                "        with: { context: ., file: sales/Dockerfile }\n"
            },
            "",
        ),
    ],
)
def test_context(lines, more, context):
    found = image(*lines, **more)
    assert found.context == (None if context is None else ROOT / context)
    assert [each.name for each in found.locations] == ["sales"]


def test_an_image_above_its_location_is_known_by_what_it_names():
    found = image("COPY sales/src /app", at="Dockerfile")
    assert ([each.name for each in found.locations], found.context) == (["sales"], ROOT)


@pytest.mark.parametrize(
    ("lines", "is_there"),
    [
        (("COPY packages packages",), True),
        (("COPY packages/shared/pyproject.toml sales/ x/",), True),
        (('COPY ["packages/shared", "/x"]',), True),
        (("COPY pack*/shared x",), True),
        (("COPY sales x",), False),
        (("COPY --from=other packages packages", "COPY sales x"), False),
        (("COPY packages x", "FROM base"), True),
        (("COPY packages x", "FROM python:3.12", "COPY sales x"), False),
        (("COPY sales x", "RUN --mount=type=bind,source=packages,target=/p \\"), True),
        (("COPY sales x", "RUN --mount=type=cache,target=/packages \\"), False),
    ],
)
def test_what_was_copied_before(lines, is_there):
    is_open = lines[-1].endswith("\\")
    found = image(*lines, "  uv sync" if is_open else "RUN uv sync")
    run = found.instruction_of(found.file.commands[-1])
    assert found.has_copied(ROOT / "packages/shared", found.copied_before(run)) is is_there


def test_the_module_that_is_a_directory_is_found_through_the_uses():
    drawn = evidence(by_path(), {**MODULE, "sales/Dockerfile": "FROM x\n"})
    [found] = images(drawn)
    assert [(use.module, path) for use, path in local_uses(drawn, found)] == [("shared", ROOT / "packages/shared")]
