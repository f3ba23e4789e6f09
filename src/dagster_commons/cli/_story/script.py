"""The story: one shared module, three code locations, three ways to share it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from dagster_commons.cli._story.steps import Call, Edit, Step, Write
from dagster_commons.probe.environments import python_of
from dagster_commons.tools import pyproject
from dagster_commons.tools.templates import template_files

PROJECTS = {"sales": "platform/sales", "marketing": "marketing", "finance": "finance"}
TEMPLATES = {"sales": "path/sales", "marketing": "submodule/marketing", "finance": "index/finance"}
REGISTRY = "acme"
WORKSPACE_FILE = "workspace.yaml"
DAGSTER_HOME = ".dagster"

_WITH_SUBMODULE = ".clones/ada/marketing"
_WITHOUT_SUBMODULE = ".clones/ben/marketing"
_LISTING = "list_assets.py"
_LISTING_TEXT = '''\
"""Print the assets of a code location, as its own environment loads them: PYTHON -I list_assets.py LOCATION."""

import importlib
import sys

definitions = importlib.import_module(f"{sys.argv[1]}.definitions").defs()
for key in sorted(key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()):
    print(key)
'''

_GIT_TAKES_DIRECTORIES = (
    ("GIT_CONFIG_COUNT", "1"),
    ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
    ("GIT_CONFIG_VALUE_0", "always"),
)
_NEW_PARAMETER = Edit(
    path="platform/shared/src/shared/factory.py",
    replacements=(
        (
            "    asset_name: str, *, prefix: str | None = None, io_manager_key: str | None = None\n",
            """\
    asset_name: str,
    *,
    prefix: str | None = None,
    group_name: str | None = None,
    io_manager_key: str | None = None,
""",
        ),
        ("        key_prefix=prefix,\n", "        key_prefix=prefix,\n        group_name=group_name,\n"),
    ),
)
_CHANGELOG_ENTRY = Edit(
    path="platform/shared/CHANGELOG.md",
    replacements=(
        ("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- `shared.factory.asset_factory` takes `group_name`.\n"),
    ),
)
_CAPITALS = Edit(
    path="platform/shared/src/shared/factory.py",
    replacements=(
        (
            'dg.MaterializeResult(value=asset_name, metadata={"shared": __version__})\n',
            """\
dg.MaterializeResult(
            value=asset_name.upper(), metadata={"shared": __version__}
        )
