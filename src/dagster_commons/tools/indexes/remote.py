"""A registry on the web, whatever its kind: read as a simple index, written by `uv publish`, then read again.

The page of the index has the last word on what is released: an upload whose answer was lost has arrived when the page
lists its digest, and one that the server took has not until then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import CredentialsError, RefusedError, ToolError, UsageError, VersionPolicyError
from dagster_commons.tools.credentials import index_variables
from dagster_commons.tools.indexes import simple
from dagster_commons.tools.indexes.authentication import credentials_of, how_to_be_let_in
from dagster_commons.tools.indexes.wheels import read_distribution
from dagster_commons.tools.redaction import without_credentials
from dagster_commons.tools.scratch import scratch_directory
from dagster_commons.tools.uv import uv

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.registry import Metadata, ReleasedFile, ReleasedVersion
    from dagster_commons.tools.credentials import Credentials
    from dagster_commons.tools.process import Completed

SECONDS_UNTIL_LISTED = 60.0  # some servers list what they took a little later
SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteIndex:
    """`registry`, asked with the credentials that there are at each call; a page may be `max_age_seconds` old."""

    registry: RemoteRegistry
    max_age_seconds: float = 0

    def releases(self, module: str) -> tuple[ReleasedVersion, ...]:
        """As `Index.releases`."""
        try:
            credentials = credentials_of(self.registry)
            return simple.read_releases(
                self.registry.index_url, module, credentials, max_age_seconds=self.max_age_seconds
            )
        except CredentialsError as error:
            raise self._let_nobody_in(error) from error
        except ToolError as error:
            raise ToolError(
                f"registry {self.registry.name} cannot be read: {error.message}", hint=error.hint
            ) from error

    def metadata(self, module: str, release: ReleasedVersion) -> Metadata:
        """As `Index.metadata`."""
        del module
        wheels = [each for each in release.files if each.name.endswith(".whl")]
        try:
            file = (wheels or list(release.files))[0]
            return simple.read_metadata(file, self.registry.index_url, credentials_of(self.registry))
        except CredentialsError as error:
            raise self._let_nobody_in(error) from error

    def fetch(self, module: str, release: ReleasedVersion, directory: Path) -> Path:
        """As `Index.fetch`."""
        del module
        chosen = next((each for each in release.files if each.name.endswith(".whl")), release.files[0])
        try:
            content = simple.read_file(chosen, self.registry.index_url, credentials_of(self.registry))
        except CredentialsError as error:
            raise self._let_nobody_in(error) from error
        directory.mkdir(parents=True, exist_ok=True)
        (directory / chosen.name).write_bytes(content)
        return directory / chosen.name

    def unreleased(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """As `Index.unreleased`."""
        return tuple(each for each in files if not self._is_listed(each))

    def publish(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """As `Index.publish`.  The wheel goes first: of several publishers at once, who has its place wins."""
        added = self.unreleased(tuple(sorted(files, key=lambda each: (not each.name.endswith(".whl"), each.name))))
        for each in added:
            self._upload(each)
        return added

    def _upload(self, file: Path) -> None:
        url = self.registry.publish_url
        if url is None:
            raise UsageError(
                f"registry {self.registry.name} has no publish-url in commons.toml",
                hint='add publish-url = "https://…"',
            )
        try:
            credentials = credentials_of(self.registry)
        except CredentialsError as error:
            raise self._let_nobody_in(error) from error
        with scratch_directory() as scratch:
            (scratch / "uv.toml").write_text(_settings(self.registry, url), "utf-8")
            ended = uv(
                scratch,
                *("publish", "--index", self.registry.name, "--trusted-publishing", "never", "--no-attestations"),
                str(file),
                environment=_variables(self.registry, credentials),
                check=False,
            )
        self._require_listed(file, ended, credentials)

    def _require_listed(self, file: Path, ended: Completed, credentials: Credentials | None) -> None:
        """See that the page lists the file now, or say why it does not."""
        deadline = time.monotonic() + (SECONDS_UNTIL_LISTED if ended.exit_code == 0 else 0)
        while not self._is_listed(file):
            if time.monotonic() > deadline:
                raise self._not_published(file, ended, credentials)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _is_listed(self, file: Path) -> bool:
        """Whether the page lists these very bytes.

        Raises:
            VersionPolicyError: it lists others under this name, or in the version's one place for such a file.

        """
        offered = read_distribution(file)
        for release in self.releases(offered.metadata.name):
            for each in release.files:
                if each.name == offered.file_name:
                    self._require_same(each, offered.sha256, offered.metadata)
                    return True
        return False

    def _require_same(self, listed: ReleasedFile, sha256: str, metadata: Metadata) -> None:
        digest = listed.sha256
        if digest is None:
            raise RefusedError(
                f"registry {self.registry.name} lists {listed.name} without a sha256, so it cannot be compared",
                hint="see that the server gives sha256 digests on its pages",
            )
        if digest != sha256:
            raise VersionPolicyError(
                f"registry {self.registry.name} has {metadata.name} {metadata.version} already, with other bytes: "
                f"{listed.name} has sha256 {digest[:12]}…, not {sha256[:12]}…",
                hint="a released version never changes: release a higher one "
                "(if an upload was cut off there, remove the broken file on the server first)",
            )

    def _not_published(self, file: Path, ended: Completed, credentials: Credentials | None) -> ToolError:
        name, said = self.registry.name, without_credentials(ended.error_text)
        if ended.exit_code == 0:
            return ToolError(
                f"registry {name} took {file.name}, but its page does not list it after {SECONDS_UNTIL_LISTED:g} s",
                hint="run the command again later: it goes on where this ended",
            )
        if "401" in said:
            who = "asks for credentials" if credentials is None else f"refused the credentials ({credentials.origin})"
            return self._let_nobody_in(CredentialsError(f"it {who}", status=401), to="upload")
        if "403" in said:
            return self._let_nobody_in(CredentialsError("it forbids it to this user", status=403), to="upload")
        if "409" in said:
            raise VersionPolicyError(
                f"registry {name} says that it has {file.name} already, though its page does not list it",
                hint="a version that was deleted there stays reserved: release a higher one",
            )
        return ToolError(f"{file.name} could not be uploaded to registry {name}\n{_innermost(said)}")

    def _let_nobody_in(self, error: CredentialsError, *, to: str = "read") -> CredentialsError:
        doing = "read" if to == "read" else "uploaded into"
        return CredentialsError(
            f"registry {self.registry.name} cannot be {doing}: {error.message}",
            status=error.status,
            hint=error.hint or how_to_be_let_in(self.registry, error.status),
        )


def _settings(registry: RemoteRegistry, publish_url: str) -> str:
    """The `uv.toml` that names the registry: with `--index`, uv authenticates its look at the page, too."""
    return (
        f'[[index]]\nname = "{registry.name}"\nurl = "{registry.index_url}"\npublish-url = "{publish_url}"\n'
        'authenticate = "always"\n'
    )


def _variables(registry: RemoteRegistry, credentials: Credentials | None) -> dict[str, str]:
    if credentials is None:
        return {}
    publishing = {"UV_PUBLISH_USERNAME": credentials.user, "UV_PUBLISH_PASSWORD": credentials.password}
    return publishing | index_variables(registry.name, credentials)


def _innermost(said: str) -> str:
    """What uv said, without the page of HTML that a server may have sent."""
    lines = [line.strip() for line in said.splitlines() if line.startswith(("error:", "  cause:"))]
    return "\n".join(line.removeprefix("error:").removeprefix("cause:").strip() for line in lines)
