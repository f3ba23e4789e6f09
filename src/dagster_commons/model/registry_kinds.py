"""What commons.toml says of a registry of each kind, and the URLs that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from dagster_commons.model.configuration import RemoteRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.model.configuration import RegistryKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryKey:
    """A key of `[registries.NAME]`."""

    name: str
    says: str
    example: str
    is_required: bool = True


def _replacing(what: str, example: str) -> RegistryKey:
    return RegistryKey(name=what, says="instead of the one computed", example=example, is_required=False)


_URL = "https://index.example.com/simple/"
_PUBLISH_URL = "https://index.example.com/"
REGISTRY_KEYS: Mapping[RegistryKind, tuple[RegistryKey, ...]] = {
    "embedded": (RegistryKey(name="path", says="its directory (default: registry, in the root)", example="registry"),),
    "simple": (
        RegistryKey(name="url", says="its index", example=_URL),
        RegistryKey(name="publish-url", says="where it takes uploads", example=_PUBLISH_URL, is_required=False),
    ),
    "codeartifact": (
        RegistryKey(name="domain", says="the domain", example="acme"),
        RegistryKey(name="domain-owner", says="the account, twelve digits", example="111122223333"),
        RegistryKey(name="repository", says="the repository", example="python"),
        RegistryKey(name="region", says="the region", example="eu-west-1"),
        _replacing("url", _URL),
        _replacing("publish-url", _PUBLISH_URL),
    ),
    "artifact-registry": (
        RegistryKey(name="project", says="the project", example="acme-data"),
        RegistryKey(name="location", says="the region or multi-region", example="europe-west1"),
        RegistryKey(name="repository", says="the repository", example="python"),
        _replacing("url", _URL),
        _replacing("publish-url", _PUBLISH_URL),
    ),
    "azure-artifacts": (
        RegistryKey(name="organization", says="the organization", example="acme"),
        RegistryKey(name="project", says="the project of the feed, if it has one", example="data", is_required=False),
        RegistryKey(name="feed", says="the feed", example="python"),
        _replacing("url", _URL),
        _replacing("publish-url", _PUBLISH_URL),
    ),
}
# Upload and index URLs as the clouds document them; the index is the upload URL with another ending.
_UPLOAD_URLS: Mapping[RegistryKind, str] = {
    "codeartifact": "https://{domain}-{domain-owner}.d.codeartifact.{region}.amazonaws.com/pypi/{repository}/",
    "artifact-registry": "https://{location}-python.pkg.dev/{project}/{repository}/",
    "azure-artifacts": "https://pkgs.dev.azure.com/{organization}/{project}/_packaging/{feed}/pypi/upload/",
}
_INDEX_ENDING = "simple/"


def remote_registry(name: str, kind: RegistryKind, settings: Mapping[str, str]) -> RemoteRegistry:
    """The registry `name` of a kind other than embedded, given what commons.toml says of it.

    `url` and `publish-url` go before what is computed; the latter follows from the former where it ends as an index's.
    """
    url, publish_url = settings.get("url"), settings.get("publish-url")
    if kind == "simple":
        return RemoteRegistry(name=name, kind=kind, index_url=settings["url"], publish_url=publish_url)
    described = {key: text for key, text in settings.items() if key not in ("url", "publish-url")}
    # Quoted, so that no value can lead to another host than the cloud's.
    parts = {"project": "", **{key: quote(text, safe="") for key, text in described.items()}}
    upload = _UPLOAD_URLS[kind].format_map(parts).replace("//_packaging", "/_packaging")
    ending = "upload/" if kind == "azure-artifacts" else ""
    index = f"{upload.removesuffix(ending)}{_INDEX_ENDING}"
    if url is not None:
        whole = f"{url.rstrip('/')}/"
        upload = f"{whole.removesuffix(_INDEX_ENDING)}{ending}" if whole.endswith(f"/{_INDEX_ENDING}") else ""
    return RemoteRegistry(
        name=name,
        kind=kind,
        index_url=url or index,
        publish_url=publish_url or upload or None,
        settings=tuple(sorted(described.items())),
    )
