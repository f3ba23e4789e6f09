"""Changes that are seen and change nothing that runs, and additions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagster_commons.analysis.change_rules.behaviour import MACHINE_TAGS, RUNS
from dagster_commons.analysis.change_rules.rule import ALL_KINDS, ChangeRule, only_gains

if TYPE_CHECKING:
    from dagster_commons.model.definitions import ObjectKind, Value


def _cosmetic(
    id: str,  # noqa: A002 - the field's own name
    reason: str,
    field: str,
    old: Value,
    new: Value,
    *,
    objects: tuple[ObjectKind, ...] = ALL_KINDS,
) -> ChangeRule:
    root = field.partition(".")[0]
    return ChangeRule(
        id=id,
        severity="cosmetic",
        reason=reason,
        objects=objects,
        fields=(root, f"{root}.*"),
        old=((field, old),),
        new=((field, new),),
    )


def _added(kind: ObjectKind, field: str, value: Value) -> ChangeRule:
    return ChangeRule(
        id=f"{kind}-added",
        severity="added",
        reason="it is new",
        objects=(kind,),
        kind="added",
        old=None,
        new=((field, value),),
    )


RULES = (
    _cosmetic("description", "how it is described", "description", "old", "new"),
    _cosmetic("owners", "who owns it", "owners", ("team:a",), ("team:b",)),
    _cosmetic("kinds", "which kinds it is shown with", "kinds", ("python",), ("dbt",)),
    _cosmetic("metadata", "what is shown beside it", "metadata.steward", "ann", "bob"),
    _cosmetic("group", "where it is shown", "group", "default", "finance", objects=("asset",)),
    _cosmetic("tags", "how it is found", "tags.tier", "1", "2", objects=("asset", "check", "resource", "definitions")),
    ChangeRule(
        id="run-tags-shown",
        severity="cosmetic",
        reason="how its runs are found",
        objects=RUNS,
        fields=("tags.*", "run_tags.*", "job_tags.*"),
        other_than=MACHINE_TAGS,
        old=(("tags.tier", "1"),),
        new=(("tags.tier", "2"),),
    ),
    ChangeRule(
        id="config-description",
        severity="cosmetic",
        reason="how a config field is described",
        objects=ALL_KINDS,
        fields=("config.*.description", "config.description"),
        old=(("config.a.description", "old"), ("config.a.type", "Int")),
        new=(("config.a.description", "new"), ("config.a.type", "Int")),
    ),
    _added("asset", "io_manager_key", "warehouse"),
    _added("check", "blocking", value=True),
    _added("job", "executor", "multiprocess"),
    _added("schedule", "cron", "0 3 * * *"),
    _added("sensor", "interval", 30),
    _added("resource", "type", "Warehouse"),
    ChangeRule(
        id="config-added",
        severity="added",
        reason="it is new and may be left out",
        objects=ALL_KINDS,
        fields=("config.*.required",),
        direction=lambda old, new: old is None and new is False,
        old=(),
        new=(("config.retries.required", False), ("config.retries.type", "Int")),
    ),
    ChangeRule(
        id="partitions-added",
        severity="added",
        reason="there are more partitions, none is lost",
        objects=("asset", "check", "job", "schedule", "sensor"),
        fields=("partitions.keys", "partitions.*.keys"),
        direction=only_gains,
        old=(("partitions.keys", ("de", "fr")), ("partitions.kind", "static")),
        new=(("partitions.keys", ("de", "fr", "it")), ("partitions.kind", "static")),
    ),
)
