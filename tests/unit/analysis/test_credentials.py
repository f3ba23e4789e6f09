"""What is a secret, what is none, and that it is named without being shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_commons.analysis.build_files import parsed
from dagster_commons.analysis.credentials import credentials

SECRET = "hunter2-hunter2"  # noqa: S105 - of no account
TOKEN = "ghp_" + "a1B2" * 9  # of no account


def found(text: str, *, kind: str = "dockerfile", name: str = "Dockerfile") -> list[tuple[int, str]]:
    file = parsed(Path("/repo") / name, kind, text)  # type: ignore[arg-type]
    return [(each.line, each.what) for each in credentials(file)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"RUN git clone https://ada:{SECRET}@git.example.com/x", "a password in the URL of git.example.com"),
        (
            f"RUN pip install -i https://:{SECRET}@index.example.com/simple/ x",
            "a password in the URL of index.example.com",
        ),
        (f"RUN git clone https://{TOKEN}@git.example.com/x", "a GitHub token"),
        ("RUN git clone https://a1b2c3d4e5f6a7b8c9d0e1f2a3@git.example.com/x", "a token in the URL of git.example.com"),
        (f"ENV UV_INDEX_CORP_PASSWORD={SECRET}", "the value of UV_INDEX_CORP_PASSWORD"),
        (f"ARG UV_PUBLISH_TOKEN={SECRET}", "the value of UV_PUBLISH_TOKEN"),
        ("RUN echo glpat-" + "x" * 20, "a GitLab token"),
        ("RUN echo AKIA" + "A1" * 8, "an AWS access key"),
        ("RUN echo -----BEGIN RSA PRIVATE KEY-----", "a private key"),
    ],
)
def test_secrets(text: str, what: str) -> None:
    [(line, said)] = found(f"FROM scratch\n{text}\n")
    assert (line, said) == (2, what)
    assert SECRET not in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "text",
    [
        "RUN git clone https://git@git.example.com/x",
        "RUN git clone ssh://git@git.example.com/x",
        "RUN git clone git@git.example.com:acme/x",
        "RUN git clone https://ada:$PASSWORD@git.example.com/x",
        "RUN git clone https://ada:${PASSWORD}@git.example.com/x",
        "RUN pip install -i https://aws:{{ token }}@index.example.com/simple/ x",
        "RUN pip install -i https://user:password@index.example.com/simple/ x",
        "RUN pip install -i https://__token__:****@index.example.com/simple/ x",
        "ENV UV_INDEX_CORP_PASSWORD=$TOKEN",
        "ARG UV_INDEX_CORP_PASSWORD",
        "ENV POSTGRES_PASSWORD=postgres",
        "RUN --mount=type=secret,id=token,env=UV_INDEX_CORP_PASSWORD uv sync",
        "LABEL maintainer=ada@example.com",
        "RUN curl https://example.com/@scope/package",
    ],
)
def test_no_secrets(text: str) -> None:
    assert found(f"FROM scratch\n{text}\n") == []


def test_every_kind_of_file() -> None:
    assert found(f"[pypi]\nusername = ada\npassword = {SECRET}\n", kind="pip", name=".pypirc") == [
        (3, "the value of password")
    ]
    url = f"https://ada:{SECRET}@git.example.com/x"
    assert found(f'[remote "origin"]\n\turl = {url}\n', kind="git-config", name="config")[0][0] == 2
    assert found(f"--index-url {url}\n", kind="requirements", name="requirements.txt")[0][0] == 1
    workflow = f"jobs:\n  a:\n    env:\n      UV_PUBLISH_PASSWORD: {SECRET}\n    steps:\n      - run: uv publish\n"
    assert found(workflow, kind="github", name="ci.yml") == [(4, "the value of UV_PUBLISH_PASSWORD")]
    assert found(workflow.replace(SECRET, "${{ secrets.TOKEN }}"), kind="github", name="ci.yml") == []
