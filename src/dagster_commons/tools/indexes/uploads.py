"""One file sent to a registry by `uv publish`: once, without uv's retries, and what came of it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.tools.credentials import index_variables
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv
from dagster_commons.tools.web import NOT_ALLOWED

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.tools.credentials import Credentials
    from dagster_commons.tools.process import Completed

SECONDS_TO_ANSWER = 60  # and one more for every SLOWEST bytes of the file
SLOWEST = 65536  # bytes per second
LONGEST_WORDS = 200  # characters of what a server says
# What the user's shell may say of another upload, or of another configuration than the one that is written here.
NOT_OURS = (
    "UV_CONFIG_FILE",
    "UV_NO_CONFIG",
    "UV_PUBLISH_CHECK_URL",
    "UV_PUBLISH_INDEX",
    "UV_PUBLISH_PASSWORD",
    "UV_PUBLISH_TOKEN",
    "UV_PUBLISH_URL",
    "UV_PUBLISH_USERNAME",
)
TIMEOUTS = ("UV_UPLOAD_HTTP_TIMEOUT", "UV_HTTP_TIMEOUT", "UV_REQUEST_TIMEOUT")

_CAUSE = re.compile(r"^ *(?:error|cause|Caused by): ", re.MULTILINE)
_STATUS = re.compile(r"(?:^|[ (])status(?: code)? (?P<status>[1-5]\d\d)\b")
_SERVER = re.compile(r"Server says: |\(status code [^)]*\): ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How an upload ended: taken, as far as the server says, or not, with the HTTP status if there was an answer.

    `said` is one line: what the server says of it, else what uv says.
    """

    is_taken: bool
    status: int | None = None
    said: str = ""

    @property
    def is_sent_on(self) -> bool:
        """Whether the server redirects uploads."""
        return self.status is None and "redirect" in self.said.lower()


def send(file: Path, registry: RemoteRegistry, publish_url: str, credentials: Credentials | None) -> Sent:
    """Upload `file`; the connection is tried once, so that what failed is known at once and the page decides.

    Raises:
        ToolError: uv cannot be started.

    """
    with scratch_directory() as scratch:
        (scratch / "uv.toml").write_text(_settings(registry, publish_url), "utf-8")
        ended = uv(
            scratch,
            *("publish", "--index", registry.name, "--trusted-publishing", "never", "--no-attestations"),
            str(file),
            environment=_variables(file, registry, credentials),
            without=NOT_OURS,
            check=False,
        )
    return outcome_of(ended)


def outcome_of(ended: Completed) -> Sent:
    """What `uv publish` says of the one file that it was given."""
    if ended.exit_code == 0:
        return Sent(is_taken=True)
    parts = _CAUSE.split(without_credentials(ended.error_text))
    causes = parts[2:] or parts[1:] or parts
    text = "\n".join(causes)
    of_server = _SERVER.search(text)
    own, words = (text[: of_server.end()], text[of_server.end() :]) if of_server is not None else (text, "")
    if "POST requests are not supported" in own:
        return Sent(is_taken=False, status=NOT_ALLOWED)
    status = _STATUS.search(own)
    if status is not None:
        return Sent(is_taken=False, status=int(status["status"]), said=_in_one_line(words))
    telling = next((each for each in causes if "redirect" in each.lower()), causes[-1])
    return Sent(is_taken=False, said=_in_one_line(telling))


def _in_one_line(said: str) -> str:
    """The first line that has something, unless it is a page of HTML."""
    if "<" in said:
        return ""
    return next((line.strip() for line in said.splitlines() if line.strip()), "")[:LONGEST_WORDS]


def _settings(registry: RemoteRegistry, publish_url: str) -> str:
    """The `uv.toml` that names the registry: with `--index`, uv authenticates its look at the page, too."""
    name, url, publish = (json.dumps(each) for each in (registry.name, registry.index_url, publish_url))
    return f'[[index]]\nname = {name}\nurl = {url}\npublish-url = {publish}\nauthenticate = "always"\n'


def _variables(file: Path, registry: RemoteRegistry, credentials: Credentials | None) -> dict[str, str]:
    variables = {"UV_HTTP_RETRIES": "0"}
    if not any(name in os.environ for name in TIMEOUTS):
        variables[TIMEOUTS[0]] = str(SECONDS_TO_ANSWER + file.stat().st_size // SLOWEST)
    if credentials is None:
        return variables
    variables |= {"UV_PUBLISH_USERNAME": credentials.user, "UV_PUBLISH_PASSWORD": credentials.password}
    return variables | index_variables(registry.name, credentials)
