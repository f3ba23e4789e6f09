"""Tells Dagster's library registry the versions of what a bundle installed, when Dagster is imported and not before.

It runs at the start of every Python of the bundle's environment: nothing but built-in modules, nothing printed, and
no failure of its own, whatever Dagster is there.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` would be the slowest part of it
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# Dagster 1.9 keeps the registry in the first, newer ones in the second.
REGISTRY_MODULES = ("dagster._core.libraries", "dagster_shared.libraries")


class RegistryFinder:
    """Finds nothing by itself: it has the registry's module found by others, and hears of it when it is loaded."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in REGISTRY_MODULES:
            return None
        for finder in sys.meta_path:
            find_spec = None if finder is cls else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find_spec is None else find_spec(fullname, path, target)
            if spec is not None:
                _listen_to(spec)
                return spec
        return None


def listen() -> None:
    """Hear of the registry's module from now on; `site` may call this more than once."""
    if RegistryFinder not in sys.meta_path:
        sys.meta_path.insert(0, RegistryFinder)


def _listen_to(spec: ModuleSpec) -> None:
    loader = spec.loader
    load = getattr(loader, "exec_module", None)
    if load is None:
        return

    def load_and_register(module: ModuleType) -> None:
        load(module)
        _register(module)

    try:
        loader.exec_module = load_and_register  # type: ignore[union-attr, method-assign]
    except AttributeError:  # a loader that cannot be changed
        return


def _register(module: ModuleType) -> None:
    try:
        from _dagster_commons_modules import MODULES

        for name, version in MODULES:
            module.DagsterLibraryRegistry.register(name, version, is_dagster_package=False)
        sys.meta_path.remove(RegistryFinder)
    except Exception:  # another Dagster than we know: its versions are not worth a code location that does not load
        return
