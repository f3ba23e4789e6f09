"""griffe as the judge: `python bench/griffe_check.py OLD NEW PACKAGE` counts its breaking changes by kind."""

from __future__ import annotations

import json
import sys
from collections import Counter

import griffe


def breaking_changes(old: str, new: str, package: str) -> Counter[str]:
    """How often each kind of breaking change is found between the package in two directories."""
    before, after = (
        griffe.load(
            package,
            search_paths=[place],
            allow_inspection=False,
            try_relative_path=False,
            resolve_aliases=True,
            modules_collection=griffe.ModulesCollection(),
        )
        for place in (old, new)
    )
    if not isinstance(before, griffe.Object) or not isinstance(after, griffe.Object):
        raise SystemExit(f"{package} is no package in {old} and {new}")
    return Counter(each.kind.name for each in griffe.find_breaking_changes(before, after))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(breaking_changes(*sys.argv[1:4])))
