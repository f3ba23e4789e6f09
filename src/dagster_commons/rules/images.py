"""IMG: Dockerfiles and .dockerignore files that leave shared code out of the image."""

from __future__ import annotations

import itertools
import os.path
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagster_commons.analysis.ignoring import dropped_by_dockerignore
from dagster_commons.analysis.images import copied_sources, images, local_uses
from dagster_commons.analysis.shell_words import is_frozen, is_install
from dagster_commons.model.findings import Place
from dagster_commons.model.paths import relative
from dagster_commons.model.sources import MemberSource
from dagster_commons.rules.rule import CannotTell, Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.analysis.images import Image
    from dagster_commons.model.build_files import BuildFile, Command, Instruction
    from dagster_commons.model.workspace import Use

_WITHOUT_LOCAL = frozenset({"--no-install-local", "--only-group"})
_ENVIRONMENT = frozenset({".venv", "venv", "site-packages"})


def out_of_context(evidence: Evidence) -> Iterator[Hit | CannotTell]:
    """Modules that lie outside the directory which an image is built from, and copies from there."""
    for image in images(evidence):
        uses = [*local_uses(evidence, image)]
        escaping = [_escaping(each) for each in image.file.instructions if _escaping(each) is not None]
        if image.context is None and uses and not escaping:
            shown = relative(image.file.path, evidence.workspace.root)
            yield CannotTell(reason=f"nothing tells which directory {shown} is built from")
        for use, directory in uses:
            if image.context is not None and not directory.is_relative_to(image.context):
                context = relative(image.context, evidence.workspace.root)
                yield Hit(
                    subject=use.location,
                    message=f"{use.module} lies outside {context}, which the image is built from",
                    file=use.project / "pyproject.toml",
                    line=use.line,
                    related=(Place(file=image.file.path, line=1, message=f"is built from {context}"),),
                )


def copied_from_above(evidence: Evidence) -> Iterator[Hit]:
    """COPY and ADD of something above the build context."""
    for file in evidence.of_kind("dockerfile"):
        for instruction in file.instructions:
            source = _escaping(instruction)
            if source is not None:
                yield Hit(
                    subject=relative(file.path.parent, evidence.workspace.root),
                    message=f"{instruction.name} {source} leaves the build context",
                    file=file.path,
                    line=instruction.line,
                )


def installed_too_early(evidence: Evidence) -> Iterator[Hit]:
    """Installs from the lock before the sources that it names are copied."""
    for image in images(evidence):
        uses = [*local_uses(evidence, image)]
        for command in image.file.commands if uses else ():
            if not is_install(command) or _installs_nothing_local(image.file, command):
                continue
            run = image.instruction_of(command)
            copied = image.copied_before(run)
            left_out = _left_out(command, uses) if is_frozen(image.file, command) else frozenset()
            missing = sorted(
                use.module
                for use, directory in uses
                if not image.has_copied(directory, copied) and use.module not in left_out
            )
            if missing:
                yield Hit(
                    subject=image.locations[0].name,
                    message=f"installs from the lock before {', '.join(missing)} is copied: Distribution not found",
                    file=image.file.path,
                    line=command.line,
                )
                break


def left_behind(evidence: Evidence) -> Iterator[Hit]:
    """Environments copied into a last stage without the sources that they are editable links to."""
    for image in images(evidence):
        editable = [
            (use.module, directory)
            for use, directory in local_uses(evidence, image)
            if getattr(use.source, "editable", True)
        ]
        last = image.file.instructions[-1].stage if image.file.instructions else -1
        final = [each for each in image.file.instructions if each.stage == last]
        copy = next((each for each in final if _is_environment(each)), None)
        is_editable = any(is_install(each) and "--no-editable" not in each.words for each in image.file.commands)
        if copy is None or not editable or not is_editable or _no_editable(image.file):
            continue
        others = [source for each in final if each is not copy for source in _all_sources(each)]
        missing = [name for name, directory in editable if not _is_brought(directory, others)]
        if missing:
            yield Hit(
                subject=image.locations[0].name,
                message=f"copies an environment in which {', '.join(missing)} is editable, and not its sources",
                file=image.file.path,
                line=copy.line,
                fix="uv sync --no-editable in the stage that builds the environment",
            )


def ignored(evidence: Evidence) -> Iterator[Hit]:
    """Patterns of .dockerignore that leave out a module which the image needs."""
    seen: set[tuple[Path, int, Path]] = set()
    for image in images(evidence):
        file = _ignore_file(evidence, image)
        for use, directory in local_uses(evidence, image) if file is not None else ():
            if file is None or image.context is None or not directory.is_relative_to(image.context):
                continue
            below = directory.relative_to(image.context).as_posix()
            line = dropped_by_dockerignore(file, below)
            if line is not None and (file.path, line.number, directory) not in seen:
                seen.add((file.path, line.number, directory))
                yield Hit(
                    subject=use.location,
                    message=f"`{line.text.strip()}` leaves out {below}, where {use.module} is",
                    file=file.path,
                    line=line.number,
                )


def all_copied(evidence: Evidence) -> Iterator[Hit]:
    """COPY of a whole directory without a .dockerignore."""
    for image in images(evidence):
        if not image.locations:
            continue
        copy = next((each for each in image.file.instructions if set(copied_sources(each)) & {".", "./"}), None)
        if copy is not None and not any(_may_ignore(each, image) for each in evidence.of_kind("dockerignore")):
            yield Hit(
                subject=image.locations[0].name,
                message=f"{copy.name} {copy.text} takes .git, .venv and .env along: there is no .dockerignore",
                file=image.file.path,
                line=copy.line,
            )


