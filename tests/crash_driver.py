"""Call `execution` in a process of its own that can be killed, refused or interrupted: a child of the tests, and how to call it."""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons import execution
from dagster_commons.errors import CommonsError
from drawn_changes import change, staged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dagster_commons.model.plan import Effect, Upload

NOBODY = 65534
KILLED = -signal.SIGKILL
SECONDS_ALLOWED = 60
CHANGES_OF_THE_FILE_SYSTEM = (
    "fsync",
    "replace",
    "rename",
    "unlink",
    "remove",
    "mkdir",
    "rmdir",
    "write",
    "pwrite",
    "ftruncate",
    "fchmod",
)


def start(
    root: Path, action: str = "apply", *, environment: Mapping[str, str] | None = None, **order: object
) -> subprocess.Popen[str]:
    """Begin `action` ("apply", "undo" or "recover") on `root` in a child.

    `files`: pairs of path and text (None removes); `effects_file`: further effects, pickled; `die_before`: the number of
    the change of the file system before which the child kills itself; `user`: the user id to become; `largest_file`: bytes
    that a file may have; `is_publishing`: stay in the publisher until interrupted, after printing a line.
    """
    text = json.dumps({"root": str(root), "action": action, **order}, default=str)
    return subprocess.Popen(
        [sys.executable, __file__, text],
        env=os.environ | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def call(
    root: Path, action: str = "apply", *, environment: Mapping[str, str] | None = None, **order: object
) -> subprocess.CompletedProcess[str]:
    """As `start`, until the child has ended."""
    child = start(root, action, environment=environment, **order)
    stdout, stderr = child.communicate(timeout=SECONDS_ALLOWED)
    return subprocess.CompletedProcess(child.args, child.returncode, stdout, stderr)


def main() -> int:
    order = json.loads(sys.argv[1])
    effects: list[Effect] = [change(Path(path), text) for path, text in order.get("files", [])]
    if "effects_file" in order:
        effects += pickle.loads(Path(order["effects_file"]).read_bytes())  # noqa: S301 - written by the test itself
    if "user" in order:
        os.setuid(order["user"])
    if "largest_file" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
    if "die_before" in order:
        die_before_change(order["die_before"])
    try:
        print(carried_out(order, effects))  # noqa: T201 - what the test reads
    except CommonsError as error:
        print(f"{type(error).__name__}: {error.message}")  # noqa: T201 - what the test reads
        return error.exit_code
    return 0


def carried_out(order: dict, effects: Sequence[Effect]) -> str:
    root = Path(order["root"])
    match order["action"]:
        case "recover":
            return str(execution.recover(root))
        case "undo":
            return execution.undo(root, argv=("undo",)).kind
    plan = staged(*effects, uploads=("0.2.0",) if "is_publishing" in order else ())
    outcome = execution.apply(root, plan, argv=("add", "shared"), publish=wait)
    return f"{outcome.kind} {outcome.reason} {outcome.notes}"


def wait(upload: Upload) -> None:
    print(f"publishing {upload.version}", flush=True)  # noqa: T201 - what the test waits for
    time.sleep(SECONDS_ALLOWED)


def die_before_change(number: int) -> None:
    """Let a SIGKILL arrive just before the change of the file system with this number, counted from 0."""
    count = iter(range(sys.maxsize))

    def dying(function: Callable) -> Callable:
        def call_or_die(*arguments: object, **named: object) -> object:
            if next(count) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call_or_die

    for name in CHANGES_OF_THE_FILE_SYSTEM:
        setattr(os, name, dying(getattr(os, name)))


if __name__ == "__main__":
    sys.exit(main())