""",
        ),
    ),
)
_NO_PREFIX = Edit(
    path="platform/shared/src/shared/factory.py",
    replacements=(("        key_prefix=prefix,\n", ""),),
)
_PREFIX_AGAIN = Edit(
    path="platform/shared/src/shared/factory.py",
    replacements=(("        name=asset_name,\n", "        name=asset_name,\n        key_prefix=prefix,\n"),),
)


def story(directory: Path) -> tuple[Step, ...]:
    """The steps of the story as it is built in `directory` (absolute)."""
    return (
        _beginning(),
        _by_path(),
        _module_remote(),
        _by_submodule(),
        _clone_with_submodule(),
        _clone_without_submodule(),
        _registry(),
        _by_index(),
        _there_and_back(),
        _second_version(),
        _upgrade(),
        _changed_body(),
        _refused_upgrade(),
        _bundle(),
        _environments(),
        _definitions(directory),
        _ending(),
    )


def _beginning() -> Step:
    marks = (
        (PurePosixPath("commons.toml"), b'modules = ["shared"]\n'),
        (PurePosixPath(".gitignore"), b"*\n"),
    )
    return Step(
        title="Three repositories, and a module that nobody uses yet",
        said="platform holds the shared module and the code location sales. marketing and finance are code locations "
        "in repositories of their own; marketing has a remote. commons.toml makes this directory the root, from which "
        "the three are seen side by side. Commits are made as Demo; your git configuration plays no part.",
        actions=(
            Write(place=".", files=marks),
            _git("init", "--quiet", "--initial-branch", "main", "platform"),
            _git("init", "--quiet", "--initial-branch", "main", "finance"),
            _git("init", "--quiet", "--initial-branch", "main", "--bare", "remotes/marketing.git"),
            _git("clone", "--quiet", "remotes/marketing.git", "marketing"),
            Write(place="platform/shared", files=template_files("path/shared")),
            *(Write(place=PROJECTS[location], files=_without_module(location)) for location in PROJECTS),
            *(action for repository in ("platform", "marketing", "finance") for action in _commit(repository, "Begin")),
        ),
    )


def _by_path() -> Step:
    return Step(
        title="By path: sales",
        said="Module and code location lie in one repository, so the module is used in place and a change of it is "
        "seen at once.",
        actions=(
            Call(words=("commons", "add", "shared", "-l", "sales")),
            *_commit("platform", "sales uses shared"),
        ),
    )


def _module_remote() -> Step:
    module = ("--git-dir", "remotes/shared.git", "--work-tree", "platform/shared")
    return Step(
        title="A repository of the module's own",
        said="marketing needs the module alone, so its folder gets a repository. A bare one stands in for a server "
        "here; to a real one, `git subtree push` would take the folder.",
        actions=(
            _git("init", "--quiet", "--initial-branch", "main", "--bare", "remotes/shared.git"),
            _git(*module, "add", "--all"),
            _git(*module, "commit", "--quiet", "--message", "shared 0.1.3"),
        ),
    )


def _by_submodule() -> Step:
    words = ("commons", "add", "shared", "--via", "submodule", "-l", "marketing", "--url", "../shared.git")
    return Step(
        title="By git submodule: marketing",
        said="The URL is relative to marketing's own remote. Git refuses to clone submodules from a directory unless "
        "it is told to for the one call (CVE-2022-39253), which the three variables do; with a server none of them "
        "is needed.",
        actions=(
            Call(words=words, environment=_GIT_TAKES_DIRECTORIES),
            *_commit("marketing", "marketing uses shared"),
            _git("-C", "marketing", "push", "--quiet", "origin", "main"),
        ),
    )


def _clone_with_submodule() -> Step:
    allowed = ("-c", "protocol.file.allow=always")
    return Step(
        title="Ada clones marketing, submodules included",
        said="The code is there with the clone, at the commit that marketing recorded.",
        actions=(
            _git(*allowed, "clone", "--quiet", "--recurse-submodules", "remotes/marketing.git", _WITH_SUBMODULE),
            Call(words=("commons", "status", "--root", _WITH_SUBMODULE)),
        ),
    )


def _clone_without_submodule() -> Step:
    status = Call(words=("commons", "status", "--root", _WITHOUT_SUBMODULE))
    return Step(
        title="Ben clones it without, and repairs that",
        said="The folder of the module is empty. `commons sync` fetches the submodule and makes the environment from "
        "the lock.",
        actions=(
            _git("clone", "--quiet", "remotes/marketing.git", _WITHOUT_SUBMODULE),
            status,
            Call(words=("commons", "sync", "--root", _WITHOUT_SUBMODULE), environment=_GIT_TAKES_DIRECTORIES),
            status,
        ),
    )


def _registry() -> Step:
    return Step(
        title="A registry, and the module's first release",
        said="The registry is a directory in finance's repository: no server, no credentials. `commons release` builds "
        "once, imports the wheel in a new environment, tries it on every code location that would get it by an "
        "upgrade, publishes what can never change again, commits and tags.",
        actions=(
            Call(words=("commons", "registry", "init", REGISTRY, "--path", "finance/registry")),
            Call(words=("commons", "release", "shared", "--version", "0.1.3")),
        ),
    )


def _by_index() -> Step:
    return Step(
        title="By package index: finance",
        said="An exact pin: finance takes the next version when it decides to.",
        actions=(
            Call(words=("commons", "add", "shared==0.1.3", "--via", "index", "-l", "finance")),
            *_commit("finance", "finance uses shared 0.1.3"),
        ),
    )


def _there_and_back() -> Step:
    return Step(
        title="To another way of sharing, and back",
        said="finance takes the module by path for a moment, then from the registry again. In the end git sees no "
        "difference: pyproject.toml and uv.lock are the same bytes as before.",
        actions=(
            Call(words=("commons", "convert", "shared", "--via", "path", "-l", "finance")),
            _git("-C", "finance", "diff", "--stat"),
            Call(words=("commons", "convert", "shared", "--via", "index", "-l", "finance")),
            _git("-C", "finance", "diff", "--stat", "--exit-code"),
        ),
    )


def _second_version() -> Step:
    return Step(
        title="The module changes: 0.2.0",
        said="sales has the change at once. marketing stays at its commit and finance at its pin, which the status "
        "shows as behind, each with the command that upgrades it.",
        actions=(
            _NEW_PARAMETER,
            _CHANGELOG_ENTRY,
            *_commit("platform", "asset_factory takes group_name"),
            Call(words=("commons", "release", "shared", "--bump", "minor")),
            *_commit("finance", "shared 0.2.0 released"),
            Call(words=("commons", "status")),
        ),
    )


def _upgrade() -> Step:
    return Step(
        title="finance upgrades, with a verdict",
        said="The new pin is locked in a copy, and the definitions of both sides are loaded and compared before a file "
        "of finance is written. What a function does is not seen by loading definitions, so the functions whose code "
        "changed are named.",
        actions=(
            Call(words=("commons", "upgrade", "shared==0.2.0", "-l", "finance")),
            *_commit("finance", "finance uses shared 0.2.0"),
        ),
    )


def _changed_body() -> Step:
    return Step(
        title="A body changes: who runs it?",
        said="The factory's assets will hold capitals. sales uses the module in place, so the working tree is compared "
        "with the last commit: the same definitions, and the assets that run the changed function.",
        actions=(
            _CAPITALS,
            Call(words=("commons", "diff", "--root", "platform")),
            *_commit("platform", "Hold capitals"),
        ),
    )


def _refused_upgrade() -> Step:
    return Step(
        title="What would lose assets is refused",
        said="Somebody tidies the factory, and the prefix is gone from the keys. It builds, imports and loads, yet "
        "every asset would begin anew under another key: the release is refused with exit code 1. Released "
        "nevertheless, it does not get into finance either, and git sees that nothing was written there. A published "
        "version stays; yanked, nobody takes it unasked.",
        actions=(
            _NO_PREFIX,
            *_commit("platform", "Tidy the factory"),
            Call(words=("commons", "release", "shared", "--bump", "minor"), exit_code=1),
            Call(words=("commons", "release", "shared", "--bump", "minor", "--fail-on", "broken")),
            *_commit("finance", "shared 0.3.0 released"),
            Call(words=("commons", "upgrade", "shared==0.3.0", "-l", "finance"), exit_code=1),
            _git("-C", "finance", "diff", "--stat", "--exit-code"),
            Call(words=("commons", "registry", "yank", "shared==0.3.0", "--reason", "loses every key")),
            *_commit("finance", "shared 0.3.0 yanked"),
            _PREFIX_AGAIN,
            *_commit("platform", "Give the prefix back"),
        ),
    )


def _bundle() -> Step:
    return Step(
        title="marketing becomes a bundle that boots",
        said="A directory that needs neither the checkout nor the submodule: wheels of first-party code, everything "
        "else by hash, a Dockerfile. It is installed elsewhere, Dagster's server is booted there, and its definitions "
        "have to be those of the working tree.",
        actions=(Call(words=("commons", "bundle", "-l", "marketing")),),
    )


def _environments() -> Step:
    return Step(
        title="An environment for each code location",
        said="Each from its own lock.",
        actions=(Call(words=("commons", "sync")),),
    )


def _definitions(directory: Path) -> Step:
    files = (
        (PurePosixPath(WORKSPACE_FILE), _workspace_yaml(directory)),
        (PurePosixPath(_LISTING), _LISTING_TEXT.encode()),
        (PurePosixPath(DAGSTER_HOME, "dagster.yaml"), b"telemetry:\n  enabled: false\n"),
    )
    return Step(
        title="Dagster loads all three",
        said="Each code location in its own interpreter, as workspace.yaml tells the Dagster UI.",
        actions=(
            Write(place=".", files=files),
            *(
                Call(words=(str(python_of(Path(project, ".venv"))), "-I", _LISTING, location))
                for location, project in PROJECTS.items()
            ),
        ),
    )


def _ending() -> Step:
    return Step(
        title="One module, three ways",
        said="What `commons status` says in the end.",
        actions=(Call(words=("commons", "status")),),
    )


def _git(*words: str) -> Call:
    return Call(words=("git", *words))


def _commit(repository: str, message: str) -> tuple[Call, Call]:
    return (
        _git("-C", repository, "add", "--all"),
        _git("-C", repository, "commit", "--quiet", "--message", message),
    )


def _without_module(location: str) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """The example's files as they were before its lines on the module."""
    return tuple(
        (path, _unwired(content) if path.name == "pyproject.toml" else content)
        for path, content in template_files(TEMPLATES[location])
    )


def _unwired(content: bytes) -> bytes:
    text = pyproject.remove_dependency(content.decode(), "shared")
    text = pyproject.remove_source(text, "shared")
    return pyproject.remove_index(text, REGISTRY).encode()


def _workspace_yaml(directory: Path) -> bytes:
    """Absolute paths: Dagster takes them as seen from where it is started, wherever the file lies."""
    entries = "".join(
        f"  - python_module:\n"
        f"      module_name: {location}.definitions\n"
        f"      location_name: {location}\n"
        f"      working_directory: {_quoted(directory / project)}\n"
        f"      executable_path: {_quoted(python_of(directory / project / '.venv'))}\n"
        for location, project in PROJECTS.items()
    )
    return f"load_from:\n{entries}".encode()


def _quoted(path: Path) -> str:
    """A YAML scalar in single quotes."""
    return "'" + str(path).replace("'", "''") + "'"
