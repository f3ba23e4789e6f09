"""Planning add, remove and convert over drawn workspaces: what is written, expected, warned of and refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import CommonsError, RefusedError, UsageError
from dagster_commons.model.configuration import Configuration, DefaultSource, EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.history import ImageChain
from dagster_commons.model.plan import (
    AbsenceExpected,
    AddSubmodule,
    ImportExpected,
    LockProject,
    Plan,
    RemoveSubmodule,
    WriteFile,
)
from dagster_commons.model.project import Dependency, Project
from dagster_commons.model.provenance import ProjectFile, Provenance, RegistryReleases
from dagster_commons.model.registry import Metadata
from dagster_commons.model.sources import GitSource, IndexSource, PathSource, Source, SubmoduleSource
from dagster_commons.model.workspace import CodeLocation, Repository, SharedModule, Target, Use, Workspace
from dagster_commons.plans.offers import Offer, Request
from dagster_commons.plans.share import add_plan, convert_plan, remove_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path("/repo")
FAR = Path("/far")  # another repository
LOCAL = EmbeddedRegistry(name="local", directory=ROOT / "registry")
CORP = RemoteRegistry(name="corp", kind="simple", index_url="https://index.example.com/simple/")
BY_PATH = PathSource(path=ROOT / "shared", written="../shared", editable=True)
BY_SUBMODULE = SubmoduleSource(path=ROOT / "vendor", written="../vendor", editable=True, submodule=ROOT / "vendor")
BARE = '[project]\nname = "sales"\nversion = "0"\ndependencies = []\n'
WIRED = """\
[project]
name = "sales"
version = "0"
dependencies = ["shared"]

