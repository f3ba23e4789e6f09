"""Credentials left out of what is shown."""

from __future__ import annotations

import re
from urllib.parse import quote

SHORTEST_SECRET = 4  # what is shorter would blank out ordinary words
HIDDEN = "***"

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/@\s]+:[^/@\s]*@", re.IGNORECASE)
_secrets: set[str] = set()


def hide(secret: str) -> None:
    """From now on, `secret` is left out of what is shown, as it is and as it stands in a URL."""
    if len(secret) >= SHORTEST_SECRET:
        _secrets.update((secret, quote(secret, safe="")))


def without_credentials(text: str) -> str:
    """`text` without the user and password of every URL in it, and without any secret that this process has used."""
    return without_secrets(_CREDENTIALS.sub(lambda match: match["scheme"], text))


def without_secrets(text: str) -> str:
    """`text` without any secret that this process has used."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
