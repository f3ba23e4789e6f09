"""Evidence about indexes, drawn in a few lines: `finance` takes `shared` 0.1.3 from the index `corp`, as it should."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.build_files import parsed
from dagster_commons.analysis.evidence import Evidence
from dagster_commons.model.configuration import Configuration, EmbeddedRegistry
from dagster_commons.model.project import DeclaredIndex, DeclaredSource, Dependency
from dagster_commons.model.registry import Problem, PublicName, RegistryState
from dagster_commons.model.sources import IndexSource
from dagster_commons.model.workspace import Repository, SharedModule
from dagster_commons.tools import lockfile
from drawn_rules import Example
from drawn_uses import INDEX, PATH, ROOT, project, use, workspace

if TYPE_CHECKING:
    from dagster_commons.model.build_files import BuildFile, BuildFileKind
    from dagster_commons.model.project import Project
    from dagster_commons.model.workspace import Use
    from dagster_commons.tools.lockfile import Lock

URL = "https://index.example.com/simple/"
STRANGER = "https://elsewhere.example.com/simple/"
CORP = DeclaredIndex(name="corp", url=URL, explicit=True, line=9)
OPEN = replace(CORP, explicit=False)
OWN = DeclaredIndex(name="own", url="./registry", line=9)
BARE = IndexSource()
REGISTRY = ROOT / "finance/registry"
HASH = f"sha256:{'0' * 64}"
PINNED = use("finance", INDEX, requirement="shared==0.1.3", locked="0.1.3")
UNTIED = use("finance", BARE, requirement="shared==0.1.3", locked="0.1.3")
CONSTRAINED = '[tool.uv]\nconstraint-dependencies = ["shared==0.1.3"]\n'


def finance(*indexes: DeclaredIndex, sources: tuple[str, ...] = (), uv_root: str = "finance") -> Project:
    declared = tuple(DeclaredSource(name=each, source=INDEX) for each in sources)
    drawn = project("finance", "1", name="finance")
    return replace(drawn, indexes=indexes, sources=declared, uv_root=ROOT / uv_root)


def file(path: str, kind: BuildFileKind, text: str) -> BuildFile:
    return parsed(ROOT / path, kind, text)


def lock(*packages: tuple[str, str], hashed: bool = True, needs: str = "") -> Lock:
    """finance's lock with these names, each from that registry; the first needs `needs`."""
    text = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
    for position, (name, registry) in enumerate(packages):
        dependencies = f'dependencies = [\n    {{ name = "{needs}" }},\n]\n' if needs and position == 0 else ""
        told = f', hash = "{HASH}"' if hashed else ""
        text += (
            f'\n[[package]]\nname = "{name}"\nversion = "0.1.3"\nsource = {{ registry = "{registry}" }}\n'
            f'{dependencies}wheels = [\n    {{ url = "{registry}{name}-0.1.3-py3-none-any.whl"{told} }},\n]\n'
        )
    return lockfile.parse(text.encode(), ROOT / "finance/uv.lock")


def drawn(
    *uses: Use,
    own: Project | None = None,
    files: tuple[BuildFile, ...] = (),
    locks: tuple[Lock, ...] = (),
    registries: tuple[RegistryState, ...] = (),
    more: tuple[Project, ...] = (),
    **changes: object,
) -> Evidence:
    """Evidence with finance's project `own`; `changes` are the Workspace's other fields."""
    found = workspace(*uses, projects=(own or finance(CORP, sources=("shared",)), *more))
    return Evidence(
        workspace=replace(found, **changes),
        files=files,
        locks=locks,
        registries=registries,  # type: ignore[arg-type]
    )


def held(*names: str, **changes: object) -> RegistryState:
    """finance's embedded registry with pages of these names."""
    state = RegistryState(name="own", directory=REGISTRY, is_there=True, names=names)
    return replace(state, **changes)  # type: ignore[arg-type]


def with_own_registry(state: RegistryState, **changes: object) -> Evidence:
    configuration = Configuration(
        file=ROOT / "commons.toml", registries=(EmbeddedRegistry(name="own", directory=state.directory),)
    )
    return drawn(UNTIED, own=finance(OWN), registries=(state,), configuration=configuration, **changes)  # type: ignore[arg-type]


def dockerfile(*lines: str) -> BuildFile:
    return file("finance/Dockerfile", "dockerfile", "FROM scratch\n" + "".join(f"{each}\n" for each in lines))


def bringing_along(*files: BuildFile) -> Evidence:
    """finance requires `report` from corp, which needs `shared`."""
    return drawn(
        use("finance", INDEX, module="report", requirement="report==0.1.3", locked="0.1.3"),
        use("finance", INDEX, through="report", locked="0.1.3"),
        own=finance(CORP, sources=("report", "shared")),
        files=files,
        locks=(lock(("report", URL), ("shared", URL), needs="shared"),),
        modules=(SharedModule(name="shared"), SharedModule(name="report")),
    )


def in_a_uv_workspace(*indexes: DeclaredIndex) -> Evidence:
    """finance is a member of the uv workspace at the root, which has the index; `indexes` are its own."""
    root = replace(project(".", "1", name="root"), indexes=(CORP,), uv_root=ROOT, is_uv_workspace_root=True)
    return drawn(PINNED, own=finance(*indexes, sources=("shared",), uv_root="."), more=(root,))


