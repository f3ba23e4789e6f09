"""A simple index on the web (PEP 503, 592, 658, 691, 700, 714): the releases of a module, and what they require.

Credentials are sent to the index alone, never along a redirect.  401, 403 and 404 are three different things here:
only the last says that there is no such module.
"""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from dagster_commons.errors import CredentialsError, ToolError
from dagster_commons.model.registry import Metadata, ReleasedFile, ReleasedVersion
from dagster_commons.tools.indexes.wheels import SUFFIXES, metadata_bytes, parse_file_name, parse_metadata
from dagster_commons.tools.web import FORBIDDEN, NOT_FOUND, OK, UNAUTHORISED, Answer, get, host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mousebender.simple import ProjectDetails, ProjectFileDetails

    from dagster_commons.tools.credentials import Credentials


def read_releases(index_url: str, module: str, credentials: Credentials | None) -> tuple[ReleasedVersion, ...]:
    """The versions of `module` (normalised), newest last (PEP 440); none where the index has no such module.

    Files that are neither wheels nor `.tar.gz` sdists of the module are left out.

    Raises:
        CredentialsError: the index asks for credentials, or refuses those that there are.
        ToolError: it cannot be reached, sends on to another host, or does not answer as an index does.

    """
    url = project_url(index_url, module)
    answer = get(url, accept=_accepted(), credentials=credentials)
    if answer.status == NOT_FOUND:
        return ()
    require_answered(answer, url, credentials)
    if host_of(answer.url) != host_of(index_url):
        raise ToolError(
            f"{host_of(index_url)} sends on to {host_of(answer.url)} for {module}: a stranger could be taken for it",
            hint="have the index answer 404 for what it does not have (pypiserver: --disable-fallback)",
        )
    return _versions(_details(answer, module), answer.url, module)


def read_metadata(file: ReleasedFile, credentials: Credentials | None) -> Metadata:
    """What the file requires: from the metadata beside it (PEP 658) where there is some, else from the file itself.

    Raises:
        CredentialsError: the index asks for credentials, or refuses those that there are.
        ToolError: it cannot be had, or it is not what its page says.

    """
    url, named = file.url or "", Path(file.name)
    if file.metadata_sha256 is not None:
        return parse_metadata(_content(f"{url}.metadata", file.metadata_sha256, credentials), file=named)
    return parse_metadata(metadata_bytes(_content(url, file.sha256, credentials), named), file=named)


def project_url(index_url: str, module: str) -> str:
    """Where the index has the page of `module`."""
    return f"{index_url.rstrip('/')}/{module}/"


def require_answered(answer: Answer, url: str, credentials: Credentials | None) -> None:
    """See that a server answered with what was asked for.

    Raises:
        CredentialsError: it did not because of who asks.
        ToolError: it did not.

    """
    host = host_of(url)
    if answer.status == UNAUTHORISED:
        said = "asks for credentials" if credentials is None else f"refused the credentials ({credentials.origin})"
        raise CredentialsError(f"{host} {said}", status=answer.status)
    if answer.status == FORBIDDEN:
        who = "without credentials" if credentials is None else f"with these credentials ({credentials.origin})"
        raise CredentialsError(f"{host} forbids it {who}", status=answer.status)
    if answer.status != OK:
        raise ToolError(f"{host} answers {answer.status} for {urlsplit(url).path}", hint="see the server's log")


def _accepted() -> str:
    from mousebender.simple import ACCEPT_SUPPORTED  # noqa: PLC0415 - lazy: only what is on the web pays for it

    return ACCEPT_SUPPORTED


def _details(answer: Answer, module: str) -> ProjectDetails:
    from mousebender import simple  # noqa: PLC0415 - lazy, too

    kind = answer.content_type.partition(";")[0].strip()
    try:
        text = answer.content.decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", simple.APIVersionWarning)  # a newer minor version is to be read (PEP 629)
            details = simple.parse_project_details(text, kind, module)
        files = details["files"]
    except (ValueError, KeyError, TypeError, RecursionError, simple.UnsupportedMIMEType) as error:
        raise _no_page(answer, kind) from error
    except simple.UnsupportedAPIVersion as error:
        raise ToolError(f"{host_of(answer.url)} speaks a version of the simple index that is too new") from error
    is_login = not files and ("<form" in text or "<" not in text)
    if is_login and kind != simple.ACCEPT_JSON_V1:
        raise _no_page(answer, kind)
    return details


def _no_page(answer: Answer, kind: str) -> ToolError:
    return ToolError(
        f"{host_of(answer.url)} does not answer as a package index does ({kind or 'no content type'})",
        hint="is it the URL of a simple index, and not of a login page in front of it?",
    )


def _versions(details: ProjectDetails, page_url: str, module: str) -> tuple[ReleasedVersion, ...]:
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    versions: dict[Version, list[ReleasedFile]] = {}
    for version, file in _files(details, page_url, module):
        versions.setdefault(Version(version), []).append(file)
    return tuple(
        ReleasedVersion(version=str(each), files=tuple(sorted(versions[each], key=lambda file: file.name)))
        for each in sorted(versions)
    )


def _files(details: ProjectDetails, page_url: str, module: str) -> Iterator[tuple[str, ReleasedFile]]:
    for each in details["files"]:
        if not each["filename"].endswith(SUFFIXES):
            continue
        try:
            named = parse_file_name(each["filename"])
        except ToolError:
            continue  # of a time before the names were settled, or of another tool
        if named.name == module:
            yield named.version, _file(each, page_url)


def _file(details: ProjectFileDetails, page_url: str) -> ReleasedFile:
    metadata = details.get("core-metadata", details.get("dist-info-metadata"))
    yanked = details.get("yanked", False)
    size = details.get("size")
    uploaded = details.get("upload-time")
    return ReleasedFile(
        name=details["filename"],
        url=urljoin(page_url, details["url"]),
        sha256=details.get("hashes", {}).get("sha256"),
        requires_python=details.get("requires-python"),
        metadata_sha256=metadata.get("sha256") if isinstance(metadata, dict) else None,
        size=size if isinstance(size, int) else None,
        uploaded=uploaded if isinstance(uploaded, str) else None,
        yanked=None if yanked is False else yanked if isinstance(yanked, str) else "",
    )


def _content(url: str, sha256: str | None, credentials: Credentials | None) -> bytes:
    answer = get(url, credentials=credentials)
    require_answered(answer, url, credentials)
    if sha256 is not None and hashlib.sha256(answer.content).hexdigest() != sha256:
        raise ToolError(
            f"{url} is not what the page of the index says: its sha256 differs",
            hint="a released file must never change; ask whoever runs the registry",
        )
    return answer.content
