"""A registry on the web, whatever its kind: read as a simple index, written by `uv publish`, then read again.

The page of the index has the last word on what is released: an upload whose answer was lost has arrived when the page
lists its digest, and one that the server took has not until then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster_commons.errors import CredentialsError, RefusedError, ToolError, UsageError, VersionPolicyError
from dagster_commons.tools import web
from dagster_commons.tools.indexes import simple
from dagster_commons.tools.indexes.authentication import credentials_of, how_to_be_let_in
from dagster_commons.tools.indexes.uploads import send
from dagster_commons.tools.indexes.wheels import parse_file_name, read_distribution

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.configuration import RemoteRegistry
    from dagster_commons.model.registry import Metadata, ReleasedFile, ReleasedVersion
    from dagster_commons.tools.credentials import Credentials
    from dagster_commons.tools.indexes.uploads import Sent
    from dagster_commons.tools.indexes.wheels import Distribution

SECONDS_UNTIL_LISTED = 60.0  # some servers list what they took a little later
SECONDS_BETWEEN_LOOKS = 0.5
AGAIN = "run the command again: it goes on where this ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteIndex:
    """`registry`, asked with the credentials that there are at each call; a page may be `max_age_seconds` old."""

    registry: RemoteRegistry
    max_age_seconds: float = 0
    seconds_until_listed: float = SECONDS_UNTIL_LISTED

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
        return tuple(each for each in files if not self._is_listed(read_distribution(each)))

    def publish(self, files: tuple[Path, ...]) -> tuple[Path, ...]:
        """As `Index.publish`.  The wheel goes first: of several publishers at once, who has its place wins."""
        added = self.unreleased(tuple(sorted(files, key=lambda each: (not each.name.endswith(".whl"), each.name))))
        for each in added:
            self._upload(each)
        return added

    def _upload(self, file: Path) -> None:
        """Send the file, and see that the page lists it then."""
        url = self.registry.publish_url
        if url is None:
            raise UsageError(
                f"registry {self.registry.name} has no publish-url in commons.toml",
                hint='add publish-url = "https://…"',
            )
        offered = read_distribution(file)
        try:
            credentials = credentials_of(self.registry)
        except CredentialsError as error:
            raise self._let_nobody_in(error, to="uploaded into") from error
        sent = send(file, self.registry, url, credentials)
        if sent.is_taken or sent.status == web.CONFLICT:
            self._wait_until_listed(offered, sent)
        elif not self._has_arrived(offered, sent):
            raise self._not_taken(offered, sent, credentials)

    def _wait_until_listed(self, offered: Distribution, sent: Sent) -> None:
        deadline = time.monotonic() + self.seconds_until_listed
        while True:
            unread = None
            try:
                if self._is_listed(offered):
                    return
            except CredentialsError:
                raise
            except ToolError as error:
                unread = error
            if time.monotonic() > deadline:
                raise self._not_listed(offered, sent, unread)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _has_arrived(self, offered: Distribution, sent: Sent) -> bool:
        """Whether the page lists what the server did not confirm."""
        try:
            return self._is_listed(offered)
        except ToolError as error:
            if sent.status is not None:
                return False  # the server's own answer says more
            raise ToolError(
                f"{offered.file_name} was sent to registry {self.registry.name}, and nobody knows whether it arrived: "
                f"{sent.said}; {error.message}",
                hint=AGAIN,
            ) from error

    def _is_listed(self, offered: Distribution) -> bool:
        """Whether the page lists these very bytes.

        Raises:
            VersionPolicyError: it lists others under this name, or in the version's one place for such a file.

        """
        for release in self.releases(offered.metadata.name):
            if release.version != offered.metadata.version:
                continue
            for each in release.files:
                if parse_file_name(each.name).slot == offered.slot:
                    self._require_same(each, offered)
                    return True
        return False

    def _require_same(self, listed: ReleasedFile, offered: Distribution) -> None:
        name, digest = self.registry.name, listed.sha256
        if digest is None:
            raise RefusedError(
                f"registry {name} lists {listed.name} without a sha256, so it cannot be compared",
                hint="have the server give sha256 digests on its pages (pypiserver: --hash-algo sha256)",
            )
        if digest == offered.sha256:
            return
        whole = len(offered.content)
        part = self._part_that_it_has(listed, offered.content)
        if part is not None:
            raise VersionPolicyError(
                f"registry {name} has {listed.name} cut off: the first {part} of its {whole} bytes",
                hint=f"an upload was cut off there: have {listed.name} removed on the server, then {AGAIN}",
            )
        raise VersionPolicyError(
            f"registry {name} has {offered.metadata.name} {offered.metadata.version} already, with other bytes: "
            f"{listed.name} has sha256 {digest[:12]}…, not {offered.sha256[:12]}…",
            hint="a released version never changes: release a higher one",
        )

    def _part_that_it_has(self, listed: ReleasedFile, content: bytes) -> int | None:
        """How many of the first bytes the registry has, if it has nothing else: an upload broke off."""
        url = listed.url or ""
        try:
            is_own = web.host_of(url) == web.host_of(self.registry.index_url)
            credentials = credentials_of(self.registry) if is_own else None
            answer = web.get(url, credentials=credentials, longest=len(content))
        except (ToolError, UsageError):
            return None
        return len(answer.content) if answer.status == web.OK and content.startswith(answer.content) else None

    def _not_listed(self, offered: Distribution, sent: Sent, unread: ToolError | None) -> ToolError:
        name, waited = self.registry.name, f"{self.seconds_until_listed:g} s"
        if unread is not None:
            return ToolError(
                f"registry {name} took {offered.file_name}, and is not known to list it: {unread.message}",
                hint=AGAIN,
            )
        if sent.status == web.CONFLICT:
            raise VersionPolicyError(
                f"registry {name} says that it has {offered.file_name} already, and its page does not list it",
                hint="a version that was deleted there stays reserved: release a higher one",
            )
        return ToolError(
            f"registry {name} took {offered.file_name}, but its page does not list it after {waited}",
            hint=f"see that url and publish-url in commons.toml lead to one index; {AGAIN}",
        )

    def _not_taken(self, offered: Distribution, sent: Sent, credentials: Credentials | None) -> ToolError:
        """The error for a file that was refused, or did not get through."""
        by = "without credentials" if credentials is None else f"to {credentials.user} ({credentials.origin})"
        match sent.status:
            case web.UNAUTHORISED:
                origin = "" if credentials is None else credentials.origin
                said = "it asks for credentials" if credentials is None else f"it refused the credentials ({origin})"
                return self._let_nobody_in(CredentialsError(said, status=sent.status), to="uploaded into")
            case web.FORBIDDEN:
                said, hint = f"it forbids it {by}", how_to_be_let_in(self.registry, sent.status)
                if self.registry.kind == "simple":
                    hint = f"the user needs the right to upload; {hint}"
                return self._let_nobody_in(
                    CredentialsError(_with_words(said, sent.said), status=sent.status, hint=hint), to="uploaded into"
                )
            case _:
                what, hint = self._refusal(offered, sent)
                return ToolError(f"registry {self.registry.name} did not take {offered.file_name}: {what}", hint=hint)

    def _refusal(self, offered: Distribution, sent: Sent) -> tuple[str, str]:
        """What happened and what to do, where it is not about who asks."""
        url, log = self.registry.publish_url, "see the server's log"
        match sent.status:
            case web.NOT_FOUND | web.NOT_ALLOWED:
                return f"{url} takes no uploads ({sent.status})", "see publish-url in commons.toml"
            case web.TOO_LARGE:
                size = len(offered.content)
                return f"{size} bytes are too many for it (413)", f"raise the server's limit, then {AGAIN}"
            case None if sent.is_sent_on:
                return f"{url} redirects uploads ({sent.said})", "publish-url has to take them itself: see commons.toml"
            case None:
                return sent.said, f"{log}, then {AGAIN}"
            case status:
                return _with_words(f"it answers {status}", sent.said), f"{log}, then {AGAIN}"

    def _let_nobody_in(self, error: CredentialsError, *, to: str = "read") -> CredentialsError:
        message = f"registry {self.registry.name} cannot be {to}: {error.message}"
        remedy = how_to_be_let_in(self.registry, error.status)
        return CredentialsError(message, status=error.status, hint=error.hint or remedy)


def _with_words(what: str, said: str) -> str:
    return f"{what}: {said}" if said else what