def released_report(requirement: str) -> Evidence:
    """`report` is in the registry, and its project requires `shared` like that."""
    needs = (Dependency(name="shared", requirement=requirement, line=5),)
    report = replace(project("packages/report", "1", name="report"), dependencies=needs)
    modules = (SharedModule(name="report", project=report), SharedModule(name="shared"))
    return replace(drawn(PINNED, modules=modules), registries=(held("report", "shared"),))


def answered(*answers: PublicName, by: Evidence | None = None) -> Evidence:
    return replace(by or drawn(PINNED), public_names=answers)


REPOSITORY = (Repository(root=ROOT / "finance", git_dir=ROOT / "finance/.git"),)
TABLE = file("finance/pyproject.toml", "pyproject", CONSTRAINED)
GOOD = drawn(PINNED, locks=(lock(("shared", URL)),))

EXAMPLES = {
    "REG002": Example(
        fires=drawn(UNTIED, own=finance(CORP)),
        place="finance/pyproject.toml",
        near=drawn(UNTIED, own=finance(replace(CORP, default=True))),
    ),
    "REG003": Example(
        fires=drawn(UNTIED, own=finance(OPEN)),
        place="finance/pyproject.toml",
        near=drawn(PINNED, own=finance(OPEN, sources=("shared",))),
    ),
    "REG004": Example(
        fires=drawn(PINNED, files=(dockerfile("RUN uv lock --index-strategy=unsafe-best-match"),)),
        place="finance/Dockerfile:2",
        near=drawn(PINNED, files=(dockerfile("RUN uv lock --index-strategy first-index"),)),
    ),
    "REG005": Example(fires=bringing_along(), place="finance/pyproject.toml", near=bringing_along(TABLE)),
    "REG006": Example(
        fires=drawn(PINNED, locks=(lock(("shared", STRANGER)),)),
        place="finance/uv.lock:6",
        near=drawn(PINNED, locks=(lock(("shared", URL.rstrip("/")), ("other", STRANGER)),)),
    ),
    "REG007": Example(
        fires=drawn(PINNED, locks=(lock(("shared", URL), hashed=False),)),
        place="finance/uv.lock:6",
        near=drawn(PINNED, locks=(lock(("shared", URL)),)),
    ),
    "REG008": Example(
        fires=answered(PublicName(module="shared", version="99.0")),
        place="finance/pyproject.toml",
        near=answered(PublicName(module="shared", version="99.0"), by=with_own_registry(held("shared"))),
    ),
    "REG009": Example(
        fires=with_own_registry(held("shared", yanked=(("shared", "0.1.3"),))),
        place="finance/pyproject.toml",
        near=with_own_registry(held("shared", yanked=(("shared", "0.1.2"),))),
    ),
    "REG010": Example(
        fires=drawn(PINNED, own=finance(replace(CORP, url="http://index.example.com/simple/"), sources=("shared",))),
        place="finance/pyproject.toml:9",
        near=drawn(PINNED, own=finance(replace(CORP, url="http://127.0.0.1:8080/simple/"), sources=("shared",))),
    ),
    "REG011": Example(
        fires=drawn(PINNED, files=(dockerfile("RUN git clone https://ada:hunter2@git.example.com/acme/shared.git"),)),
        place="finance/Dockerfile:2",
        near=drawn(
            PINNED,
            files=(
                dockerfile("RUN git clone https://ada:$PASSWORD@git.example.com/acme/shared.git"),
                file("tests/scanner.sh", "script", "scan https://ada:hunter2@git.example.com/acme/shared.git"),
            ),
        ),
    ),
    "REG012": Example(
        fires=drawn(PINNED, files=(dockerfile(f"RUN pip install --extra-index-url {URL} shared"),)),
        place="finance/Dockerfile:2",
        near=drawn(use("finance", PATH), files=(dockerfile(f"RUN pip install --extra-index-url {URL} torch"),)),
    ),
    "REG013": Example(
        fires=drawn(PINNED, files=(dockerfile("ENV UV_NO_SOURCES=1"),)),
        place="finance/Dockerfile:2",
        near=drawn(PINNED, files=(dockerfile("ENV UV_NO_SOURCES=0"),)),
    ),
    "REG014": Example(fires=in_a_uv_workspace(CORP), place="finance/pyproject.toml:9", near=in_a_uv_workspace()),
    "REG015": Example(
        fires=with_own_registry(held(is_there=False)),
        place="finance/pyproject.toml:9",
        near=with_own_registry(held("shared")),
    ),
    "REG016": Example(
        fires=drawn(
            UNTIED,
            own=finance(replace(OWN, url="../registry")),
            registries=(held("shared", directory=ROOT / "registry"),),
            repositories=REPOSITORY,
        ),
        place="finance/pyproject.toml:9",
        near=with_own_registry(held("shared"), repositories=REPOSITORY),
    ),
    "REG017": Example(
        fires=with_own_registry(held("shared", problems=(Problem(file=REGISTRY / "shared/x.whl", message="changed"),))),
        place="finance/registry/shared/x.whl",
        near=with_own_registry(held("shared")),
    ),
    "REG018": Example(
        fires=with_own_registry(held("other")), place="finance/registry", near=with_own_registry(held("shared"))
    ),
    "REG019": Example(
        fires=released_report("shared"),
        place="packages/report/pyproject.toml:5",
        near=released_report("shared>=0.1,<1"),
    ),
}
