"""What a release is looked at for before anybody can install it."""

from __future__ import annotations

import csv
import io
import tarfile
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagster_commons.analysis.credentials import secret_in
from dagster_commons.errors import RefusedError
from dagster_commons.proof.api_states import API_FILE
from dagster_commons.proof.wheel_contents import installed_files, require_whole, source_files

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Workspace

SECRET_RULE = "REG011"  # noqa: S105 - of `commons check`, and of what is published
LONGEST_TEXT = 2**20  # bytes: what is longer is data
NAMES_SHOWN = 3
_SECRET_NAMES = frozenset({".env", ".netrc", ".pypirc", "id_rsa", "id_ecdsa", "id_ed25519"})
_SECRET_SUFFIXES = (".p12", ".pfx")


def require_publishable(
    workspace: Workspace, project: Project, directory: Path, files: tuple[Path, ...], *, today: datetime.date
) -> None:
    """See that what was built from `directory` is whole, pure Python, without secrets, and has no other module's files.

    Raises:
        RefusedError: it is not.

    """
    wheel = next(each for each in files if each.name.endswith(".whl"))
    _require_pure(project, wheel)
    require_whole(project.name, directory, wheel)
    for file in files:
        _require_no_secret(workspace, project, file, today)
    ours = installed_files(wheel)
    for module in workspace.modules:
        if module.project is not None and module.name != project.name:
            _require_apart(project, module.name, sorted(ours & source_files(module.project.directory)))


def require_apart_when_installed(project: Project, site_packages: Path) -> None:
    """See that nothing that is installed there beside the wheel has one of its files, by the RECORDs (PEP 376).

    Raises:
        RefusedError: something has.

    """
    owned: dict[str, frozenset[str]] = {}
    for record in sorted(site_packages.glob("*.dist-info/RECORD")):
        name = record.parent.name.removesuffix(".dist-info").rpartition("-")[0].lower().replace("_", "-")
        rows = csv.reader(io.StringIO(record.read_text("utf-8")))
        owned[name] = frozenset(row[0] for row in rows if row and not row[0].startswith("../"))
    ours = owned.pop(project.name, frozenset())
    for name, files in owned.items():
        _require_apart(project, name, sorted(ours & files))


def _require_apart(project: Project, other: str, common: list[str]) -> None:
    if common:
        more = f" and {len(common) - NAMES_SHOWN} more" if len(common) > NAMES_SHOWN else ""
        raise RefusedError(
            f"{project.name} and {other} both install {', '.join(common[:NAMES_SHOWN])}{more}: the last one would win",
            hint="one of them must not; a wheel should hold the project's own import package alone",
            file=project.file,
        )


def _require_pure(project: Project, wheel: Path) -> None:
    if wheel.name.endswith("-none-any.whl"):
        return
    tags = wheel.name.removesuffix(".whl").split("-", 2)[2]
    raise RefusedError(
        f"{project.name} has compiled code: the wheel that can be built here fits {tags} alone",
        hint="build wheels for every platform (cibuildwheel) and publish them with uv publish",
        file=project.file,
    )


def _require_no_secret(workspace: Workspace, project: Project, file: Path, today: datetime.date) -> None:
    entries = (each for each in workspace.configuration.acceptances if each.rule == SECRET_RULE)
    accepted = {each.object for each in entries if not each.has_ended(today)}
    for member, what in _secrets(file):
        if member not in accepted:
            raise RefusedError(
                f"{file.name} would hold a secret: {what} in {member}",
                hint="leave the file out of the build, and revoke what it held if others have seen it\n"
                f'or, if it is none, in commons.toml: [[accept]] rule = "{SECRET_RULE}", object = "{member}", because',
                file=project.file,
            )


def _secrets(file: Path) -> Iterator[tuple[str, str]]:
    """The member and what it holds."""
    for member, content in _members(file):
        if member.endswith(f".dist-info/{API_FILE}"):
            continue  # it repeats what the code says
        name = PurePosixPath(member).name
        if name in _SECRET_NAMES or name.endswith(_SECRET_SUFFIXES):
            yield member, "a file that is usually secret"
        elif len(content) <= LONGEST_TEXT and b"\0" not in content:
            found = (secret_in(line) for line in content.decode("utf-8", "replace").splitlines())
            what = next((each for each in found if each is not None), None)
            if what is not None:
                yield member, what


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Paths in a wheel, and in an sdist below its one directory."""
    if file.name.endswith(".whl"):
        with zipfile.ZipFile(file) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist() if not name.endswith("/"))
        return
    with tarfile.open(file) as sdist:
        for member in sdist:
            stream = sdist.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name.partition("/")[2], stream.read()
