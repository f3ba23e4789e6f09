"""The surfaces of a module as the command line names them: a directory, a wheel, a revision, a version."""

from __future__ import annotations

import io
import tarfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.document import surface_from_json
from dagster_commons.discovery.directories import read_directory
from dagster_commons.discovery.projects import Projects
from dagster_commons.discovery.upstreams import read_tags
from dagster_commons.errors import ToolError, UsageError
from dagster_commons.model.names import module_and_version, normalise_name
from dagster_commons.model.paths import relative
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.release import release_module
from dagster_commons.plans.tags import tag_for
from dagster_commons.proof.revisions import resolve_revision
from dagster_commons.tools.api.extraction import read_surface
from dagster_commons.tools.api.metadata import read_distribution_metadata, read_metadata
from dagster_commons.tools.git import git
from dagster_commons.tools.indexes.index import open_index

if TYPE_CHECKING:
    from dagster_commons.model.api import Surface
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import SharedModule, Workspace

API_FILE = "dagster-commons/api.json"  # below a wheel's `.dist-info`
MOST_BYTES = 256 * 2**20  # of the source in a wheel; Dagster's comes to 9 MB
_READ = (".py", ".pyi", ".so", ".pyd", "py.typed")
FORMS = "a project directory, an import package's directory, a wheel, MODULE@REVISION or MODULE==VERSION"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSurface:
    """A surface and what it is called in a report."""

    title: str
    surface: Surface


def surface_named(text: str, workspace: Workspace, scratch: Path) -> NamedSurface:
    """The surface that `text` names; what has to be unpacked is put into the empty directory `scratch`.

    Raises:
        UsageError: nothing has that name, or it holds no import package.
        ToolError: git or a registry cannot give it.

    """
    path = Path(text)
    if path.is_dir():
        return NamedSurface(title=text, surface=_of_directory(path.resolve()))
    if path.is_file():
        return NamedSurface(title=path.name, surface=_of_wheel(path, scratch))
    name, at, revision = text.rpartition("@")
    if at and "/" not in name:
        module = release_module(workspace, normalise_name(name))
        return NamedSurface(title=text, surface=_at_revision(workspace, module, revision, scratch))
    name, version = module_and_version(text)
    if version is not None:
        return NamedSurface(title=text, surface=surface_of_version(workspace, name, version, scratch))
    raise UsageError(f"`{text}` is nothing whose API could be read", hint=f"give {FORMS}")


def surface_of_project(project: Project) -> Surface:
    """The surface of the project in its directory.

    Raises:
        UsageError: it holds no import package.

    """
    packages = project.import_packages
    code = next((each for each in (project.directory / "src", project.directory) if _holds(each, packages)), None)
    if code is None:
        raise UsageError(f"{project.name} has no import package in {project.directory}", hint="src/NAME/__init__.py")
    metadata = replace(read_metadata(project.directory, packages, code=code), version=project.version)
    surface = read_surface(code, packages, metadata)
    place = code.relative_to(project.directory)
    return surface if str(place) == "." else _below(surface, place.as_posix())


def surface_of_version(workspace: Workspace, name: str, version: str, scratch: Path) -> Surface:
    """The surface of a released version: from a registry that holds it, else from the tag that marks it.

    Raises:
        UsageError: nothing here has that name.
        ToolError: it is in no registry and under no tag, or cannot be read.

    """
    for registry in workspace.configuration.registries:
        index = open_index(registry)
        for release in index.releases(name):
            if is_same_version(release.version, version):
                return _of_wheel(index.fetch(name, release, scratch), scratch / "unpacked")
    module = release_module(workspace, name)
    home = workspace.repository_of(module.project.directory) if module.project is not None else None
    tag = tag_for(read_tags(home.root), name, version) if home is not None else None
    if tag is None:
        raise ToolError(
            f"no registry holds {name} {version}, and no tag here marks it",
            hint="git fetch --tags; commons registry list",
        )
    return _at_revision(workspace, module, tag.name, scratch)


