"""REG: secrets in files that are committed or copied.  What a finding says never has the secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.credentials import credentials
from dagster_commons.model.paths import relative
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.analysis.evidence import Evidence


def in_files(evidence: Evidence) -> Iterator[Hit]:
    """Passwords and tokens in build, CI and configuration files, and in locks.

    Not in scripts: those that look for secrets, and their tests, are full of made-up ones.
    """
    root = evidence.workspace.root
    for file in evidence.files:
        if file.kind == "script":
            continue
        is_private = file.kind == "git-config"
        for found in credentials(file):
            fix = "git remote set-url without it, and a credential helper" if is_private else None
            yield Hit(
                subject=relative(file.path, root),
                message=f"{found.what} stands in the file",
                file=file.path,
                line=found.line,
                fix=fix,
            )
    for lock in evidence.locks:
        for line, host in lock.passwords():
            yield Hit(
                subject=relative(lock.file, root),
                message=f"a password in the URL of {host} stands in the file",
                file=lock.file,
                line=line,
                fix="take it out of the URL in pyproject.toml, then uv lock",
            )


RULES = (
    Rule(
        id="REG011",
        severity="error",
        title="secret in a file",
        why="Whoever reads the repository, a log or an image has it, also after it is removed: history keeps it.",
        fix="revoke it, and take it from the environment: UV_INDEX_<NAME>_USERNAME and _PASSWORD, a keyring, or a"
        " secret of the CI system",
        bad='url = "https://user:password@index.example.com/simple/"',
        good='url = "https://index.example.com/simple/" and authenticate = "always"',
        look=in_files,
    ),
)
