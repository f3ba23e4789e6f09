"""uv, the program: found in its distribution package, called with the user's indexes and our rules."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.errors import ToolError
from dagster_commons.tools.process import Command, Completed, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

OLDEST_SUPPORTED = (0, 9)
# Settings of the shell that change what a lock should say, so that its owner's lock would look stale.
RESOLUTION_SETTINGS = (
    "UV_BUILD_CONSTRAINT",
    "UV_CONSTRAINT",
    "UV_EXCLUDE_NEWER",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_FORK_STRATEGY",
    "UV_FROZEN",
    "UV_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_LOCKED",
    "UV_NO_SOURCES",
    "UV_OVERRIDE",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "UV_UPGRADE",
)
# Settings of the shell that would turn a call of ours into another: another project, no lock made, no sources read.
NEVER_PASSED_ON = (
    "UV_DRY_RUN",
    "UV_FROZEN",
    "UV_LOCKED",
    "UV_NO_EDITABLE",
    "UV_NO_SOURCES",
    "UV_NO_SOURCES_PACKAGE",
    "UV_NO_SYNC",
    "UV_PROJECT",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
)
# Commands that may read an index, and so may need a password for it.
READING_INDEXES = frozenset({"build", "lock", "pip", "sync", "tool"})
READING_NONE = (("pip", "check"), ("pip", "uninstall"))
OF_A_PROJECT = frozenset({"build", "lock", "sync"})
OPTIONS_READING_NONE = frozenset({"--no-index", "--offline"})
_finding = threading.Lock()  # it asks sysconfig, whose first answers are wrong when several threads ask at once
_providers: list[Callable[[str | None], Mapping[str, str]]] = []
UNWRAPPED = {"COLUMNS": "10000"}  # columns: uv breaks the lines of its errors, also where nobody asked it to


def uv(
    directory: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    without: tuple[str, ...] = (),
    check: bool = True,
    timeout_seconds: float | None = None,
) -> Completed:
    """Run uv in `directory` without progress bars or colour, and without the environment variables named.

    Raises:
        ToolError: uv is missing, or (with `check`) ended with a non-zero code.

    """
    given = variables_given(_settings(directory, arguments)) if _may_read_an_index(arguments) else {}
    command = Command(
        argv=(str(binary()), "--no-progress", "--color", "never", *arguments),
        cwd=directory,
        environment=UNWRAPPED | given | dict(environment or {}),
        without=(*NEVER_PASSED_ON, *without),
        timeout_seconds=timeout_seconds,
    )
    return run(command, check=check)


@contextlib.contextmanager
def authenticated(variables: Callable[[str | None], Mapping[str, str]]) -> Iterator[None]:
    """While the context is open, every call that may read an index gets what `variables` gives just before it.

    `variables` is told all text that can name the indexes of the call, or None where that is not known.
    """
    _providers.append(variables)
    try:
        yield
    finally:
        _providers.remove(variables)


def binary() -> Path:
    """The uv program that the `uv` distribution package ships.

    Raises:
        ToolError: the distribution package is there but its program is not.

    """
    from uv import find_uv_bin  # noqa: PLC0415 - lazy: commands that never start uv do not pay for it

    try:
        with _finding:
            return Path(find_uv_bin())
    except FileNotFoundError as error:
        raise ToolError("uv is not installed beside commons", hint="pip install uv") from error


def variables_given(settings: str | None = None) -> dict[str, str]:
    """What a call that may read an index gets beside the user's own environment, `settings` being all that names it."""
    return {name: value for variables in _providers for name, value in variables(settings).items()}


def _may_read_an_index(arguments: tuple[str, ...]) -> bool:
    if arguments[0] not in READING_INDEXES or arguments[:2] in READING_NONE:
        return False
    return OPTIONS_READING_NONE.isdisjoint(arguments)


def _settings(directory: Path, arguments: tuple[str, ...]) -> str | None:
    """All that tells uv of indexes when it works on the project in `directory`; None: it works on something else."""
    above = (directory, *directory.parents)
    if arguments[0] not in OF_A_PROJECT or not any((each / "pyproject.toml").is_file() for each in above):
        return None
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    system = [Path(each) for each in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    files = [each / name for each in above for name in ("pyproject.toml", "uv.toml")]
    files += [each / "uv/uv.toml" for each in (home, *system, Path("/etc"))]
    files += [Path(os.environ["UV_CONFIG_FILE"])] if "UV_CONFIG_FILE" in os.environ else []
    texts = [each.read_text("utf-8", "replace") for each in files if each.is_file()]
    return "\n".join((*texts, *(value for name, value in os.environ.items() if name.startswith("UV_"))))
