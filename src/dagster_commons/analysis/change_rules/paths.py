"""What the parts of a field path mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_commons.model.definitions import ObjectKind

FACETS = ("type", "default", "required", "description")  # of one field of a config schema

_SCHEMA = re.compile(r"(?:ops\.(?:[^.]+\.)+?)?config(?=[.\[{])")
_GIVEN = re.compile(r"config\.[^.]+\.(?=value(?:\.|$))")
# What an op says of itself is judged like the same field of an asset or a job; the rest is the graph it is part of.
_OP_FIELD = re.compile(
    r"ops\.(?:[^.]+\.)+?"
    r"(?=(?:config|retry_policy|pool|code_version|required_resources|op_tags|hooks|description)(?:[.\[{]|$))"
)
_PORT_FIELD = re.compile(r"(?:ops\.(?:[^.]+\.)+?)?(?:inputs|outputs)\.[^.]+\.(?=(?:metadata|description)(?:\.|$))")


def config_root(path: str) -> str | None:
    """The part of `path` that names a config schema, `config` or `ops.load.config`; None where it is in none."""
    found = _SCHEMA.match(path)
    return found[0] if found else None


def is_given_value(kind: ObjectKind, path: str) -> bool:
    """Whether `path` is (in) the value that a resource was configured with, not its schema."""
    return kind == "resource" and _GIVEN.match(path) is not None


def own_field(kind: ObjectKind, path: str) -> str:
    """What rules call `path`: `config.limit.default` for `ops.load.config.limit.default`, `value` for a given value."""
    if kind == "resource":
        return _GIVEN.sub("", path)
    return _PORT_FIELD.sub("", _OP_FIELD.sub("", path, count=1), count=1)
