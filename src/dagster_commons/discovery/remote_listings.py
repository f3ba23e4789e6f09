"""The registries on the web, asked: the newest version of each use that comes from one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from dagster_commons.analysis.remote_reach import not_asked, remote_registries_of
from dagster_commons.discovery.parallel import in_threads
from dagster_commons.discovery.states import with_newest
from dagster_commons.model.registry import Listed, Unread
from dagster_commons.model.sources import IndexSource
from dagster_commons.tools.indexes.listing import listing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.registry import Listing
    from dagster_commons.model.workspace import Use, Workspace

Question: TypeAlias = "tuple[RemoteRegistry, str]"  # a registry and a module


def with_remote_versions(workspace: Workspace, *, offline: bool) -> Workspace:
    """`workspace`, every use that comes from a registry on the web with the newest version there, or why it is unknown.

    Servers are asked at the same time, each once for a module; with `offline` none is.
    """
    waiting = (use for use in workspace.uses if use.available_unread is not None)
    places = {use: registries for use in waiting if (registries := remote_registries_of(workspace, use))}
    places = {use: each for use, each in places.items() if use.available_unread == not_asked(each)}
    answers = read_listings(
        ((registry, use.module) for use, registries in places.items() for registry in registries), offline=offline
    )
    uses = (
        with_newest(use, _first(use, tuple(answers[each, use.module] for each in places[use])))
        if use in places
        else use
        for use in workspace.uses
    )
    return replace(workspace, uses=tuple(uses))


def read_listings_of_uses(workspace: Workspace, *, offline: bool) -> Mapping[tuple[str, str], Listing]:
    """What each registry on the web answers about the modules that come from it, by its name and the module's."""
    asked = ((each, use.module) for use in workspace.uses for each in remote_registries_of(workspace, use))
    answers = read_listings(asked, offline=offline)
    return {(registry.name, module): listing for (registry, module), listing in answers.items()}


def read_listings(questions: Iterable[Question], *, offline: bool) -> Mapping[Question, Listing]:
    """What each registry answers about each module, all asked at the same time."""
    asked = tuple(dict.fromkeys(questions))
    return dict(zip(asked, in_threads(partial(_ask, offline=offline), asked), strict=True))


def _ask(question: Question, *, offline: bool) -> Listing:
    registry, module = question
    return listing_of(registry, module, offline=offline)


def _first(use: Use, answers: tuple[Listing, ...]) -> Listing:
    """The answer that counts: of the first that has the module, or that cannot be asked, for it may have it."""
    for each in answers:
        if isinstance(each, Unread) or each.versions:
            return each
    is_named = isinstance(use.source, IndexSource) and use.source.index is not None
    return Listed() if is_named else Unread(reason="uv's default index is not asked")
