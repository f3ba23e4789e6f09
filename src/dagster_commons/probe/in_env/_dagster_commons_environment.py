"""What a server has imported of its environment, and how its child moves into another one that has the very same of it.

Which environments those are is the caller's business: it compares files.  Standard library only, Python 3.9 syntax.
"""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from typing import Any

PREFIXES = {sys.prefix}  # of the environments that this process belongs to, the one that it came from included


class Unfound:
    """The last of all finders: it remembers the names of modules that nothing has found, and finds none itself."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> None:
        self.names.add(name)


def watch_for_unfound() -> Unfound:
    """Remember from now on which modules were looked for in vain: another environment might have them."""
    unfound = Unfound()
    sys.meta_path.append(unfound)
    return unfound


def imported(unfound: Unfound) -> dict[str, object]:
    """The files of the environment that are loaded, relative to it, and the names that were looked for in vain."""
    sys.meta_path.remove(unfound)
    places = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    own = sys.prefix.rstrip(os.sep) + os.sep
    return {
        "files": sorted({each[len(own) :] for each in places if each and each.startswith(own)}),
        "unfound": sorted(unfound.names),
    }


def move_into(prefix: str) -> None:
    """Be a process of the environment at `prefix`: what is imported from now on comes from there.

    What is loaded stays; packages look for their submodules in the new place.
    """
    former = sys.prefix
    if former == prefix:
        return
    sys.path[:] = [_moved(each, former, prefix) for each in sys.path]
    for module in list(sys.modules.values()):
        places = getattr(module, "__path__", None)
        if isinstance(places, list):
            places[:] = [_moved(each, former, prefix) for each in places]
    sys.executable = _moved(sys.executable, former, prefix)
    sys.prefix = sys.exec_prefix = prefix
    PREFIXES.add(prefix)
    os.environ["PATH"] = os.pathsep.join(
        _moved(each, former, prefix) for each in os.environ.get("PATH", "").split(os.pathsep)
    )
    importlib.reload(sysconfig)
    importlib.invalidate_caches()


def _moved(path: str, former: str, prefix: str) -> str:
    is_inside = path == former or path.startswith(former.rstrip(os.sep) + os.sep)
    return prefix + path[len(former) :] if is_inside else path
