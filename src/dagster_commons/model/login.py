"""What asking a registry with credentials, and without, has shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_commons.model.configuration import RegistryKind

Nobody: TypeAlias = Literal["let-in", "refused", "unclear"]  # what becomes of who asks without credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A registry let us in; a refusal is a CredentialsError.  `user` None: nothing was said, or had to be."""

    registry: str
    kind: RegistryKind
    place: str  # the index URL, or the directory relative to the root
    asked_at: datetime
    user: str | None = None
    origin: str | None = None
    expires: datetime | None = None
    module: str | None = None  # whose page was asked for; None: nobody was asked
    versions: tuple[str, ...] = ()  # on that page, newest last
    nobody: Nobody | None = None
