"""The one interface of all registries: read by module, written by file, whatever the kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, assert_never

from dagster_commons.model.configuration import EmbeddedRegistry, RemoteRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.registry import Metadata, ReleasedVersion


class Index(Protocol):
    """A registry as it is read and written here.  Every call may raise ToolError, and CredentialsError on the web."""

    def releases(self, module: str) -> tuple[ReleasedVersion, ...]:
        """The versions of `module`, newest last; none where the registry has no such module."""
        ...

    def metadata(self, module: str, release: ReleasedVersion) -> Metadata:
        """What the wheel of a release requires (its sdist, where it has no wheel)."""
        ...

    def fetch(self, module: str, release: ReleasedVersion, directory: Path) -> Path:
        """A wheel of the release as a file: where the registry has it, or fetched into `directory`."""
        ...

    def unreleased(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """Those of `files` (all of one version) that `publish` would add; nothing is written.

        Raises:
            VersionPolicyError: the version has this wheel or sdist already, with other bytes.

        """
        ...

    def publish(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """Release wheels and sdists of one version, immutably; returns those that were not there before.

        When it returns, the registry's page lists every one of them with its sha256.

        Raises:
            VersionPolicyError: the version has this wheel or sdist already, with other bytes.

        """
        ...


def open_index(registry: Registry, *, max_age_seconds: float = 0) -> Index:
    """The registry, ready to be asked; nothing is asked yet.  A page on the web may be `max_age_seconds` old."""
    match registry:
        case EmbeddedRegistry():
            from dagster_commons.tools.indexes.embedded import EmbeddedIndex  # noqa: PLC0415 - only the kind in use

            return EmbeddedIndex(directory=registry.directory)
        case RemoteRegistry():
            from dagster_commons.tools.indexes.remote import RemoteIndex  # noqa: PLC0415 - likewise

            return RemoteIndex(registry=registry, max_age_seconds=max_age_seconds)
        case _:
            assert_never(registry)
