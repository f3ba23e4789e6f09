"""The verbs, in the order and sections of `commons --help`; the modules behind them are imported when used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A row of `commons --help` and the module that holds the command of the same name."""

    name: str
    module: str
    summary: str


SECTIONS: tuple[tuple[str, tuple[Verb, ...]], ...] = (
    (
        "Look",
        (
            Verb(name="status", module="status", summary="The matrix of shared modules and code locations."),
            Verb(name="diff", module="diff", summary="What a change does to the definitions of every code location."),
            Verb(name="affected", module="affected", summary="The code locations that a change reaches."),
            Verb(name="api", module="api", summary="API changes of a module, and the bump they ask for."),
            Verb(name="snapshot", module="snapshot", summary="The definitions of a code location as canonical JSON."),
            Verb(name="advise", module="advise", summary="Which source fits each use of a module, and why."),
            Verb(name="check", module="check", summary="What is wrong, before it hurts; nothing is imported."),
        ),
    ),
    (
        "Change",
        (
            Verb(name="new", module="new", summary="Scaffold a shared module."),
            Verb(name="add", module="add", summary="Wire a shared module into code locations."),
            Verb(name="remove", module="remove", summary="Take a shared module out again, leaving nothing behind."),
            Verb(name="convert", module="convert", summary="Move uses to another source: path, submodule, index, git."),
            Verb(name="link", module="link", summary="Override a module in the environment only; no file changes."),
            Verb(name="unlink", module="unlink", summary="End such an override."),
            Verb(name="lock", module="lock", summary="Bring stale locks in line with the shared modules."),
            Verb(name="sync", module="sync", summary="Make a fresh clone ready: submodules and environments."),
            Verb(name="upgrade", module="upgrade", summary="Move uses to another version, one verdict per location."),
            Verb(name="undo", module="undo", summary="Take back the last applied change, whole."),
            Verb(name="release", module="release", summary="Publish a version of a module into a registry."),
            Verb(name="bundle", module="bundle", summary="A build context with the shared code inside."),
            Verb(name="registry", module="registry", summary="The registries modules are released into."),
            Verb(name="demo", module="demo", summary="Build the whole story, for real, in a directory."),
        ),
    ),
)

VERBS: dict[str, Verb] = {verb.name: verb for _, verbs in SECTIONS for verb in verbs}
