"""The passwords and tokens of the tests: each holds `MARK`, so that one that escapes is found wherever it went."""

from __future__ import annotations

import secrets

MARK = "s3cret-"


def secret(whose: str) -> str:
    """A password that nobody has used before."""
    return f"{MARK}{whose}-{secrets.token_hex(8)}"