def _installs_nothing_local(file: BuildFile, command: Command) -> bool:
    """`--locked` reads the sources even of what it does not install, to see whether the lock is stale."""
    return is_frozen(file, command) and bool(_WITHOUT_LOCAL.intersection(command.words))


def _left_out(command: Command, uses: list[tuple[Use, Path]]) -> frozenset[str]:
    """The modules that a frozen install is told not to install."""
    words = command.words
    named = {name for option, name in itertools.pairwise(words) if option == "--no-install-package"}
    members = {use.module for use, _ in uses if isinstance(use.source, MemberSource)}
    return frozenset(named | (members if "--no-install-workspace" in words else set()))


def _escaping(instruction: Instruction) -> str | None:
    sources = (os.path.normpath(each) for each in copied_sources(instruction))
    return next((each for each in sources if each == ".." or each.startswith("../")), None)


def _is_environment(instruction: Instruction) -> bool:
    """Whether it copies an environment from another stage, alone."""
    if instruction.flag("from") is None:
        return False
    return any(PurePosixPath(each).name in _ENVIRONMENT for each in _all_sources(instruction))


def _all_sources(instruction: Instruction) -> tuple[str, ...]:
    return tuple(instruction.text.split()[:-1]) if instruction.name in ("COPY", "ADD") else ()


def _is_brought(directory: Path, sources: list[str]) -> bool:
    """Whether something is copied that holds it: by its own folder's name, or everything there is."""
    return any(
        source in (".", "./") or directory.name in PurePosixPath(source).parts or _is_whole(source)
        for source in sources
    )


def _is_whole(source: str) -> bool:
    """`/app`, `/app/`: a stage's whole directory, in which the environment and the sources lie."""
    path = PurePosixPath(source)
    return path.is_absolute() and len(path.parts) == 2 and path.name not in ("bin", "usr", "opt", "root")  # noqa: PLR2004


def _no_editable(file: BuildFile) -> bool:
    return any(each.name == "UV_NO_EDITABLE" and each.value.lower() in ("1", "true") for each in file.settings)


def _ignore_file(evidence: Evidence, image: Image) -> BuildFile | None:
    """Docker takes the one named after the Dockerfile before the context's own."""
    own = evidence.file(image.file.path.with_name(f"{image.file.path.name}.dockerignore"))
    if own is not None or image.context is None:
        return own
    return evidence.file(image.context / ".dockerignore") or evidence.file(image.context / ".containerignore")


def _may_ignore(file: BuildFile, image: Image) -> bool:
    if file.path.name == f"{image.file.path.name}.dockerignore":
        return file.path.parent == image.file.path.parent
    if image.context is not None:
        return file.path.parent == image.context
    return image.file.path.is_relative_to(file.path.parent)


RULES = (
    Rule(
        id="IMG001",
        severity="error",
        title="module outside the build context",
        why="Docker sends the context alone to the build: `../shared` is not there, and installing it fails.",
        fix="build from a directory above both: docker build -f sales/Dockerfile .",
        bad="build: { directory: sales } in dagster_cloud.yaml, and shared beside sales",
        good="build: { directory: . } with a Dockerfile that copies both",
        look=out_of_context,
    ),
    Rule(
        id="IMG002",
        severity="error",
        title="copy from above the build context",
        why="Docker refuses it: a context has nothing above it.",
        fix="build from the directory above: docker build -f sales/Dockerfile .",
        bad="COPY ../shared /shared",
        good="COPY shared /shared, built from the directory that holds both",
        look=copied_from_above,
    ),
    Rule(
        id="IMG003",
        severity="error",
        title="install before the sources are copied",
        why="The lock names a directory that is not in the image yet: `Distribution not found`.",
        fix="copy the module first, or uv sync --frozen --no-install-local in that layer and --locked after it",
        bad="COPY pyproject.toml uv.lock ./, then RUN uv sync --locked, then COPY . .",
        good="COPY shared ../shared before RUN uv sync --locked",
        look=installed_too_early,
    ),
    Rule(
        id="IMG004",
        severity="error",
        title="editable environment without its sources",
        why="The environment holds links into the stage that built it; the location fails to load when it starts.",
        fix="uv sync --no-editable, or copy the sources to the same place too",
        bad="COPY --from=builder /app/.venv /app/.venv after an editable install",
        good="RUN uv sync --locked --no-editable in the builder",
        look=left_behind,
    ),
    Rule(
        id="IMG005",
        severity="error",
        title="module left out by .dockerignore",
        why="It is not sent to the build, so that it is missing in the image although it is copied.",
        fix="remove the pattern, or add an exception: !PATH",
        bad="shared/ in .dockerignore",
        good="!shared after a pattern that leaves it out",
        look=ignored,
    ),
    Rule(
        id="IMG006",
        severity="warning",
        title="no .dockerignore",
        why="History, environments of this machine and `.env` files end up in the image; every change makes it anew.",
        fix="write a .dockerignore with .git, .venv and .env",
        bad="COPY . . and no .dockerignore",
        good=".git, .venv, .env* and __pycache__ in .dockerignore",
        look=all_copied,
    ),
)
