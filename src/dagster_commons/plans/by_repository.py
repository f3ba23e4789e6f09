"""A module from its own git repository: as a submodule of the location's, or by uv's git source."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dagster_commons.errors import RefusedError, UsageError
from dagster_commons.model.plan import AddSubmodule
from dagster_commons.model.versions import is_same_version
from dagster_commons.plans.offers import Provision
from dagster_commons.plans.wiring import GitWiring, PathWiring

if TYPE_CHECKING:
    from dagster_commons.model.project import Project
    from dagster_commons.model.provenance import Provenance
    from dagster_commons.model.workspace import Workspace
    from dagster_commons.plans.offers import Kept, Offer, Request

TAGS_SHOWN = 5
_USER = re.compile(r"(?P<scheme>https?://)(?P<user>[^/@\s]+)@", re.IGNORECASE)
_SCP_LIKE = re.compile(r"(?P<host>[^/\s:]+@[^/\s:]+|[^/\s:@.]+\.[^/\s:@]+):(?P<path>.+)")


def by_submodule(
    offer: Offer, project: Project, provenance: Provenance, request: Request, kept: Kept | None
) -> Provision:
    """A path into the submodule that the repository has already, or into one that the plan adds.

    Raises:
        UsageError: no URL is known, or the project is in no repository, or the checkout there is another one.
        RefusedError: the repository would contain itself, or the checkout has another version than the one in use.

    """
    repository = offer.workspace.repository_of(project.directory)
    if repository is None:
        raise UsageError(
            f"{project.name} is in no git repository, so it cannot carry a submodule",
            hint=f"git init {project.directory}",
        )
    existing = checkout_in(offer.workspace, repository.root, request.module)
    if existing is not None:
        return _existing_checkout(offer, project, existing, request, kept)
    if provenance.repository == repository.root and request.url is None:
        raise RefusedError(
            f"{request.module} lives in the same repository as {project.name}: a repository cannot contain itself",
            hint="use --via path, or give --url of a repository of the module's own",
        )
    checkout = _place_in(repository.root, request.submodule_path or request.module)
    subdirectory = _subdirectory(provenance, request)
    place = checkout / subdirectory if subdirectory else checkout
    step = AddSubmodule(
        repository=repository.root, path=checkout, url=_url(provenance, request), commit=_tag(provenance, request, kept)
    )
    return Provision(
        wiring=PathWiring(directory=place), steps=(step,), place=place, warnings=_uncompared(project, request, kept)
    )


def by_git(project: Project, provenance: Provenance, request: Request, kept: Kept | None) -> Provision:
    """Uv's git source, pinned by a tag.

    Raises:
        UsageError: no URL or no tag is known.

    """
    url = uv_git_url(_url(provenance, request))
    tag = _tag(provenance, request, kept)
    if tag is None:
        wanted = request.version or (kept.version if kept is not None else None)
        version = f" {wanted}" if wanted else ""
        known = ", ".join(provenance.tags[-TAGS_SHOWN:])
        raise UsageError(
            f"a git source is pinned by a tag; say which tag of {request.module}{version}",
            hint=f"--tag TAG ({f'tags: {known}' if known else f'git ls-remote --tags {url}'})",
        )
    return Provision(
        wiring=GitWiring(url=url, tag=tag, rev=None, subdirectory=_subdirectory(provenance, request)),
        version=request.version,
        warnings=_uncompared(project, request, kept),
    )


def checkout_in(workspace: Workspace, repository: Path, module: str) -> Path | None:
    """The project directory of `module` in a submodule that the repository already has."""
    for project in workspace.projects:
        home = workspace.repository_of(project.directory)
        if project.name == module and home is not None and home.superproject == repository:
            return project.directory
    return None


def uv_git_url(url: str) -> str:
    """The URL in the form that uv accepts: local paths become file URLs, `git@host:path` becomes ssh.

    Raises:
        UsageError: it is relative, which uv does not know.

    """
    url = url.removeprefix("git+")
    if "://" in url:
        return url
    if url.startswith("/"):
        return f"file://{url}"
    match = _SCP_LIKE.fullmatch(url)
    if match is None:
        raise UsageError(
            f"uv's git source needs a whole URL, not `{url}`", hint="--url https://… or --url git@HOST:PATH"
        )
    return f"ssh://{match['host']}/{match['path'].lstrip('/')}"


def _existing_checkout(
    offer: Offer, project: Project, existing: Path, request: Request, kept: Kept | None
) -> Provision:
    home = offer.workspace.repository_of(existing)
    checkout = home.root if home is not None else existing
    repository = home.superproject if home is not None and home.superproject is not None else checkout.parent
    for option, value in (("--url", request.url), ("--tag", request.tag), ("--at", request.submodule_path)):
        is_its_place = option == "--at" and value is not None and checkout == _place_in(repository, value)
        if value is not None and not is_its_place:
            raise UsageError(
                f"{request.module} is here as a submodule already, at {checkout.name}: {option} has nothing to say",
                hint=f"without {option} that checkout is used; `git -C {checkout.name} checkout TAG` moves it",
            )
    found = offer.versions.get(existing)
    wanted = request.version or (kept.version if kept is not None else None)
    if found is not None and wanted is not None and not is_same_version(found, wanted):
        hint = f"git -C {checkout.name} checkout TAG moves it"
        if request.version is None and kept is not None:
            hint = f"another version must be named: {kept.named(found)}"
        raise RefusedError(f"the submodule at {checkout.name} has {request.module} {found}, not {wanted}", hint=hint)
    module = offer.workspace.project_at(existing)
    return Provision(
        wiring=PathWiring(directory=existing),
        place=existing,
        version=stated_version(module),
        requires_python=module.requires_python if module is not None else None,
        warnings=_uncompared(project, request, kept),
    )


def _url(provenance: Provenance, request: Request) -> str:
    """The URL that was given, or the module's own remote; it will be committed, so nobody's password stands in it."""
    if request.url is not None:
        if ":" in (match["user"] if (match := _USER.match(request.url)) else ""):
            raise UsageError(
                "the URL has a password in it, which would be committed",
                hint="give it without; git takes credentials from its credential helper",
            )
        return request.url
    if provenance.remote_url is None:
        raise UsageError(f"no remote of {request.module} is known", hint="give --url URL of its repository")
    return _USER.sub(lambda match: match["scheme"], provenance.remote_url)


def _place_in(repository: Path, written: str) -> Path:
    place = Path(os.path.normpath(repository / written))
    if place == repository or not place.is_relative_to(repository):
        raise UsageError(f"{written} is no place for a submodule of {repository.name}", hint="--at vendor/shared")
    return place


def _subdirectory(provenance: Provenance, request: Request) -> str | None:
    """Where the project lies in the module's repository; None at its root."""
    if request.subdirectory is None:
        return provenance.subdirectory if request.url is None else None
    written = PurePosixPath(posixpath.normpath(request.subdirectory))
    if written.is_absolute() or ".." in written.parts:
        raise UsageError(f"--subdirectory is below the module's repository, which {request.subdirectory} is not")
    return None if written == PurePosixPath() else str(written)


def _tag(provenance: Provenance, request: Request, kept: Kept | None) -> str | None:
    version = request.version or (kept.version if kept is not None else None)
    return request.tag or (provenance.tag_of(version) if version is not None else None)


def _uncompared(project: Project, request: Request, kept: Kept | None) -> tuple[str, ...]:
    if kept is None or kept.version is not None or request.version is not None:
        return ()
    return (uncompared(project, request.module),)


def stated_version(module: Project | None) -> str | None:
    """The version that an environment must show; one that is read from a file as build backends do is only likely."""
    return module.version if module is not None and not module.is_version_dynamic else None


def uncompared(project: Project, module: str) -> str:
    """What is said where the version that a conversion shall keep is computed, e.g. from git tags."""
    return f"which version of {module} {project.name} uses cannot be told from its files, so it is not compared"
