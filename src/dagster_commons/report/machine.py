"""JSON that other programs parse: `"format": 1`, sorted keys, ASCII, one newline at the end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1


def encode(document: Mapping[str, object]) -> str:
    """`document` with its format number, as text."""
    return json.dumps({"format": FORMAT, **document}, sort_keys=True, indent=2) + "\n"
