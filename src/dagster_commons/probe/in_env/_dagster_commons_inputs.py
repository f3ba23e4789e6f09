"""What a load depends on: the files it opens and lists, the environment variables it reads, the network, programs.

An audit hook cannot be removed again: `Recorder` is made once per process, in the one that takes the snapshot.
Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import importlib.machinery
import os
import sys
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request")
PROGRAMS = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork", "os.forkpty", "os.spawn")
SYSTEM = ("/proc", "/sys", "/dev", "/usr", "/lib", "/System", "/Library")
WRITING = os.O_WRONLY | os.O_RDWR


class Places:
    """The directories whose files are the user's own, and what is shown instead of each.

    Environments that stand inside such a directory (`.venv`) are not the user's own, unless one of the directories
    lies in them: an unpacked wheel.
    """

    def __init__(self, shown: dict[str, str]) -> None:
        environments = {sys.prefix, sys.base_prefix, sys.exec_prefix}
        self._owned: dict[str, str | None] = {}
        for each in environments:
            self._owned[each] = self._owned[os.path.realpath(each)] = None
        self._others = tuple(each.rstrip(os.sep) + os.sep for each in (*self._owned, *SYSTEM))
        for directory, prefix in shown.items():
            self._owned[directory] = self._owned[os.path.realpath(directory)] = prefix
        self._longest_first = sorted(self._owned, key=len, reverse=True)
        self._known: dict[str, str | None] = {}

    def is_of_environment(self, path: str) -> bool:
        """Whether `path` belongs to Python, to the environment or to the system, which the lock accounts for."""
        if self.shown(path) is not None:
            return False
        return "/site-packages/" in path or path.startswith(self._others)

    def shown(self, path: str) -> str | None:
        """How `path` is shown, or None when it is not the user's own."""
        if path not in self._known:
            self._known[path] = self._found(path)
        return self._known[path]

    def _found(self, path: str) -> str | None:
        for directory in self._longest_first:
            if path == directory or path.startswith(directory.rstrip(os.sep) + os.sep):
                prefix = self._owned[directory]
                rest = path[len(directory) :].strip(os.sep).replace(os.sep, "/")
                if prefix is None or "/site-packages/" in f"/{rest}":
                    return None
                return "/".join(part for part in (prefix.strip("/"), rest) if part) or "."
        return None


class Recorder:
    """Records from the moment it is made."""

    def __init__(self, places: Places) -> None:
        self.has_used_network = False
        self.has_run_programs = False
        self.is_open = True
        self._places = places
        self._files: set[str] = set()
        self._directories: set[str] = set()
        self._environment = record_variables()
        sys.addaudithook(self._heard)

    def close(self) -> None:
        """What is opened from now on is our own doing."""
        self.is_open = False

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(self._environment.read)

    @property
    def missing_variables(self) -> frozenset[str]:
        return frozenset(self._environment.missing)

    def answer(self) -> dict[str, object]:
        return {
            "files": sorted({each for each in map(_source_of, self._files) if self._is_input(each, os.path.isfile)}),
            "directories": sorted(each for each in self._directories if self._is_input(each, os.path.isdir)),
            "variables": sorted(self.variables),
            "has_used_network": self.has_used_network,
            "has_run_programs": self.has_run_programs,
        }

    def _is_input(self, path: str, is_there: Callable[[str], bool]) -> bool:
        """What the load itself made and removed again is none."""
        return not self._places.is_of_environment(path) and is_there(path)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_open:
            return
        if event == "open":
            if isinstance(arguments[0], (str, bytes, os.PathLike)) and not (arguments[2] or 0) & WRITING:
                self._files.add(_absolute(arguments[0]))
        elif event in ("os.listdir", "os.scandir"):
            if isinstance(arguments[0], (str, bytes, os.PathLike)):
                self._directories.add(_absolute(arguments[0]))
        elif event in NETWORK:
            self.has_used_network = True
        elif event in PROGRAMS:
            self.has_run_programs = True


class RecordingEnvironment(os._Environ):  # type: ignore[type-arg]  # noqa: SLF001 - the class of `os.environ` has no other name
    """`os.environ` that remembers which names were asked for; `*` when all of them were."""

    read: set[str]
    missing: set[str]

    def __getitem__(self, name: Any) -> Any:
        self.read.add(str(name))
        try:
            return super().__getitem__(name)
        except KeyError:
            self.missing.add(str(name))
            raise

    def __iter__(self) -> Iterator[Any]:
        self.read.add("*")
        return super().__iter__()


def record_variables() -> RecordingEnvironment:
    """Make the very object `os.environ` record, so that who imported it by name is heard, too."""
    environment: Any = os.environ
    environment.__class__ = RecordingEnvironment
    environment.read, environment.missing = set(), set()
    recording: RecordingEnvironment = environment
    return recording


def compile_own_sources(places: Places) -> None:
    """Neither read nor write compiled files of the user's own modules: they could be stale, and are not ours to write.

    Python tells a stale one by its source's size and modification time in whole seconds.
    """
    loader: Any = importlib.machinery.SourceFileLoader
    get_data, set_data = loader.get_data, loader.set_data

    def read(self: importlib.machinery.SourceFileLoader, path: str) -> bytes:
        if path.endswith(".pyc") and places.shown(path) is not None:
            raise OSError("compiled files of the user's own modules are not read")
        source: bytes = get_data(self, path)
        return source

    def write(self: importlib.machinery.SourceFileLoader, path: str, data: bytes, *, _mode: int = 0o666) -> None:
        if places.shown(path) is None:
            set_data(self, path, data, _mode=_mode)

    loader.get_data, loader.set_data = read, write


def _absolute(path: Any) -> str:
    return os.path.normpath(os.path.join(_working_directory(), os.fsdecode(path)))


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _source_of(path: str) -> str:
    """The source of a compiled file in `__pycache__`: what a module was loaded from depends on its source."""
    directory, name = os.path.split(path)
    if os.path.basename(directory) != "__pycache__":
        return path
    return os.path.join(os.path.dirname(directory), name.partition(".")[0] + ".py")
