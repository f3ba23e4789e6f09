"""Every failure a user can meet: what went wrong, where, what to do next, and the exit code it ends with.

Exit codes are those of ``docs/reference/exit-codes.md``.  A finding of `commons check` is a value
(`model.findings.Finding`), never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class CommonsError(Exception):
    """A failure with its place (`file`, `line`), its remedy (`hint`) and the exit code it ends with."""

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: Path | None = None,
        line: int | None = None,
        docs: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.file = file
        self.line = line
        self.docs = docs


class RefusedError(CommonsError):
    """A change was refused by its proof or by a precondition; nothing was written."""

    exit_code = 1


class UsageError(CommonsError):
    """The command line or a configuration file asks for something that cannot be."""

    exit_code = 2


class NothingDiscoveredError(CommonsError):
    """No code location and no shared module was found where we looked."""

    exit_code = 3


class ToolError(CommonsError):
    """git, uv, a registry or the file system failed."""

    exit_code = 4


class CredentialsError(ToolError):
    """A registry let nobody in: it asks for credentials (401), refused them (401) or forbids it to them (403)."""

    def __init__(self, message: str, *, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status  # HTTP's; None: no server was asked, for there is nothing to say to it


class PublishError(CommonsError):
    """A registry did not take a release; the files here are as they were."""

    exit_code = 4


class StalePlanError(CommonsError):
    """Files changed between planning and writing, or since the change that `undo` takes back; nothing was written."""

    exit_code = 6


class VersionPolicyError(CommonsError):
    """A version is not allowed: it is released with other bytes, older than the one the tree is at, less than what
    changed asks for, or of a kind that says nothing about that; or what changed cannot be read, so that none follows.
    """

    exit_code = 7


class RollbackIncompleteError(CommonsError):
    """A rollback or an undo could not restore everything; the message names the backup."""

    exit_code = 8


class InterruptedRunError(CommonsError):
    """Ctrl-C or SIGTERM arrived; what had been written was rolled back."""

    exit_code = 130
