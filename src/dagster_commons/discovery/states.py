"""What the disk says of each use beyond its declaration: the source's state, and the newest version within reach."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never, get_args

from dagster_commons.discovery.documents import UNREADABLE
from dagster_commons.discovery.environments import editable_directory
from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError
from dagster_commons.model.findings import Finding
from dagster_commons.model.registry import Listed, Unread
from dagster_commons.model.sources import IndexSource, PathSource, SubmoduleSource, source_directory
from dagster_commons.model.workspace import UseState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dagster_commons.discovery.registries import Registries
    from dagster_commons.model.project import Project
    from dagster_commons.model.registry import Listing
    from dagster_commons.model.workspace import Use
    from dagster_commons.tools.submodules import Submodule

_ORDER: tuple[UseState, ...] = get_args(UseState)


@dataclass(kw_only=True)
class States:
    """Looks up the states of uses; git is asked once per repository that has a used submodule."""

    submodules: Mapping[Path, tuple[Submodule, ...]]
    found: dict[Path, tuple[UseState, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def ask_git(self, uses: Iterable[Use]) -> None:
        """Read the states of every submodule that one of `uses` needs, nested ones among them."""
        paths = {use.source.path for use in uses if isinstance(use.source, SubmoduleSource)}
        wanted: defaultdict[Path, list[Submodule]] = defaultdict(list)
        above = {place for path in paths for place in (path, *path.parents)}
        for tree, listed in self.submodules.items():
            for submodule in listed:
                if submodule.path in above:
                    wanted[tree].append(submodule)
        for states, findings in in_threads(_submodule_states, [*wanted.items()]):
            self.found |= states
            self.findings += findings

    def with_state(self, use: Use, own: Project | None) -> Use:
        """`use` with its states, in the model's order; `own` is the location's project."""
        states = {*self._source_states(use), *_link_state(use, own)} - {"ok"}
        return replace(use, state=tuple(each for each in _ORDER if each in states) or ("ok",))

    def _source_states(self, use: Use) -> set[UseState]:
        path = source_directory(use.source)
        if path is None:
            return set()
        states: set[UseState] = set()
        if isinstance(use.source, SubmoduleSource):
            states = {state for each in (path, *path.parents) for state in self.found.get(each, ())}
        if not path.exists() and "not-initialised" not in states:
            states.add("missing")
        return states


def _submodule_states(
    asked: tuple[Path, list[Submodule]],
) -> tuple[Mapping[Path, tuple[UseState, ...]], tuple[Finding, ...]]:
    from dagster_commons.tools.submodules import submodule_states  # noqa: PLC0415 - lazy: most uses need none

    tree, submodules = asked
    try:
        return submodule_states(tree, tuple(submodules)), ()
    except ToolError as error:
        finding = Finding(rule=UNREADABLE, severity="error", subject=tree.name, message=error.message, file=tree)
        return {}, (finding,)


def with_available(use: Use, own: Project | None, registries: Registries) -> Use:
    """`use` with the newest version of an embedded registry, or with why it is not known here."""
    if not isinstance(use.source, IndexSource):
        return use
    return with_newest(use, registries.listing(use.module, use.source, own))


def with_newest(use: Use, listing: Listing) -> Use:
    """`use` with the newest version that its registry has, or with why that is not known."""
    match listing:
        case Listed():
            return replace(use, available=listing.newest, available_unread=None)
        case Unread(reason=reason):
            return replace(use, available=None, available_unread=reason)
        case _:
            assert_never(listing)


def _link_state(use: Use, own: Project | None) -> tuple[UseState, ...]:
    if own is None:
        return ()
    installed = editable_directory(own.uv_root or own.directory, use.module)
    if installed is None:
        return ()
    declared = source_directory(use.source)
    if isinstance(use.source, PathSource) and not use.source.editable:
        return ("linked",)
    is_declared = declared is not None and installed.resolve() == declared.resolve()
    return () if is_declared else ("linked",)
