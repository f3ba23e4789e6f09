"""Text -> the lines with a password or a token in them, and what it is; never the secret itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.build_files import BuildFile

_IN_URL = re.compile(
    r"[a-zA-Z][a-zA-Z0-9+.-]*://(?P<user>[^\s/@:'\"]*)(?::(?P<password>[^\s/@'\"]*))?@(?P<host>[^\s/@:'\"]+)"
)
_TOKENS = (
    (re.compile(r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"), "a GitHub token"),
    (re.compile(r"glpat-[A-Za-z0-9_-]{20}"), "a GitLab token"),
    (re.compile(r"pypi-AgE[A-Za-z0-9_-]{16}"), "an upload token"),
    (re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"), "an AWS access key"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
)
_SETTING = re.compile(
    r"(?:UV_INDEX_[A-Z0-9_]+_PASSWORD|UV_PUBLISH_(?:PASSWORD|TOKEN)|TWINE_PASSWORD|POETRY_HTTP_BASIC_[A-Z0-9_]+_PASSWORD"
    r"|POETRY_PYPI_TOKEN_[A-Z0-9_]+|PIP_PASSWORD)$"
)
_PLACEHOLDER = re.compile(r"^$|[$<>{}]|^%.*%$|^\*+$|^x+$|^\.+$|^(?:password|token|pass|secret|user)$", re.IGNORECASE)
_LONG_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_-]{24,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A line with a secret in it; `what` names its kind and whom it is for."""

    line: int
    what: str


def credentials(file: BuildFile) -> Iterator[Credential]:
    """Every line of `file` with a secret in it, once; placeholders and variables are none."""
    told: set[int] = set()
    for line in file.lines:
        what = secret_in(line.text)
        if what is not None:
            told.add(line.number)
            yield Credential(line=line.number, what=what)
    for setting in file.settings:
        is_secret = _SETTING.match(setting.name) or (file.path.name == ".pypirc" and setting.name == "password")
        if is_secret and setting.line not in told and not _PLACEHOLDER.search(setting.value):
            yield Credential(line=setting.line, what=f"the value of {setting.name}")


def secret_in(text: str) -> str | None:
    """What secret a line holds, never the secret itself; None where it holds none."""
    for expression, what in _TOKENS:
        if expression.search(text):
            return what
    for match in _IN_URL.finditer(text) if "@" in text else ():
        password = match["password"]
        if password is not None and not _PLACEHOLDER.search(password):
            return f"a password in the URL of {match['host']}"
        if password is None and _LONG_TOKEN.match(match["user"]):
            return f"a token in the URL of {match['host']}"
    return None
