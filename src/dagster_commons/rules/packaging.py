"""IMG: build configuration that makes wheels with something missing, stale or in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.documents import build_backend, build_requirements, document
from dagster_commons.analysis.ignoring import dropped_by_dockerignore, dropped_by_gitignore
from dagster_commons.analysis.images import images, local_uses
from dagster_commons.analysis.location_code import modules_of
from dagster_commons.analysis.shell_words import is_install, program
from dagster_commons.model.findings import Place
from dagster_commons.model.names import normalise_name
from dagster_commons.rules.rule import Hit, Rule
from dagster_commons.tools import pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.analysis.images import Image
    from dagster_commons.model.build_files import BuildFile, Command
    from dagster_commons.model.project import Project

_FROM_GIT = ("hatch-vcs", "setuptools-scm", "versioningit", "uv-dynamic-versioning", "dunamai")
_PRETENDING = ("SETUPTOOLS_SCM_PRETEND_VERSION", "HATCH_VCS_PRETEND", "UV_DYNAMIC_VERSIONING_BYPASS")
_FORCED = (
    ("tool", "hatch", "build", "targets", "wheel", "force-include"),
    ("tool", "hatch", "build", "force-include"),
)


def dropped_data(evidence: Evidence) -> Iterator[Hit]:
    """Files of import packages that hatchling leaves out because of a .gitignore."""
    ignores = {each.path.parent: each for each in evidence.of_kind("gitignore")}
    for project, file in _packaged(evidence):
        if build_backend(file) != "hatchling.build" or _takes_ignored(file):
            continue
        above = (project.directory, *project.directory.parents)
        nearest = next((ignores[each] for each in above if each in ignores), None)
        found = _first_dropped(evidence, project, nearest) if nearest is not None else None
        if nearest is not None and found is not None:
            pattern, number, dropped = found
            yield Hit(
                subject=project.name,
                message=f"`{pattern}` makes hatchling leave {dropped} out of the wheel",
                file=nearest.path,
                line=number,
                fix=f'artifacts = ["{dropped}"] in [tool.hatch.build] of {project.name}',
            )


def built_in_tree(evidence: Evidence) -> Iterator[Hit]:
    """Wheels that setuptools builds straight from a directory."""
    by_setuptools = [
        project.name for project, file in _packaged(evidence) if build_backend(file).startswith("setuptools")
    ]
    if not by_setuptools:
        return
    for file in evidence.of_kind("dockerfile", "github", "gitlab", "ci", "script"):
        command = next((each for each in file.commands if _is_wheel_build(each)), None)
        if command is not None:
            yield Hit(
                subject=by_setuptools[0],
                message=f"`{' '.join(command.words)}` takes over what an earlier build left in build/",
                file=file.path,
                line=command.line,
                fix="leave --wheel out: the wheel is then made from a fresh sdist",
            )


def without_git(evidence: Evidence) -> Iterator[Hit]:
    """Images that build a project whose version comes from git, without its history."""
    texts = {each.path.parent: each for each in evidence.of_kind("pyproject")}
    for image in images(evidence):
        if _pretends(image.file):
            continue
        needed = [directory for _, directory in local_uses(evidence, image)]
        needed += [each.path for each in image.locations]
        command = next((each for each in image.file.commands if is_install(each)), None)
        if command is None or _has_git(evidence, image, command):
            continue
        for directory in dict.fromkeys(needed):
            file = texts.get(directory)
            if file is not None and _is_from_git(file):
                name = normalise_name(pyproject.string(document(file), "project", "name") or directory.name)
                yield Hit(
                    subject=name,
                    message=f"{name} takes its version from git, and the image has no .git when it is installed",
                    file=image.file.path,
                    line=command.line,
                )


def included_twice(evidence: Evidence) -> Iterator[Hit]:
    """Projects of one environment that force the same file into site-packages."""
    texts = {each.path.parent: each for each in evidence.of_kind("pyproject")}
    seen: set[Path] = set()
    for location in evidence.workspace.locations:
        own = texts.get(location.path)
        if own is None or own.path in seen:
            continue
        seen.add(own.path)
        mine = _forced(own)
        for module in modules_of(evidence, location):
            theirs = texts.get(module.project.directory) if module.project is not None else None
            both = sorted(mine.keys() & _forced(theirs).keys()) if theirs is not None and theirs is not own else []
            if theirs is not None and both:
                yield Hit(
                    subject=location.name,
                    message=f"{module.name} and {location.project} both put {', '.join(both)} into site-packages",
                    file=own.path,
                    line=mine[both[0]],
                    related=(Place(file=theirs.path, line=_forced(theirs)[both[0]], message="the other one"),),
                )


def _packaged(evidence: Evidence) -> Iterator[tuple[Project, BuildFile]]:
    """The projects of locations and modules that are built, with their pyproject.toml."""
    texts = {each.path.parent: each for each in evidence.of_kind("pyproject")}
    directories = {each.path for each in evidence.workspace.locations}
    directories |= {each.project.directory for each in evidence.workspace.modules if each.project is not None}
    for project in evidence.workspace.projects:
        if project.directory in directories and project.is_package and project.directory in texts:
            yield project, texts[project.directory]


def _takes_ignored(file: BuildFile) -> bool:
    values = document(file)
    hatch = (("tool", "hatch", "build"), ("tool", "hatch", "build", "targets", "wheel"))
    tables = [pyproject.table(values, *keys) for keys in hatch]
    return any(each.get("ignore-vcs") or each.get("artifacts") for each in tables)


def _first_dropped(evidence: Evidence, project: Project, file: BuildFile) -> tuple[str, int, str] | None:
    top = f"{project.directory}/"
    packages = tuple(f"{top}{prefix}{package}/" for package in project.import_packages for prefix in ("", "src/"))
    for path in sorted(each for each in evidence.listed if each.startswith(packages)):
        below = path.removeprefix(f"{file.path.parent}/")
        line = dropped_by_gitignore(file, below) if "." in path.rpartition("/")[2] else None
        if line is not None:
            return line.text.strip(), line.number, path.removeprefix(top)
    return None


def _is_wheel_build(command: Command) -> bool:
    words = command.words
    if "--wheel" in words and "--sdist" not in words:
        return program(command) in ("uv", "python", "python3", "pyproject-build") and (
            "build" in words or program(command) == "pyproject-build"
        )
    return "bdist_wheel" in words or words[:2] == ("pip", "wheel")


def _is_from_git(file: BuildFile) -> bool:
    is_dynamic = "version" in pyproject.strings(document(file), "project", "dynamic")
    required = (normalise_name(each) for each in build_requirements(file))
    return is_dynamic and any(each.startswith(_FROM_GIT) for each in required)


def _has_git(evidence: Evidence, image: Image, command: Command) -> bool:
    copied = image.copied_before(image.instruction_of(command))
    if not any(each in (".", "./") or each.rstrip("/").endswith(".git") for each in copied):
        return False
    if image.context is None:
        return True
    ignore = evidence.file(image.context / ".dockerignore")
    is_root = any(each.root == image.context and each.superproject is None for each in evidence.workspace.repositories)
    return is_root and (ignore is None or dropped_by_dockerignore(ignore, ".git") is None)


def _pretends(file: BuildFile) -> bool:
    return any(each in file.text for each in _PRETENDING)


def _forced(file: BuildFile) -> Mapping[str, int | None]:
    """What is forced into the wheel, by its place there, with the lines that say so."""
    values = document(file)
    found: dict[str, int | None] = {}
    for keys in _FORCED:
        for source, target in pyproject.table(values, *keys).items():
            found.setdefault(str(target).strip("/"), pyproject.line_of(file.text, *keys, source))
    return found


RULES = (
    Rule(
        id="IMG007",
        severity="error",
        title="package data that is ignored by git",
        why="hatchling leaves out what the nearest .gitignore names, in silence: the wheel installs and fails at load.",
        fix="name the data in `artifacts` of [tool.hatch.build], or narrow the pattern",
        bad="data/ in the .gitignore above a package with src/shared/data/",
        good='artifacts = ["src/shared/data/*"]',
        look=dropped_data,
    ),
    Rule(
        id="IMG008",
        severity="warning",
        title="wheel that setuptools builds in the tree",
        why="Modules deleted since stay in build/ and are shipped again.",
        fix="build without --wheel: sdist first, the wheel from it",
        bad="python -m build --wheel",
        good="python -m build",
        look=built_in_tree,
    ),
    Rule(
        id="IMG009",
        severity="warning",
        title="version from git without git",
        why="The build fails or makes 0.1.dev1: the history is not in the image; a submodule's lies elsewhere.",
        fix="hand the version over (SETUPTOOLS_SCM_PRETEND_VERSION_FOR_…), or install a built wheel",
        bad="hatch-vcs, and .git in .dockerignore",
        good='version = "0.2.0" in pyproject.toml',
        look=without_git,
    ),
    Rule(
        id="IMG010",
        severity="warning",
        title="file that two projects put into site-packages",
        why="Installed as wheels one overwrites the other's: Dagster says `Could not find config file`.",
        fix="remove force-include from the module's pyproject.toml",
        bad='force-include = { "pyproject.toml" = … } in a location and its module',
        good="only the location has it",
        look=included_twice,
    ),
)
