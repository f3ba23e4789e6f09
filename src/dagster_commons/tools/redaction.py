"""Credentials left out of what is shown."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/@\s]+:[^/@\s]*@", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """`text` with the user and password of every URL in it left out."""
    return _CREDENTIALS.sub(lambda match: match["scheme"], text)
