"""`python -m tests.documentation` checks the pages, `--write` writes the generated parts first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from . import commands, configuration, finding_ids, generated, json_examples, links, names
from .pages import ROOT, Problem, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = ROOT / "src" / "dagster_commons"


def problems() -> Iterator[Problem]:
    """Everything that is wrong with the pages as they are on disk."""
    read = pages()
    by_file = {page.file: page for page in read}
    yield from links.broken_links(read)
    yield from links.broken_mentions(SOURCE, read)
    yield from commands.unknown_commands(read)
    yield from commands.verbs_named_by_messages(SOURCE)
    yield from names.forbidden_names(read)
    yield from generated.drifted(read)
    yield from configuration.undocumented_keys(by_file[configuration.FILE])
    yield from configuration.invalid_examples(by_file[configuration.FILE])
    yield from finding_ids.undocumented_ids(by_file[finding_ids.FILE], SOURCE)


def main() -> int:
    """1 when something is wrong, else 0."""
    if "--write" in sys.argv[1:]:
        changed = (*generated.write(), *((json_examples.FILE,) if json_examples.write() else ()))
        sys.stdout.write("".join(f"written: {file.relative_to(ROOT)}\n" for file in changed))
    found = sorted(set(problems()))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"documentation: {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
