"""What speaks for each source and what against it, in one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.model.advice import WeighedSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dagster_commons.model.sources import SourceKind, WritableSourceKind
    from dagster_commons.plans.advice.circumstances import Circumstances

VERSIONS_SHOWN = 3


def weighed(seen: Circumstances, recommended: SourceKind) -> tuple[WeighedSource, ...]:
    """All four ways with their reasons, the recommended one first (a member of a uv workspace is used by path)."""
    ways = (
        _weighed("path", _for_path(seen), _against_path(seen)),
        _weighed("submodule", _for_submodule(seen), _against_submodule(seen)),
        _weighed("index", _for_index(seen), _against_index(seen)),
        _weighed("git", _for_git(seen), _against_git(seen)),
    )
    first = "path" if recommended == "member" else recommended
    return tuple(sorted(ways, key=lambda each: each.source != first))


def _weighed(source: WritableSourceKind, good: Iterable[str], bad: Iterable[str]) -> WeighedSource:
    return WeighedSource(source=source, reasons_for=tuple(good), reasons_against=tuple(bad))


def _for_path(seen: Circumstances) -> Iterator[str]:
    if seen.is_one_repository:
        yield "one repository: a change is seen at once, in one commit with those who use it"
        if not (seen.is_released or seen.tagged or seen.versions):
            yield "nobody has versions to look after: nothing is released or tagged"


def _against_path(seen: Circumstances) -> Iterator[str]:
    if not seen.is_module_here:
        yield "its project directory is not here"
    elif not seen.is_one_repository:
        yield "it lies in another repository: a lone clone of the code location's cannot sync"
    if seen.needed is not None:
        yield f"{seen.needed} is needed, and a path leads to the working tree alone, which is at {seen.working_version}"
    elif len(seen.versions) > 1:
        yield f"its users are on different versions ({_listed(seen.versions)}); by path all have the newest"
    if seen.is_one_repository and seen.has_other_owners:
        yield f"different owners ({'; '.join(seen.owners)}): a change reaches the code location unasked"
    if seen.is_image_built and not seen.is_in_image:
        yield "no line of the Dockerfile copies it: the image would be without it"


def _for_submodule(seen: Circumstances) -> Iterator[str]:
    if not seen.is_one_repository:
        yield "repositories of their own: the code is there with every clone, at one commit"
        if seen.requirement is None:
            yield "the code location asks for no version: a commit is version enough"
        if seen.is_image_built:
            yield "an image is built with the code in place, without a registry or a git server"


def _against_submodule(seen: Circumstances) -> Iterator[str]:
    if seen.is_one_repository:
        yield "one repository: it cannot contain itself"
        return
    yield "every clone and every CI checkout has to ask for submodules"
    if not seen.has_remote and seen.current != "submodule":
        yield "no remote of it is known"
    if seen.requirement is not None:
        yield f"`{seen.requirement}` asks for a version, and a submodule is at a commit"


def _for_index(seen: Circumstances) -> Iterator[str]:
    if seen.registry is not None and seen.releases:
        yield f"registry {seen.registry} has {_listed(seen.releases)}"
    if len(seen.versions) > 1:
        yield f"its users are on different versions ({_listed(seen.versions)}): each upgrades when it is ready"
    elif seen.needed is not None:
        yield f"{seen.needed} is needed while the working tree is at {seen.working_version}"
    elif seen.requirement is not None:
        yield f"`{seen.requirement}` asks for a version"
    if len(seen.owners) > 1:
        yield f"{len(seen.owners)} sets of owners consume it independently ({'; '.join(seen.owners)})"
    if seen.repositories > 1:
        yield f"used from {seen.repositories} repositories: one source of truth for all"


def _against_index(seen: Circumstances) -> Iterator[str]:
    if seen.registry is None and seen.distant_registry is not None:
        yield f"registry {seen.distant_registry} lies in another repository: a lone clone cannot sync"
    elif seen.registry is None:
        yield "no registry is configured (commons registry init)"
    elif not seen.releases and seen.current != "index":
        yield f"no release of it is known in registry {seen.registry}"
    if seen.is_one_repository and seen.needed is None:
        yield "one repository: every change would need a release before it is seen"


def _for_git(seen: Circumstances) -> Iterator[str]:
    if seen.tagged:
        yield f"tags mark {_listed(seen.tagged)}: pinned versions without a registry"


def _against_git(seen: Circumstances) -> Iterator[str]:
    if seen.is_one_repository and seen.needed is None:
        yield "one repository: every change would need a tag before it is seen"
    if not seen.tagged:
        yield "no tag marks a version"
    if not seen.has_remote and seen.current != "git":
        yield "no remote of it is known"
    if seen.registry is not None:
        yield f"registry {seen.registry} pins versions too, with hashes and without the git server"
    if seen.is_image_built:
        yield "the image can be built only where the git server is reached"


def _listed(versions: tuple[str, ...]) -> str:
    """The newest versions, oldest first."""
    shown = ", ".join(versions[-VERSIONS_SHOWN:])
    return f"…, {shown}" if len(versions) > VERSIONS_SHOWN else shown
