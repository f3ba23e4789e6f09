"""What a module's factories produce, by the examples in its `contracts`: the last release against what is to be one."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.factories import factories, uncovered
from dagster_commons.analysis.judging import LOADS_AGAIN
from dagster_commons.discovery import read_workspace
from dagster_commons.errors import CommonsError
from dagster_commons.model.configuration import EmbeddedRegistry
from dagster_commons.model.paths import relative
from dagster_commons.model.states import WorktreeState
from dagster_commons.model.verdicts import Broken, Changed, LocationVerdict, Unchanged, Unverifiable
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.tags import tag_for
from dagster_commons.proof.comparison import Side, compare_sides
from dagster_commons.proof.consumer_yaml import YAML, consumers, files_below
from dagster_commons.proof.materialising import materialised
from dagster_commons.proof.probing import probing
from dagster_commons.tools.git import git
from dagster_commons.tools.pyproject.splices import string_literal
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_commons.model.api import Surface
    from dagster_commons.model.project import Project
    from dagster_commons.model.release import History, Release
    from dagster_commons.model.verdicts import Verdict
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.proof.planned_verdicts import Judging
    from dagster_commons.tools.indexes.index import Index

DIRECTORY = "contracts"
_PACKAGE = "commons_contracts"


def contract_verdict(
    release: Release, history: History, wheel: Path, *, index: Index, judging: Judging
) -> LocationVerdict | None:
    """What the examples produce with the wheel of the baseline and with `wheel`; None where there are no examples.

    The examples are those that the baseline's tag has: what was promised; without any there that load, those of today.
    Where changes of the API are accepted and the promised ones do not load with `wheel`, it is tried by those of today.
    A first release is compared with nothing: there is a verdict where its examples do not load.
    """
    baseline = history.baseline
    promised, todays = _promised(release, baseline), _todays(release.project)
    if not (promised or todays):
        return None
    if baseline is None:
        return _of_first(release, wheel, todays, judging=judging)
    call = functools.partial(_verdict, release, baseline, wheel, index=index, judging=judging)
    first = promised or todays
    found = call(first, first)
    if not promised or todays in ({}, promised):
        return found
    if isinstance(found.verdict, Broken) and history.accepted:
        other = call(promised, todays)
    elif not _is_compared(found.verdict):
        other = call(todays, todays)
    else:
        return found
    return other if _is_compared(other.verdict) else found


def _of_first(
    release: Release, wheel: Path, examples: Mapping[str, bytes], *, judging: Judging
) -> LocationVerdict | None:
    name = f"{release.project.name} contracts"
    try:
        with scratch_directory() as at:
            place = _location(at / "only", release, wheel, examples)
            found = _compared(name, place, place, judging)
    except CommonsError as error:
        return _not_compared(name, error.message.splitlines()[0])
    if isinstance(found.verdict, Unverifiable) and found.verdict.failure is not None:
        return replace(found, verdict=replace(found.verdict, reason="its examples do not load"))
    return None if isinstance(found.verdict, Unchanged) else found


def _verdict(
    release: Release,
    baseline: str,
    wheel: Path,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    *,
    index: Index,
    judging: Judging,
) -> LocationVerdict:
    """What the examples `before` produce with the baseline against what those `after` it do with `wheel`."""
    name = f"{release.project.name} contracts"
    try:
        with scratch_directory() as at:
            old = _wheel(release, baseline, index, at / "wheel")
            if old is None:
                return _not_compared(name, f"{release.registry.name} does not hold {release.project.name} {baseline}")
            one = _location(at / "before", release, old, before)
            other = _location(at / "after", release, wheel, after, like=one)
            return _compared(name, one, other, judging)
    except CommonsError as error:
        return _not_compared(name, error.message.splitlines()[0])


def unverified(workspace: Workspace, project: Project, surface: Surface) -> tuple[str, ...]:
    """One sentence for each factory that neither an example nor the code of a known consumer shows at work."""
    places = (*consumers(workspace, project.name), project.directory / DIRECTORY)
    texts = (file.read_text("utf-8", "replace") for file in files_below(places, (".py", *YAML)))
    return tuple(
        f"what {each} produces: no example in {DIRECTORY}/ and no code location here uses it"
        for each in uncovered(factories(surface), texts)
    )


def _not_compared(name: str, reason: str) -> LocationVerdict:
    return LocationVerdict(location=name, verdict=Unverifiable(reason=reason))


def _is_compared(verdict: Verdict) -> bool:
    """Whether the examples were loaded with the baseline: what they make of it is known."""
    if isinstance(verdict, Changed):
        return all(each.reason != LOADS_AGAIN for each in verdict.diff.changes)
    return not isinstance(verdict, Unverifiable)


def _promised(release: Release, baseline: str | None) -> Mapping[str, bytes]:
    """The files of `contracts/` at the baseline's tag, by name."""
    project, ground = release.project, release.ground
    tag = tag_for(ground.tags, project.name, baseline) if ground is not None and baseline is not None else None
    if ground is not None and tag is not None:
        place = relative(project.directory / DIRECTORY, ground.repository)
        listed = git(ground.repository, "ls-tree", "--name-only", "-z", tag.commit, f"{place}/", check=False).text
        names = [each for each in listed.split("\0") if each.endswith(".py")]
        shown = ((each, git(ground.repository, "show", f"{tag.commit}:{each}").stdout) for each in names)
        return {each.rpartition("/")[2]: content for each, content in shown}
    return {}


