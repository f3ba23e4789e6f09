"""For every rule a workspace where it fires, exactly once and there, and a near miss where it must not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dagster_commons.model.project import DeclaredSource, Dependency, Project
from dagster_commons.model.sources import MemberSource, PathSource
from dagster_commons.model.submodules import RecordedSubmodule
from dagster_commons.model.workspace import Repository, SharedModule
from drawn_evidence import evidence, lock
from drawn_uses import INDEX, PATH, ROOT, location, project, submodule_in, use, workspace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster_commons.analysis.evidence import Evidence
    from dagster_commons.model.sources import Source
    from dagster_commons.model.workspace import Use, UseState, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """`fires` at `place` ("FILE:LINE", or the file alone), `near` does not."""

    fires: Evidence
    place: str | None
    near: Evidence


def own(name: str, **more: object) -> Project:
    """The project of location `name`."""
    found = project(name, "0.1.0", name=f"acme-{name}")
    settings = {"import_packages": (name,), "uv_root": found.directory, **more}
    return replace(found, **settings)  # type: ignore[arg-type]


def shared(**more: object) -> Project:
    """The module's project at packages/shared."""
    found = project("packages/shared", "0.2.0")
    return replace(found, **{"import_packages": ("shared",), "uv_root": found.directory, **more})  # type: ignore[arg-type]


def drawn(*uses: Use, module: Project | None = None, projects: tuple[Project, ...] | None = None) -> Workspace:
    """The uses, their locations' projects, and the module."""
    home = module or shared()
    found = workspace(*uses, modules=(SharedModule(name=home.name, version=home.version, project=home),))
    owns = projects if projects is not None else tuple(own(each.name) for each in found.locations)
    git = Repository(root=ROOT, git_dir=ROOT / ".git")
    return replace(found, projects=(home, *owns), repositories=(git,))


def by_path(*locations: str, module: Project | None = None, projects: tuple[Project, ...] | None = None) -> Workspace:
    return drawn(*(use(each, PATH) for each in locations or ("sales",)), module=module, projects=projects)


def sourced(source: Source, **more: object) -> tuple[DeclaredSource, ...]:
    return (DeclaredSource(name="shared", source=source, line=9, **more),)  # type: ignore[arg-type]


def with_source(written: str) -> Evidence:
    source = PathSource(path=ROOT / "packages/shared", written=written, editable=True)
    return evidence(by_path(projects=(own("sales", sources=sourced(source)),)))


def dagster_locks(sales: str, ops: str) -> Evidence:
    locked = {
        f"{name}/uv.lock": lock(f"dagster {version} registry=https://pypi.example.com/simple")
        for name, version in (("sales", sales), ("ops", ops))
    }
    return evidence(by_path("sales", "ops"), locked)


def requests_locks(sales: str, ops: str) -> Evidence:
    locked = {
        f"{name}/uv.lock": lock(
            f"requests {version} registry=https://pypi.example.com/simple",
            "shared 0.2.0 editable=../packages/shared requests",
        )
        for name, version in (("sales", sales), ("ops", ops))
    }
    return evidence(by_path("sales", "ops"), locked)


def overridden(consumer: str) -> Evidence:
    texts = {
        "packages/shared/pyproject.toml": '[tool.uv]\noverride-dependencies = ["protobuf<6"]\n',
        "sales/pyproject.toml": f'[project]\nname = "acme-sales"\n\n[tool.uv]\noverride-dependencies = [{consumer}]\n',
    }
    return evidence(by_path(), texts)


DOCKERFILE = "sales/Dockerfile"


def dockerfile(*lines: str, at: str = DOCKERFILE, **more: str) -> Mapping[str, str]:
    return {
        at: "\n".join(("FROM python:3.12", *lines, "")),
        **{key.replace("__", "/"): text for key, text in more.items()},
    }


def code(text: str, **more: str) -> Mapping[str, str]:
    """`sales/src/sales/assets.py`, and other files by `name__of__it`."""
    others = {f"{path.replace('__', '/')}.py": other for path, other in more.items()}
    return {"sales/src/sales/assets.py": text, "packages/shared/src/shared/__init__.py": "", **others}


