"""What runs: the code locations that a Dagster webserver or a Dagster+ deployment serves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.model.names import normalise_name

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A distribution package that a running code location tells of (Dagster's library registry)."""

    name: str  # normalised (PEP 503)
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedLocation:
    """A code location as the server knows it.  `error` says why it did not load; then nothing is known of it."""

    name: str
    libraries: tuple[Library, ...] = ()
    error: str | None = None
    is_loading: bool = False

    def version_of(self, module: str) -> str | None:
        """The version of `module`, in whatever spelling, that it tells; None where it tells none."""
        name = normalise_name(module)
        return next((each.version for each in self.libraries if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Everything that one URL serves, sorted by name."""

    url: str
    locations: tuple[DeployedLocation, ...] = ()

    def location(self, name: str) -> DeployedLocation | None:
        return next((each for each in self.locations if each.name == name), None)

    def restricted(self, names: Collection[str]) -> Deployment:
        """The deployment with the locations called `names` alone."""
        return replace(self, locations=tuple(each for each in self.locations if each.name in names))
