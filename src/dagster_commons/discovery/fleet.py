"""`[fleet] repositories`: paths as they are, git URLs as clones in our cache."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError
from dagster_commons.model.findings import Finding, FindingSeverity
from dagster_commons.tools.cache import cache_directory
from dagster_commons.tools.git import git
from dagster_commons.tools.redaction import without_credentials

if TYPE_CHECKING:
    from dagster_commons.model.configuration import Configuration
    from dagster_commons.tools.process import Completed

UNREACHABLE = "FLEET001"

_SCP_LIKE = re.compile(r"[^/\s:]+@[^/\s:]+:.+|[a-z][a-z0-9+.-]*://.+")


def fleet_roots(
    configuration: Configuration, root: Path, *, offline: bool
) -> tuple[tuple[tuple[Path, bool], ...], tuple[Finding, ...]]:
    """The directories of the fleet, each with whether it is our own clone, and what could not be had.

    A clone is brought up to date unless `offline`; where that fails, what is there is used.

    Raises:
        ToolError: git is not installed, or the cache cannot be written.

    """
    urls = tuple(dict.fromkeys(each for each in configuration.fleet if _is_url(each)))
    results = in_threads(lambda url: _clone(url, configuration, offline=offline), urls)
    clones = dict(zip(urls, results, strict=True))
    roots: list[tuple[Path, bool]] = []
    findings: list[Finding] = []
    for written in configuration.fleet:
        directory, finding = clones[written] if written in clones else _directory(written, configuration, root)
        roots += [(directory, written in clones)] if directory is not None else []
        findings += [finding] if finding is not None else []
    return tuple(roots), tuple(findings)


def _is_url(written: str) -> bool:
    return _SCP_LIKE.fullmatch(written) is not None


def _directory(written: str, configuration: Configuration, root: Path) -> tuple[Path | None, Finding | None]:
    directory = Path(os.path.normpath(root / Path(written).expanduser()))
    if directory.is_dir():
        return directory, None
    fix = f"clone it there, or correct `{written}` under `[fleet]`"
    return None, _finding(configuration, written, "there is no such directory", fix)


def _clone(url: str, configuration: Configuration, *, offline: bool) -> tuple[Path | None, Finding | None]:
    directory = cache_directory() / "fleet" / hashlib.sha256(url.encode()).hexdigest()[:16]
    is_there = (directory / ".git").is_dir()
    if offline:
        fix = "run it once without --offline"
        missing = _finding(configuration, url, "there is no clone in the cache", fix)
        return (directory, None) if is_there else (None, missing)
    failed = _update(directory) if is_there else _make(url, directory)
    if failed is not None:
        said = without_credentials(failed.error_text.splitlines()[-1] if failed.error_text else "git failed")
        fix = f"see that you may read it: git ls-remote {without_credentials(url)}; or use --offline"
        return (directory if is_there else None), _finding(configuration, url, f"it cannot be fetched: {said}", fix)
    incomplete = git(directory, "submodule", "--quiet", "update", "--init", "--recursive", check=False)
    if incomplete.exit_code == 0:
        return directory, None
    message = f"its submodules cannot be fetched: {without_credentials(incomplete.error_text.splitlines()[-1])}"
    return directory, _finding(configuration, url, message, "see that you may read them", severity="warning")


def _make(url: str, directory: Path) -> Completed | None:
    """Clone beside the place and move it there, so that a clone that is there is whole; the failed call, if any."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".part-") as part:
            answer = git(Path(part), "clone", "--quiet", "--", url, "clone", check=False)
            if answer.exit_code != 0:
                return answer
            if not directory.exists():
                (Path(part) / "clone").rename(directory)
    except OSError as error:
        if not (directory / ".git").is_dir():  # else another run was quicker
            raise ToolError(
                f"cannot write the cache: {error.strerror}",
                hint="free some space, or set DAGSTER_COMMONS_CACHE to a directory that can be written",
                file=directory,
            ) from error
    return None


def _update(directory: Path) -> Completed | None:
    """Bring the clone to the head of the remote's default branch; the failed call, if any."""
    calls = (
        ("fetch", "--quiet", "--prune", "--tags", "--force", "origin"),
        ("remote", "set-head", "origin", "--auto"),
        ("checkout", "--quiet", "--force", "--detach", "refs/remotes/origin/HEAD"),
    )
    for call in calls:
        answer = git(directory, *call, check=False)
        if answer.exit_code != 0:
            return answer
    return None


def _finding(
    configuration: Configuration, written: str, message: str, fix: str, *, severity: FindingSeverity = "error"
) -> Finding:
    shown = without_credentials(written)
    return Finding(
        rule=UNREACHABLE,
        severity=severity,
        subject=shown,
        message=f"fleet repository {shown}: {message}",
        file=configuration.file,
        fix=fix,
    )
