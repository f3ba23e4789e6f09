"""Workspaces drawn use by use, with all that planning an upgrade reads; nothing is on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from builders import project_text
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry
from dagster_commons.model.history import ImageChain
from dagster_commons.model.project import DeclaredIndex, Dependency, Project
from dagster_commons.model.provenance import ProjectFile, Provenance, RegistryReleases, Tag, Upstream
from dagster_commons.model.registry import Metadata
from dagster_commons.model.sources import GitSource, IndexSource, Source, SubmoduleSource
from dagster_commons.model.upgrades import LocationUpgrade, UpgradeRequest
from dagster_commons.model.workspace import CodeLocation, Repository, SharedModule, Target, Use, UseState, Workspace
from dagster_commons.plans.offers import Offer
from dagster_commons.plans.upgrade import upgrade_plans

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path("/repo")
CHECKOUT = ROOT / "vendor/shared"
INDEX = IndexSource()
SUBMODULE = SubmoduleSource(path=CHECKOUT, written="../vendor/shared", editable=True, submodule=CHECKOUT)
TAGGED = GitSource(url="https://git.example.com/shared", reference_kind="tag", reference="shared-v0.1.0")
OLD, NEW = "1" * 40, "2" * 40
UPSTREAM = Upstream(tags=(Tag(name="shared-v0.1.0", commit=OLD), Tag(name="shared-v0.2.0", commit=NEW)), commit=OLD)
EMBEDDED = DeclaredIndex(name="local", url="../registry")


@dataclass(kw_only=True)
class Drawing:
    """A workspace and all that planning reads, drawn use by use."""

    releases: Mapping[str, tuple[Metadata, ...]] = field(default_factory=dict)
    locations: list[CodeLocation] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    projects: dict[Path, Project] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    upstreams: dict[tuple[str, str], Upstream] = field(default_factory=dict)

    def use(
        self,
        location: str,
        source: Source,
        requirement: str = "shared",
        *states: UseState,
        locked: str | None = "0.1.0",
        module: str = "shared",
        written: str = "",
        more: str = "",
        at: str | None = None,
        uv_root: str | None = None,
        through: str | None = None,
        upstream: Upstream = UPSTREAM,
    ) -> Drawing:
        directory = ROOT / (at or location)
        if location not in [each.name for each in self.locations]:
            self.locations.append(drawn_location(location, directory))
        project = self.projects.get(directory) or Project(
            directory=directory,
            file=directory / "pyproject.toml",
            name=directory.name,
            manager="uv",
            requires_python=">=3.10",
            indexes=(EMBEDDED,),
            uv_root=ROOT / uv_root if uv_root is not None else directory,
        )
        dependency = Dependency(name=module, requirement=requirement)
        self.projects[directory] = replace(project, dependencies=(*project.dependencies, dependency))
        known = {each.requirement: "" for each in self.projects[directory].dependencies}
        self.texts[directory] = project_text(
            directory.name, version="1", uses={**known, requirement: written}, more=more
        )
        self.uses.append(
            Use(
                location=location,
                module=module,
                source=source,
                project=directory,
                requirement=requirement,
                locked=locked,
                state=states or ("ok",),
                through=through,
            )
        )
        self.upstreams[location, module] = upstream
        return self

    def project(self, project: Project, text: str = "") -> Drawing:
        self.projects[project.directory] = project
        self.texts[project.directory] = text
        return self

    def plan(
        self, *modules: str, version: str | None = None, tag: str | None = None, only: str = ""
    ) -> dict[str, LocationUpgrade]:
        """By location (and `location module` where there are several modules)."""
        registry = EmbeddedRegistry(name="local", directory=ROOT / "registry")
        names = sorted({use.module for use in self.uses})
        workspace = Workspace(
            root=ROOT,
            configuration=Configuration(registries=(registry,)),
            locations=tuple(self.locations),
            modules=tuple(SharedModule(name=name) for name in names),
            uses=tuple(self.uses),
            projects=tuple(self.projects.values()),
            repositories=(
                Repository(root=ROOT, git_dir=ROOT / ".git"),
                Repository(root=CHECKOUT, git_dir=ROOT / ".git/modules/shared", superproject=ROOT),
            ),
        )
        provenances = {
            name: Provenance(
                module=name, registries=(RegistryReleases(registry="local", releases=self.releases.get(name, ())),)
            )
            for name in {*names, *self.releases}
        }
        offer = Offer(workspace=workspace, provenances=provenances, upstreams=self.upstreams)
        files = {
            directory: ProjectFile(project=self.projects[directory], text=text, lock=None, images=ImageChain())
            for directory, text in self.texts.items()
        }
        asked = [each for each in self.locations if not only or each.name in only.split()]
        request = UpgradeRequest(modules=modules, version=version, tag=tag)
        rows = upgrade_plans(offer, asked, request, files)
        several = len(names) > 1
        return {f"{row.location} {row.module}" if several else row.location: row for row in rows}


def drawn_location(name: str, directory: Path) -> CodeLocation:
    target = Target(kind="module", value=f"{name}.definitions")
    return CodeLocation(
        name=name,
        project=directory.name,
        path=directory,
        target=target,
        build_directory=directory,
        declared_in=directory / "pyproject.toml",
    )


def release(name: str, version: str, *requires: str, python: str | None = None) -> Metadata:
    return Metadata(name=name, version=version, requires_dist=requires, requires_python=python)


def shared(*versions: str) -> dict[str, tuple[Metadata, ...]]:
    return {"shared": tuple(release("shared", version) for version in versions)}
