"""REG: indexes that are named outside the project: in Dockerfiles, CI files, requirements and pip's configuration."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dagster_commons.analysis.index_options import (
    ADDING,
    LINKING,
    REPLACING,
    STRATEGY,
    WITHOUT_SOURCES,
    IndexOption,
    index_options,
)
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.project import bare_url
from dagster_commons.model.sources import IndexSource
from dagster_commons.rules.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence

_OFF = frozenset({"0", "false", "no", "off", "n", "f"})
_OF_HARDWARE = ("torch", "nvidia", "rocm")  # builds of public distribution packages, no managed names


def unsafe_strategy(evidence: Evidence) -> Iterator[Hit]:
    """Index strategies that take the best of all indexes."""
    for option in _named(evidence, STRATEGY):
        if option.value.startswith("unsafe"):
            yield _hit(evidence, option, f"{option.name} {option.value}", "leave the strategy at first-index")


def further_index(evidence: Evidence) -> Iterator[Hit]:
    """Indexes added from outside where managed names come from indexes."""
    workspace = evidence.workspace
    is_managed = bool(workspace.configuration.registries) or any(
        isinstance(each.source, IndexSource) for each in workspace.uses
    )
    names = {each.name for each in workspace.modules}
    for option in _named(evidence, ADDING):
        is_of_hardware = any(each in option.value for each in _OF_HARDWARE)
        if not is_of_hardware and (is_managed or names.intersection(option.command.split())):
            fix = "name the index in pyproject.toml: explicit = true, and an entry in [tool.uv.sources]"
            yield _hit(evidence, option, f"{option.name} adds an index for every name", fix)


def without_sources(evidence: Evidence) -> Iterator[Hit]:
    """Sources switched off where a managed name has one."""
    declared = {each.name for project in evidence.workspace.projects for each in project.sources}
    managed = declared.intersection(each.name for each in evidence.workspace.modules)
    for option in _named(evidence, WITHOUT_SOURCES) if managed else ():
        if option.value.lower() not in _OFF:
            message = f"{option.name}: {', '.join(sorted(managed))} would be taken from the public index"
            yield _hit(evidence, option, message, f"leave out {option.name}")


def unencrypted(evidence: Evidence) -> Iterator[Hit]:
    """`http://` to another machine."""
    told = {bare_url(url) for _, _, url in _urls(evidence)}  # what a lock has of them needs no word of its own
    locked = (each for each in _locked_urls(evidence) if bare_url(each[2]) not in told)
    for file, line, url in (*_urls(evidence), *locked):
        if _is_unencrypted(url):
            yield Hit(
                subject=relative(file, evidence.workspace.root),
                message=f"{bare_url(url)} is not encrypted",
                file=file,
                line=line,
                fix="write https://",
            )


def _urls(evidence: Evidence) -> Iterator[tuple[Path, int | None, str]]:
    """Every index URL with where it stands."""
    for project in evidence.workspace.projects:
        for index in project.indexes:
            yield project.file, index.line, index.url
    configuration = evidence.workspace.configuration
    for registry in configuration.registries:
        if configuration.file is not None and not isinstance(registry, EmbeddedRegistry):
            yield configuration.file, None, registry.index_url
    for option in _named(evidence, ADDING | REPLACING | LINKING):
        for word in option.value.split():
            yield option.file, option.line, word.partition("=")[2] if "=http" in word else word


def _locked_urls(evidence: Evidence) -> Iterator[tuple[Path, int | None, str]]:
    """Each registry of each lock, where the first package comes from it."""
    for lock in evidence.locks:
        first: dict[str, str] = {}
        for name in lock.names():
            for source in lock.sources(name):
                if source.kind == "registry":
                    first.setdefault(source.value, name)
        for url, name in first.items():
            if url.startswith("http://"):
                yield lock.file, lock.line_of(name), url


def _is_unencrypted(url: str) -> bool:
    if not url.startswith("http://"):
        return False
    host = urlsplit(url).hostname or ""
    if "$" in host or "{" in host:
        return False  # a variable: whose value is not known here
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


def _named(evidence: Evidence, names: frozenset[str]) -> Iterator[IndexOption]:
    return (each for each in index_options(evidence) if each.name in names)


def _hit(evidence: Evidence, option: IndexOption, message: str, fix: str) -> Hit:
    return Hit(
        subject=relative(option.file, evidence.workspace.root),
        message=message,
        file=option.file,
        line=option.line,
        fix=fix,
    )


RULES = (
    Rule(
        id="REG004",
        severity="error",
        title="unsafe index strategy",
        why="The highest version of all indexes is installed, so whoever publishes 99.0 under a managed name wins.",
        fix="leave the strategy at uv's default, first-index",
        bad='index-strategy = "unsafe-best-match"',
        good="no index-strategy, and an explicit index with source entries",
        look=unsafe_strategy,
    ),
    Rule(
        id="REG010",
        severity="error",
        title="index without encryption",
        why="Everybody on the way can exchange what is installed, and reads the password.",
        fix="write https://",
        bad='url = "http://index.example.com/simple/"',
        good='url = "https://index.example.com/simple/"',
        look=unencrypted,
    ),
    Rule(
        id="REG012",
        severity="error",
        title="index added from outside the project",
        why="pip asks all indexes and takes the highest version; uv asks the next one where the first has nothing (a"
        " typo, a 404). Either way the public index answers for a managed name, and nothing fails.",
        fix="name the index in pyproject.toml, explicit, with source entries",
        bad="RUN pip install --extra-index-url https://… shared",
        good="RUN uv sync --locked, with the index in pyproject.toml",
        look=further_index,
    ),
    Rule(
        id="REG013",
        severity="error",
        title="sources switched off",
        why="Without [tool.uv.sources] a managed name is a bare name again, and the public index answers for it.",
        fix="leave the option out",
        bad="uv lock --no-sources",
        good="uv lock",
        look=without_sources,
    ),
)
