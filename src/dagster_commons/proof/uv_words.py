"""uv's failures in the user's words: what could not be had and what to do next, without paths of the twin or caches."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from dagster_commons.errors import CredentialsError, ToolError
from dagster_commons.model.configuration import RemoteRegistry
from dagster_commons.model.paths import relative
from dagster_commons.tools.indexes.authentication import how_to_be_let_in, last_said
from dagster_commons.tools.process import ProgramFailedError
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.web import FORBIDDEN, UNAUTHORISED, host_of

if TYPE_CHECKING:
    from dagster_commons.errors import CommonsError
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.twin import Twin
    from dagster_commons.tools.process import Completed

WIDTH = 76
LINES_SHOWN = 15
CONTRADICTION = "no versions satisfy all requirements"
_PROGRESS = re.compile(
    r"^(?:Using CPython|Using PyPy|Creating virtual|Resolved|Prepared|Installed|Uninstalled|Checked|Audited"
    r"|\s*(?:Updating|Updated|Building|Built|Downloading|Downloaded|Removed) |\s+[-+~] )"
)
_SAYS_NOTHING = re.compile(
    r"^\s*(?:cause|error): (?:failed to (?:fetch|clone) into:|process didn't exit successfully:|Git operation failed$"
    r"|No solution found when resolving dependencies)"
)
_HEAD = re.compile(r"^ {0,2}(error|cause|hint|warning): ")
_LOCAL_SOURCE = re.compile(r" @ (?:git\+)?file://[^`\s]+")
_NO_REFERENCE = re.compile(r"failed to (?:fetch|find) (?:tag|branch, tag, or commit|commit|ref) `([^`]+)`")
_GIT_URL = re.compile(r"git\+(\S+)@[^@`\s]+")
_UNREACHABLE = re.compile(
    r"error sending request|[Cc]ould not (?:connect|resolve)|Failed to connect|dns error|Connection refused|timed out"
    r"|unable to access|Could not read from remote repository|does not appear to be a git repository"
)
_REFUSAL = re.compile(r"\b(401(?= Unauthorized\b)|403(?= Forbidden\b))")
_BUILD = re.compile(r"Failed to (?:download and )?build `?([A-Za-z0-9._-]+)")
_OF_SYSTEM = re.compile(r"([^:]+) \(os error \d+\)$")
_NO_VERSION = re.compile(r"there is no version of (\S+?)(?:,| and)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explanation:
    """What to say first, and what to do next; whether uv's own words and hints are worth reading after that."""

    summary: str
    details: str | None = None
    hint: str | None = None
    are_causes_shown: bool = True
    are_hints_shown: bool = False


def in_users_words(error: ToolError, workspace: Workspace, twin: Twin | None = None) -> ToolError:
    """The error to show instead of a program's own, given in the twin if there is one; uv's failures are explained."""
    if not isinstance(error, ProgramFailedError) or not _is_uv(error.completed):
        return ToolError(_in_place(error.message, workspace, twin), hint=error.hint, file=error.file, line=error.line)
    completed = error.completed
    raw = without_credentials(completed.error_text or completed.text)
    said = _in_place(raw, workspace, twin)
    explained = _explanation(said, workspace)
    done = "installed" if "sync" in completed.command.argv else "locked"
    summary = f"{_subject(completed, workspace, twin)} cannot be {done}: {explained.summary}"
    shown = _cleaned(said, are_hints_shown=explained.are_hints_shown) if explained.are_causes_shown else []
    details = [explained.details] if explained.details is not None else []
    return ToolError("\n".join((summary, *_wrapped([*details, *shown]))), hint=explained.hint)


def in_one_line(error: CommonsError, workspace: Workspace, twin: Twin) -> str:
    """What went wrong and, of a program's own words, the innermost cause: for where there is room for one line."""
    if not isinstance(error, ProgramFailedError) or not _is_uv(error.completed):
        return _in_place(error.message, workspace, twin)
    summary, *details = in_users_words(error, workspace, twin).message.splitlines()
    if summary.endswith(CONTRADICTION):
        why, conclusion, _ = " ".join(each.strip() for each in details).partition(", we can conclude")
        return f"{summary}: {why[:1].lower()}{why[1:]}" if conclusion else summary
    said = _in_place(without_credentials(error.completed.error_text), workspace, twin).splitlines()
    innermost = _HEAD.sub("", said[-1]).strip() if said else "it said nothing"
    of_system = _OF_SYSTEM.search(innermost)
    innermost = of_system[1].strip() if of_system is not None else innermost
    return f"{summary.removesuffix(': uv says')}: {innermost}" if summary.endswith("uv says") else summary


def _explanation(said: str, workspace: Workspace) -> _Explanation:
    return (
        _credentials(said, workspace)
        or _network(said)
        or _missing_tag(said)
        or _build_failure(said, workspace)
        or _unsatisfiable(said)
        or _Explanation(summary="uv says", are_hints_shown=True)
    )


