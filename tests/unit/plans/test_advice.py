"""Which source is recommended: a workspace for each answer, and one beside it where another answer is right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.model.advice import ImageFile, Surroundings
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry, RemoteRegistry
from dagster_commons.model.provenance import Provenance, RegistryReleases
from dagster_commons.model.registry import Metadata
from dagster_commons.model.sources import PathSource, Source
from dagster_commons.model.workspace import Repository
from dagster_commons.plans.advice.advising import advise
from dagster_commons.plans.offers import Offer
from drawn_uses import GIT, INDEX, MEMBER, PATH, ROOT, project, submodule_in, use, workspace

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_commons.model.advice import Advice
    from dagster_commons.model.configuration import Registry
    from dagster_commons.model.workspace import Use, Workspace

CORP = RemoteRegistry(name="corp", kind="simple", index_url="https://index.example.com/simple/")
REMOTE = "git@git.example.com:acme/shared.git"


def repository(path: str, *, superproject: Path | None = None) -> Repository:
    return Repository(root=ROOT / path, git_dir=ROOT / path / ".git", superproject=superproject)


def registry_in(path: str) -> EmbeddedRegistry:
    return EmbeddedRegistry(name="own", directory=ROOT / path / "registry")


def together(*uses: Use, **changes: object) -> Workspace:
    """Module and code locations in one repository."""
    drawn = workspace(*uses, projects=tuple(project(each.location, "1", each.location) for each in uses))
    return replace(drawn, repositories=(repository("."),), **changes)  # type: ignore[arg-type]


def apart(*uses: Use, **changes: object) -> Workspace:
    """The module in a repository of its own, and so is each code location."""
    drawn = together(*uses)
    places = ("packages", *(each.location for each in uses))
    return replace(drawn, repositories=tuple(map(repository, places)), **changes)  # type: ignore[arg-type]


def configured(*registries: Registry) -> Configuration:
    return Configuration(registries=registries)


def answers(
    drawn: Workspace,
    *,
    tags: tuple[str, ...] = (),
    releases: tuple[str, ...] = (),
    remote: str | None = REMOTE,
    surroundings: Surroundings | None = None,
) -> tuple[Advice, ...]:
    shared = drawn.modules[0].project
    provenance = Provenance(
        module="shared",
        project=shared,
        repository=None if shared is None else getattr(drawn.repository_of(shared.directory), "root", None),
        remote_url=remote,
        tags=tags,
        registries=tuple(
            RegistryReleases(registry=each.name, releases=tuple(Metadata(name="shared", version=v) for v in releases))
            for each in drawn.configuration.registries
        ),
    )
    offer = Offer(workspace=drawn, provenances={"shared": provenance})
    return advise(offer, surroundings or Surroundings(), drawn.locations)


def short(found: tuple[Advice, ...]) -> list[tuple[tuple[str, ...], str, str, str | None]]:
    return [(each.locations, each.current, each.recommended, each.command) for each in found]


def reasons(advice: Advice, source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return next((each.reasons_for, each.reasons_against) for each in advice.weighed if each.source == source)


def far_path(location: str) -> PathSource:
    return PathSource(path=ROOT / "packages/shared", written="../packages/shared", editable=location != "")


def test_path_in_one_repository_stays() -> None:
    [said] = answers(together(use("sales", PATH), use("ops", PATH)))
    assert (said.locations, said.recommended, said.command) == (("ops", "sales"), "path", None)
    assert reasons(said, "path")[0][0].startswith("one repository: a change is seen at once")
    assert reasons(said, "submodule")[1] == ("one repository: it cannot contain itself",)
    assert "every change would need a release" in reasons(said, "index")[1][1]


def test_a_pin_of_the_working_trees_own_version_in_one_repository_becomes_a_path() -> None:
    pinned = use("sales", INDEX, requirement="shared==0.2.0", locked="0.2.0")
    [said] = answers(together(pinned, configuration=configured(CORP)))
    assert (said.recommended, said.command) == ("path", "commons convert shared --via path -l sales")
    assert said.first is None


def test_consumers_of_one_repository_that_need_different_versions() -> None:
    old = use("ops", INDEX, requirement="shared==0.1.3", locked="0.1.3")
    found = answers(together(use("sales", PATH), old, configuration=configured(CORP)))
    assert short(found) == [(("ops",), "index", "index", None), (("sales",), "path", "path", None)]
    assert (
        "0.1.3 is needed, and a path leads to the working tree alone, which is at 0.2.0" in reasons(found[0], "path")[1]
    )


def test_a_path_that_cannot_give_the_version_asked_for_becomes_a_pin() -> None:
    drawn = together(use("sales", PATH, requirement="shared<0.2", locked="0.1.3"))
    [with_registry] = answers(replace(drawn, configuration=configured(registry_in("."))), releases=("0.1.3",))
    assert with_registry.recommended == "index"
    [with_tags] = answers(drawn, tags=("v0.1.3",))
    assert with_tags.recommended == "git"
    [with_neither] = answers(drawn)
    assert with_neither.recommended == "path"


def test_a_path_into_another_repository_becomes_a_submodule() -> None:
    [said] = answers(apart(use("marketing", far_path("marketing"))))
    assert short((said,)) == [
        (("marketing",), "path", "submodule", "commons convert shared --via submodule -l marketing")
    ]
    assert said.first is None
    assert reasons(said, "path")[1][0].startswith("it lies in another repository: a lone clone")


def test_without_a_remote_the_url_comes_first() -> None:
    [said] = answers(apart(use("marketing", far_path("marketing"))), remote=None)
    assert said.recommended == "submodule"
    assert said.first == "no remote of shared is known (give --url URL of its repository)"


def test_a_submodule_stays_where_the_registry_is_out_of_reach() -> None:
    drawn = apart(use("marketing", submodule_in("marketing")), configuration=configured(registry_in("finance")))
    [said] = answers(drawn, releases=("0.1.3", "0.2.0"))
    assert (said.recommended, said.command) == ("submodule", None)
    assert reasons(said, "index")[1] == ("registry own lies in another repository: a lone clone cannot sync",)


@pytest.mark.parametrize("source", [submodule_in("finance"), far_path("finance"), GIT])
def test_index_where_a_registry_within_reach_has_releases(source: Source) -> None:
    drawn = apart(use("finance", source, locked="0.2.0"), configuration=configured(registry_in("finance")))
    [said] = answers(drawn, releases=("0.1.3", "0.2.0"))
    assert (said.recommended, said.command) == ("index", "commons convert shared --via index -l finance")
    assert said.first is None
    assert reasons(said, "index")[0][0] == "registry own has 0.1.3, 0.2.0"


def test_what_is_not_released_yet_is_released_first() -> None:
    drawn = apart(
        use("finance", far_path("finance"), requirement="shared>=0.2"), configuration=configured(registry_in("finance"))
    )
    [said] = answers(drawn)
    assert said.command == "commons convert shared --via index -l finance"
    assert said.first == "commons release shared==0.2.0 --registry own"


def test_index_where_several_repositories_share_a_server() -> None:
    uses = (
        use("finance", submodule_in("finance"), locked="0.1.3"),
        use("orders", submodule_in("orders"), locked="0.2.0"),
    )
    found = answers(apart(*uses, configuration=configured(CORP)))
    assert {each.recommended for each in found} == {"index"}
    assert [each.command for each in found] == ["commons convert shared --via index -l finance -l orders"]
    assert "used from 2 repositories: one source of truth for all" in reasons(found[0], "index")[0]


def test_a_submodule_of_one_repository_stays_beside_a_server_that_has_nothing() -> None:
    [said] = answers(apart(use("finance", submodule_in("finance")), configuration=configured(CORP)))
    assert said.recommended == "submodule"


def test_owners_who_differ_want_versions() -> None:
    drawn = apart(use("finance", submodule_in("finance"), locked="0.2.0"), configuration=configured(CORP))
    owners = {ROOT / "packages/shared": ("@acme/platform",), ROOT / "finance": ("@acme/finance",)}
    [said] = answers(drawn, surroundings=Surroundings(owners=owners))
    assert said.recommended == "index"
    assert "2 sets of owners consume it independently (@acme/finance; @acme/platform)" in reasons(said, "index")[0]


def test_git_where_tags_mark_the_versions_and_no_registry_is_there() -> None:
    drawn = apart(use("finance", far_path("finance"), requirement="shared>=0.2"))
    [said] = answers(drawn, tags=("v0.1.3", "v0.2.0"))
    assert (said.recommended, said.command) == ("git", "commons convert shared --via git -l finance")
    assert said.first is None
    assert reasons(said, "git")[0] == ("tags mark 0.1.3, 0.2.0: pinned versions without a registry",)
    [kept] = answers(apart(use("finance", GIT, locked="0.1.3")))
    assert (kept.recommended, kept.command) == ("git", None)


def test_an_index_that_only_the_lock_knows_stays() -> None:
    drawn = apart(use("finance", INDEX, requirement="shared==0.1.3", locked="0.1.3"))
    [said] = answers(drawn)
    assert (said.recommended, said.command) == ("index", None)


def test_a_member_of_a_uv_workspace_is_left_alone() -> None:
    [said] = answers(together(use("sales", MEMBER)))
    assert (said.current, said.recommended, said.command, said.first) == ("member", "member", None, None)
    assert said.weighed[0].source == "path"


def test_what_we_do_not_write_is_said() -> None:
    poetry = replace(project("sales", "1", "sales"), manager="poetry")
    drawn = replace(together(use("sales", INDEX, requirement="shared==0.2.0", locked="0.2.0")), projects=(poetry,))
    drawn = replace(drawn, projects=(poetry, project("packages/shared", "0.2.0")))
    [said] = answers(drawn)
    assert said.recommended == "path"
    assert said.first is not None
    assert "managed by poetry" in said.first


def test_a_dockerfile_that_copies_nothing_of_the_module_speaks_against_a_path() -> None:
    for place, copied, is_there in (
        ("sales/Dockerfile", ("pyproject.toml", "src"), False),
        ("sales/Dockerfile", ("pyproject.toml", "./packages/shared"), True),
        ("sales/Dockerfile", ("packages/",), True),
        ("sales/Dockerfile", ("../packages/shared",), True),
        ("sales/Dockerfile", (".",), True),
        ("Dockerfile", ("sales",), True),
    ):
        image = ImageFile(path=ROOT / place, copied=copied)
        around = Surroundings(image_files={ROOT / "sales": image})
        [said] = answers(together(use("sales", PATH)), surroundings=around)
        assert any("Dockerfile copies it" in each for each in reasons(said, "path")[1]) is not is_there, copied


def test_what_comes_along_with_another_module_follows_that() -> None:
    through = use("sales", INDEX, through="base")
    assert answers(together(through)) == ()


def test_a_module_that_nobody_uses_is_an_error_with_the_way_on() -> None:
    drawn = together(use("sales", PATH))
    with pytest.raises(UsageError, match="no code location here uses other itself") as caught:
        advise(Offer(workspace=drawn, provenances={}), Surroundings(), drawn.locations, "other")
    assert "commons add other" in (caught.value.hint or "")


def test_every_way_is_weighed_the_recommended_one_first() -> None:
    for said in answers(apart(use("finance", submodule_in("finance")))):
        assert said.weighed[0].source == said.recommended
        assert sorted(each.source for each in said.weighed) == ["git", "index", "path", "submodule"]
