from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.errors import CommonsError, RefusedError, UsageError
from dagster_commons.model.configuration import Configuration, DefaultSource, EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.project import DeclaredIndex, Project
from dagster_commons.model.sources import IndexSource, PathSource
from dagster_commons.model.workspace import CodeLocation, Repository, SharedModule, Target, Use, Workspace
from dagster_commons.plans.registry import (
    consumer_lines,
    declared_modules,
    init_plan,
    remote_lines,
    users_of_registry,
)

ROOT = Path("/repo")
REGISTRY = ROOT / "registry"
CORP = EmbeddedRegistry(name="corp", directory=REGISTRY)
ENTRY = '[registries.corp]\nkind = "embedded"\npath = "registry"\n'


def workspace(*registries: EmbeddedRegistry | RemoteRegistry) -> Workspace:
    return Workspace(
        root=ROOT,
        configuration=Configuration(
            modules=("Acme_Base",), registries=registries, sources=(DefaultSource(module="via", via="index"),)
        ),
        modules=(SharedModule(name="shared"),),
    )


def init(
    configuration: str | None = None,
    *,
    found: Workspace | None = None,
    name: str = "corp",
    directory: Path = REGISTRY,
    existing: frozenset[Path] = frozenset(),
) -> Plan:
    return init_plan(
        found or workspace(), name=name, directory=directory, configuration=configuration, existing=existing
    )


def written(plan: Plan) -> dict[str, str]:
    return {
        step.path.relative_to(ROOT).as_posix(): step.content.decode()
        for step in plan.steps
        if isinstance(step, WriteFile)
    }


def test_every_declared_module_is_reserved_and_commons_toml_names_the_registry() -> None:
    files = written(init())

    assert sorted(files) == [
        "commons.toml",
        "registry/.gitattributes",
        "registry/.gitignore",
        "registry/acme-base/index.html",
        "registry/shared/index.html",
        "registry/via/index.html",
    ]
    assert files["commons.toml"] == ENTRY
    assert "<a" not in files["registry/shared/index.html"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ENTRY),
        ('modules = ["a"]  # kept\n', f'modules = ["a"]  # kept\n\n{ENTRY}'),
        ('modules = ["a"]', f'modules = ["a"]\n\n{ENTRY}'),
        ('modules = ["a"]\r\n', 'modules = ["a"]\r\n\r\n' + ENTRY.replace("\n", "\r\n")),
        ('[registries.team]\nkind = "simple"\n', f'[registries.team]\nkind = "simple"\n\n{ENTRY}'),
        ('registries.team.kind = "simple"\n', f'registries.team.kind = "simple"\n\n{ENTRY}'),
        ('registries = { team = { kind = "simple" } }\n', None),
        ('[registries.corp]\nkind = "simple"\n', None),
    ],
)
def test_commons_toml_keeps_its_bytes_or_is_refused(before: str, after: str | None) -> None:
    if after is not None:
        assert written(init(before))["commons.toml"] == after
        return
    with pytest.raises(UsageError, match="no registry can be added") as caught:
        init(before)
    assert 'registries.corp = { kind = "embedded", path = "registry" }' in (caught.value.hint or "")


def test_packages_that_nobody_uses_are_reserved_but_no_code_location_and_nothing_in_a_submodule() -> None:
    def project(name: str, **more: object) -> Project:
        where = ROOT / name
        return Project(directory=where, file=where / "pyproject.toml", name=name, manager="uv", **more)  # type: ignore[arg-type]

    sales = CodeLocation(
        name="sales",
        project="sales",
        path=ROOT / "sales",
        target=Target(kind="module", value="sales"),
        build_directory=ROOT / "sales",
        declared_in=ROOT / "sales/pyproject.toml",
    )
    found = replace(
        workspace(),
        locations=(sales,),
        projects=(project("sales"), project("utils"), project("scripts", is_package=False), project("vendor/dbt")),
        repositories=(Repository(root=ROOT / "vendor", git_dir=ROOT / ".git/modules/vendor", superproject=ROOT),),
    )

    assert declared_modules(found) == ("acme-base", "shared", "utils", "via")


