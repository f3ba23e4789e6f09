"""Two surfaces compared: every definition once, with all the paths by which it can be imported."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from dagster_commons.analysis.api.attributes import attribute_changes, constant
from dagster_commons.analysis.api.classes import class_changes
from dagster_commons.analysis.api.code import is_same_code
from dagster_commons.analysis.api.functions import function_changes, is_known_decorator
from dagster_commons.analysis.api.metadata import metadata_changes
from dagster_commons.analysis.api.reach import doubt, is_had, object_at
from dagster_commons.analysis.api.rule import Found, Pair
from dagster_commons.analysis.api.rules import RULES
from dagster_commons.model.api import REQUIRED_BUMPS, ApiChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dagster_commons.model.api import ApiObject, RequiredBump, Surface


UNPROVEN = "removed-unproven"  # gone from the source, and something may still give it


def api_changes(
    before: Surface, after: Surface, *, raised: Mapping[str, RequiredBump] | None = None
) -> tuple[ApiChange, ...]:
    """Every change, the ones that ask for most first, then by place.

    `raised` are the bumps of rules that ask for more here than they do by themselves.  That a constant which says the
    version says another one is no change.
    """
    after = _with_version_of(before, after)
    found = {
        *_removed(before, after),
        *_changed(before, after),
        *_added(before, after),
        *_metadata(before, after),
    }
    told = {each.object for each in found}
    found |= {each for each in _bodies(before, after) if each.object not in told}
    found = {replace(each, bump=(raised or {}).get(each.rule, each.bump)) for each in found}
    return tuple(
        sorted(found, key=lambda each: (-REQUIRED_BUMPS.index(each.bump), each.object, each.rule, each.message))
    )


def _with_version_of(before: Surface, after: Surface) -> Surface:
    """`after`, with the old value of each constant that says the version."""
    was, now = before.metadata.version, after.metadata.version
    same = {
        path: replace(each, value=before.objects[path].value)
        for path, each in after.objects.items()
        if path in before.objects and _says(each, now) and _says(before.objects[path], was)
    }
    return replace(after, objects={**after.objects, **same}) if same else after


def _says(thing: ApiObject, version: str | None) -> bool:
    return version is not None and thing.value is not None and thing.value.strip("'\"") == version


def required_bump(changes: Iterable[ApiChange]) -> RequiredBump:
    """The least bump that all of `changes` admit."""
    return max((each.bump for each in changes), key=REQUIRED_BUMPS.index, default="none")


def _removed(before: Surface, after: Surface) -> Iterator[ApiChange]:
    """Definitions, or ways to import them, that are gone; members of what is gone are not told again."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    gone: defaultdict[str, list[str]] = defaultdict(list)
    for path, definition in before.names.items():
        paths[definition].append(path)
        is_gone = not is_had(path, after) and not _is_unseen((path, definition), after)
        if is_gone and not _is_told_above(path, before, after):
            gone[definition].append(path)
    for definition, missing in sorted(gone.items()):
        old = before.objects[definition]
        if _is_told_by_a_rule_of_its_class(old, before) or _is_inherited_from_object(old):
            continue
        hidden = [path for path in missing if path in after.unlisted]
        if hidden:
            module = hidden[0].rpartition(".")[0]
            yield _change(Found(rule="export-removed", what=f"the __all__ of {module} leaves it out"), old, hidden)
        yield from _gone(old, [each for each in missing if each not in hidden], paths[definition], after)


def _gone(old: ApiObject, missing: list[str], paths: list[str], after: Surface) -> Iterator[ApiChange]:
    doubts = {path: why for path in missing if (why := doubt(path, after)) is not None}
    proven = [path for path in missing if path not in doubts]
    if proven:
        is_all = not any(is_had(path, after) or path in after.unlisted for path in paths)
        rule, what = _of_removal(old, proven, after, is_all=is_all)
        yield _change(Found(rule=rule, what=what), old, proven)
    elif missing:
        what = f"{missing[0]} is defined no more; {doubts[missing[0]]} may still give it"
        yield _change(Found(rule=UNPROVEN, what=what), old, missing)


def _is_unseen(paths: Iterable[str], surface: Surface) -> bool:
    """Whether one of `paths` is, or lies in, a module that is there and could not be read."""
    return bool(surface.unseen) and any(above in surface.unseen for path in paths for above in _above(path))


def _above(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]


def _is_told_above(path: str, before: Surface, after: Surface) -> bool:
    """Whether what holds it is gone, or is no longer the same: that is told already."""
    above = path.rpartition(".")[0]
    while above in before.names:
        if above not in after.names:
            return object_at(above, after) is None
        old, new = before.objects[before.names[above]], after.objects[after.names[above]]
        if old.kind != new.kind:
            return True
        if old.kind == "class" and _is_inherited_from_lost_base(path, before, old, new):
            return True
        above = above.rpartition(".")[0]
    return False


def _is_inherited_from_lost_base(path: str, before: Surface, old: ApiObject, new: ApiObject) -> bool:
    owner = before.names[path].rpartition(".")[0]
    return owner != old.path and owner in old.ancestors and owner not in new.ancestors


def _is_told_by_a_rule_of_its_class(old: ApiObject, surface: Surface) -> bool:
    """Fields and enum members have rules of their own."""
    owner = surface.objects.get(old.path.rpartition(".")[0])
    if owner is None or owner.kind != "class" or owner.class_kind in ("plain", "protocol"):
        return owner is not None and owner.kind == "class" and old.path.endswith((".__init__", ".__new__"))
    name = old.path.rpartition(".")[2]
    return owner.class_kind == "enum" or any(each.name == name for each in owner.fields) or name == "__init__"


