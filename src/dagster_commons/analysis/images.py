"""What Dockerfiles build: from which context, for which code locations, with what copied before a step."""

from __future__ import annotations

import fnmatch
import json
import os.path
import shlex
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.shell_words import program
from dagster_commons.model.sources import source_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.build_files import BuildFile, Command, Instruction
    from dagster_commons.model.workspace import CodeLocation, Use

_CLOUD = ("dagster_cloud.yaml", "dagster-cloud.yaml")
_COPYING = ("COPY", "ADD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One Dockerfile; `context` is None where nothing tells which directory it is built from."""

    file: BuildFile
    locations: tuple[CodeLocation, ...]
    context: Path | None

    def stage_of(self, command: Command) -> int:
        return int(command.flow.removeprefix("stage "))

    def instruction_of(self, command: Command) -> Instruction:
        """The RUN that the command stands in."""
        before = [each for each in self.file.instructions if each.name == "RUN" and each.line <= command.line]
        return before[-1]

    def copied_before(self, run: Instruction) -> tuple[str, ...]:
        """What COPY and ADD have brought from the context into the stage, as written, and what `run` mounts."""
        chain = self._stages_below(run.stage)
        copies = [
            source
            for each in self.file.instructions
            if each.stage in chain and (each.stage != run.stage or each.line < run.line)
            for source in copied_sources(each)
        ]
        return (*copies, *_bound_sources(run))

    def has_copied(self, path: Path, sources: tuple[str, ...]) -> bool:
        """Whether `path`, all or a part of it, is among the copied `sources`."""
        return any(self._reaches(path, source) for source in sources)

    def _reaches(self, path: Path, source: str) -> bool:
        if source in (".", "./", "/"):
            return self.context is None or path.is_relative_to(self.context)
        if self.context is None:
            return Path(source).name in path.parts or path.name in Path(source).parts
        below = os.path.relpath(path, self.context).replace(os.sep, "/")
        copied = os.path.normpath(source.lstrip("/"))
        parts = below.split("/")
        prefixes = ("/".join(parts[: end + 1]) for end in range(len(parts)))
        return copied.startswith(f"{below}/") or any(fnmatch.fnmatchcase(each, copied) for each in prefixes)

    def _stages_below(self, stage: int) -> set[int]:
        """The stage and those that it is built on."""
        names: dict[str, int] = {}
        base: dict[int, int] = {}
        for each in self.file.instructions:
            if each.name == "FROM":
                words = each.text.split()
                if words and words[0].lower() in names:
                    base[each.stage] = names[words[0].lower()]
                names[words[-1].lower() if len(words) > 2 else str(each.stage)] = each.stage  # noqa: PLR2004 - X AS Y
        found = {stage}
        while stage in base and base[stage] not in found:
            stage = base[stage]
            found.add(stage)
        return found


@lru_cache(maxsize=2)
def images(evidence: Evidence) -> tuple[Image, ...]:
    """Every Dockerfile with what is known of how it is built."""
    contexts = dict(reversed([*_declared_contexts(evidence)]))
    by_directory: dict[Path, list[CodeLocation]] = {}
    for location in evidence.workspace.locations:
        for directory in {location.path, location.build_directory}:
            by_directory.setdefault(directory, []).append(location)
    found = []
    for file in evidence.of_kind("dockerfile"):
        locations = by_directory.get(file.path.parent) or _locations_copied(evidence, file)
        context = contexts.get(file.path) or _context_that_fits(evidence, file)
        found.append(Image(file=file, locations=tuple(locations), context=context))
    return tuple(found)


def local_uses(evidence: Evidence, image: Image) -> Iterator[tuple[Use, Path]]:
    """The uses of the image's locations whose module is a directory, each directory once."""
    names = {each.name for each in image.locations}
    seen: set[Path] = set()
    for use in evidence.workspace.uses:
        directory = source_directory(use.source)
        if use.location in names and directory is not None and directory not in seen and not directory.suffix:
            seen.add(directory)
            yield use, directory


def copied_sources(instruction: Instruction) -> tuple[str, ...]:
    """What COPY or ADD takes from the context, as written."""
    if instruction.name not in _COPYING or instruction.heredoc or instruction.flag("from") is not None:
        return ()
    return _words(instruction.text)[:-1]


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(map(str, json.loads(text))) if text.startswith("[") else tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


def _bound_sources(run: Instruction) -> Iterator[str]:
    for flag in run.flags:
        options: Mapping[str, str] = {
            name: value for name, _, value in (each.partition("=") for each in flag.partition("=")[2].split(","))
        }
        if flag.startswith("--mount=") and options.get("type", "bind") == "bind" and "from" not in options:
            yield options.get("source") or options.get("src") or "."


def _declared_contexts(evidence: Evidence) -> Iterator[tuple[Path, Path]]:
    """Dockerfile and context as dagster_cloud.yaml, compose files, `docker build` and build actions say."""
    for location in evidence.workspace.locations:
        if location.declared_in.name in _CLOUD:
            yield location.build_directory / "Dockerfile", location.build_directory
    for file in evidence.of_kind("compose", "github"):
        base = file.path.parent if file.kind == "compose" else _home(evidence, file)
        for step in file.steps:
            is_action = "docker/build-push-action" in (step.uses or "")
            context = step.input("context") or ("." if is_action else None)
            if context is not None and "$" not in context:
                where = _joined(base, context)
                named = step.input("dockerfile") or step.input("file")
                relative_to = where if file.kind == "compose" else base
                yield _joined(relative_to, named) if named else where / "Dockerfile", where
    for file in evidence.of_kind("github", "gitlab", "ci", "script"):
        for command in file.commands:
            yield from _built_by(command, _home(evidence, file))


def _built_by(command: Command, base: Path) -> Iterator[tuple[Path, Path]]:
    words = command.words
    if program(command) not in ("docker", "podman", "buildah") or "build" not in words[:3] or "$" in command.text:
        return
    file = next((words[at + 1] for at, each in enumerate(words[:-1]) if each in ("-f", "--file")), None)
    file = file or next((each.partition("=")[2] for each in words if each.startswith("--file=")), None)
    context = words[-1]
    if not context.startswith("-") and ":" not in context:
        where = _joined(base, context)
        yield _joined(base, file) if file else where / "Dockerfile", where


def _context_that_fits(evidence: Evidence, file: BuildFile) -> Path | None:
    """The one directory, the Dockerfile's or one above it, that has everything that is copied; None for several."""
    top = _home(evidence, file)
    candidates = [each for each in (file.path.parent, *file.path.parents) if each.is_relative_to(top)]
    candidates = list(dict.fromkeys(candidates))
    sources = [
        source
        for instruction in file.instructions
        for source in copied_sources(instruction)
        if not any(mark in source for mark in "*?[$:") and not source.startswith("..")
    ]
    fitting = [
        each for each in candidates if all(str(_joined(each, one.lstrip("/"))) in evidence.listed for one in sources)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _locations_copied(evidence: Evidence, file: BuildFile) -> list[CodeLocation]:
    """The locations below the Dockerfile's directory whose own directory it names."""
    text = "\n".join(each.text for each in file.instructions)
    below = [
        each
        for each in evidence.workspace.locations
        if each.path != file.path.parent and each.path.is_relative_to(file.path.parent)
    ]
    return [each for each in below if each.path.relative_to(file.path.parent).as_posix() in text]


def _home(evidence: Evidence, file: BuildFile) -> Path:
    repository = evidence.workspace.repository_of(file.path)
    return repository.root if repository is not None else evidence.workspace.root


def _joined(base: Path, written: str) -> Path:
    return Path(os.path.normpath(base / written))
