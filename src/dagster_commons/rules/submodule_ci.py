"""SUB: CI that does not get the submodules which the code locations need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.shell_words import program
from dagster_commons.model.sources import SubmoduleSource
from dagster_commons.rules.rule import Hit, Rule
from dagster_commons.rules.submodule_records import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile, CiStep, Command
    from dagster_commons.model.submodules import RecordedSubmodule

_CHECKOUT = "actions/checkout@"
_YES = frozenset({"true", "recursive", "normal"})
_NEEDING = frozenset(
    {"uv", "uvx", "pip", "python", "python3", "pytest", "docker", "dg", "dagster", "commons", "tox", "nox", "make"}
)
_NEEDING_ACTIONS = ("docker/build-push-action@", "dagster-io/")


def checked_out_without(evidence: Evidence) -> Iterator[Hit]:
    """Jobs that install or build in a repository with used submodules, and do not get these."""
    for file in evidence.of_kind("github", "gitlab"):
        if not any(_repository_of(evidence, file) == each.repository for each in _used(evidence)):
            continue
        if file.kind == "github":
            yield from _github(file)
        else:
            yield from _gitlab(file)


def unreadable_urls(evidence: Evidence) -> Iterator[Hit]:
    """Submodules whose URL a CI service of their repository cannot fetch from."""
    for submodule in _used(evidence):
        files = [
            file
            for file in evidence.of_kind("github", "gitlab", "ci")
            if _repository_of(evidence, file) == submodule.repository
        ]
        said = _why_unreadable(submodule, files)
        if said is not None:
            yield Hit(
                subject=submodule.path.relative_to(submodule.repository).as_posix(),
                message=said,
                file=submodule.repository / ".gitmodules",
                line=line_of(evidence, submodule),
            )


def _github(file: BuildFile) -> Iterator[Hit]:
    for job in dict.fromkeys(step.job for step in file.steps):
        steps = [step for step in file.steps if step.job == job]
        checkout = next((each for each in steps if (each.uses or "").startswith(_CHECKOUT)), None)
        is_own = checkout is not None and checkout.input("repository") is None
        is_given = (checkout.input("submodules") or "").lower() in _YES if checkout is not None else False
        if checkout is not None and is_own and not is_given and _needs_code(steps) and not _updates(steps):
            yield Hit(
                subject=job,
                message=f"{checkout.uses} leaves the submodules empty, and the job needs them",
                file=file.path,
                line=checkout.line,
                fix="with: { submodules: recursive }",
            )


def _gitlab(file: BuildFile) -> Iterator[Hit]:
    is_given = any(each.name == "GIT_SUBMODULE_STRATEGY" and each.value in _YES for each in file.settings)
    first = next((step for step in file.steps if _needs_code([step])), None)
    if first is not None and not is_given and not _updates(list(file.steps)):
        yield Hit(
            subject=first.job,
            message="the runner leaves the submodules empty, and the job needs them",
            file=file.path,
            line=first.line,
            fix="variables: { GIT_SUBMODULE_STRATEGY: recursive }",
        )


def _needs_code(steps: list[CiStep]) -> bool:
    return any(
        (step.uses or "").startswith(_NEEDING_ACTIONS) or any(program(each) in _NEEDING for each in step.commands)
        for step in steps
    )


def _updates(steps: list[CiStep]) -> bool:
    return any(_is_update(command) for step in steps for command in step.commands)


def _is_update(command: Command) -> bool:
    words = command.words
    is_by_git = "submodule" in words or "--recurse-submodules" in words or "--recursive" in words
    return (program(command) == "git" and is_by_git) or words[:2] == ("commons", "sync")


def _why_unreadable(submodule: RecordedSubmodule, files: list[BuildFile]) -> str | None:
    url, resolved = submodule.url or "", submodule.resolved_url or ""
    if not files or not url:
        return None
    if url.startswith(("/", "file:")) or (url.startswith(".") and resolved.startswith(("/", "file:", "."))):
        return f"its URL {url} leads into the file system of one machine"
    is_ssh = url.startswith("ssh://") or ("@" in url.partition(":")[0] and "://" not in url)
    by_action = [file for file in files if file.kind == "github" and _checks_out(file)]
    if is_ssh and by_action and not url.startswith("git@github.com:") and not any(map(_has_key, by_action)):
        return "its URL needs an SSH key, and no checkout in a workflow is given one"
    return None


def _checks_out(file: BuildFile) -> bool:
    return any((step.uses or "").startswith(_CHECKOUT) for step in file.steps)


def _has_key(file: BuildFile) -> bool:
    return any(step.input("ssh-key") or "ssh-agent" in (step.uses or "") for step in file.steps) or any(
        program(command) == "ssh-add" for command in file.commands
    )


def _used(evidence: Evidence) -> tuple[RecordedSubmodule, ...]:
    used = {use.source.submodule for use in evidence.workspace.uses if isinstance(use.source, SubmoduleSource)}
    return tuple(each for each in evidence.submodules if each.path in used)


def _repository_of(evidence: Evidence, file: BuildFile) -> Path | None:
    repository = evidence.workspace.repository_of(file.path)
    return repository.root if repository is not None else None


RULES = (
    Rule(
        id="SUB010",
        severity="error",
        title="CI that leaves submodules empty",
        why="The job's checkout has an empty directory where the module should be: installing it fails.",
        fix="submodules: recursive for actions/checkout, GIT_SUBMODULE_STRATEGY: recursive on GitLab",
        bad="- uses: actions/checkout@v4",
        good="- uses: actions/checkout@v4 with submodules: recursive",
        look=checked_out_without,
    ),
    Rule(
        id="SUB011",
        severity="warning",
        title="submodule URL that CI cannot read",
        why="It works where you have the key or the directory; a runner has neither.",
        fix="use an https URL, or give the checkout a key (`ssh-key`)",
        bad="url = ../../shared.git, from a clone of a directory",
        good="url = https://git.example.com/acme/shared.git",
        look=unreadable_urls,
    ),
)