[tool.uv.sources]
shared = { path = "../shared", editable = true }
"""


def project(
    name: str, *, at: Path | None = None, version: str | None = "0.1.0", python: str | None = None, needs: str = ""
) -> Project:
    directory = at or ROOT / name
    return Project(
        directory=directory,
        file=directory / "pyproject.toml",
        name=name,
        manager="uv",
        version=version,
        requires_python=python,
        dependencies=tuple(Dependency(name=each, requirement=each) for each in needs.split()),
        import_packages=(name,),
        uv_root=directory,
    )


SALES, OPS, SHARED, BASE = project("sales"), project("ops"), project("shared"), project("base")


def location(name: str, *, at: str | None = None) -> CodeLocation:
    path = ROOT / (at or name)
    return CodeLocation(
        name=name,
        project=name,
        path=path,
        target=Target(kind="module", value=name),
        build_directory=path,
        declared_in=path / "pyproject.toml",
    )


def use(location: str, source: Source, module: str = "shared", **more: object) -> Use:
    given = {"requirement": module, "locked": "0.1.0", "project": ROOT / location, **more}
    return Use(location=location, module=module, source=source, **given)  # type: ignore[arg-type]


def drawn(
    *uses: Use,
    projects: tuple[Project, ...] = (SALES, OPS, SHARED, BASE),
    locations: tuple[CodeLocation, ...] = (location("sales"), location("ops")),
    registries: tuple[EmbeddedRegistry | RemoteRegistry, ...] = (),
    repositories: tuple[Repository, ...] = (Repository(root=ROOT, git_dir=ROOT / ".git"),),
    sources: tuple[DefaultSource, ...] = (),
) -> Workspace:
    return Workspace(
        root=ROOT,
        configuration=Configuration(registries=registries, sources=sources),
        locations=locations,
        modules=(SharedModule(name="shared", version="0.1.0", project=SHARED),),
        uses=uses,
        projects=projects,
        repositories=repositories,
    )


def offer(workspace: Workspace, **provenances: Provenance) -> Offer:
    known = {
        each.name: Provenance(module=each.name, project=each, repository=ROOT)
        for each in workspace.projects
        if each.name in {"shared", "base"}
    }
    return Offer(workspace=workspace, provenances=known | provenances)


def texts(workspace: Workspace, **given: str) -> Mapping[Path, ProjectFile]:
    """The project files of the workspace: `given` by project name, else without a dependency."""
    return {
        each.directory: ProjectFile(project=each, text=given.get(each.name, BARE), lock=None, images=ImageChain())
        for each in workspace.projects
    }


def add(workspace: Workspace, *names: str, files: dict[str, str] | None = None, **request: str) -> Plan:
    wanted = Request(**{"module": "shared", "via": None, **request})  # type: ignore[arg-type]
    locations = [each for each in workspace.locations if each.name in names]
    return add_plan(offer(workspace), locations, wanted, texts(workspace, **(files or {})))


def written(plan: Plan, name: str = "sales") -> str:
    step = next(each for each in plan.steps if isinstance(each, WriteFile) and each.path.parent.name == name)
    return step.content.decode()


def test_add_by_path_in_one_repository() -> None:
    plan = add(drawn(), "sales", "ops")

    assert plan.title == "add shared"
    assert written(plan).endswith('[tool.uv.sources]\nshared = { path = "../shared", editable = true }\n')
    assert [each for each in plan.steps if isinstance(each, LockProject)] == [
        LockProject(directory=SALES.directory),
        LockProject(directory=OPS.directory),
    ]
    assert plan.expectations[0] == ImportExpected(
        location="sales",
        project=SALES.directory,
        module="shared",
        import_packages=("shared",),
        version="0.1.0",
        place=SHARED.directory,
    )


def test_locations_of_one_project_are_edited_once_and_expected_each() -> None:
    first, second = location("a", at="sales"), location("b", at="sales")
    plan = add(drawn(locations=(first, second)), "b")

    assert len([each for each in plan.steps if isinstance(each, WriteFile)]) == 1
    assert [each.location for each in plan.expectations] == ["b", "a"]
    assert plan.warnings == ("a shares the project of b and changes with it",)


def test_commons_toml_says_how() -> None:
    default = DefaultSource(module="shared", via="index", registry="corp")
    plan = add(drawn(registries=(LOCAL, CORP), sources=(default,)), "sales", version="0.1.3")

    assert '"shared==0.1.3"' in written(plan)
    assert 'shared = { index = "corp" }' in written(plan)


def test_a_checkout_in_the_repository_is_used_without_being_asked_for() -> None:
    checkout = project("shared", at=ROOT / "vendor")
    submodule = Repository(root=ROOT / "vendor", git_dir=ROOT / ".git/modules/vendor", superproject=ROOT)
    workspace = drawn(
        projects=(SALES, OPS, checkout),
        repositories=(Repository(root=ROOT, git_dir=ROOT / ".git"), submodule),
    )
    plan = add(workspace, "sales")

    assert 'shared = { path = "../vendor", editable = true }' in written(plan)
    assert not any(isinstance(each, AddSubmodule) for each in plan.steps)


def test_add_by_submodule_from_the_module_s_own_remote_leaves_out_who_cloned_it() -> None:
    far = project("shared", at=FAR / "libs/shared")
    provenance = Provenance(
        module="shared",
        project=far,
        repository=FAR,
        remote_url="https://me:token@git.example.com/far.git",
        tags=("shared-v0.1.0",),
    )
    workspace = drawn(projects=(SALES, OPS, far))
    wanted = Request(module="shared", via="submodule", version="0.1.0")
    plan = add_plan(offer(workspace, shared=provenance), workspace.locations[:1], wanted, texts(workspace))

    assert plan.steps[0] == AddSubmodule(
        repository=ROOT, path=ROOT / "shared", url="https://git.example.com/far.git", commit="shared-v0.1.0"
    )
    assert 'path = "../shared/libs/shared"' in written(plan)


REFUSALS: dict[str, tuple[dict[str, str], type[CommonsError], str]] = {
    "a tag by path": ({"via": "path", "tag": "v1"}, UsageError, "--tag says nothing about a module by path"),
    "a place by index": (
        {"via": "index", "submodule_path": "x"},
        UsageError,
        "--at says nothing about a module by index",
    ),
    "a registry by submodule": ({"via": "submodule", "registry": "corp"}, UsageError, "--registry says nothing"),
    "another version by path": (
        {"via": "path", "version": "9"},
        UsageError,
        "shared is 0.1.0 in this workspace, not 9",
    ),
    "no registry": ({"via": "index"}, UsageError, "no registry is configured"),
    "an unknown registry": ({"via": "index", "registry": "corp"}, UsageError, "there is no registry `corp`"),
    "inside itself": ({"via": "submodule"}, RefusedError, "a repository cannot contain itself"),
    "no remote": ({"via": "git", "tag": "v1"}, UsageError, "no remote of shared is known"),
    "no tag": ({"via": "git", "url": "https://git.example.com/x.git"}, UsageError, "pinned by a tag"),
    "a typo": ({"module": "shraed", "via": "path"}, UsageError, "there is no shared module `shraed` here"),
    "a place outside": (
        {"via": "submodule", "url": "https://git.example.com/x.git", "submodule_path": "../x"},
        UsageError,
        "../x is no place for a submodule of repo",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_add_refuses(refusal: str) -> None:
    request, error, expected = REFUSALS[refusal]
    with pytest.raises(error, match=expected.replace("(", r"\(")):
        add(drawn(), "sales", **request)


def test_python_versions_are_those_of_the_release_and_not_of_the_working_tree() -> None:
    sales, shared = project("sales", python=">=3.10"), project("shared", python=">=3.13")
    workspace = drawn(projects=(sales, OPS, shared), registries=(LOCAL,))
    releases = tuple(
        Metadata(name="shared", version=version, requires_python=python)
        for version, python in (("0.1.0", ">=3.9"), ("0.2.0", ">=3.12"))
    )
    provenance = Provenance(
        module="shared", project=shared, registries=(RegistryReleases(registry="local", releases=releases),)
    )

    def plan(version: str) -> Plan:
        wanted = Request(module="shared", via="index", version=version)
        return add_plan(offer(workspace, shared=provenance), workspace.locations[:1], wanted, texts(workspace))

    assert '"shared==0.1.0"' in written(plan("0.1.0"))
    with pytest.raises(RefusedError, match=r"sales runs on Python >=3.10, shared on >=3.12: 3.10, 3.11 would have no"):
        plan("0.2.0")


def remove(workspace: Workspace, *names: str, files: dict[str, str]) -> Plan:
    locations = [each for each in workspace.locations if each.name in names]
    return remove_plan(workspace, locations, "shared", texts(workspace, **files))


def test_remove_leaves_nothing() -> None:
    plan = remove(drawn(use("sales", BY_PATH)), "sales", files={"sales": WIRED})

    assert written(plan) == BARE
    assert plan.expectations == (AbsenceExpected(location="sales", project=SALES.directory, module="shared"),)


def test_remove_of_what_another_module_needs() -> None:
    other = project("other", needs="shared")
    sales = replace(SALES, dependencies=project("x", needs="shared other").dependencies)
    workspace = drawn(use("sales", BY_PATH), projects=(sales, OPS, SHARED, other))

    plan = remove(workspace, "sales", files={"sales": WIRED})

    assert plan.expectations == ()
    assert plan.warnings == ("shared stays in the environment of sales: another requirement needs it",)


@pytest.mark.parametrize(
    ("remaining", "is_removed"),
    [
        pytest.param((), True, id="nobody else"),
        pytest.param((use("ops", BY_SUBMODULE),), False, id="another location"),
        pytest.param((use("ops", BY_SUBMODULE, "tools"),), False, id="another module of it"),
        pytest.param((use("sales", BY_SUBMODULE, "base", through="shared"),), True, id="what only came along"),
        pytest.param((use("sales", BY_SUBMODULE, group="dev"),), True, id="the same project's other use"),
    ],
)
def test_when_the_submodule_goes(remaining: tuple[Use, ...], is_removed: bool) -> None:  # noqa: FBT001 - a table
    text = WIRED.replace("../shared", "../vendor")
    plan = remove(drawn(use("sales", BY_SUBMODULE), *remaining), "sales", files={"sales": text})

    removals = [each for each in plan.steps if isinstance(each, RemoveSubmodule)]
    assert removals == ([RemoveSubmodule(repository=ROOT, path=ROOT / "vendor")] if is_removed else [])


INDEXED = """\
[project]
name = "sales"
version = "0"
dependencies = ["shared==0.1.0"]