USED = "import dagster\nimport shared\n"


def in_builder(*, is_list: bool = False, folder: str = "shared", image: str = "") -> Evidence:
    source: Source = MemberSource(path=ROOT / "packages" / folder)
    sales = own("sales", sources=sourced(source, is_list=is_list))
    found = by_path(projects=(sales,))
    cloud = ROOT / "dagster_cloud.yaml"
    locations = tuple(replace(each, declared_in=cloud) for each in found.locations)
    return evidence(
        replace(found, locations=locations), {"dagster_cloud.yaml": f"locations:\n  - location_name: sales\n{image}"}
    )


def vendored(*states: UseState, location: str = "sales", commit: str = "a" * 40, **more: object) -> RecordedSubmodule:
    found = RecordedSubmodule(
        repository=ROOT,
        path=ROOT / location / "shared",
        name="shared",
        url="https://git.example.com/shared.git",
        resolved_url="https://git.example.com/shared.git",
        commit=commit,
        states=states or ("ok",),
    )
    return replace(found, **more)  # type: ignore[arg-type]


GITMODULES = '[submodule "shared"]\n    path = sales/shared\n    url = https://git.example.com/shared.git\n'


def in_submodule(
    *recorded: RecordedSubmodule, files: Mapping[str, str] | None = None, state: UseState = "ok"
) -> Evidence:
    """`sales` with the module as a submodule, which the superproject has `recorded`."""
    found = drawn(use("sales", submodule_in("sales"), "current", state))
    texts = {".gitmodules": GITMODULES, **(files or {})}
    return evidence(found, texts, submodules=recorded or (vendored(),))


def workflow(*steps: str) -> Mapping[str, str]:
    listed = "".join(f"      - {each}\n" for each in steps)
    return {".github/workflows/ci.yml": f"jobs:\n  build:\n    steps:\n{listed}"}


def pinned(ops: str) -> Evidence:
    found = drawn(use("ops", submodule_in("ops")), use("sales", submodule_in("sales")))
    return evidence(found, submodules=(vendored(location="ops", commit=ops), vendored()))


def in_the_cloud(directory: str) -> Evidence:
    found = by_path()
    place = ROOT / directory if directory else ROOT
    locations = tuple(
        replace(each, declared_in=ROOT / "dagster_cloud.yaml", build_directory=place) for each in found.locations
    )
    use_at = tuple(replace(each, line=4) for each in found.uses)
    texts = dockerfile("RUN pip list", at=f"{directory}/Dockerfile".lstrip("/"))
    return evidence(replace(found, locations=locations, uses=use_at), texts)


def built(*lines: str, **more: str) -> Evidence:
    """An image of `sales` that is built from the root, which `COPY sales sales` tells."""
    texts = {"packages/shared/pyproject.toml": "", **more}
    return evidence(by_path(), dockerfile("COPY sales sales", *lines, **texts))


BUILDER = ("COPY packages packages", "RUN uv sync --locked", "FROM python:3.12-slim")


def hatchling(build: str = "") -> str:
    return f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n{build}'


def with_data(ignored: str, build: str = "") -> Evidence:
    texts = {
        ".gitignore": f"*.pyc\n{ignored}\n",
        "packages/shared/pyproject.toml": hatchling(build),
        "packages/shared/src/shared/data/codes.csv": "x",
    }
    return evidence(by_path(), texts)


def wheel_of(backend: str, command: str) -> Evidence:
    texts = {
        "packages/shared/pyproject.toml": f'[build-system]\nrequires = ["x"]\nbuild-backend = "{backend}"\n',
        "release.sh": f"set -e\n{command}\n",
    }
    return evidence(by_path(), texts)


