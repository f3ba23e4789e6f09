"""Requirements of extras and dependency groups, in whichever form their tables are written."""

from __future__ import annotations

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.tools import pyproject

# id: (arguments, without, with)
ELSEWHERE = {
    "extra": (
        {"extra": "cloud"},
        '[project.optional-dependencies]\ncloud = ["boto3"]\n',
        '[project.optional-dependencies]\ncloud = ["boto3", "shared"]\n',
    ),
    "extra, another spelling": (
        {"extra": "my-cloud"},
        '[project.optional-dependencies]\nMy_Cloud = ["boto3"]\n',
        '[project.optional-dependencies]\nMy_Cloud = ["boto3", "shared"]\n',
    ),
    "extra, dotted": (
        {"extra": "cloud"},
        '[project]\noptional-dependencies.cloud = ["boto3"]\n',
        '[project]\noptional-dependencies.cloud = ["boto3", "shared"]\n',
    ),
    "extra, inline": (
        {"extra": "cloud"},
        '[project]\noptional-dependencies = { cloud = ["boto3"] }\n',
        '[project]\noptional-dependencies = { cloud = ["boto3", "shared"] }\n',
    ),
    "group": (
        {"group": "dev"},
        '[dependency-groups]\ndev = [\n    "pytest",\n]\n',
        '[dependency-groups]\ndev = [\n    "pytest",\n    "shared",\n]\n',
    ),
    "group that includes another": (
        {"group": "dev"},
        '[dependency-groups]\ndev = ["pytest", { include-group = "lint" }]\n',
        '[dependency-groups]\ndev = ["pytest", { include-group = "lint" }, "shared"]\n',
    ),
    "not the project's own": (
        {"group": "dev"},
        '[project]\ndependencies = ["shared"]\n[dependency-groups]\ndev = []\n',
        '[project]\ndependencies = ["shared"]\n[dependency-groups]\ndev = ["shared"]\n',
    ),
}

# id: (arguments, before, after); the array stays when the last requirement goes
MADE_ELSEWHERE = {
    "extra": (
        {"extra": "cloud"},
        '[project]\nname = "a"\n\n[tool.x]\na = 1\n',
        '[project]\nname = "a"\n\n[project.optional-dependencies]\ncloud = ["shared"]\n\n[tool.x]\na = 1\n',
    ),
    "second extra": (
        {"extra": "cloud"},
        "[project.optional-dependencies]\nfast = []\n",
        '[project.optional-dependencies]\nfast = []\ncloud = ["shared"]\n',
    ),
    "second extra, dotted": (
        {"extra": "cloud"},
        '[project]\noptional-dependencies.fast = ["x"]\nversion = "1"\n',
        '[project]\noptional-dependencies.fast = ["x"]\noptional-dependencies.cloud = ["shared"]\nversion = "1"\n',
    ),
    "group": (
        {"group": "dev"},
        '[project]\nname = "a"',
        '[project]\nname = "a"\n\n[dependency-groups]\ndev = ["shared"]',
    ),
    "group, inline": (
        {"group": "dev"},
        "dependency-groups = { lint = [] }\n",
        'dependency-groups = { lint = [], dev = ["shared"] }\n',
    ),
    "name that needs quotes": (
        {"extra": "a.b"},
        "[project.optional-dependencies]\n",
        '[project.optional-dependencies]\n"a.b" = ["shared"]\n',
    ),
}


@pytest.mark.parametrize(("where", "without", "with_it"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_extras_and_groups_both_ways(where, without, with_it):
    assert pyproject.add_dependency(without, "shared", **where) == with_it
    assert pyproject.remove_dependency(with_it, "shared", **where) == without


@pytest.mark.parametrize(("where", "before", "after"), MADE_ELSEWHERE.values(), ids=MADE_ELSEWHERE.keys())
def test_extras_and_groups_are_made(where, before, after):
    assert pyproject.add_dependency(before, "shared", **where) == after


def test_uvs_older_development_dependencies_are_read_as_the_group_dev():
    text = '[tool.uv]\ndev-dependencies = ["pytest", "shared>=1"]\n'
    pinned = pyproject.replace_dependency(text, "shared", "shared==2", group="dev")
    assert pinned == text.replace("shared>=1", "shared==2")
    assert pyproject.remove_dependency(text, "shared", group="dev") == '[tool.uv]\ndev-dependencies = ["pytest"]\n'
    with pytest.raises(UsageError, match=r"shared already stands in \[tool.uv\] dev-dependencies"):
        pyproject.add_dependency(text, "shared", group="dev")
