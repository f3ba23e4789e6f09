"""Planning `upgrade`: what moves, in which form, together with what, and why the rest stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dagster_commons.errors import UsageError
from dagster_commons.model.plan import ImportExpected, LockProject, MoveSubmodule, Plan, WriteFile
from dagster_commons.model.project import Dependency, Project
from dagster_commons.model.provenance import Tag, Upstream
from dagster_commons.model.sources import GitSource, IndexSource, MemberSource, PathSource, Source
from drawn_upgrades import (
    CHECKOUT,
    EMBEDDED,
    INDEX,
    NEW,
    OLD,
    ROOT,
    SUBMODULE,
    TAGGED,
    Drawing,
    release,
    shared,
)

if TYPE_CHECKING:
    from dagster_commons.model.upgrades import LocationUpgrade
    from dagster_commons.model.workspace import UseState


def text_in(plan: Plan | None, directory: str) -> str:
    assert plan is not None
    file = ROOT / directory / "pyproject.toml"
    return next(step.content for step in plan.steps if isinstance(step, WriteFile) and step.path == file).decode()


def reason(row: LocationUpgrade) -> str:
    assert row.plan is None
    assert row.stay is not None
    return f"{row.stay.kind}: {row.stay.reason}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("shared==0.1.0", "shared==0.2.0"),
        ("shared == 0.1.0", "shared == 0.2.0"),
        ("shared[s3]==0.1.0; sys_platform == 'linux'", "shared[s3]==0.2.0; sys_platform == 'linux'"),
        ("shared>=0.1,<1", "shared>=0.1,<1"),
        ("shared", "shared"),
        ("shared<0.2", "shared==0.2.0"),
        ("shared~=0.1.0", "shared==0.2.0"),
    ],
)
def test_an_index_requirement_keeps_its_form_as_far_as_it_admits_the_version(before: str, after: str) -> None:
    row = (
        Drawing(releases=shared("0.1.0", "0.2.0"))
        .use("finance", INDEX, before)
        .plan("shared", version="0.2.0")["finance"]
    )
    assert f'    "{after}",\n' in text_in(row.plan, "finance")
    assert row.plan is not None
    assert row.plan.steps[-1] == LockProject(directory=ROOT / "finance", upgrades=("shared==0.2.0",))
    assert row.plan.losses == (
        (f"finance: `{before}` becomes `{after}`",) if before in ("shared<0.2", "shared~=0.1.0") else ()
    )


def test_what_comes_along_from_the_embedded_registry_is_pinned_and_what_came_only_before_is_not() -> None:
    releases = {
        "shared": (release("shared", "0.1.0", "old-io"), release("shared", "0.2.0", "new-io>=2")),
        "old-io": (release("old-io", "1.0"),),
        "new-io": (release("new-io", "1.0"), release("new-io", "2.0"), release("new-io", "2.1")),
    }
    drawing = Drawing(releases=releases).use(
        "finance",
        INDEX,
        "shared==0.1.0",
        more='[tool.uv]\nconstraint-dependencies = ["old-io==1.0", "numpy<3", "shared==0.1.0"]\n',
    )
    drawing.use("finance", INDEX, "shared==0.1.0", module="old-io", through="shared", locked="1.0")
    drawing.texts[ROOT / "finance"] = drawing.texts[ROOT / "finance"].split("[tool.uv]")[0] + (
        '[tool.uv]\nconstraint-dependencies = ["old-io==1.0", "numpy<3", "shared==0.1.0"]\n'
    )
    row = drawing.plan("shared", version="0.2.0")["finance shared"]
    assert 'constraint-dependencies = ["numpy<3", "shared==0.2.0", "new-io==2.1"]' in text_in(row.plan, "finance")


def test_a_submodule_moves_to_the_commit_of_the_tag() -> None:
    row = (
        Drawing()
        .use("marketing", SUBMODULE, written='{ path = "../vendor/shared", editable = true }')
        .plan("shared")["marketing"]
    )
    assert row.plan is not None
    assert row.plan.steps[0] == MoveSubmodule(repository=ROOT, path=CHECKOUT, commit=NEW, tag="shared-v0.2.0")
    assert row.plan.steps[-1] == LockProject(directory=ROOT / "marketing")
    (expected,) = row.plan.expectations
    assert isinstance(expected, ImportExpected)
    assert (expected.version, expected.place) == ("0.2.0", CHECKOUT)


@pytest.mark.parametrize(
    ("source", "written", "after"),
    [
        (
            TAGGED,
            "{ git = 'https://git.example.com/shared', tag = 'shared-v0.1.0' } # by us",
            "tag = 'shared-v0.2.0' } # by us",
        ),
        (
            replace(TAGGED, reference_kind="rev", reference=OLD),
            f'{{ git = "https://git.example.com/shared", rev = "{OLD}", subdirectory = "py" }}',
            f'rev = "{NEW}", subdirectory = "py" }}',
        ),
        (
            replace(TAGGED, reference_kind="rev", reference="shared-v0.1.0"),
            '{ git = "https://git.example.com/shared", rev = "shared-v0.1.0" }',
            'rev = "shared-v0.2.0" }',
        ),
    ],
)
def test_a_git_source_keeps_its_form(source: GitSource, written: str, after: str) -> None:
    row = Drawing().use("billing", source, written=written).plan("shared", version="0.2.0")["billing"]
    assert after in text_in(row.plan, "billing")


def test_a_tag_may_name_no_version() -> None:
    upstream = Upstream(tags=(Tag(name="stable", commit=NEW),), commit=OLD)
    drawing = Drawing().use("marketing", SUBMODULE, written='{ path = "../vendor/shared" }', upstream=upstream)
    row = drawing.plan("shared", tag="stable")["marketing"]
    assert row.target == "stable"
    assert row.plan is not None
    assert isinstance(row.plan.expectations[0], ImportExpected)
    assert row.plan.expectations[0].version is None


@pytest.mark.parametrize(
    ("source", "requirement", "states", "version", "said"),
    [
        (PathSource(path=CHECKOUT, written="..", editable=True), "shared", (), None, "fixed: follows the working tree"),
        (MemberSource(path=CHECKOUT), "shared", (), "0.2.0", "fixed: follows the working tree"),
        (replace(TAGGED, reference_kind="branch", reference="main"), "shared", (), None, "fixed: follows branch main"),
        (replace(TAGGED, reference_kind=None, reference=None), "shared", (), None, "fixed: follows the default branch"),
        (INDEX, "shared==0.1.0", (), "0.1.0", "current: at 0.1.0 already"),
        (INDEX, "shared==0.1.0", (), "9.9", "refused: registry local has no shared==9.9"),
        (IndexSource(index="corp"), "shared==0.1.0", (), None, "fixed: the versions in index corp cannot be read here"),
        (SUBMODULE, "shared", ("dirty",), None, "refused: the submodule has changed files"),
        (SUBMODULE, "shared", ("other-commit",), None, "refused: the submodule is checked out at another commit"),
        (SUBMODULE, "shared", ("not-initialised",), None, "refused: the submodule is not checked out"),
        (SUBMODULE, "shared", (), "9.9", "refused: its repository has no tag of shared 9.9 (it has: shared-v0.1.0, "),
        (TAGGED, "shared", (), "0.1.0", "current: at shared-v0.1.0 already"),
    ],
)
def test_why_a_use_stays(
    source: Source, requirement: str, states: tuple[UseState, ...], version: str | None, said: str
) -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("here", source, requirement, *states)
    assert reason(drawing.plan("shared", version=version)["here"]).startswith(said)


def test_an_index_that_cannot_be_read_takes_the_version_that_is_named() -> None:
    row = Drawing().use("finance", IndexSource(index="corp"), "shared==0.1.0").plan("shared", version="7.0")["finance"]
    assert '"shared==7.0"' in text_in(row.plan, "finance")


@pytest.mark.parametrize(
    ("known", "locked", "target"),
    [
        (("0.1.0", "0.2.0", "0.3.0rc1"), "0.1.0", "0.2.0"),
        (("0.1.0", "0.2.0"), "0.2.0", None),
        (("0.1.0", "0.2.0"), "0.3.0rc1", None),  # never back unless it is named
        (("0.3.0rc1",), "0.1.0", None),
    ],
)
def test_the_newest_final_version_is_taken_when_none_is_named(
    known: tuple[str, ...], locked: str, target: str | None
) -> None:
    row = Drawing(releases=shared(*known)).use("finance", INDEX, f"shared=={locked}", locked=locked).plan()["finance"]
    assert (row.target if row.plan is not None else None) == target


def test_a_list_of_sources_is_left_alone() -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("finance", INDEX, "shared==0.1.0")
    drawing.uses[0] = replace(drawing.uses[0], alternatives=(TAGGED,))
    assert "has a list of sources" in reason(drawing.plan("shared", version="0.2.0")["finance"])


def test_a_release_for_other_versions_of_python_is_refused() -> None:
    releases = {"shared": (release("shared", "0.2.0", python=">=3.12"),)}
    drawing = Drawing(releases=releases).use("finance", INDEX, "shared==0.1.0")
    assert "3.10, 3.11" in reason(drawing.plan("shared", version="0.2.0")["finance"])


def test_the_range_of_another_module_is_respected_and_named() -> None:
    releases = {**shared("0.1.0", "0.2.0"), "io": (release("io", "1.0", "shared<0.2"),)}
    drawing = Drawing(releases=releases).use("finance", INDEX, "shared==0.1.0")
    drawing.use("finance", INDEX, "io==1.0", module="io", locked="1.0")
    drawing.use("audit", INDEX, "shared==0.1.0")
    rows = drawing.plan("shared", version="0.2.0")
    assert reason(rows["finance shared"]) == "refused: io 1.0 requires shared<0.2"
    assert rows["audit shared"].plan is not None


def test_the_range_of_a_module_on_disk_is_respected() -> None:
    io = ROOT / "io"
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("finance", INDEX, "shared==0.1.0")
    drawing.use("finance", PathSource(path=io, written="../io", editable=True), "io", module="io", locked=None)
    dependencies = (Dependency(name="shared", requirement="shared<0.2"),)
    drawing.project(
        Project(
            directory=io, file=io / "pyproject.toml", name="io", manager="uv", version="3", dependencies=dependencies
        )
    )
    rows = drawing.plan("shared", version="0.2.0")
    assert reason(rows["finance shared"]) == "refused: io 3 requires shared<0.2"


def test_two_modules_that_need_each_other_move_together_or_not_at_all() -> None:
    releases = {
        **shared("0.1.0", "0.2.0"),
        "io": (release("io", "1.0", "shared<0.2"), release("io", "2.0", "shared>=0.2")),
    }
    drawing = Drawing(releases=releases).use("finance", INDEX, "shared==0.1.0")
    drawing.use("finance", INDEX, "io==1.0", module="io", locked="1.0")
    alone = drawing.plan("io", version="2.0")["finance io"]
    assert reason(alone) == "refused: io 2.0 requires shared>=0.2, and finance stays at shared 0.1.0"
    together = drawing.plan()
    assert together["finance io"].plan == together["finance shared"].plan
    text = text_in(together["finance io"].plan, "finance")
    assert '"shared==0.2.0"' in text
    assert '"io==2.0"' in text


def test_a_range_among_the_constraints_is_the_users_word() -> None:
    more = '[tool.uv]\nconstraint-dependencies = ["shared<0.2"]\n'
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("finance", INDEX, "shared==0.1.0", more=more)
    assert reason(drawing.plan("shared", version="0.2.0")["finance"]) == "refused: finance requires shared<0.2"


def test_one_submodule_of_two_locations_moves_for_both_or_for_none() -> None:
    written = '{ path = "../vendor/shared", editable = true }'
    drawing = Drawing().use("marketing", SUBMODULE, written=written).use("ads", SUBMODULE, written=written)
    alone = drawing.plan("shared", version="0.2.0", only="marketing")["marketing"]
    assert reason(alone) == "refused: ads would move along (the same submodule): name both with -l"
    both = drawing.plan("shared", version="0.2.0")
    plan = both["ads"].plan
    assert plan == both["marketing"].plan
    assert plan is not None
    assert sum(isinstance(step, MoveSubmodule) for step in plan.steps) == 1
    assert {step.directory for step in plan.steps if isinstance(step, LockProject)} == {
        ROOT / "ads",
        ROOT / "marketing",
    }
    assert {each.location for each in plan.expectations} == {"ads", "marketing"}


def test_another_module_in_the_submodule_moves_along_and_is_said() -> None:
    written = '{ path = "../vendor/shared", editable = true }'
    drawing = Drawing().use("marketing", SUBMODULE, written=written)
    drawing.use("marketing", SUBMODULE, "io", module="io", written=written)
    plan = drawing.plan("shared", version="0.2.0")["marketing shared"].plan
    assert plan is not None
    assert plan.warnings == ("io is in the same submodule and moves along",)


def test_members_of_one_uv_workspace_have_one_lock_and_move_together() -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0"))
    for name in ("one", "two"):
        drawing.use(name, INDEX, "shared==0.1.0", at=f"all/{name}", uv_root="all")
    root = Project(
        directory=ROOT / "all", file=ROOT / "all/pyproject.toml", name="all", manager="uv", indexes=(EMBEDDED,)
    )
    drawing.project(root, '[project]\nname = "all"\n')
    assert "two would move along (the same lock)" in reason(drawing.plan("shared", version="0.2.0", only="one")["one"])
    plan = drawing.plan("shared", version="0.2.0")["one"].plan
    assert plan is not None
    assert [step.directory for step in plan.steps if isinstance(step, LockProject)] == [ROOT / "all"]
    assert all('"shared==0.2.0"' in text_in(plan, f"all/{name}") for name in ("one", "two"))


def test_locations_of_one_project_move_together() -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0"))
    drawing.use("day", INDEX, "shared==0.1.0", at="jobs").use("night", INDEX, "shared==0.1.0", at="jobs")
    assert "night would move along" in reason(drawing.plan("shared", version="0.2.0", only="day")["day"])
    plan = drawing.plan("shared", version="0.2.0")["day"].plan
    assert plan is not None
    assert sum(isinstance(step, WriteFile) for step in plan.steps) == 1
    assert [each.location for each in plan.expectations] == ["day", "night"]


def test_what_another_module_brings_in_is_left_to_that() -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("finance", INDEX, "io==1.0", through="io")
    assert reason(drawing.plan("shared", version="0.2.0")["finance"]) == "fixed: comes along with io"


def test_a_project_that_we_do_not_write_stays_with_the_reason() -> None:
    drawing = Drawing(releases=shared("0.1.0", "0.2.0")).use("finance", INDEX, "shared==0.1.0")
    drawing.projects[ROOT / "finance"] = replace(drawing.projects[ROOT / "finance"], manager="poetry", uv_root=None)
    assert "managed by poetry" in reason(drawing.plan("shared", version="0.2.0")["finance"])


def test_a_module_that_nobody_uses_is_an_error_with_the_closest_name() -> None:
    with pytest.raises(UsageError) as caught:
        Drawing().use("finance", INDEX, "shared==0.1.0").plan("shard")
    assert caught.value.hint == "did you mean `shared`?"
