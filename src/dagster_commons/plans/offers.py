"""What is asked for, what there is, and what provisioning makes of the two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster_commons.model.plan import Step
    from dagster_commons.model.provenance import Provenance, Upstream
    from dagster_commons.model.sources import WritableSourceKind
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.plans.wiring import Wiring


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for: the module, how to get it, and the details given on the command line."""

    module: str
    via: WritableSourceKind | None  # None: what commons.toml says, else by path within one repository
    version: str | None = None
    registry: str | None = None
    url: str | None = None
    tag: str | None = None
    subdirectory: str | None = None
    submodule_path: str | None = None  # below the location's repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a conversion keeps unless the user names another: the version in use; None: it cannot be told."""

    version: str | None
    naming: str  # the command that names another version, which stands in it as VERSION

    def named(self, version: str) -> str:
        """The command that asks for `version`."""
        return self.naming.replace("VERSION", version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provision:
    """One project's way to the module.  `place` None: it is installed into the environment, not read in place."""

    wiring: Wiring
    steps: tuple[Step, ...] = ()
    place: Path | None = None
    version: str | None = None
    requires_python: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """All that provisioning needs to know: the workspace and where each managed module can come from.

    `upstreams` are the repositories of uses by submodule and git, by location and module, where their tags matter.
    """

    workspace: Workspace
    provenances: Mapping[str, Provenance]
    upstreams: Mapping[tuple[str, str], Upstream] = field(default_factory=dict)

    @property
    def versions(self) -> Mapping[Path, str]:
        """The versions of the working trees, by project directory, as far as the files say them."""
        return {each.directory: each.version for each in self.workspace.projects if each.version is not None}
