"""What an installer and a type checker look at."""

from __future__ import annotations

from dagster_commons.analysis.api.rule import ApiRule


def _project(**lines: str) -> dict[str, str]:
    """A module with nothing in it, and the lines of its [project] table; `tables` come after it."""
    tables = lines.pop("tables", "")
    text = "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in lines.items())
    return {"__init__.py": "", "pyproject.toml": f'[project]\nname = "m"\nversion = "1"\n{text}{tables}'}


RULES = (
    ApiRule(
        id="python-narrowed",
        bump="minor",
        why="a consumer on that Python cannot take the new version",
        old=_project(requires_python='">=3.10"'),
        new=_project(requires_python='">=3.12"'),
        is_to_review=True,
    ),
    ApiRule(
        id="dependency-narrowed",
        bump="minor",
        why="a consumer that needs another version of it cannot take the new one",
        old=_project(dependencies='["dagster>=1.11"]'),
        new=_project(dependencies='["dagster>=1.12"]'),
        is_to_review=True,
    ),
    ApiRule(
        id="dependency-added",
        bump="minor",
        why="it comes into every consumer's environment",
        old=_project(dependencies="[]"),
        new=_project(dependencies='["httpx>=0.27"]'),
        is_to_review=True,
    ),
    ApiRule(
        id="dependency-removed",
        bump="patch",
        why="a consumer that imports it without requiring it fails",
        old=_project(dependencies='["httpx>=0.27"]'),
        new=_project(dependencies="[]"),
        is_to_review=True,
    ),
    ApiRule(
        id="extra-removed",
        bump="major",
        why="an installer only warns, and what the extra brought is missing",
        old=_project(tables='[project.optional-dependencies]\naws = ["boto3"]\n'),
        new=_project(),
    ),
    ApiRule(
        id="extra-added",
        bump="minor",
        why="consumers can begin to use it",
        old=_project(),
        new=_project(tables='[project.optional-dependencies]\naws = ["boto3"]\n'),
    ),
    ApiRule(
        id="entry-point-removed",
        bump="major",
        why="what is found by it is not found any more",
        old=_project(tables='[project.entry-points.dagster_dg_cli]\nm = "m.components"\n'),
        new=_project(),
    ),
    ApiRule(
        id="entry-point-added",
        bump="minor",
        why="consumers can begin to use it",
        old=_project(),
        new=_project(tables='[project.entry-points.dagster_dg_cli]\nm = "m.components"\n'),
    ),
    ApiRule(
        id="py-typed-removed",
        bump="minor",
        why="type checkers take everything of it for Any",
        old={"__init__.py": "", "py.typed": ""},
        new={"__init__.py": ""},
        is_to_review=True,
    ),
)
