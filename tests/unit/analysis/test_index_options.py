"""Where an index is named outside the sources table, with its line."""

from __future__ import annotations

import pytest

from dagster_commons.analysis.build_files import parsed
from dagster_commons.analysis.evidence import Evidence
from dagster_commons.analysis.index_options import index_options
from drawn_uses import ROOT, workspace

URL = "https://index.example.com/simple/"
WORKFLOW = f"""\
jobs:
  build:
    env:
      UV_EXTRA_INDEX_URL: {URL}
    steps:
      - run: |
          echo hello
          uv sync --no-sources
"""


def found(name: str, kind: str, text: str) -> list[tuple[int, str, str]]:
    file = parsed(ROOT / name, kind, text)  # type: ignore[arg-type]
    options = index_options(Evidence(workspace=workspace(), files=(file,)))
    return [(each.line, each.name, each.value) for each in options]


@pytest.mark.parametrize(
    ("name", "kind", "text", "expected"),
    [
        (
            "Dockerfile",
            "dockerfile",
            f"FROM x\nRUN pip install --extra-index-url {URL} x",
            [(2, "--extra-index-url", URL)],
        ),
        ("Dockerfile", "dockerfile", f"FROM x\nRUN python -m pip install -i={URL} x", [(2, "-i", URL)]),
        ("Dockerfile", "dockerfile", f"FROM x\nRUN a && \\\n  uv sync --index={URL}", [(3, "--index", URL)]),
        ("Dockerfile", "dockerfile", f"FROM x\nENV UV_INDEX={URL}", [(2, "UV_INDEX", URL)]),
        ("Dockerfile", "dockerfile", "FROM x\nARG PIP_EXTRA_INDEX_URL", [(2, "PIP_EXTRA_INDEX_URL", "")]),
        ("Dockerfile", "dockerfile", "FROM x\nRUN grep -i word file --no-sources", []),
        ("Dockerfile", "dockerfile", "FROM x\nENV UV_INDEX_CORP_USERNAME=aws", []),
        ("ci.yml", "github", WORKFLOW, [(4, "UV_EXTRA_INDEX_URL", URL), (8, "--no-sources", "")]),
        ("pip.conf", "pip", f"[global]\nextra-index-url = {URL}\n", [(2, "extra-index-url", URL)]),
        ("requirements.txt", "requirements", f"--extra-index-url {URL}\nshared\n", [(1, "--extra-index-url", URL)]),
        ("uv.toml", "uv", 'index-strategy = "unsafe-best-match"\n', [(1, "index-strategy", "unsafe-best-match")]),
        (
            "pyproject.toml",
            "pyproject",
            '[tool.poetry]\nno-sources = true\n[tool.uv]\nno-sources = true\n[tool.uv.sources]\nindex-url = { path = "x" }\n',
            [(4, "no-sources", "true")],
        ),
    ],
)
def test_what_is_found_where(name: str, kind: str, text: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(name, kind, text) == expected
