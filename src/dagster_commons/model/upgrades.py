"""What `commons upgrade` was asked for, and what is to become of each use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dagster_commons.model.outcomes import Outcome
    from dagster_commons.model.own_tests import OwnTests
    from dagster_commons.model.plan import Plan
    from dagster_commons.model.sources import SourceKind
    from dagster_commons.model.verdicts import LocationVerdict

StayKind: TypeAlias = Literal[
    "current",  # at the version already, or no newer one is known
    "fixed",  # another thing than a version says what is used: the working tree, a branch, another module
    "refused",  # it could move, but something speaks against it
]
UpgradeState: TypeAlias = Literal[
    "upgraded",
    "planned",  # it could be: nothing speaks against it
    "stays",
    "refused",  # a rule or a verdict speaks against it
    "failed",  # git, uv or a registry could not do it
]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeRequest:
    """The modules to move; `version` and `tag` only for a single one, the newest final version without them."""

    modules: tuple[str, ...]
    version: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Why a use stays as it is."""

    kind: StayKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationUpgrade:
    """One code location's use of one module: the plan that moves it, or why it stays.

    Uses that can only move together (one lock, one submodule) have one and the same plan.
    """

    location: str
    module: str
    source: SourceKind
    in_use: str | None
    target: str | None  # the version asked for, or the newest known; a tag's name where it names no version
    plan: Plan | None = None
    stay: Stay | None = None
    unread: str | None = None  # why the newest version is not known, where a registry could tell it


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeLine:
    """One row of the report."""

    upgrade: LocationUpgrade
    state: UpgradeState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeReport:
    """What became of every use that was asked for; `outcome` is that of all moves together.

    `applying` is the command that carries out what was only looked at; None when it was carried out, or tried.
    """

    lines: tuple[UpgradeLine, ...]
    outcome: Outcome
    verdicts: tuple[LocationVerdict, ...] = ()  # also of what was refused; those of `outcome` are among them
    own_tests: tuple[OwnTests, ...] = ()
    applying: str | None = None
    commits: tuple[str, ...] = ()  # one line for each that was made
