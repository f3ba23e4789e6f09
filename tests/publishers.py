"""Publishers, each a process of its own: an order a line on stdin, what came of it a line on stdout.

An order is `directory` (an embedded registry) or `index` and `publish` (URLs of one on the web, called corp), and `files`.
The answer has the exit code that `commons` would end with, and what it would say.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_commons.errors import CommonsError
from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry
from dagster_commons.tools.indexes.index import open_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dagster_commons.model.configuration import Registry

INTERRUPTED = 130


class Publisher:
    """One process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.answer() == {"ready": True}

    def order(self, registry: Registry, files: Sequence[Path]) -> None:
        """Begin to publish; `answer` waits for the end."""
        assert self.process.stdin is not None
        self.process.stdin.write(_order(registry, files) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"a publisher ended with {self.process.wait()}"
        return json.loads(line)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextlib.contextmanager
def publishers(number: int, environment: Mapping[str, str]) -> Iterator[list[Publisher]]:
    """So many publishers, ready, with what they find in their environment."""
    with contextlib.ExitStack() as until_the_end:
        started = []
        for _ in range(number):
            started.append(Publisher(environment))
            until_the_end.callback(started[-1].end)
        yield started


def _order(registry: Registry, files: Sequence[Path]) -> str:
    match registry:
        case EmbeddedRegistry():
            place = {"directory": str(registry.directory)}
        case RemoteRegistry():
            place = {"index": registry.index_url, "publish": registry.publish_url}
    return json.dumps({**place, "files": [str(each) for each in files]})


def _registry(order: dict[str, Any]) -> Registry:
    if "directory" in order:
        return EmbeddedRegistry(name="corp", directory=Path(order["directory"]))
    return RemoteRegistry(name="corp", kind="simple", index_url=order["index"], publish_url=order["publish"])


def _carried_out(order: dict[str, Any]) -> dict[str, Any]:
    try:
        added = open_index(_registry(order)).publish(tuple(map(Path, order["files"])))
    except CommonsError as error:
        return {"code": error.exit_code, "said": error.message, "hint": error.hint}
    except KeyboardInterrupt:
        return {"code": INTERRUPTED, "said": "interrupted"}
    return {"code": 0, "added": [each.name for each in added]}


def _main() -> None:
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - what the tests read
    for line in sys.stdin:
        print(json.dumps(_carried_out(json.loads(line))), flush=True)  # noqa: T201 - what the tests read


if __name__ == "__main__":
    _main()
