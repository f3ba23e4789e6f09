"""FILE, FLEET and SRC09x: what discovery reports while it reads.  They are declared here and looked for there."""

from __future__ import annotations

from dagster_commons.rules.rule import Rule

RULES = (
    Rule(
        id="FILE001",
        severity="error",
        title="file that cannot be read",
        why="What it declares is unknown, so code locations, modules and uses may be missing from every report:"
        " malformed TOML, YAML or Python, a file without read permission, a repository that git refuses to read,"
        " a damaged page of a registry.",
        fix="correct the file at the line that is named",
        bad='dependencies = ["shared"',
        good='dependencies = ["shared"]',
    ),
    Rule(
        id="FILE002",
        severity="error",
        title="something in a file that its format does not know",
        why="It is left out, and the rest of the file is read: a `load_from` entry of no form that Dagster knows,"
        " a source without `path`, `git`, `index`, `workspace` or `url`, a string where a list belongs,"
        " a code location declared twice, a dg workspace that names a directory without a dg project.",
        fix="correct the line that is named",
        bad="shared = { editable = true }",
        good='shared = { path = "../shared", editable = true }',
    ),
    Rule(
        id="FLEET001",
        severity="error",
        title="repository of the fleet that cannot be had",
        why="Its code locations are in no report: the directory is not there, the URL cannot be fetched,"
        " or `--offline` was given and there is no clone yet. A clone whose submodules cannot be fetched is a warning.",
        fix="correct `repositories` in [fleet] of commons.toml, or see that git can clone it",
        bad='repositories = ["../marketting"]',
        good='repositories = ["../marketing"]',
    ),
    Rule(
        id="SRC090",
        severity="warning",
        title="source that is not managed",
        why="We read path, submodule, index, git and member sources; a `url` is left as it is, and so is the use.",
        fix="use a path, git or index source if this is a shared module",
        bad='shared = { url = "https://example.com/shared-0.1.3-py3-none-any.whl" }',
        good='shared = { index = "corp" }',
    ),
    Rule(
        id="SRC091",
        severity="error",
        title="cycle of a shared module and what uses it",
        why="Neither can be locked, released or moved without the other.",
        fix="move what both need into a shared module of its own",
        bad="sales depends on shared, and shared on sales",
        good="sales depends on shared, and both on base",
    ),
)