def from_git(*lines: str, version: str = 'dynamic = ["version"]') -> Evidence:
    texts = {
        "packages/shared/pyproject.toml": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n'
        f'build-backend = "hatchling.build"\n\n[project]\nname = "shared"\n{version}\n',
        **dockerfile("COPY sales sales", "COPY packages packages", *lines, "RUN uv sync --locked"),
    }
    return evidence(by_path(), texts)


def forced(location: str, module: str) -> Evidence:
    table = "\n[tool.hatch.build.targets.wheel.force-include]\n"
    texts = {
        "sales/pyproject.toml": hatchling(f"{table}{location}\n"),
        "packages/shared/pyproject.toml": hatchling(f"{table}{module}\n"),
    }
    return evidence(by_path(), texts)


def python_of(module: str, location: str) -> Evidence:
    home = shared(requires_python=module)
    return evidence(by_path(module=home, projects=(own("sales", requires_python=location),)))


def dagster_of(module: str, locked: str) -> Evidence:
    home = shared(dependencies=(Dependency(name="dagster", requirement=module),))
    text = lock(f"dagster {locked} registry=https://pypi.example.com/simple")
    return evidence(by_path(module=home), {"sales/uv.lock": text})


def both_with(package: str, *files: str) -> Evidence:
    """`sales` and its module with one import package."""
    home = shared(import_packages=(package,))
    used = {"sales/src/acme/sales/a.py": f"import {package}\n"}
    projects = (own("sales", import_packages=(package,)),)
    return evidence(by_path(module=home, projects=projects), {**used, **dict.fromkeys(files, "")})


def two_locations(text: str) -> Evidence:
    return evidence(by_path("sales", "ops"), code(text, ops__src__ops__assets="import shared\n"))


def beside_ops(text: str) -> Evidence:
    """`sales` uses no module, `ops` does."""
    found = drawn(use("ops", PATH))
    projects = (*found.projects, own("sales"))
    more = replace(found, locations=(*found.locations, location("sales")), projects=projects)
    return evidence(more, code(text, ops__src__ops__assets="import shared\n"))


