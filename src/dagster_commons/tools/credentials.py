"""A user and a password for a package index: where uv would find them, and what it calls them."""

from __future__ import annotations

import netrc
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dagster_commons.tools.redaction import hide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A user and a password; `origin` says where they were found.  The password is shown nowhere from now on."""

    user: str
    password: str
    origin: str = ""
    expires: datetime | None = None  # None: not known, or never

    def __post_init__(self) -> None:
        hide(self.password)

    def __repr__(self) -> str:
        return "Credentials(…)"


def credentials_for(
    url: str, index_name: str | None, *, environment: Mapping[str, str] = os.environ
) -> Credentials | None:
    """What uv would use: `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD`, else what `netrc` has for the host."""
    if index_name is not None:
        stem = variable_stem(index_name)
        user, password = (environment.get(f"{stem}_{end}") for end in ("USERNAME", "PASSWORD"))
        if user is not None or password is not None:
            return Credentials(user=user or "", password=password or "", origin=f"{stem}_USERNAME and _PASSWORD")
    try:
        found = netrc.netrc(environment.get("NETRC")).authenticators(urlsplit(url).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return Credentials(user=found[0], password=found[2] or "", origin="netrc") if found is not None else None


def has_variables(index_name: str, *, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the user has set uv's variables for the index."""
    return any(f"{variable_stem(index_name)}_{end}" in environment for end in ("USERNAME", "PASSWORD"))


def variable_stem(index_name: str) -> str:
    """What uv's variables for the index begin with."""
    return "UV_INDEX_" + re.sub(r"[^A-Za-z0-9]", "_", index_name).upper()


def index_variables(index_name: str, credentials: Credentials) -> dict[str, str]:
    """What uv finds in its environment when it reads the index."""
    stem = variable_stem(index_name)
    return {f"{stem}_USERNAME": credentials.user, f"{stem}_PASSWORD": credentials.password}