def test_once_more_it_reserves_what_is_new_and_nothing_else() -> None:
    existing = frozenset({REGISTRY / ".gitignore", REGISTRY / ".gitattributes", REGISTRY / "shared/index.html"})

    files = written(init(ENTRY, found=workspace(CORP), existing=existing))

    assert sorted(files) == ["registry/acme-base/index.html", "registry/via/index.html"]


def test_a_directory_outside_the_root_is_named_relatively() -> None:
    assert 'path = "../registry"' in init(directory=Path("/registry")).steps[-1].content.decode()  # type: ignore[union-attr]


def test_without_any_module_it_says_that_nothing_is_reserved() -> None:
    nothing = Workspace(root=ROOT, configuration=Configuration())

    assert "no name is reserved" in init(found=nothing).warnings[0]
    assert init().warnings == ()


@pytest.mark.parametrize(
    ("registry", "name", "kind", "message"),
    [
        (replace(CORP, directory=ROOT / "other"), "corp", UsageError, "there is another registry `corp`"),
        (
            RemoteRegistry(name="corp", kind="simple", index_url="https://index.example.com"),
            "corp",
            UsageError,
            "there is another registry",
        ),
        (CORP, "team", RefusedError, "registry is registry `corp` already"),
        (CORP, "a.b", UsageError, "cannot be the name"),
        (CORP, "", UsageError, "cannot be the name"),
        (CORP, "-x", UsageError, "cannot be the name"),
    ],
)
def test_refusals(
    registry: EmbeddedRegistry | RemoteRegistry, name: str, kind: type[CommonsError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        init(ENTRY, found=workspace(registry), name=name)


@pytest.mark.parametrize(
    ("consumer", "url"),
    [(ROOT, "./registry"), (ROOT / "finance", "../registry")],
)
def test_consumers_lines(consumer: Path, url: str) -> None:
    assert consumer_lines(CORP, consumer) == ("[[tool.uv.index]]", 'name = "corp"', f'url = "{url}"')


def test_lines_of_other_kinds() -> None:
    assert remote_lines("team", "artifact-registry")[:2] == ("[registries.team]", 'kind = "artifact-registry"')


def test_users_are_found_by_the_index_of_their_uv_workspace_root() -> None:
    def project(name: str, *urls: str, root: str | None = None) -> Project:
        indexes = tuple(DeclaredIndex(name=f"index{number}", url=url) for number, url in enumerate(urls))
        directory = ROOT / name
        return Project(
            directory=directory,
            file=directory / "pyproject.toml",
            name=name,
            manager="uv",
            indexes=indexes,
            uv_root=ROOT / root if root else directory,
        )

    def use(name: str, *, locked: str | None = "0.1.3", index: str | None = None) -> Use:
        source = IndexSource(index=index)
        return Use(location=name, module="shared", source=source, project=ROOT / name, requirement="s", locked=locked)

    by_path = Use(
        location="path", module="shared", source=PathSource(path=ROOT, written="..", editable=True),
        project=ROOT / "finance", requirement="s", locked="0.1.3",
    )  # fmt: skip
    found = replace(
        workspace(CORP),
        projects=(
            project("finance", "../registry"),
            project("group", "./../registry/"),
            project("group/member", root="group"),
            project("elsewhere", "https://index.example.com/simple", "../other"),
            project("second", "https://index.example.com/simple", "../registry"),
        ),
        uses=(
            use("second", index="index1"),
            use("second", index="index0", locked="9"),
            use("group/member", locked="0.2.0"),
            use("finance"),
            use("elsewhere"),
            use("finance", locked=None),
            by_path,
        ),
    )

    assert users_of_registry(found, CORP, "shared") == (
        ("finance", "0.1.3"),
        ("group/member", "0.2.0"),
        ("second", "0.1.3"),
    )
