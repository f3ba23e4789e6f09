from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dagster_commons.analysis.lock_state import lock_state
from dagster_commons.tools import lockfile

APP = Path("/place/app")

MEMBERS_ROOT = """
[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["one"]

[tool.uv.workspace]
members = ["libs/*"]
exclude = ["libs/out"]

[tool.uv.sources]
one = { workspace = true }
"""

MEMBER = """
[project]
name = "{name}"
version = "1.0"
requires-python = ">=3.11"
"""

MEMBERS_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[manifest]
members = [
    "app",
    "one",
]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "one" },
]

[package.metadata]
requires-dist = [{ name = "one", editable = "libs/one" }]

[[package]]
name = "one"
version = "1.0"
source = { editable = "libs/one" }
"""

IN_WORKSPACE = {
    "as locked": ({}, "current", None),
    "member joined": ({"libs/two": MEMBER.format(name="two")}, "stale", "two joined the uv workspace after the lock"),
    "excluded": ({"libs/out": MEMBER.format(name="out")}, "current", None),
    "too deep": ({"libs/two/deep": MEMBER.format(name="deep")}, "current", None),
    "unmanaged": ({"libs/two": MEMBER.format(name="two") + "[tool.uv]\nmanaged = false"}, "current", None),
    "member left": ({"libs/one": None}, "stale", "one left the uv workspace after the lock"),
    "nameless member": ({"libs/two": "[project]"}, "unknown", "two/pyproject.toml gives no project name"),
    "virtual member": (
        {"libs/one": MEMBER.format(name="one") + "[tool.uv]\npackage = false"},
        "stale",
        "one is not a package now, in the lock editable",
    ),
    "member's version": ({"libs/one": MEMBER.format(name="one").replace("1.0", "1.1")}, "stale", "one is 1.1, the lock has 1.0"),
    "not editable": (
        {".": MEMBERS_ROOT.replace("workspace = true", "workspace = true, editable = false")},
        "stale",
        "one is installed, not editable now, in the lock editable",
    ),
    "source without workspace": (
        {".": MEMBERS_ROOT.replace("workspace = true", 'path = "libs/one"')},
        "stale",
        "one is not a package now, in the lock editable",
    ),
    "member's Python": (
        {"libs/one": MEMBER.format(name="one").replace(">=3.11", ">=3.12")},
        "stale",
        "pyproject says Python >=3.11 and >=3.12, the lock >=3.11",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "kind", "reason"), IN_WORKSPACE.values(), ids=IN_WORKSPACE)
def test_uv_workspace(files: dict[str, str | None], kind: str, reason: str | None) -> None:
    texts = {".": MEMBERS_ROOT, "libs/one": MEMBER.format(name="one"), **files}
    documents = {APP / place: tomllib.loads(text) for place, text in texts.items() if text is not None}
    state = lock_state(lockfile.parse(MEMBERS_LOCK.encode(), APP / "uv.lock"), APP, documents)
    assert (state.kind, state.reason) == (kind, reason)
