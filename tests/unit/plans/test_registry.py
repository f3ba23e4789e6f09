from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dagster_commons.analysis.registry_users import users_of_registry
from dagster_commons.errors import CommonsError, RefusedError, UsageError
from dagster_commons.model.configuration import (
    Configuration,
    DefaultSource,
    EmbeddedRegistry,
    RegistryKind,
    RemoteRegistry,
)
from dagster_commons.model.plan import Plan, WriteFile
from dagster_commons.model.project import DeclaredIndex, Project
from dagster_commons.model.sources import IndexSource, PathSource
from dagster_commons.model.workspace import CodeLocation, Repository, SharedModule, Target, Use, Workspace
from dagster_commons.plans.registry import (
    consumer_lines,
    declared_modules,
    init_plan,
    module_to_ask_for,
    registry_to_ask,
    remote_init_plan,
    require_settings,
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
    assert consumer_lines(CORP, consumer, "shared") == ("[[tool.uv.index]]", 'name = "corp"', f'url = "{url}"')


CODEARTIFACT = {"domain": "acme", "domain-owner": "111122223333", "repository": "python", "region": "eu-west-1"}


def remote(
    configuration: str | None = None,
    *,
    kind: RegistryKind = "codeartifact",
    settings: dict[str, str] = CODEARTIFACT,
    found: Workspace | None = None,
) -> tuple[Plan, RemoteRegistry]:
    return remote_init_plan(
        found or workspace(), name="corp", kind=kind, settings=settings, configuration=configuration
    )


def test_a_registry_that_others_run_is_named_in_commons_toml_and_nowhere_else() -> None:
    plan, registry = remote('modules = ["a"]\n', settings={**dict(reversed(CODEARTIFACT.items()))})

    assert written(plan) == {
        "commons.toml": 'modules = ["a"]\n\n[registries.corp]\nkind = "codeartifact"\ndomain = "acme"\n'
        'domain-owner = "111122223333"\nrepository = "python"\nregion = "eu-west-1"\n'
    }
    assert registry.index_url.startswith("https://acme-111122223333.d.codeartifact.eu-west-1.amazonaws.com/")
    assert consumer_lines(registry, ROOT, "shared") == (
        "[[tool.uv.index]]",
        'name = "corp"',
        f'url = "{registry.index_url}"',
        "explicit = true",
        'authenticate = "always"',
        "",
        "[tool.uv.sources]",
        'shared = { index = "corp" }',
    )


def test_naming_it_once_more_changes_nothing_and_another_one_is_refused() -> None:
    plan, registry = remote()

    assert remote(written(plan)["commons.toml"], found=workspace(registry))[0].steps == ()
    with pytest.raises(UsageError, match="there is another registry `corp`"):
        remote(found=workspace(registry), settings={**CODEARTIFACT, "region": "us-east-1"})


@pytest.mark.parametrize(
    ("kind", "settings", "message", "hint"),
    [
        (
            "codeartifact",
            {"domain": "acme", "repository": "python"},
            "a registry of kind codeartifact needs --domain-owner, --region",
            "for example --domain-owner 111122223333 --region eu-west-1",
        ),
        ("simple", {}, "needs --url", "for example --url https://"),
        ("simple", {"url": "https://x.example/", "region": "r"}, "kind simple has no --region", "it has --url"),
        ("embedded", {"url": "https://x.example/"}, "kind embedded has no --url", "it has --path"),
        ("artifact-registry", {"path": "x"}, "kind artifact-registry has no --path", "--location"),
        ("simple", {"url": "x.example/simple"}, "--url is no http or https URL", "for example"),
        ("simple", {"url": "https://me:s3cret@x.example/"}, "--url has credentials in it", "UV_INDEX_<NAME>_USERNAME"),
        ("codeartifact", {**CODEARTIFACT, "domain-owner": "acme"}, "`acme` is no AWS account", "twelve digits"),
    ],
)
def test_what_a_kind_needs(kind: RegistryKind, settings: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_settings(kind, settings)

    assert message in caught.value.message
    assert hint in (caught.value.hint or "")
    assert "s3cret" not in caught.value.message + (caught.value.hint or "")


def test_which_registry_is_asked_for_what() -> None:
    one, other = (RemoteRegistry(name=each, kind="simple", index_url="https://x.example/") for each in ("one", "other"))

    assert registry_to_ask(Configuration(registries=(CORP, one)), None) == one
    assert registry_to_ask(Configuration(registries=(CORP, one)), "corp") == CORP
    for registries, name, message in (
        ((one, other), None, "say which registry: one, other"),
        ((CORP,), None, "names no registry on the web; corp needs no credentials"),
        ((), None, "names no registry on the web"),
        ((one,), "two", "there is no registry `two`"),
    ):
        with pytest.raises(UsageError, match=message):
            registry_to_ask(Configuration(registries=registries), name)
    assert module_to_ask_for(workspace(), "corp") == "acme-base"
    tied = replace(
        workspace(), configuration=Configuration(sources=(DefaultSource(module="z", via="index", registry="corp"),))
    )
    assert module_to_ask_for(tied, "corp") == "z"
    assert module_to_ask_for(Workspace(root=ROOT, configuration=Configuration()), "corp") == "commons-registry-login"


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
