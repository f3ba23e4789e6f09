"""Dependency confusion, row by row: what a project says, what is run, and who wins.

Two loopback indexes: the private one has `shared` 0.1.3 and `report`, which needs `shared`; the public one has a
stranger's `shared` 99.0.  Each row is carried out by the real uv and the real pip.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from dagster_commons.tools import lockfile
from dagster_commons.tools.process import Command, run
from dagster_commons.tools.uv import binary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from package_index import PackageIndex

Winner: TypeAlias = Literal["public", "private", "error"]

EXPLICIT = '[[tool.uv.index]]\nname = "corp"\nurl = "{private}"\nexplicit = true\nauthenticate = "always"\n'
SOURCE = '[tool.uv.sources]\nshared = { index = "corp" }\n'
REPORT = '[tool.uv.sources]\nshared = { index = "corp" }\nreport = { index = "corp" }\n'
NOWHERE = "http://127.0.0.1:9/simple/"  # the discard port: nobody listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table.  `{private}` and `{wrong}` in texts become the private index and one that has nothing.

    `script` is what a Dockerfile runs; its first word is the program.  `rules` are those that must fire (none where
    nobody is hurt), and `version` is what of `shared` is asked for.
    """

    name: str
    winner: Winner
    script: str
    rules: frozenset[str] = frozenset()
    tables: str = ""
    dependencies: tuple[str, ...] = ("shared",)
    settings: tuple[tuple[str, str], ...] = ()  # ENV lines of the Dockerfile
    needs_lock: bool = False  # whether it shows only once something is locked


ROWS = (
    Row(name="plain", winner="public", script="uv lock", rules=frozenset({"REG002"})),
    Row(
        name="pip with an extra index",
        winner="public",
        script="pip install --extra-index-url {private} shared",
        rules=frozenset({"REG012"}),
    ),
    Row(
        name="pip with an extra index in the environment",
        winner="public",
        script="pip install shared",
        settings=(("PIP_EXTRA_INDEX_URL", "{private}"),),
        rules=frozenset({"REG012"}),
    ),
    Row(
        name="pip with an extra index that is down",
        winner="public",
        script=f"pip install --retries 0 --extra-index-url {NOWHERE} shared",
        rules=frozenset({"REG012"}),
    ),
    Row(
        name="uv --index, 404 or typo",
        winner="public",
        script="uv lock --index {wrong}",
        rules=frozenset({"REG012"}),
    ),
    Row(
        name="UV_INDEX, 404 or typo",
        winner="public",
        script="uv lock",
        settings=(("UV_INDEX", "{wrong}"),),
        rules=frozenset({"REG012"}),
    ),
    Row(
        name="an index of the project that is not explicit, 404 or typo",
        winner="public",
        script="uv lock",
        tables='[[tool.uv.index]]\nname = "corp"\nurl = "{wrong}"\n',
        rules=frozenset({"REG003"}),
    ),
    Row(
        name="unsafe-best-match",
        winner="public",
        script="uv lock",
        tables='[tool.uv]\nindex-strategy = "unsafe-best-match"\n' + EXPLICIT.replace("explicit = true\n", ""),
        rules=frozenset({"REG004"}),
    ),
    Row(
        name="unsafe-first-match",
        winner="public",
        script="uv lock --index-strategy unsafe-first-match",
        dependencies=("shared>=1",),
        tables=EXPLICIT.replace("explicit = true\n", ""),
        rules=frozenset({"REG004"}),
    ),
    Row(
        name="unsafe-best-match in the environment",
        winner="public",
        script="uv lock",
        tables=EXPLICIT.replace("explicit = true\n", ""),
        settings=(("UV_INDEX_STRATEGY", "unsafe-best-match"),),
        rules=frozenset({"REG004"}),
    ),
    Row(
        name="explicit index, sources entry forgotten",
        winner="public",
        script="uv lock",
        tables=EXPLICIT,
        rules=frozenset({"REG002"}),
    ),
    Row(
        name="explicit index, and a private module brings shared along",
        winner="public",
        script="uv lock",
        dependencies=("report==1.0",),
        tables=EXPLICIT + REPORT,
        rules=frozenset({"REG005", "REG006"}),
        needs_lock=True,
    ),
    Row(
        name="the same with an exact constraint",
        winner="private",
        script="uv lock",
        dependencies=("report==1.0",),
        tables='[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n' + EXPLICIT + REPORT,
    ),
    Row(
        name="explicit index and source pin, URL 404",
        winner="error",
        script="uv lock",
        dependencies=("shared==0.1.3",),
        tables=EXPLICIT.replace("{private}", "{wrong}") + SOURCE,
    ),
    Row(
        name="explicit index and source pin",
        winner="private",
        script="uv lock",
        dependencies=("shared==0.1.3",),
        tables=EXPLICIT + SOURCE,
    ),
    Row(
        name="uv lock --no-sources",
        winner="public",
        script="uv lock --no-sources",
        tables=EXPLICIT + SOURCE,
        rules=frozenset({"REG013"}),
    ),
    Row(
        name="UV_NO_SOURCES",
        winner="public",
        script="uv lock",
        tables=EXPLICIT + SOURCE,
        settings=(("UV_NO_SOURCES", "1"),),
        rules=frozenset({"REG013"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """Where a row is carried out: the consumer's directory, and the two indexes."""

    root: Path
    private: PackageIndex
    public: PackageIndex

    def url(self, text: str) -> str:
        wrong = self.private.url.replace("/simple/", "/smiple/")
        return text.replace("{private}", self.private.url).replace("{wrong}", wrong)

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The credentials of the private index, and the public one as the default of uv and pip."""
        return {
            **self.private.credentials("corp"),
            "UV_DEFAULT_INDEX": self.public.url,
            "UV_CACHE_DIR": str(self.root / "uv-cache"),
            "UV_PYTHON_DOWNLOADS": "never",
            "PIP_INDEX_URL": self.public.url,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "NETRC": str(self.root / "netrc"),
            **settings,
        }

    def carry_out(self, row: Row) -> Winner:
        """Run the row's script in the consumer's directory; whose `shared` it ends with."""
        program, *arguments = self.url(row.script).split()
        settings = {name: self.url(value) for name, value in row.settings}
        target = self.root / "installed"
        argv = (
            (str(binary()), *arguments, "--python", sys.executable)
            if program == "uv"
            else (sys.executable, "-m", "pip", *arguments, "--target", str(target))
        )
        without = tuple(each for each in os.environ if each.startswith(("UV_", "PIP_")))
        command = Command(argv=argv, cwd=self.root / "finance", environment=self.environment(settings), without=without)
        ended = run(command, check=False)
        if ended.exit_code != 0:
            return "error"
        if program == "uv":
            [source] = lockfile.read(self.root / "finance/uv.lock").sources("shared")
            return "private" if source.value.rstrip("/") == self.private.url.rstrip("/") else "public"
        return "private" if "'private'" in (target / "shared/__init__.py").read_text() else "public"