def _holds(directory: Path, packages: tuple[str, ...]) -> bool:
    return bool(packages) and all(
        (directory / each).is_dir() or (directory / f"{each}.py").is_file() for each in packages
    )


def _below(surface: Surface, place: str) -> Surface:
    """Files as seen from the project's directory."""
    return replace(
        surface,
        objects={path: replace(each, file=f"{place}/{each.file}") for path, each in surface.objects.items()},
        code={path: replace(each, file=f"{place}/{each.file}") for path, each in surface.code.items()},
        unread=tuple(f"{place}/{each}" for each in surface.unread),
    )


def _of_directory(directory: Path) -> Surface:
    project = Projects(read=read_directory, submodules={}).at(directory)
    if project is not None and project.import_packages:
        return surface_of_project(project)
    if project is None and (directory / "pyproject.toml").is_file():
        read_metadata(directory, ())  # says where it is no TOML
    if (directory / "__init__.py").is_file():
        packages = (directory.name,)
        metadata = read_metadata(_project_around(directory), packages, code=directory.parent)
        return read_surface(directory.parent, packages, metadata)
    raise UsageError(f"{directory} holds no import package", hint=f"give {FORMS}")


def _project_around(package: Path) -> Path:
    """Where the project of an import package would be: beside it, or beside its `src`."""
    return package.parent.parent if package.parent.name == "src" else package.parent


def _of_wheel(file: Path, scratch: Path) -> Surface:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            recorded = next((each for each in names if each.endswith(f".dist-info/{API_FILE}")), None)
            if recorded is not None:
                return surface_from_json(archive.read(recorded), name=f"{file.name}: {recorded}")
            _unpack(archive, scratch)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(f"{file.name} is no wheel: {error}", file=file) from error
    packages = _packages(names)
    if not packages:
        raise UsageError(f"{file.name} holds no import package", file=file)
    return read_surface(scratch, packages, read_distribution_metadata(scratch, packages))


def _unpack(archive: zipfile.ZipFile, scratch: Path) -> None:
    """Put what is read of a wheel into `scratch`; zipfile keeps every member inside it, whatever its name says.

    Raises:
        ValueError: it comes to more than source ever does.

    """
    read = [each for each in archive.infolist() if ".dist-info/" in each.filename or each.filename.endswith(_READ)]
    size = sum(each.file_size for each in read)
    if size > MOST_BYTES:
        raise ValueError(f"its source comes to {size // 2**20} MB")
    for each in read:
        archive.extract(each, scratch)


def _packages(names: list[str]) -> tuple[str, ...]:
    tops = {each.partition("/")[0] for each in names if each.endswith(".py") and "/" in each}
    tops |= {each.removesuffix(".py") for each in names if each.endswith(".py") and "/" not in each}
    return tuple(sorted(each for each in tops if each.isidentifier()))


def _at_revision(workspace: Workspace, module: SharedModule, revision: str, scratch: Path) -> Surface:
    project = module.project
    home = workspace.repository_of(project.directory) if project is not None else None
    if project is None or home is None:
        raise UsageError(
            f"{module.name} is in no git repository here, so it has no revisions", hint=f"{module.name}==VERSION"
        )
    commit = resolve_revision(home.root, revision).commit
    place = relative(project.directory, home.root)
    listed = git(home.root, "ls-tree", "-r", "--name-only", "-z", commit, "--", place).text
    if not listed:
        raise UsageError(f"{revision} has no {place}", hint="it may have been elsewhere then: give a directory")
    call = ("archive", "--format=tar", commit, *(() if place == "." else (place,)))
    with tarfile.open(fileobj=io.BytesIO(git(home.root, *call).stdout)) as archive:
        archive.extractall(scratch, filter="data")
    return _of_directory(scratch / place)
