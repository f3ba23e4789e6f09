"""A simple index on the web (PEP 503, 592, 658, 691, 700, 714): the releases of a module, and what they require.

Credentials are sent to the index alone, never along a redirect.  401, 403 and 404 are three different things here:
only the last says that there is no such module.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from dagster_commons.errors import CredentialsError, ToolError
from dagster_commons.model.registry import Metadata, ReleasedFile, ReleasedVersion
from dagster_commons.tools.indexes import memory
from dagster_commons.tools.indexes.wheels import SUFFIXES, metadata_bytes, parse_file_name, parse_metadata
from dagster_commons.tools.web import FORBIDDEN, NOT_FOUND, OK, UNAUTHORISED, Answer, get, host_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mousebender.simple import ProjectDetails, ProjectFileDetails

    from dagster_commons.tools.credentials import Credentials

SECONDS_FOR_A_PAGE = 15.0
# What pages of indexes link to, whether it is looked at here or not.
ARCHIVES = (".whl", ".tar.gz", ".zip", ".egg", ".tar.bz2", ".tgz", ".tar.xz", ".exe", ".msi", ".rpm", ".deb", ".dmg")


def read_releases(
    index_url: str, module: str, credentials: Credentials | None, *, max_age_seconds: float = 0
) -> tuple[ReleasedVersion, ...]:
    """The versions of `module` (normalised), newest last (PEP 440); none where the index has no such module.

    Files that are neither wheels nor `.tar.gz` sdists of the module are left out.  A page that was read at most
    `max_age_seconds` ago as the same user is not asked for again.

    Raises:
        CredentialsError: the index asks for credentials, or refuses those that there are.
        ToolError: it cannot be reached, sends on to another host, or does not answer as an index does.

    """
    url, user = project_url(index_url, module), credentials.user if credentials is not None else None
    answer = memory.recent_answer(url, user, max_age_seconds=max_age_seconds)
    if answer is not None:
        return versions_on(answer, module)
    answer = get(url, accept=_accepted(), credentials=credentials, within_seconds=SECONDS_FOR_A_PAGE)
    if answer.status != NOT_FOUND:
        require_answered(answer, url, credentials)
    if host_of(answer.url) != host_of(index_url):
        raise ToolError(
            f"{host_of(index_url)} sends on to {host_of(answer.url)} for {module}: a stranger could be taken for it",
            hint="have the index answer 404 for what it does not have (pypiserver: --disable-fallback)",
        )
    found = versions_on(answer, module)
    memory.keep_answer(url, user, answer)
    return found


def versions_on(answer: Answer, module: str) -> tuple[ReleasedVersion, ...]:
    """The versions of `module` on the page that a server answered with, newest last; none for a 404.

    Raises:
        ToolError: it is no page of a simple index.

    """
    from packaging.version import Version  # noqa: PLC0415 - lazy: packaging is slow to import

    versions: dict[Version, list[ReleasedFile]] = {}
    for version, file in () if answer.status == NOT_FOUND else _listed(answer, module):
        versions.setdefault(Version(version), []).append(file)
    return tuple(
        ReleasedVersion(version=str(each), files=tuple(sorted(versions[each], key=lambda file: file.name)))
        for each in sorted(versions)
    )


def read_metadata(file: ReleasedFile, index_url: str, credentials: Credentials | None) -> Metadata:
    """What the file requires: from the metadata beside it (PEP 658) where there is some, else from the file itself.

    The credentials are those for `index_url`; a file that lies on another host is asked for without.  What is read
    once is kept for ever by the digest that the page says.

    Raises:
        CredentialsError: the index asks for credentials, or refuses those that there are.
        ToolError: it cannot be had, or it is not what its page says.

    """
    digests = [each for each in (file.metadata_sha256, file.sha256) if each is not None]
    raw = next((kept for each in digests if (kept := memory.kept_metadata(each)) is not None), None)
    if raw is None:
        raw = _fetched(file, credentials if _origin(file.url or "") == _origin(index_url) else None)
    metadata, named = parse_metadata(raw, file=Path(file.name)), parse_file_name(file.name)
    if (metadata.name, metadata.version) != (named.name, named.version):
        raise ToolError(f"{file.name} says that it is {metadata.name} {metadata.version}")
    return metadata


def read_file(file: ReleasedFile, index_url: str, credentials: Credentials | None) -> bytes:
    """The file's bytes, compared with its page; credentials as in `read_metadata`.

    Raises:
        CredentialsError: the index asks for credentials, or refuses those that there are.
        ToolError: it cannot be had, or it is not what its page says.

    """
    url = file.url or ""
    allowed = credentials if _origin(url) == _origin(index_url) else None
    answer = get(url, credentials=allowed)
    require_answered(answer, url, allowed)
    return _same(answer.content, file.sha256, file.name)


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


def _listed(answer: Answer, module: str) -> Iterator[tuple[str, ReleasedFile]]:
    """The wheels and sdists of `module` that the page lists, each with its version.

    Raises:
        ToolError: it is no page of an index.

    """
    from mousebender import simple  # noqa: PLC0415 - lazy, too

    kind = answer.content_type.partition(";")[0].strip().lower()
    is_json = kind == simple.ACCEPT_JSON_V1
    try:
        text = answer.content.decode("utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", simple.APIVersionWarning)  # a newer minor version is to be read (PEP 629)
            details = simple.parse_project_details(text, kind, module)
        if details["meta"]["api-version"].partition(".")[0] != "1":
            raise _too_new(answer)
        names = tuple(each["filename"].lower() for each in details["files"])
        files = tuple(_distributions(details, answer.url, module))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, simple.UnsupportedMIMEType) as error:
        raise _no_page(answer, kind) from error
    except simple.UnsupportedAPIVersion as error:
        raise _too_new(answer) from error
    if not is_json and not _is_page(text, names):
        raise _no_page(answer, kind)
    return iter(files)


def _is_page(text: str, names: tuple[str, ...]) -> bool:
    """Whether HTML is the page of an index: one without files must not be a form to log in, or an application."""
    if names:
        return any(each.endswith(ARCHIVES) for each in names)
    lowered = text.lower()
    if "pypi:repository-version" in lowered:
        return True
    return "<" in lowered and not any(each in lowered for each in ("<form", "<input", "<script"))


def _too_new(answer: Answer) -> ToolError:
    return ToolError(f"{host_of(answer.url)} speaks a version of the simple index that is too new")


def _no_page(answer: Answer, kind: str) -> ToolError:
    return ToolError(
        f"{host_of(answer.url)} does not answer as a package index does ({kind or 'no content type'})",
        hint="is it the URL of a simple index, and not of a login page in front of it?",
    )


def _distributions(details: ProjectDetails, page_url: str, module: str) -> Iterator[tuple[str, ReleasedFile]]:
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
        sha256=_sha256(details.get("hashes")),
        requires_python=requires if isinstance(requires := details.get("requires-python"), str) else None,
        metadata_sha256=_sha256(metadata),
        size=size if isinstance(size, int) else None,
        uploaded=uploaded if isinstance(uploaded, str) else None,
        yanked=yanked if isinstance(yanked, str) else "" if yanked else None,
    )


def _sha256(hashes: object) -> str | None:
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    is_one = isinstance(digest, str) and re.fullmatch(r"[0-9a-fA-F]{64}", digest) is not None
    return digest.lower() if isinstance(digest, str) and is_one else None


def _fetched(file: ReleasedFile, credentials: Credentials | None) -> bytes:
    """The bytes of the metadata, kept by the digest that they were compared with, or that their file was."""
    url = file.url or ""
    if file.metadata_sha256 is not None:
        parts = urlsplit(url)
        beside = parts._replace(path=f"{parts.path}.metadata").geturl()
        answer = get(beside, credentials=credentials)
        if answer.status != NOT_FOUND:  # else the page promises more than there is
            require_answered(answer, beside, credentials)
            raw = _same(answer.content, file.metadata_sha256, f"{file.name}.metadata")
            memory.keep_metadata(file.metadata_sha256, raw)
            return raw
    answer = get(url, credentials=credentials)
    require_answered(answer, url, credentials)
    raw = metadata_bytes(_same(answer.content, file.sha256, file.name), Path(file.name))
    if file.sha256 is not None:
        memory.keep_metadata(file.sha256, raw)
    return raw


def _same(content: bytes, sha256: str | None, name: str) -> bytes:
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ToolError(
            f"{name} is not what the page of the index says: its sha256 differs",
            hint="a released file must never change; ask whoever runs the registry",
        )
    return content


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: who may be told what is said to whoever has the same."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
