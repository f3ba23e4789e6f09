"""Facts remembered from one run to the next, each for as long as the files that it was read from stay as they are.

A file counts as unchanged while its size, times and inode are the same.  What changed less than two seconds before a
run began is never remembered, because a later change could leave the same times (git's rule for a "racy" index).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from dagster_commons import __version__
from dagster_commons.discovery.facts import FILES, DirectoryFacts, LockFacts
from dagster_commons.tools.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dagster_commons.discovery.projects import Projects
    from dagster_commons.model.project import Project
    from dagster_commons.model.source_files import SourceFile

Stamp: TypeAlias = "tuple[int, int, int, int] | None"  # size, modified, changed, inode; None: there is no such file
Key: TypeAlias = "tuple[str, ...]"
_Entry: TypeAlias = "tuple[object, tuple[tuple[str, Stamp], ...]]"

_RACY_NS = 2_000_000_000
_DIGEST_SIZE = 32
_FACTS_MODULES = ("dagster_commons.discovery.facts", "dagster_commons.model.", "dagster_commons.tools.lockfile")


class Memory:
    """What is remembered for one root.  `save` keeps what this run asked for and forgets the rest."""

    def __init__(self, root: Path, *, part: str = "facts") -> None:
        self._file = cache_directory() / part / hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
        self._started = time.time_ns()
        self._known = _load(self._file)
        self._asked: dict[Key, _Entry] = {}
        self._digests: dict[frozenset[str], str] = {}

    def directory(self, directory: Path) -> DirectoryFacts:
        """What the files of `directory` declare."""

        def read() -> tuple[DirectoryFacts, Iterable[Path], Iterable[Path]]:
            from dagster_commons.discovery.directories import read_directory  # noqa: PLC0415 - seldom needed

            facts = read_directory(directory)
            return facts, facts.inputs, ()

        place = str(directory)
        files = tuple(f"{place}{os.sep}{name}" for name in FILES)
        return cast("DirectoryFacts", self._recall(("directory", place), files, read))

    def lock(self, project: Project, projects: Projects, names: frozenset[str]) -> LockFacts:
        """What the lock that covers `project` says about `names`."""

        def read() -> tuple[LockFacts, Iterable[Path], Iterable[Path]]:
            from dagster_commons.discovery.locks import read_lock  # noqa: PLC0415 - seldom needed

            facts = read_lock(project, projects, names)
            return facts, facts.inputs, facts.absent

        if project.uv_root is None:
            return read()[0]
        place = str(project.uv_root)
        members = sorted(str(each) for each in projects.members_of(project.uv_root).values())
        asked = _digest((self._digest_of(names), *members))
        files = tuple(f"{place}{os.sep}{name}" for name in ("uv.lock", "uv.toml"))
        return cast("LockFacts", self._recall(("lock", place, asked), files, read))

    def source(self, file: str, project: str, names: frozenset[str]) -> SourceFile:
        """What a file of code imports, and which of `names` it mentions."""

        def read() -> tuple[SourceFile, Iterable[Path], Iterable[Path]]:
            return _read_source(Path(file), Path(project), names), (), ()

        return cast("SourceFile", self._recall(("source", file, project, self._digest_of(names)), (file,), read))

    def save(self) -> None:
        """Write what this run asked for, if it is not what is on disk; a cache that cannot be written is none."""
        if self._asked.keys() == self._known.keys() and all(
            self._known[key] is each for key, each in self._asked.items()
        ):
            return
        content = pickle.dumps(self._asked, protocol=5)
        with contextlib.suppress(OSError):
            import tempfile  # noqa: PLC0415 - lazy: a run that found everything does not write

            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self._file.parent, prefix=".part-")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(_fingerprint() + hashlib.sha256(content).digest() + content)
                Path(part).replace(self._file)
            finally:
                Path(part).unlink(missing_ok=True)

    def _digest_of(self, names: frozenset[str]) -> str:
        if names not in self._digests:
            self._digests[names] = _digest(sorted(names))
        return self._digests[names]

    def _recall(
        self, key: Key, files: tuple[str, ...], read: Callable[[], tuple[object, Iterable[Path], Iterable[Path]]]
    ) -> object:
        """The value remembered for `key`, else what `read` answers: it, the files it has read, and those it missed."""
        entry = self._known.get(key)
        if entry is not None and all(_stamp(file) == stamp for file, stamp in entry[1]):
            self._asked[key] = entry
            return entry[0]
        before = {file: _stamp(file) for file in files}
        value, inputs, absent = read()
        after = {file: _stamp(file) for file in (*files, *map(str, inputs), *map(str, absent))}
        is_settled = (
            all(after[file] == stamp for file, stamp in before.items())
            and all(after[str(file)] is not None for file in inputs)
            and all(after[str(file)] is None for file in absent)
        )
        if is_settled and not self._is_racy(after.values()):
            self._asked[key] = (value, tuple(after.items()))
        return value

    def _is_racy(self, stamps: Iterable[Stamp]) -> bool:
        newest = max((max(stamp[1], stamp[2]) for stamp in stamps if stamp is not None), default=0)
        return newest > self._started - _RACY_NS


def _read_source(file: Path, project: Path, names: frozenset[str]) -> SourceFile:
    from dagster_commons.analysis.imports import imports_of, mentions_of  # noqa: PLC0415 - lazy: `check` alone needs it
    from dagster_commons.model.source_files import SourceFile  # noqa: PLC0415

    try:
        text = file.read_bytes().decode("utf-8-sig")
        mentions = mentions_of(text, names)
        if file.suffix != ".py":
            return SourceFile(path=file, project=project, mentions=mentions)
        return SourceFile(path=file, project=project, imports=imports_of(text), mentions=mentions)
    except FileNotFoundError:
        return SourceFile(path=file, project=project)
    except OSError as error:
        return SourceFile(path=file, project=project, unread=f"{file.name} cannot be read: {error.strerror}")
    except SyntaxError as error:  # of another Python than ours
        said = f"{file.name}:{error.lineno} cannot be parsed by Python 3.{sys.version_info.minor}: {error.msg}"
        return SourceFile(path=file, project=project, unread=said)
    except (ValueError, RecursionError) as error:  # no UTF-8, for one
        return SourceFile(path=file, project=project, unread=f"{file.name} cannot be parsed: {error}")


class _FactsUnpickler(pickle.Unpickler):
    """Makes our own values and paths, and nothing else."""

    def find_class(self, module: str, name: str) -> object:
        if module.startswith(_FACTS_MODULES) or (module == "pathlib" and name == "PosixPath"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no fact")


def _load(file: Path) -> dict[Key, _Entry]:
    """What was saved, or nothing when the file is missing, damaged, or made by another version."""
    try:
        content = file.read_bytes()
    except OSError:
        return {}
    fingerprint, digest, payload = (
        content[:_DIGEST_SIZE],
        content[_DIGEST_SIZE : 2 * _DIGEST_SIZE],
        content[2 * _DIGEST_SIZE :],
    )
    if fingerprint != _fingerprint() or digest != hashlib.sha256(payload).digest():
        return {}
    try:
        return cast("dict[Key, _Entry]", _FactsUnpickler(io.BytesIO(payload)).load())
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, TypeError, ValueError):
        return {}  # whole, but not ours


def _fingerprint() -> bytes:
    """Of the code that reads facts: facts read by other code are not remembered."""
    package = Path(__file__).parent.parent
    told = [__version__, sys.version]
    for part in ("discovery", "model", "analysis", "analysis/lock_state", "tools"):
        with os.scandir(package / part) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    told.append(f"{part}/{entry.name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(told).encode()).digest()


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256(os.fsencode("\n".join(texts))).hexdigest()


def _stamp(file: str) -> Stamp:
    try:
        status = os.stat(file)  # noqa: PTH116 - thousands of calls: a Path would double their cost
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
