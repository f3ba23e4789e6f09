"""requirements.txt as pip reads it, as far as it declares dependencies."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from dagster_commons.discovery.documents import MALFORMED, unreadable
from dagster_commons.discovery.facts import LocalPath
from dagster_commons.discovery.uv_tables import path_source
from dagster_commons.errors import UsageError
from dagster_commons.model.findings import Finding
from dagster_commons.model.names import requirement_name
from dagster_commons.model.project import Dependency
from dagster_commons.model.sources import GitSource, PathSource

_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"(-r|--requirement|-e|--editable)(?:\s+|\s*=\s*|(?<=-[re]))(.+)")
_PER_REQUIREMENT_OPTION = re.compile(r"\s+--(hash|config-settings|global-option)\b.*$")
_DIRECT = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*@\s*([^\s;]+)")
_ROOT_VARIABLES = ("{root:uri}", "{root:parent:uri}/..", "file:///${PROJECT_ROOT}", "${PROJECT_ROOT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementsFile:
    """What a requirements.txt declares, the files that it includes among it."""

    dependencies: tuple[Dependency, ...]
    local_paths: tuple[LocalPath, ...]
    inputs: tuple[Path, ...]  # every file that was read
    findings: tuple[Finding, ...]


def read_requirements(file: Path) -> RequirementsFile:
    """The requirements in `file` and in what it includes by `-r`; constraints and index options are left out."""
    reading = _Reading(directory=file.parent)
    reading.read(file)
    return RequirementsFile(
        dependencies=tuple(reading.dependencies),
        local_paths=tuple(reading.local_paths),
        inputs=tuple(reading.inputs),
        findings=tuple(reading.findings),
    )


def direct_source(requirement: str, directory: Path) -> PathSource | GitSource | None:
    """The source inside a direct reference (`name @ URL`, PEP 508); None without one, or for an archive's URL."""
    match = _DIRECT.match(requirement)
    if match is None:
        return None
    url = match[1]
    if url.startswith("git+"):
        return _git_source(url)
    path = _local_path(url)
    return path_source(directory, path, editable=False) if path is not None else None


def has_direct_reference(requirement: str) -> bool:
    """Whether the requirement says itself where it comes from."""
    return _DIRECT.match(requirement) is not None


@dataclass(kw_only=True)
class _Reading:
    """One requirements.txt while it is being read; written paths are made relative to its directory."""

    directory: Path
    dependencies: list[Dependency] = field(default_factory=list)
    local_paths: list[LocalPath] = field(default_factory=list)
    inputs: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def read(self, file: Path) -> None:
        self.inputs.append(file)
        try:
            text = file.read_text("utf-8-sig")
        except OSError as error:
            self.findings.append(unreadable(file, f"the file cannot be read: {error.strerror}", line=None))
            return
        except UnicodeDecodeError as error:
            self.findings.append(unreadable(file, f"the file is not UTF-8: {error.reason}", line=None))
            return
        for line, content in _logical_lines(text):
            self._read_line(file, line, content)

    def _read_line(self, file: Path, line: int, content: str) -> None:
        option = _OPTION.match(content)
        if option is not None and option[1] in ("-r", "--requirement"):
            included = Path(os.path.normpath(file.parent / option[2].strip()))
            if included not in self.inputs:
                self.read(included)
            return
        if content.startswith("-") and option is None:
            return
        is_editable = option is not None
        written = _PER_REQUIREMENT_OPTION.sub("", option[2] if option else content).strip()
        if written[:1] in "\"'" and written.endswith(written[:1]):
            written = written[1:-1]
        path = _local_path(written)
        if path is not None:
            self._add_path(file, path, line=line, editable=is_editable)
        else:
            self._add_requirement(file, written, line)

    def _add_path(self, file: Path, path: str, *, line: int, editable: bool) -> None:
        if file.parent != self.directory and not os.path.isabs(path):  # noqa: PTH117 - text, not a Path yet
            path = os.path.relpath(file.parent / path, self.directory)
        self.local_paths.append(LocalPath(written=path, editable=editable, line=line))

    def _add_requirement(self, file: Path, written: str, line: int) -> None:
        if written.startswith("git+"):
            name = parse_qs(urlsplit(written).fragment).get("egg", [_last_segment(written)])[0]
            written = f"{name} @ {written}"
        elif "://" in written and not has_direct_reference(written):
            return  # an archive by its URL: a third-party package, by a name that only the archive knows
        try:
            name = requirement_name(written)
        except UsageError as error:
            message = error.message
            self.findings.append(
                Finding(rule=MALFORMED, severity="error", subject=file.name, message=message, file=file, line=line)
            )
            return
        self.dependencies.append(Dependency(name=name, requirement=written, line=line))


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers, continuations joined, comments and blank lines gone."""
    found: list[tuple[int, str]] = []
    pending = ""
    start = 1
    for number, raw in enumerate(text.splitlines(), start=1):
        start = start if pending else number
        content = _COMMENT.sub("", raw).rstrip()
        if content.endswith("\\"):
            pending += content[:-1]
            continue
        found.append((start, (pending + content).strip()))
        pending = ""
    return [(number, content) for number, content in found if content]


def _local_path(written: str) -> str | None:
    """The path that a requirement is, or None: it is a name or a URL elsewhere."""
    for variable in _ROOT_VARIABLES:
        if written.startswith(variable):
            return f".{written.removeprefix(variable)}"
    if written.startswith("file:"):
        return unquote(urlsplit(written).path if written.startswith("file://") else written.removeprefix("file:"))
    bare = re.sub(r"\[[^\]]*\]$", "", written.partition(" ;")[0].strip())
    is_path = bare.startswith((".", "/", "~")) or ("/" in bare and "@" not in bare and ":" not in bare)
    return bare if is_path else None


def _git_source(url: str) -> GitSource:
    """The form `git+URL@REFERENCE#subdirectory=…`; what kind of reference it is, only the remote knows."""
    parts = urlsplit(url.removeprefix("git+"))
    path, separator, reference = parts.path.rpartition("@")
    clean = parts._replace(path=path if separator else parts.path, fragment="").geturl()
    return GitSource(
        url=clean,
        reference_kind="rev" if separator else None,
        reference=reference if separator else None,
        subdirectory=parse_qs(parts.fragment).get("subdirectory", [None])[0],
    )


def _last_segment(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2].partition("@")[0].removesuffix(".git") or "unnamed"
