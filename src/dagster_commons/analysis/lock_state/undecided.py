"""The one way in which a comparison says that it cannot tell."""

from __future__ import annotations


class UndecidedError(Exception):
    """What would have to be known is not in the files, or not comparable without uv; the message is the reason.

    Raised within this package only: `lock_state` turns it into the answer "unknown".
    """
