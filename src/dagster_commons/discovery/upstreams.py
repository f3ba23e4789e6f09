"""The tags of the repositories that uses by submodule and git come from: those here, and those of the remote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.discovery.parallel import in_threads
from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.provenance import Tag, Upstream
from dagster_commons.model.sources import GitSource, SubmoduleSource
from dagster_commons.tools import lockfile
from dagster_commons.tools.git import ENVIRONMENT, git
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.submodules import submodules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from dagster_commons.model.provenance import Provenance
    from dagster_commons.model.workspace import Use, Workspace

SECONDS_FOR_THE_REMOTE = 30.0


def read_upstreams(
    workspace: Workspace,
    uses: Collection[Use],
    provenances: Mapping[str, Provenance],
    *,
    offline: bool,
    is_enough: Callable[[Use, tuple[Tag, ...]], bool],
) -> Mapping[tuple[str, str], Upstream]:
    """The upstreams of those of `uses` that come by submodule or git, by location and module.

    A remote is asked once, unless `offline` or where what is here `is_enough`; one that does not answer is said in
    `unread`.

    Raises:
        ToolError: a repository here cannot be read.
        UsageError: a `.gitmodules` cannot be parsed.

    """
    sources = {(use.location, use.module): use for use in uses if use.through is None}
    here: dict[tuple[str, str], Upstream] = {}
    remotes: dict[tuple[str, str], tuple[Path, str]] = {}
    for key, use in sources.items():
        if isinstance(use.source, SubmoduleSource | GitSource):
            here[key] = _here(workspace, use, provenances)
            if not is_enough(use, here[key].tags):
                remotes[key] = _remote(workspace, use.source)
    distinct = tuple(dict.fromkeys(remotes.values()))
    unasked = Upstream(unread="its remote was not asked (--offline)")
    said = (unasked,) * len(distinct) if offline else in_threads(_ask, distinct)
    answers = dict(zip(distinct, said, strict=True))
    for key, remote in remotes.items():
        tags = _together(answers[remote].tags, here[key].tags)
        here[key] = replace(here[key], tags=tags, unread=answers[remote].unread)
    return here


def read_tags(repository: Path) -> tuple[Tag, ...]:
    """The tags of a repository that is here, oldest first.

    Raises:
        ToolError: git cannot read it.

    """
    pattern = "--format=%(refname:strip=2)%09%(objectname)%09%(*objectname)"
    lines = git(repository, "for-each-ref", "--sort=creatordate", pattern, "refs/tags").text.splitlines()
    parts = (line.split("\t") for line in lines)
    return tuple(Tag(name=name, commit=peeled or commit) for name, commit, peeled in parts)


def read_remote_tags(directory: Path, remote: str) -> Upstream:
    """The tags of `remote` (a name or a URL), asked in `directory`; `unread` says why where it does not answer."""
    return _ask((directory, remote))


def _here(workspace: Workspace, use: Use, provenances: Mapping[str, Provenance]) -> Upstream:
    provenance = provenances.get(use.module)
    of_module = provenance.repository if provenance is not None else None
    known = read_tags(of_module) if of_module is not None else ()
    source = use.source
    if not isinstance(source, SubmoduleSource):
        return Upstream(tags=known, commit=_locked_commit(workspace, use))
    home = next((each for each in workspace.repositories if each.root == source.submodule), None)
    if home is None or home.superproject is None:
        return Upstream(tags=known)
    recorded = (each.commit for each in submodules(home.superproject) if each.path == source.submodule)
    own = read_tags(source.submodule) if of_module != source.submodule else known
    return Upstream(tags=_together(own, known), commit=next(recorded, None))


def _locked_commit(workspace: Workspace, use: Use) -> str | None:
    project = workspace.project_at(use.project)
    file = ((project.uv_root if project is not None else None) or use.project) / "uv.lock"
    try:
        sources = lockfile.read(file).sources(use.module) if file.is_file() else ()
    except UsageError:
        return None  # discovery's own finding says so
    return next((each.commit for each in sources), None)


def _remote(workspace: Workspace, source: SubmoduleSource | GitSource) -> tuple[Path, str]:
    """Where git is to be run, and what it is to be asked for."""
    match source:
        case GitSource(url=url):
            return workspace.root, url
        case SubmoduleSource(submodule=submodule):
            return submodule, "origin"


def _ask(remote: tuple[Path, str]) -> Upstream:
    directory, url = remote
    if not directory.is_dir():
        return Upstream(unread="the submodule is not checked out")
    asked = Command(
        argv=("git", "ls-remote", "--tags", url),
        cwd=directory,
        environment=ENVIRONMENT,
        timeout_seconds=SECONDS_FOR_THE_REMOTE,
    )
    try:
        answer = run(asked, check=False)
    except ToolError as error:
        return Upstream(unread=f"its remote does not answer: {without_credentials(error.message)}")
    if answer.exit_code != 0:
        said = next((line for line in answer.error_text.splitlines() if line.startswith("fatal: ")), answer.error_text)
        return Upstream(unread=f"its remote cannot be read: {without_credentials(said.removeprefix('fatal: '))}")
    found: dict[str, str] = {}
    for line in answer.text.splitlines():
        commit, _, name = line.partition("\t")
        found[name.removeprefix("refs/tags/").removesuffix("^{}")] = commit  # the peeled line comes second
    return Upstream(tags=tuple(Tag(name=name, commit=commit) for name, commit in found.items()))


def _together(first: tuple[Tag, ...], second: tuple[Tag, ...]) -> tuple[Tag, ...]:
    """Both, each name once; of one that names two commits the first counts."""
    return tuple({each.name: each for each in (*second, *first)}.values())
