"""What `commons advise` says: the source that fits each use, and the command that moves it there."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.errors import CommonsError, UsageError
from dagster_commons.model.advice import Advice
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.sources import WRITABLE_SOURCE_KINDS
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.advice.choosing import chosen
from dagster_commons.plans.advice.circumstances import circumstances
from dagster_commons.plans.advice.reasons import weighed
from dagster_commons.plans.keeping import kept_version
from dagster_commons.plans.offers import Request
from dagster_commons.plans.provision import provide
from dagster_commons.plans.users import using_projects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dagster_commons.model.advice import Surroundings
    from dagster_commons.model.sources import SourceKind
    from dagster_commons.model.workspace import CodeLocation, Use
    from dagster_commons.plans.advice.circumstances import Circumstances
    from dagster_commons.plans.offers import Offer


def advise(
    offer: Offer, surroundings: Surroundings, locations: Iterable[CodeLocation], module: str | None = None
) -> tuple[Advice, ...]:
    """One answer per module and set of reasons, by module and location; `module` None: every one that is used.

    A code location that has a module only through another one follows that.

    Raises:
        UsageError: none of `locations` uses `module`.

    """
    names = {each.name for each in locations}
    uses = [
        each
        for each in offer.workspace.uses
        if each.through is None and each.location in names and module in (None, each.module)
    ]
    if module is not None and not uses:
        raise UsageError(
            f"no code location here uses {module} itself, so there is nothing to compare",
            hint=f"commons add {module} wires it in; commons status shows the uses",
        )
    groups: dict[Advice, list[str]] = {}
    for use in {(each.module, each.location): each for each in reversed(uses)}.values():
        groups.setdefault(_advice(offer, surroundings, use), []).append(use.location)
    told = (_for_all(advice, tuple(sorted(found))) for advice, found in groups.items())
    return tuple(sorted(told, key=lambda each: (each.module, each.locations)))


def _advice(offer: Offer, surroundings: Surroundings, use: Use) -> Advice:
    """The advice for one use, without its code location: what is equal for several is said once."""
    seen = circumstances(offer, surroundings, use)
    recommended = chosen(seen)
    move = _move(offer, seen, recommended)
    return Advice(
        module=use.module,
        locations=(),
        current=seen.current,
        recommended=recommended,
        weighed=weighed(seen, recommended),
        command=move.command,
        first=move.first,
    )


def _for_all(advice: Advice, locations: tuple[str, ...]) -> Advice:
    words = "".join(f" -l {shlex.quote(each)}" for each in locations)
    return replace(advice, locations=locations, command=None if advice.command is None else advice.command + words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """The command, without the code locations, and what comes before it."""

    command: str | None = None
    first: str | None = None


def _move(offer: Offer, seen: Circumstances, recommended: SourceKind) -> _Move:
    """How the use gets there: planned as `convert` would plan it, so that what it refuses is said here."""
    via = next((each for each in WRITABLE_SOURCE_KINDS if each == recommended), None)
    if via is None or recommended == seen.current:
        return _Move()
    use, workspace = seen.use, offer.workspace
    location = workspace.location(use.location)
    registry = seen.registry if recommended == "index" and len(workspace.configuration.registries) > 1 else None
    request = Request(module=use.module, via=via, registry=registry)
    command = f"commons convert {use.module} --via {via}" + (f" --registry {shlex.quote(registry)}" if registry else "")
    try:
        [user] = using_projects(workspace, () if location is None else (location,), use.module)
        kept = kept_version(offer, use, request)
        release = _missing_release(offer, seen, kept.version) if recommended == "index" else None
        if release is not None:
            return _Move(command=command, first=release)
        provide(offer, user.changed.project, request, kept)
    except CommonsError as error:
        return _Move(command=command, first=error.message + (f" ({error.hint})" if error.hint else ""))
    return _Move(command=command)


def _missing_release(offer: Offer, seen: Circumstances, version: str | None) -> str | None:
    """The command that publishes the version in use, the working tree's, into an embedded registry that lacks it."""
    registry = offer.workspace.configuration.registry(seen.registry or "")
    if version is None or seen.working_version is None or not isinstance(registry, EmbeddedRegistry):
        return None
    is_published = any(is_same_version(each, version) for each in seen.releases)
    if is_published or not is_same_version(version, seen.working_version):
        return None
    return f"commons release {seen.use.module}=={version} --registry {shlex.quote(registry.name)}"