[[tool.uv.index]]
name = "local"
url = "../registry"

[tool.uv]
constraint-dependencies = ["base==0.1.0", "numpy<3"]
"""


@pytest.mark.parametrize(
    ("others", "kept"),
    [
        pytest.param((), set(), id="the last user"),
        pytest.param((use("sales", IndexSource(), "other"),), {"index"}, id="another module of the registry"),
        pytest.param(
            (
                use("sales", IndexSource(), "other"),
                use("sales", IndexSource(), "base", through="other"),
            ),
            {"index", "base==0.1.0"},
            id="another module that brings the same along",
        ),
        pytest.param((use("ops", IndexSource(), "other"),), set(), id="a project with a lock of its own"),
    ],
)
def test_what_the_last_user_of_an_index_leaves(others: tuple[Use, ...], kept: set[str]) -> None:
    uses = (use("sales", IndexSource()), use("sales", IndexSource(), "base", through="shared"), *others)
    text = written(remove(drawn(*uses, registries=(LOCAL,)), "sales", files={"sales": INDEXED}))

    assert ("[[tool.uv.index]]" in text) is ("index" in kept)
    assert ("base==0.1.0" in text) is ("base==0.1.0" in kept)
    assert "numpy<3" in text


@pytest.mark.parametrize(
    ("users", "names", "expected"),
    [
        ((), ("sales",), "sales does not use shared"),
        ((), ("sales", "ops"), "no code location here uses shared"),
        ((use("sales", BY_PATH, through="other"),), ("sales",), "sales uses shared only through other"),
    ],
)
def test_nothing_to_remove(users: tuple[Use, ...], names: tuple[str, ...], expected: str) -> None:
    with pytest.raises(UsageError, match=expected):
        remove(drawn(*users), *names, files={})


def convert(workspace: Workspace, text: str = WIRED, **request: str) -> Plan:
    wanted = Request(**{"module": "shared", **request})  # type: ignore[arg-type]
    released = RegistryReleases(
        registry="local",
        releases=tuple(Metadata(name="shared", version=version) for version in ("0.1.0", "0.2.0")),
    )
    provenance = Provenance(
        module="shared",
        project=next((each for each in workspace.projects if each.name == "shared"), None),
        repository=ROOT,
        remote_url="git@git.example.com:acme/shared.git",
        tags=("v0.1.0", "v0.2.0"),
        registries=(released,),
    )
    return convert_plan(
        offer(workspace, shared=provenance), workspace.locations[:1], wanted, texts(workspace, sales=text)
    )


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"via": "index"}, '"shared==0.1.0"'),
        ({"via": "index", "version": "0.2.0"}, '"shared==0.2.0"'),
        ({"via": "git"}, 'shared = { git = "ssh://git@git.example.com/acme/shared.git", tag = "v0.1.0"'),
        ({"via": "git", "version": "0.2"}, "say which tag"),
        ({"via": "git", "version": "0.2.0"}, 'tag = "v0.2.0"'),
    ],
)
def test_convert_keeps_the_version_unless_one_is_named(request_: dict[str, str], line: str) -> None:
    workspace = drawn(use("sales", BY_PATH, locked="0.0.9"), registries=(LOCAL,))
    try:
        said = written(convert(workspace, **request_))
    except UsageError as error:
        said = error.message
    assert line in said


@pytest.mark.parametrize(
    ("source", "locked", "version", "request_", "expected"),
    [
        pytest.param(
            IndexSource(), "0.0.9", "0.1.0", {"via": "path"}, "sales uses shared 0.0.9, and by path it would get 0.1.0"
        ),
        pytest.param(BY_PATH, None, None, {"via": "index"}, "which version of shared sales uses cannot be told"),
    ],
)
def test_another_version_must_be_named(
    source: Source, locked: str | None, version: str | None, request_: dict[str, str], expected: str
) -> None:
    shared = replace(SHARED, version=version, is_version_dynamic=version is None)
    workspace = drawn(use("sales", source, locked=locked), projects=(SALES, OPS, shared), registries=(LOCAL,))

    with pytest.raises(RefusedError, match=expected) as refused:
        convert(workspace, **request_)

    assert refused.value.hint is not None
    assert f"commons convert shared=={version or '0.2.0'} --via {request_['via']} -l sales" in refused.value.hint


@pytest.mark.parametrize(
    ("source", "request_", "is_there"),
    [
        (BY_PATH, {"via": "path"}, True),
        (BY_PATH, {"via": "path", "version": "0.1"}, True),
        (IndexSource(), {"via": "index"}, True),
        (IndexSource(), {"via": "index", "registry": "local"}, True),
        (IndexSource(), {"via": "index", "version": "0.2.0"}, False),
        (IndexSource(), {"via": "index", "registry": "corp", "version": "0.1.0"}, False),
        (GitSource(url="https://x/y.git", reference_kind="tag", reference="v1"), {"via": "git", "tag": "v1"}, True),
        (
            GitSource(url="https://x/y.git", reference_kind="tag", reference="v1"),
            {"via": "git", "tag": "v0.1.0"},
            False,
        ),
    ],
)
def test_when_a_use_is_there_already(source: Source, request_: dict[str, str], is_there: bool) -> None:  # noqa: FBT001 - a table
    text = WIRED if isinstance(source, PathSource) else INDEXED
    workspace = drawn(use("sales", source), registries=(LOCAL, CORP))
    if is_there:
        with pytest.raises(UsageError, match=r"sales uses shared by .* already"):
            convert(workspace, text, **request_)
    else:
        assert written(convert(workspace, text, **request_)) != text


def test_losses_are_said() -> None:
    text = WIRED.replace('["shared"]', '["shared>=0.1,<1"]').replace("true }", "true }  # ask Tess first")
    plan = convert(drawn(use("sales", BY_PATH), registries=(LOCAL,)), text, via="index")

    assert plan.losses == (
        "sales: `shared>=0.1,<1` becomes `shared==0.1.0`",
        "sales: the comment `# ask Tess first` is lost",
    )


def test_members_of_one_uv_workspace_agree() -> None:
    sales, ops = (replace(each, uv_root=ROOT) for each in (SALES, OPS))
    root = Project(directory=ROOT, file=ROOT / "pyproject.toml", name="repo", manager="uv", is_uv_workspace_root=True)
    uses = (
        use("sales", IndexSource(), requirement="shared==0.1.0"),
        use("ops", IndexSource(), requirement="shared<0.2"),
    )
    workspace = drawn(*uses, projects=(root, sales, ops, SHARED), registries=(LOCAL,))

    with pytest.raises(RefusedError, match="members of one uv workspace, which locks one shared for both"):
        convert(workspace, INDEXED, via="index", version="0.2.0")
