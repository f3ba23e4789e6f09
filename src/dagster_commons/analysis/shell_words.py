"""What commands in build and CI files do with locks and environments, read off their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dagster_commons.model.build_files import BuildFile, Command

_TRUE = frozenset({"1", "true", "yes", "on"})
_PATH_SEPARATORS = "/\\"


def program(command: Command) -> str:
    """The name of the program without its directory; empty for none."""
    words = command.words
    return words[0].rstrip(_PATH_SEPARATORS).rpartition("/")[2] if words else ""


def arguments(command: Command) -> tuple[str, ...]:
    """What follows the program; for `python -m NAME …` what follows NAME."""
    words = command.words
    return words[1:]


def frozen_installs(file: BuildFile) -> Iterator[Command]:
    """Calls of uv that take the lock as it is, stale or not."""
    return (command for command in file.commands if is_frozen(file, command))


def is_frozen(file: BuildFile, command: Command) -> bool:
    """Whether it is a call of uv that takes the lock as it is: it reads no project but the one it is called in."""
    given = arguments(command)
    if program(command) != "uv" or _subcommand(given) not in ("sync", "run", "export") or "--locked" in given:
        return False
    is_set = any(each.name == "UV_FROZEN" and each.value.lower() in _TRUE for each in file.settings)
    return is_set or "--frozen" in given or command.text.startswith("UV_FROZEN=")


def checks_locks(file: BuildFile) -> bool:
    """Whether anything in the file fails on a stale lock."""
    is_locked = any(each.name == "UV_LOCKED" and each.value.lower() in _TRUE for each in file.settings)
    is_action = any("dagster-commons" in (step.uses or "") for step in file.steps)
    return is_locked or is_action or any(_is_lock_check(command) for command in file.commands)


def is_install(command: Command) -> bool:
    """Whether it installs a project into an environment from its lock."""
    return program(command) == "uv" and _subcommand(arguments(command)) == "sync"


def _is_lock_check(command: Command) -> bool:
    given = arguments(command)
    if program(command) == "commons":
        return "check" in given
    if program(command) in ("uvx", "pipx") and "check" in given:
        return any(each.startswith("dagster-commons") or each == "commons" for each in given)
    return program(command) == "uv" and ("--locked" in given or ("lock" in given[:3] and "--check" in given))


def _subcommand(given: tuple[str, ...]) -> str:
    """The first word that is no option; uv's global options with a value are few in front of it."""
    skip = False
    for word in given:
        if skip:
            skip = False
        elif word in ("--directory", "--project", "--cache-dir", "--config-file", "--color"):
            skip = True
        elif not word.startswith("-"):
            return word
    return ""