EXAMPLES: Mapping[str, Example] = {
    "LOCK001": Example(
        fires=evidence(drawn(use("sales", PATH, "stale", reason="…"))), place="sales/uv.lock", near=evidence(by_path())
    ),
    "LOCK002": Example(
        fires=evidence(drawn(use("sales", PATH, "missing"))),
        place="sales/uv.lock",
        near=evidence(drawn(use("sales", PATH, "unknown"))),
    ),
    "LOCK003": Example(
        fires=evidence(
            workspace(), dockerfile("RUN uv lock && \\", "    uv sync --frozen --no-dev", "RUN uv sync --frozen")
        ),
        place="sales/Dockerfile:3",
        near=evidence(workspace(), dockerfile("RUN uv lock --check && uv sync --frozen")),
    ),
    "LOCK004": Example(
        fires=evidence(by_path(), {"sales/uv.lock": lock("a 1 editable=../a", "shared 1 editable=/home/ada/shared")}),
        place="sales/uv.lock:11",
        near=evidence(by_path(), {"sales/uv.lock": lock("shared 1 editable=../packages/shared")}),
    ),
    "LOCK005": Example(
        fires=requests_locks("2.31.0", "2.32.3"),
        place="packages/shared/pyproject.toml",
        near=requests_locks("2.32.3", "2.32.3"),
    ),
    "LOCK006": Example(fires=overridden(""), place="sales/pyproject.toml:4", near=overridden('"protobuf<5"')),
    "LOCK007": Example(
        fires=dagster_locks("1.10.21", "1.12.22"), place="sales/uv.lock:6", near=dagster_locks("1.12.1", "1.12.22")
    ),
    "REG001": Example(
        fires=evidence(drawn(replace(use("sales", INDEX, requirement="shared>=0.1"), line=5))),
        place="sales/pyproject.toml:5",
        near=evidence(drawn(use("sales", INDEX, requirement="shared==0.1.3"))),
    ),
    "SRC001": Example(
        fires=with_source("packages/shared"), place="sales/pyproject.toml:9", near=with_source("./packages/shared")
    ),
    "SRC002": Example(
        fires=evidence(drawn(replace(use("sales", PATH, "unknown", "missing"), line=4))),
        place="sales/pyproject.toml:4",
        near=evidence(by_path()),
    ),
    "SRC003": Example(
        fires=in_builder(folder="common"),
        place="sales/pyproject.toml:9",
        near=in_builder(is_list=True, image="    image: acme/sales\n"),
    ),
    "SRC004": Example(
        fires=evidence(by_path(), code(f"{USED}from helpers import x\n", helpers__x="")),
        place="sales/src/sales/assets.py:3",
        near=evidence(by_path(), code(f"{USED}import requests\nimport queue\n", tests__x="")),
    ),
    "SRC005": Example(
        fires=two_locations(f"{USED}from ops.assets import x\n"),
        place="sales/src/sales/assets.py:3",
        near=two_locations(f"{USED}from sales.ops import x\n"),
    ),
    "SRC006": Example(fires=beside_ops(USED), place="sales/src/sales/assets.py:2", near=beside_ops("import dagster\n")),
    "SRC007": Example(
        fires=evidence(drawn(replace(use("sales", PATH), line=6)), code("import dagster\n")),
        place="sales/pyproject.toml:6",
        near=evidence(
            by_path(), {**code("import dagster\n"), "sales/src/sales/defs/x/defs.yaml": "type: shared.Factory\n"}
        ),
    ),
    "SRC008": Example(
        fires=evidence(by_path(module=shared(import_packages=("queue",)))),
        place="packages/shared/pyproject.toml",
        near=evidence(by_path(module=shared(import_packages=("acme_queue",)))),
    ),
    "SRC009": Example(
        fires=both_with("acme", "sales/src/acme/__init__.py", "packages/shared/src/acme/__init__.py"),
        place="sales/pyproject.toml",
        near=both_with("acme", "sales/src/acme/sales/__init__.py", "packages/shared/src/acme/shared/__init__.py"),
    ),
    "SRC010": Example(
        fires=python_of(">=3.11", ">=3.10"), place="sales/pyproject.toml", near=python_of(">=3.10", ">=3.11,<3.14")
    ),
    "SRC011": Example(
        fires=dagster_of("dagster>=1.12", "1.10.21"),
        place="sales/pyproject.toml",
        near=dagster_of("dagster>=1.12", "1.12.0"),
    ),
    "SRC012": Example(
        fires=evidence(drawn(replace(use("sales", PATH, "current", "linked"), line=3))),
        place="sales/pyproject.toml:3",
        near=evidence(by_path()),
    ),
    "SUB001": Example(fires=in_submodule(state="not-initialised"), place="sales/pyproject.toml", near=in_submodule()),
    "SUB002": Example(
        fires=in_submodule(state="not-on-remote"), place="sales/pyproject.toml", near=in_submodule(state="ahead")
    ),
    "SUB003": Example(
        fires=in_submodule(state="other-commit"), place="sales/pyproject.toml", near=in_submodule(state="behind")
    ),
    "SUB004": Example(
        fires=in_submodule(vendored("dirty", "untracked")),
        place=".gitmodules:2",
        near=in_submodule(vendored(), vendored("dirty", location="docs")),
    ),
    "SUB005": Example(
        fires=in_submodule(vendored("shallow", tags=("v0.2.0",))),
        place=".gitmodules:2",
        near=in_submodule(vendored("behind")),
    ),
    "SUB006": Example(
        fires=in_submodule(vendored("url-mismatch")), place=".gitmodules:2", near=in_submodule(vendored("ahead"))
    ),
    "SUB007": Example(
        fires=in_submodule(vendored(), vendored("orphan", location="docs")), place=".gitmodules", near=in_submodule()
    ),
    "SUB008": Example(
        fires=in_submodule(vendored(), vendored("missing", location="docs", commit="")),
        place=".gitmodules",
        near=in_submodule(),
    ),
    "SUB009": Example(
        fires=in_submodule(
            vendored(),
            vendored("not-initialised", repository=ROOT / "sales/shared", path=ROOT / "sales/shared/deep"),
        ),
        place="sales/shared/.gitmodules",
        near=in_submodule(vendored(), vendored("not-initialised", location="docs")),
    ),
    "SUB010": Example(
        fires=in_submodule(files=workflow("uses: actions/checkout@v4", "run: uv sync --locked")),
        place=".github/workflows/ci.yml:4",
        near=in_submodule(
            files=workflow(
                "uses: actions/checkout@v4", "run: git submodule update --init --recursive", "run: uv sync --locked"
            )
        ),
    ),
    "SUB011": Example(
        fires=in_submodule(
            vendored(url="git@git.example.com:acme/shared.git"),
            files=workflow("uses: actions/checkout@v4\n        with: { submodules: true }"),
        ),
        place=".gitmodules:2",
        near=in_submodule(
            vendored(url="git@git.example.com:acme/shared.git"),
            files=workflow("uses: actions/checkout@v4\n        with: { submodules: true, ssh-key: x }"),
        ),
    ),
    "SUB012": Example(fires=pinned("b" * 40), place="ops/pyproject.toml", near=pinned("a" * 40)),
    "SUB013": Example(
        fires=in_submodule(vendored(has_releases=True)),
        place=".gitmodules:2",
        near=in_submodule(vendored(has_releases=True, tags=("v0.2.0",))),
    ),
    "SUB014": Example(
        fires=replace(in_submodule(), leftovers=(ROOT / ".git/modules/gone",)),
        place=".git/modules/gone",
        near=in_submodule(),
    ),
    "IMG001": Example(fires=in_the_cloud("sales"), place="sales/pyproject.toml:4", near=in_the_cloud("")),
    "IMG002": Example(
        fires=evidence(workspace(), dockerfile("COPY ../shared /shared")),
        place="sales/Dockerfile:2",
        near=evidence(workspace(), dockerfile("COPY --from=builder ../shared /shared", "COPY x/../shared /shared")),
    ),
    "IMG003": Example(
        fires=built("RUN uv sync --locked --no-install-local", "COPY packages packages"),
        place="sales/Dockerfile:3",
        near=built("RUN uv sync --frozen --no-install-local", "COPY packages packages", "RUN uv sync --locked"),
    ),
    "IMG004": Example(
        fires=built(*BUILDER, "COPY --from=0 /app/.venv /app/.venv"),
        place="sales/Dockerfile:6",
        near=built(*BUILDER, "COPY --from=0 /app /app"),
    ),
    "IMG005": Example(
        fires=built("COPY packages packages", **{".dockerignore": "docs\npack*\n"}),
        place=".dockerignore:2",
        near=built("COPY packages packages", **{".dockerignore": "packages\n!packages/shared\n"}),
    ),
    "IMG006": Example(
        fires=built("COPY . ."), place="sales/Dockerfile:3", near=built("COPY . .", **{".dockerignore": ".git\n"})
    ),
    "IMG007": Example(
        fires=with_data("data/"),
        place=".gitignore:2",
        near=with_data("data/", '\n[tool.hatch.build]\nartifacts = ["src/shared/data/*"]\n'),
    ),
    "IMG008": Example(
        fires=wheel_of("setuptools.build_meta", "python -m build --wheel ."),
        place="release.sh:2",
        near=wheel_of("hatchling.build", "python -m build --wheel ."),
    ),
    "IMG009": Example(
        fires=from_git(),
        place="sales/Dockerfile:4",
        near=from_git("ENV SETUPTOOLS_SCM_PRETEND_VERSION_FOR_SHARED=1"),
    ),
    "IMG010": Example(
        fires=forced('"pyproject.toml" = "pyproject.toml"', '"pyproject.toml" = "pyproject.toml"'),
        place="sales/pyproject.toml:6",
        near=forced('"pyproject.toml" = "pyproject.toml"', '"pyproject.toml" = "shared/pyproject.toml"'),
    ),
}
