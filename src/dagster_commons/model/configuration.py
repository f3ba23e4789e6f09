"""What `commons.toml` adds to what the repositories already say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.api import RequiredBump
    from dagster_commons.model.sources import WritableSourceKind

RegistryKind: TypeAlias = Literal["embedded", "simple", "codeartifact", "artifact-registry", "azure-artifacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRegistry:
    """A static simple index (PEP 503) in a directory that we write ourselves."""

    name: str
    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRegistry:
    """An index behind a URL; `kind` decides how credentials are obtained.

    `settings` are the keys that the URLs were computed from, as written: `domain`, `domain-owner`, `region`, ….
    """

    name: str
    kind: RegistryKind
    index_url: str
    publish_url: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


Registry: TypeAlias = EmbeddedRegistry | RemoteRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultSource:
    """`[sources.MODULE]`: how `add` wires it when `--via` is not given."""

    module: str
    via: WritableSourceKind
    registry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationInputs:
    """`[locations.NAME]`: what loading the location needs."""

    location: str
    env: tuple[tuple[str, str], ...] = ()
    prepare: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """`[[accept]]`: something taken knowingly.

    A finding (`rule`, `subject`), a definitions change (`location`, `object`), or what a release changes or holds
    (`rule`, `object`), which is over with the release.
    """

    because: str
    until: datetime.date | None = None
    rule: str | None = None
    subject: str | None = None
    location: str | None = None
    object: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return "commons.toml" if self.line is None else f"commons.toml:{self.line}"

    def has_ended(self, today: datetime.date) -> bool:
        """Whether its last day is over."""
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """`commons.toml`, every key optional; `file` is None when there is none."""

    file: Path | None = None
    modules: tuple[str, ...] = ()
    fleet: tuple[str, ...] = ()  # as written: paths relative to the root, or git URLs
    registries: tuple[Registry, ...] = ()
    sources: tuple[DefaultSource, ...] = ()
    locations: tuple[LocationInputs, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    bumps: Mapping[str, RequiredBump] = field(default_factory=dict)  # of API rules that ask for more than by themselves

    def registry(self, name: str) -> Registry | None:
        return next((each for each in self.registries if each.name == name), None)