def _todays(project: Project) -> Mapping[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted((project.directory / DIRECTORY).glob("*.py"))}


def _wheel(release: Release, version: str, index: Index, at: Path) -> Path | None:
    name = release.project.name
    found = next((each for each in index.releases(name) if is_same_version(each.version, version)), None)
    return index.fetch(name, found, at) if found is not None else None


def _location(
    at: Path, release: Release, wheel: Path, examples: Mapping[str, bytes], *, like: Path | None = None
) -> Path:
    """A code location at `at` that defines what the examples return with that wheel, locked.

    What it requires comes in the versions that the location `like` has, as far as the wheel admits them.
    """
    code = at / "src" / _PACKAGE
    (code / DIRECTORY).mkdir(parents=True)
    (code / "__init__.py").touch()
    for name, content in examples.items():
        (code / DIRECTORY / name).write_bytes(content)
    script = resources.files("dagster_commons.probe") / "in_env" / "_dagster_commons_contracts.py"
    (code / "definitions.py").write_bytes(script.read_bytes())
    shutil.copy2(wheel, at / wheel.name)
    (at / "pyproject.toml").write_text(_project(release, wheel.name), "utf-8")
    if like is not None:
        shutil.copy2(like / "uv.lock", at)
    uv(at, "lock", "--quiet")
    return at


def _project(release: Release, wheel: str) -> str:
    name = release.project.name
    python = release.project.requires_python or ">=3.10"
    registry = release.registry
    url = registry.directory.as_uri() if isinstance(registry, EmbeddedRegistry) else registry.index_url
    return f"""\
[project]
name = "commons-contracts"
version = "0"
requires-python = {string_literal(python)}
dependencies = ["dagster", "{name}"]

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "{_PACKAGE}"

[tool.uv.sources]
{name} = {{ path = {string_literal(f"./{wheel}")} }}

[[tool.uv.index]]
name = "{registry.name}"
url = {string_literal(url)}
"""


def _compared(name: str, before: Path, after: Path, judging: Judging) -> LocationVerdict:
    with (
        _side(before) as (old, location),
        _side(after) as (new, _),
        probing(most=os.cpu_count() or 1) as probes,
    ):
        (verdict,) = compare_sides(old, new, [location], judging.options, probes)
    return replace(verdict, location=name, verdict=_in_contracts(verdict.verdict))


def _in_contracts(verdict: Verdict) -> Verdict:
    """With the file that failed as the module has it; without one that only the location made for a release has."""
    if not isinstance(verdict, Broken | Unverifiable) or verdict.failure is None:
        return verdict
    failure = verdict.failure
    file = (failure.file or "").rpartition(f"{_PACKAGE}/")[2]
    is_own = file.startswith(f"{DIRECTORY}/")
    told = replace(failure, file=file if is_own else None, line=failure.line if is_own else None)
    return replace(verdict, failure=told)


@contextlib.contextmanager
def _side(directory: Path) -> Iterator[tuple[Side, str]]:
    workspace = read_workspace(directory, offline=True)
    with materialised(workspace, WorktreeState()) as tree:
        location = tree.workspace.locations[0]
        yield Side(tree=tree, only=location), location.name
