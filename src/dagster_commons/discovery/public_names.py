"""Whether strangers have a managed name, asked of uv's own default index by uv itself."""

from __future__ import annotations

import re
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.index_ties import names_in_reach_of_strangers
from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.project import bare_url
from dagster_commons.model.registry import PublicName
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.uv import RESOLUTION_SETTINGS, uv

if TYPE_CHECKING:
    from dagster_commons.analysis.evidence import Evidence

SECONDS = 30.0
NOT_THERE = "was not found in the package registry"
_VERSION = re.compile(r"==(\S+)")
_ORIGIN = re.compile(r"# from (\S+)")


def read_public_names(evidence: Evidence) -> tuple[PublicName, ...]:
    """What uv's default index has under the names of modules that it might be asked for, sorted.

    The settings of the shell and of the user say which index that is; further indexes in the shell are left out.  One
    that does not answer is said in `unread`.
    """
    workspace = evidence.workspace
    names = sorted(names_in_reach_of_strangers(evidence))
    own = {bare_url(index.url) for project in workspace.projects for index in project.indexes}
    own |= {bare_url(each.index_url) for each in workspace.configuration.registries if isinstance(each, RemoteRegistry)}
    return in_threads(partial(_ask, own=frozenset(own)), names)


def _ask(module: str, own: frozenset[str]) -> PublicName:
    with tempfile.TemporaryDirectory(prefix="commons-") as name:
        place = Path(name)
        (place / "names.in").write_text(f"{module}\n", "utf-8")
        options = ("--no-deps", "--no-header", "--emit-index-annotation", "--prerelease", "allow")
        python = ("--python", sys.executable, "--no-python-downloads")
        try:
            said = uv(
                place,
                *("pip", "compile", *options, *python, "names.in"),
                without=RESOLUTION_SETTINGS,
                check=False,
                timeout_seconds=SECONDS,
            )
        except ToolError as error:
            return PublicName(module=module, unread=without_credentials(error.message))
    if said.exit_code == 0:
        version, origin = _VERSION.search(said.text), _ORIGIN.search(said.text)
        is_own = origin is not None and bare_url(origin[1]) in own
        return PublicName(module=module, version=version[1] if version is not None and not is_own else None)
    if NOT_THERE in said.error_text:
        return PublicName(module=module)
    first = next(iter(said.error_text.splitlines()), "uv said nothing")
    return PublicName(module=module, unread=without_credentials(first.removeprefix("error: ")))
