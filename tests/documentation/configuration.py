"""`docs/reference/commons-toml.md` names exactly the keys that `commons.toml` may hold, and its examples are valid."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_commons.discovery.configuration import read_configuration
from dagster_commons.errors import UsageError

from .pages import ROOT, Page, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "docs/reference/commons-toml.md"

# The table behind each heading of the page, opened so that a key can follow.
TABLES = {
    "Top level": "",
    "`[fleet]`": "[fleet]\n",
    "`[registries.NAME]` of kind `embedded`": '[registries.corp]\nkind = "embedded"\n',
    "`[registries.NAME]` of kind `simple`": '[registries.corp]\nkind = "simple"\n',
    "`[registries.NAME]` of kind `codeartifact`": '[registries.corp]\nkind = "codeartifact"\n',
    "`[registries.NAME]` of kind `artifact-registry`": '[registries.corp]\nkind = "artifact-registry"\n',
    "`[registries.NAME]` of kind `azure-artifacts`": '[registries.corp]\nkind = "azure-artifacts"\n',
    "`[sources.MODULE]`": "[sources.shared]\n",
    "`[locations.NAME]`": "[locations.finance]\n",
    "`[[accept]]`": "[[accept]]\n",
}

_UNKNOWN_KEY = "qqqqqqqq"
_KNOWN_HERE = "known here: "
_ROW = re.compile(r"\| `(?P<key>[\w-]+)` \|")


def undocumented_keys(page: Page) -> Iterator[Problem]:
    """Keys that the code knows and the page does not, or the reverse, table by table."""
    documented = _documented(page)
    for heading, opening in TABLES.items():
        line, keys = documented.get(heading, (1, frozenset()))
        known = known_keys(opening)
        for key in sorted(known ^ keys):
            what = "is not documented" if key in known else "is no key that commons.toml may hold"
            yield Problem(file=page.file, line=line, message=f"{heading}: `{key}` {what}")


def invalid_examples(page: Page) -> Iterator[Problem]:
    """TOML blocks of the page that `commons` would refuse."""
    for block in page.blocks:
        if block.language == "toml":
            refusal = _refusal(block.text)
            if refusal is not None:
                line = block.line + (refusal.line or 1) - 1
                yield Problem(file=page.file, line=line, message=refusal.message)


def known_keys(opening: str) -> frozenset[str]:
    """The keys that the table which `opening` begins may hold, as the refusal of an unknown one names them.

    Raises:
        LookupError: the refusal names none.

    """
    refusal = _refusal(f"{opening}{_UNKNOWN_KEY} = 1\n")
    if refusal is None or refusal.hint is None or not refusal.hint.startswith(_KNOWN_HERE):
        raise LookupError(f"an unknown key after `{opening.strip()}` is not refused with the known ones: {refusal}")
    return frozenset(refusal.hint.removeprefix(_KNOWN_HERE).split(", "))


def _documented(page: Page) -> dict[str, tuple[int, frozenset[str]]]:
    """The keys that begin table rows, by the heading above them, with the heading's line."""
    found: dict[str, tuple[int, frozenset[str]]] = {}
    heading, line = "", 1
    for number, text in page.prose:
        if text.startswith("#"):
            heading, line = text.lstrip("# "), number
        row = _ROW.match(text)
        if row:
            _, keys = found.get(heading, (line, frozenset()))
            found[heading] = (line, keys | {row["key"]})
    return found


def _refusal(text: str) -> UsageError | None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "commons.toml").write_text(text, "utf-8")
        try:
            read_configuration(Path(name))
        except UsageError as error:
            return error
    return None
