"""A surface as `api.json`, which a release puts into its wheel: comparing needs neither git nor an old environment."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from dagster_commons.analysis.api.code import digest_of
from dagster_commons.errors import UsageError
from dagster_commons.model.api import ApiObject, Code, Metadata, Parameter, Signature, Surface

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1


def surface_to_json(surface: Surface) -> str:
    """Canonical: sorted keys, what is empty left out, source text as its digest."""
    code = {
        path: {"file": each.file, "line": each.line, "digest": digest_of(each)} for path, each in surface.code.items()
    }
    document = {
        "format": FORMAT,
        "packages": surface.packages,
        "objects": {path: _compact(dataclasses.asdict(each)) for path, each in surface.objects.items()},
        "names": surface.names,
        "code": code,
        "imported": surface.imported,
        "bound": sorted(surface.bound),
        "unlisted": sorted(surface.unlisted),
        "lazy": surface.lazy,
        "unread": surface.unread,
        "unseen": sorted(surface.unseen),
        "metadata": {key: each for key, each in dataclasses.asdict(surface.metadata).items() if each},
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def surface_from_json(text: str | bytes, *, name: str) -> Surface:
    """What `surface_to_json` wrote; `name` says where it was found.

    Raises:
        UsageError: it is of another format, or damaged.

    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise UsageError(
                f"{name} is an api.json of format {document['format']}; this version reads {FORMAT}",
                hint="use a version of commons that is not older than the one that released it",
            )
        return Surface(
            packages=tuple(document["packages"]),
            objects={path: _object(each) for path, each in document["objects"].items()},
            names=document["names"],
            code={path: Code(**each) for path, each in document["code"].items()},
            imported=document["imported"],
            bound=frozenset(document.get("bound", ())),
            unlisted=frozenset(document.get("unlisted", ())),
            lazy=tuple(document["lazy"]),
            unread=tuple(document["unread"]),
            unseen=frozenset(document["unseen"]),
            metadata=_metadata(document["metadata"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{name} is no api.json: {error}") from error


def _compact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _compact(each) for key, each in value.items() if each not in (None, (), {}, False)}
    return [_compact(each) for each in value] if isinstance(value, list | tuple) else value


def _object(document: Mapping[str, Any]) -> ApiObject:
    known = dict(document)
    for key in ("decorators", "bases", "ancestors", "open_bases"):
        known[key] = tuple(known.get(key, ()))
    known["fields"] = tuple(Parameter(**each) for each in known.get("fields", ()))
    known["overloads"] = tuple(_signature(each) for each in known.get("overloads", ()))
    known["signature"] = _signature(known["signature"]) if "signature" in known else None
    return ApiObject(**known)


def _signature(document: Mapping[str, Any]) -> Signature:
    known = dict(document)
    known["parameters"] = tuple(Parameter(**each) for each in known.get("parameters", ()))
    for key in ("raises", "tuple_lengths"):
        known[key] = tuple(known.get(key, ()))
    return Signature(**known)


def _metadata(document: Mapping[str, Any]) -> Metadata:
    known = dict(document)
    known["dependencies"] = tuple(known.get("dependencies", ()))
    known["extras"] = {name: tuple(each) for name, each in known.get("extras", {}).items()}
    known["unknown"] = tuple(known.get("unknown", ()))
    known["places"] = {part: (file, line) for part, (file, line) in known.get("places", {}).items()}
    return Metadata(**known)
