"""Planning with what registries on the web were found to have, or could not be asked about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.model.configuration import Configuration, DefaultSource, RemoteRegistry
from dagster_commons.model.history import ImageChain
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.project import Dependency, Project
from dagster_commons.model.provenance import ProjectFile, Provenance, RegistryReleases
from dagster_commons.model.registry import Metadata, Unread
from dagster_commons.model.sources import IndexSource, PathSource
from dagster_commons.model.workspace import CodeLocation, Repository, Target, Use, Workspace
from dagster_commons.plans.by_index import asked_registries
from dagster_commons.plans.offers import Offer, Request
from dagster_commons.plans.share import add_plan

ROOT = Path("/repo")
CORP = RemoteRegistry(name="corp", kind="simple", index_url="https://corp.example.com/simple/")
TEAM = RemoteRegistry(name="team", kind="simple", index_url="https://team.example.com/simple/")
SALES = Project(
    directory=ROOT,
    file=ROOT / "pyproject.toml",
    name="sales",
    manager="uv",
    requires_python=">=3.10",
    uv_root=ROOT,
)
BARE = '[project]\nname = "sales"\nversion = "0"\ndependencies = []\n'
LATE = Unread(reason="it is not among the newest 12 versions")
AWAY = Unread(reason="registry corp cannot be read: corp.example.com asks for credentials", hint="sign in")


def release(name: str, version: str, *requires: str, unread: Unread | None = None) -> Metadata:
    return Metadata(name=name, version=version, requires_dist=requires if unread is None else unread)


def plan(
    releases: dict[str, RegistryReleases],
    *,
    version: str | None = None,
    uses: tuple[Use, ...] = (),
    shared: Project | None = None,
) -> Plan:
    location = CodeLocation(
        name="sales",
        project="sales",
        path=ROOT,
        target=Target(kind="module", value="sales"),
        build_directory=ROOT,
        declared_in=SALES.file,
    )
    workspace = Workspace(
        root=ROOT,
        configuration=Configuration(registries=(CORP,)),
        locations=(location,),
        uses=uses,
        projects=(SALES,) if shared is None else (SALES, shared),
        repositories=(Repository(root=ROOT, git_dir=ROOT / ".git"),),
    )
    provenances = {name: Provenance(module=name, registries=(each,)) for name, each in releases.items()}
    provenances["shared"] = replace(provenances["shared"], project=shared)
    files = {ROOT: ProjectFile(project=SALES, text=BARE, lock=None, images=ImageChain())}
    wanted = Request(module="shared", via="index", version=version)
    return add_plan(Offer(workspace=workspace, provenances=provenances), (location,), wanted, files)


def in_corp(*releases: Metadata, yanked: tuple[str, ...] = ()) -> RegistryReleases:
    return RegistryReleases(registry="corp", releases=releases, yanked=yanked)


def written(made: Plan) -> str:
    return next(each.content.decode() for each in made.steps if isinstance(each, WriteFile))


SHARED = in_corp(release("shared", "0.1.0"), release("shared", "0.2.0", "base>=1,<2"), release("shared", "0.3rc1"))
BASE = in_corp(release("base", "0.9"), release("base", "1.0"), release("base", "1.1", "core"), release("base", "2.0"))
CORE = in_corp(release("core", "5"))


def test_the_newest_final_version_and_all_that_comes_along_tied_by_source_and_constraint() -> None:
    made = plan({"shared": SHARED, "base": BASE, "core": CORE})

    text = written(made)
    assert '"shared==0.2.0"' in text
    assert 'constraint-dependencies = ["base==1.1", "core==5"]' in text
    for name in ("shared", "base", "core"):
        assert f'{name} = {{ index = "corp" }}' in text
    assert made.warnings == ()


def test_what_the_project_requires_by_itself_keeps_its_own_source() -> None:
    source = PathSource(path=ROOT / "base", written="base", editable=True)
    own = Use(location="sales", module="base", source=source, project=ROOT, requirement="base")

    text = written(plan({"shared": SHARED, "base": BASE}, uses=(own,)))

    assert "base" not in text


def test_what_the_registry_lacks_is_warned_of() -> None:
    for lacking in (in_corp(), RegistryReleases(registry="corp", unread=AWAY)):
        made = plan({"shared": SHARED, "base": lacking})

        assert "constraint" not in written(made)
        (warning,) = made.warnings
        assert warning.startswith("shared brings base along, and uv takes that from any index")


def test_of_an_old_version_it_is_not_known_what_comes_along() -> None:
    module = replace(SALES, name="shared", directory=ROOT / "shared", dependencies=(
        Dependency(name="base", requirement="base"),
    ))  # fmt: skip
    old = in_corp(release("shared", "0.0.1", unread=LATE), *SHARED.releases)

    made = plan({"shared": old, "base": BASE}, version="0.0.1", shared=module)

    assert '"shared==0.0.1"' in written(made)
    assert "constraint" not in written(made)
    first, second = made.warnings
    assert first == "what shared 0.0.1 brings along is not known: it is not among the newest 12 versions"
    assert second.startswith("shared brings base along")


@pytest.mark.parametrize(
    ("found", "version", "message", "hint"),
    [
        (SHARED, "0.7", "registry corp has no shared==0.7", "it has: 0.1.0, 0.2.0, 0.3rc1"),
        (in_corp(), None, "registry corp holds no version of shared", "commons release"),
        (in_corp(), "0.7", "registry corp holds no version of shared", "commons release"),
        (in_corp(release("shared", "1"), yanked=("2",)), "2.0", "shared==2.0 is yanked in registry corp", "it has: 1"),
        (in_corp(yanked=("2",)), None, "every version of shared in registry corp is yanked", ""),
        (
            RegistryReleases(registry="corp", unread=AWAY),
            None,
            f"{AWAY.reason}, so no version of shared can be chosen",
            "sign in\nor name one: shared==VERSION",
        ),
    ],
)
def test_what_cannot_be_had(found: RegistryReleases, version: str | None, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan({"shared": found}, version=version)

    assert caught.value.message == message
    assert (caught.value.hint or "").startswith(hint)


def test_a_version_is_pinned_unseen_and_that_is_said() -> None:
    made = plan({"shared": RegistryReleases(registry="corp", unread=AWAY)}, version="0.7")

    assert '"shared==0.7"' in written(made)
    assert made.warnings == (f"{AWAY.reason}: it is not known what shared 0.7 brings along",)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (Request(module="shared", via="index"), (CORP, TEAM)),
        (Request(module="shared", via="index", registry="team"), (TEAM,)),
        (Request(module="base", via="index"), (CORP,)),
        (Request(module="base", via=None), (CORP,)),
        (Request(module="base", via="path"), ()),
        (Request(module="shared", via=None), ()),
    ],
)
def test_which_registries_are_asked(request_: Request, expected: tuple[RemoteRegistry, ...]) -> None:
    sources = (DefaultSource(module="base", via="index", registry="corp"),)
    configuration = Configuration(registries=(CORP, TEAM), sources=sources)

    assert asked_registries(Workspace(root=ROOT, configuration=configuration), request_) == expected


def test_a_source_that_is_there_already_is_left_alone() -> None:
    by_index = Use(
        location="sales", module="base", source=IndexSource(index="corp"), project=ROOT, requirement="base==1.0"
    )

    assert "constraint" not in written(plan({"shared": SHARED, "base": BASE}, uses=(by_index,)))