def _missing_tag(said: str) -> _Explanation | None:
    match = _NO_REFERENCE.search(said)
    if match is None:
        return None
    url = _GIT_URL.search(said)
    if url is None:
        return _Explanation(summary=f"the repository has no tag {match[1]}")
    return _Explanation(summary=f"{url[1]} has no tag {match[1]}", hint=f"git ls-remote --tags {url[1]}")


def _credentials(said: str, workspace: Workspace) -> _Explanation | None:
    """Uv reports refused credentials as a package that is not there, and says what happened in a hint."""
    is_missing, refusal = "Missing credentials" in said, _REFUSAL.search(said)
    if not is_missing and refusal is None:
        return None
    status = UNAUTHORISED if refusal is None else int(refusal[1])
    registry = _registry_in(said, workspace)
    if registry is None:
        done = "asks for credentials" if is_missing else "refused the credentials"
        hint = "uv takes them from UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD, by the name of the index"
        return _Explanation(summary=f"an index {done}", hint=hint, are_causes_shown=False)
    told = last_said(registry)
    subject = f"registry {registry.name}"
    if isinstance(told, CredentialsError):
        summary, details = f"{subject} asks for credentials", told.message
        return _Explanation(summary=summary, details=details, hint=told.hint, are_causes_shown=False)
    if is_missing:
        summary = f"{subject} asks for credentials"
    else:
        who = f" ({told.origin})" if told is not None else ""
        done = "forbids it with these" if status == FORBIDDEN else "refused the"
        summary = f"{subject} {done} credentials{who}"
    return _Explanation(summary=summary, hint=how_to_be_let_in(registry, status), are_causes_shown=False)


def _registry_in(said: str, workspace: Workspace) -> RemoteRegistry | None:
    """The registry whose index uv names, or whose host: files may lie elsewhere on it."""
    registries = [each for each in workspace.configuration.registries if isinstance(each, RemoteRegistry)]
    named = [each for each in registries if each.index_url.rstrip("/") in said]
    near = [each for each in registries if f"//{host_of(each.index_url)}/" in said]
    return max(named or near, key=lambda each: len(each.index_url), default=None)


def _network(said: str) -> _Explanation | None:
    if "network was disabled" in said or "Network connectivity is disabled" in said:
        return _Explanation(
            summary="the network is switched off, and uv's cache lacks something",
            hint="unset UV_OFFLINE once, with a connection",
        )
    if _UNREACHABLE.search(said):
        return _Explanation(
            summary="an index or repository cannot be reached",
            hint="see that you are online and that the URL is right",
        )
    return None


def _build_failure(said: str, workspace: Workspace) -> _Explanation | None:
    match = _BUILD.search(said)
    if match is None:
        return None
    module = workspace.module(match[1])
    project = module.project if module is not None else None
    hint = f"uv build {relative(project.directory, workspace.root)} shows it alone" if project is not None else None
    return _Explanation(summary=f"{match[1]} cannot be built", hint=hint)


def _unsatisfiable(said: str) -> _Explanation | None:
    if "No solution found" not in said:
        return None
    missing = _NO_VERSION.search(said)
    summary = f"there is no {missing[1]}" if missing is not None else CONTRADICTION
    return _Explanation(summary=summary, are_hints_shown=True)


def _subject(completed: Completed, workspace: Workspace, twin: Twin | None) -> str:
    """The project by its name, or the directory that uv ran in."""
    directory = completed.command.cwd or workspace.root
    if twin is not None and directory.is_relative_to(twin.at):
        directory = twin.outside(directory)
    project = workspace.project_at(directory)
    return project.name if project is not None else relative(directory, workspace.root)


def _cleaned(said: str, *, are_hints_shown: bool) -> list[str]:
    """What uv said but its progress and what says nothing to a user; what follows a cause or hint belongs to it."""
    kept: list[str] = []
    is_kept = True
    for line in _LOCAL_SOURCE.sub("", said).splitlines():
        head = _HEAD.match(line)
        if head is not None:
            is_kept = not _SAYS_NOTHING.match(line) and (are_hints_shown or head[1] != "hint")
        if is_kept and line.strip() and not _PROGRESS.match(line):
            kept.append(_HEAD.sub("", line).strip())
    return kept


def _wrapped(lines: list[str]) -> list[str]:
    wrapped = [
        part
        for line in lines
        for part in textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
    ]
    left_out = len(wrapped) - LINES_SHOWN
    return wrapped if left_out <= 0 else [*wrapped[:LINES_SHOWN], f"… {left_out} more lines"]


def _in_place(text: str, workspace: Workspace, twin: Twin | None) -> str:
    """`text` with the twin's paths replaced by the user's, and those below the root relative to it."""
    root = str(workspace.root)
    outside = text.replace(str(twin.at), "") if twin is not None else text
    return re.sub(
        rf"(?<![\w/]){re.escape(root)}(?:/|(?![\w.-]))", lambda match: "" if match[0] != root else ".", outside
    )


def _is_uv(completed: Completed) -> bool:
    return PurePath(completed.command.argv[0]).stem == "uv"