def _is_inherited_from_object(old: ApiObject) -> bool:
    """Whether every class has such a member (`__repr__`, `__hash__ = None`): without its own one, that of `object`."""
    return old.kind in ("function", "attribute") and hasattr(object, old.path.rpartition(".")[2])


def _of_removal(old: ApiObject, missing: list[str], after: Surface, *, is_all: bool) -> tuple[str, str]:
    name = old.path.rpartition(".")[2]
    shown = missing[0]
    if not is_all or old.path in after.objects or old.path in after.code:
        return "reexport-removed", f"it cannot be imported as {', '.join(sorted(missing))} any more"
    elsewhere = [path for path in after.names if path.rpartition(".")[2] == name and path != shown]
    elsewhere = [path for path in elsewhere if after.objects[after.names[path]].kind == old.kind]
    if len(elsewhere) == 1 and old.kind != "attribute" and old.binding is None:
        return "moved", f"it is at {elsewhere[0]} now"
    return "removed", f"the {_word(old)} is gone"


def _word(old: ApiObject) -> str:
    if old.binding is not None:
        return "property" if old.binding == "property" else "method"
    return old.kind


def _word_with_article(new: ApiObject) -> str:
    word = _word(new)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _changed(before: Surface, after: Surface) -> Iterator[ApiChange]:
    pairs: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path, definition in before.names.items():
        now = object_at(path, after)
        if now is not None and not any(_is_unseen((definition,), each) for each in (before, after)):
            pairs[definition, now.path].append(path)
    for (one, other), paths in sorted(pairs.items()):
        pair = Pair(old=before.objects[one], new=after.objects[other], before=before, after=after)
        for found in _found(pair):
            yield _change(found, pair.new, paths)


def _found(pair: Pair) -> Iterator[Found]:
    old, new = pair.old, pair.new
    if (old.kind, new.kind) == ("class", "class"):
        yield from class_changes(pair)
    elif (old.kind, new.kind) == ("function", "function"):
        if not old.path.endswith((".__init__", ".__new__")):
            yield from function_changes(pair)
    elif (old.kind, new.kind) == ("attribute", "attribute"):
        yield from attribute_changes(pair)
    elif old.kind == "function" and new.kind == "attribute" and new.signature is not None and old.binding is None:
        yield from function_changes(pair)
    elif old.kind != new.kind and not old.path.endswith(("__init__", "__new__")):
        is_proven = all(_is_telling(each) for each in (old, new))
        rule = "kind-changed" if is_proven else "made-otherwise"
        yield Found(rule=rule, what=f"the {_word(old)} became {_word_with_article(new)}")


def _is_telling(each: ApiObject) -> bool:
    """Whether its source says what it is: what a name stands for that is computed may be a class or callable, too."""
    if each.kind == "attribute":
        return each.binding == "property" or constant(each.value) not in (None, "None")
    return all(is_known_decorator(name) for name in each.decorators)


def _added(before: Surface, after: Surface) -> Iterator[ApiChange]:
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for path, definition in after.names.items():
        above = path.rpartition(".")[0]
        is_had_before = is_had(path, before) or path in before.unlisted
        is_new = not is_had_before and not _is_unseen((path, definition), before)
        if is_new and (above in before.names or not above):
            paths[definition].append(path)
    for definition, new_paths in sorted(paths.items()):
        new = after.objects[definition]
        if not _is_told_by_a_rule_of_its_class(new, after) and not new.is_abstract:
            yield _change(Found(rule="added", what=f"the {_word(new)} came"), new, new_paths)


def _bodies(before: Surface, after: Surface) -> Iterator[ApiChange]:
    """Code that runs differently though nothing of the surface says so; private code included."""
    importable: defaultdict[str, list[str]] = defaultdict(list)
    for path, definition in after.names.items():
        importable[definition].append(path)
    for path, new in after.code.items():
        old = before.code.get(path)
        if old is not None and not is_same_code(old, new):
            yield ApiChange(
                rule="body-changed",
                object=path,
                paths=tuple(sorted(importable.get(path, ()))),
                file=new.file,
                line=new.line,
                bump=RULES["body-changed"].bump,
                message=f"its code changed: {RULES['body-changed'].why}",
                is_to_review=True,
            )


def _metadata(before: Surface, after: Surface) -> Iterator[ApiChange]:
    for found in metadata_changes(before.metadata, after.metadata):
        rule = RULES[found.rule]
        places = {**before.metadata.places, **after.metadata.places}
        file, line = places.get(found.part, (after.metadata.file, 1))
        yield ApiChange(
            rule=rule.id,
            object=", ".join(after.packages),
            paths=(),
            file=file,
            line=line,
            bump=rule.bump,
            message=f"{found.what}: {rule.why}",
            is_to_review=rule.is_to_review,
        )


def _change(found: Found, place: ApiObject, paths: Iterable[str]) -> ApiChange:
    rule = RULES[found.rule]
    return ApiChange(
        rule=rule.id,
        object=place.path,
        paths=tuple(sorted(paths)),
        file=place.file,
        line=place.line,
        bump=rule.bump,
        message=f"{found.what}: {rule.why}",
        is_to_review=rule.is_to_review,
    )
