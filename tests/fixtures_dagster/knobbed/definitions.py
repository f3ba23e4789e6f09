"""A code location with one knob per thing that a snapshot must show; `turning.py` says which is turned.

It is loaded by Dagster 1.9 to 1.13, in their own environments.
"""

import datetime
import importlib

import dagster as dg
from turning import is_turned, knob

VERSION = tuple(int(part) for part in dg.__version__.split(".")[:2])


def without_none(**values):
    return {name: value for name, value in values.items() if value is not None}


def freshness():
    if VERSION < (1, 11):
        return without_none(freshness_policy=knob("freshness", None, dg.FreshnessPolicy(maximum_lag_minutes=30)))
    policies = importlib.import_module("dagster.preview.freshness" if VERSION < (1, 12) else "dagster")
    window = knob("freshness", None, datetime.timedelta(hours=6))
    return {} if window is None else {"freshness_policy": policies.FreshnessPolicy.time_window(fail_window=window)}


# ---- config, resources


class Options(dg.Config):
    limit: int = knob("asset config default", 10, 20)
    size: knob("asset config type", int, str) = knob("asset config type", 1, "1")
    if is_turned("asset config field"):
        added: int


class OpOptions(dg.Config):
    retries: int = knob("op config default", 3, 5)


class Store(dg.ConfigurableResource):
    url: str
    timeout: int = knob("resource default", 10, 20)
    depth: knob("resource type", int, str) = knob("resource type", 1, "1")
    if is_turned("resource field"):
        added: int = 1


class Files(dg.ConfigurableIOManager):
    base: str = "/data"

    def handle_output(self, context, obj):
        raise NotImplementedError

    def load_input(self, context):
        raise NotImplementedError


# ---- assets

DAILY = knob(
    "partitions start",
    dg.DailyPartitionsDefinition(start_date="2024-01-01"),
    dg.DailyPartitionsDefinition(start_date="2024-02-01"),
)
OTHER_KIND = knob(
    "partitions kind",
    dg.WeeklyPartitionsDefinition(start_date="2024-01-01"),
    dg.HourlyPartitionsDefinition(start_date="2024-01-01-00:00"),
)


@dg.asset
def source():
    return 1


@dg.asset(partitions_def=DAILY)
def days():
    return 1


@dg.asset(partitions_def=OTHER_KIND)
def weeks():
    return 1


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(knob("partitions keys", ["de", "fr"], ["de", "it"])))
def countries():
    return 1


@dg.asset(
    partitions_def=dg.MultiPartitionsDefinition(
        {
            "day": dg.DailyPartitionsDefinition(start_date="2024-01-01"),
            "sort": dg.StaticPartitionsDefinition(knob("partitions dimension", ["a"], ["a", "b"])),
        }
    )
)
def both():
    return 1


@dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name=knob("partitions name", "customers", "clients")))
def customers():
    return 1


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition(start_date="2024-01-01"),
    deps=[
        dg.AssetDep(
            days,
            partition_mapping=knob("partition mapping", None, dg.TimeWindowPartitionMapping(start_offset=-1)),
        )
    ],
    backfill_policy=knob("backfill policy", None, dg.BackfillPolicy.single_run()),
)
def later_days():
    return 1


@dg.asset(
    deps=knob("deps", [source], [source, "elsewhere"]),
    automation_condition=knob("automation", None, dg.AutomationCondition.eager()),
    group_name=knob("group", None, "finance"),
    kinds=knob("kinds", {"python"}, {"python", "table"}),
    tags=knob("tags", {"tier": "1"}, {"tier": "2"}),
    owners=knob("owners", ["ann@example.com"], ["ben@example.com"]),
    metadata=knob("metadata", {"rows": 1}, {"rows": 2}),
    code_version=knob("code version", "1", "2"),
    description=knob("description", "Facts.", "More facts."),
    io_manager_key=knob("io manager key", "io_manager", "files"),
    retry_policy=knob("retry policy", None, dg.RetryPolicy(max_retries=3)),
    op_tags=knob("op tags", {"cpu": "1"}, {"cpu": "2"}),
    pool=knob("pool", None, "warehouse"),
    dagster_type=knob("dagster type", dg.Int, dg.String),
    required_resource_keys=knob("resource requirement", {"store"}, {"store", "more"}),
    **freshness(),
)
def facts(context, config: Options):
    return 1


@dg.asset(name=knob("asset renamed", "old_name", "new_name"))
def named():
    return 1


@dg.asset
def removable():
    return 1


@dg.multi_asset(
    specs=[
        dg.AssetSpec("left", code_version=knob("spec code version", "1", "2")),
        dg.AssetSpec("right", skippable=knob("skippable", False, True)),
    ],
    can_subset=knob("can subset", False, True),
)
def pair():
    return None


@dg.op
def first():
    return 1


@dg.op
def second(number):
    return number


@dg.op
def third(number):
    return number


@dg.graph_asset
def assembled():
    return knob("graph asset", second, third)(first())


outside = dg.AssetSpec("outside", group_name=knob("external group", "lake", "pond"))


@dg.observable_source_asset(group_name=knob("observed group", "lake", "pond"))
def observed():
    return dg.DataVersion("1")


# ---- checks


@dg.asset_check(
    asset=facts,
    blocking=knob("check blocking", False, True),
    description=knob("check description", "Sound.", "Very sound."),
    additional_deps=knob("check deps", [], [source]),
)
def sound():
    return dg.AssetCheckResult(passed=True)


@dg.asset_check(asset=countries)
def removable_check():
    return dg.AssetCheckResult(passed=True)


# ---- jobs


@dg.success_hook
def tell(context):
    return None


@dg.op(
    retry_policy=knob("op retry policy", None, dg.RetryPolicy(max_retries=2)),
    tags=knob("tags of an op", {}, {"cpu": "2"}),
    out=dg.Out(dagster_type=knob("op output type", dg.Int, dg.String)),
)
def prepare(context, config: OpOptions):
    return 1


@dg.op
def finish(number):
    return number


@dg.op
def finish_otherwise(number):
    return number


@dg.job(
    tags=knob("job tags", {"team": "a"}, {"team": "b"}),
    config={"ops": {"prepare": {"config": {"retries": knob("job run config", 1, 2)}}}},
    executor_def=knob("job executor", dg.in_process_executor, dg.multiprocess_executor),
    hooks=knob("job hooks", set(), {tell}),
    op_retry_policy=knob("job retry policy", None, dg.RetryPolicy(max_retries=1)),
    metadata=knob("job metadata", {"page": "a"}, {"page": "b"}),
    description=knob("job description", "Works.", "Works more."),
)
def work():
    knob("op graph", finish, finish_otherwise)(prepare())


@dg.job
def fan():
    number = prepare()
    second(number)
    third(knob("op wiring", number, second.alias("between")(number)) if is_turned("op wiring") else number)


@dg.job(executor_def=dg.multiprocess_executor.configured({"max_concurrent": knob("executor config", 2, 4)}))
def parallel():
    first()


@dg.job
def removable_job():
    first()


chosen = dg.define_asset_job(
    "chosen",
    selection=knob("job selection", [source], [source, removable]),
    config=knob("asset job config", None, {"ops": {"source": {"config": {"n": 1}}}}),
    tags=knob("asset job tags", {"team": "a"}, {"team": "b"}),
)
by_day = dg.define_asset_job("by_day", selection=[days], partitions_def=DAILY)

# ---- schedules and sensors

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=knob("schedule job", work, parallel),
    cron_schedule=knob("cron", "0 3 * * *", "0 5 * * *"),
    execution_timezone=knob("timezone", "UTC", "Europe/Berlin"),
    default_status=knob("schedule status", dg.DefaultScheduleStatus.STOPPED, dg.DefaultScheduleStatus.RUNNING),
    run_config={"ops": {"prepare": {"config": {"retries": knob("schedule run config", 1, 2)}}}},
    tags=knob("schedule tags", {"team": "a"}, {"team": "b"}),
    description=knob("schedule description", "At night.", "Late at night."),
)
of_assets = dg.ScheduleDefinition(
    name="of_assets", target=knob("schedule target", [source], [source, removable]), cron_schedule="0 3 * * *"
)
removable_schedule = dg.ScheduleDefinition(name="removable_schedule", job=work, cron_schedule="0 3 * * *")


@dg.schedule(job=work, cron_schedule=knob("cron list", ["0 3 * * *"], ["0 3 * * *", "0 4 * * *"]))
def decorated(context):
    return dg.RunRequest()


@dg.sensor(
    job=knob("sensor job", work, parallel),
    minimum_interval_seconds=knob("sensor interval", 30, 60),
    default_status=knob("sensor status", dg.DefaultSensorStatus.STOPPED, dg.DefaultSensorStatus.RUNNING),
    description=knob("sensor description", "Looks.", "Looks again."),
)
def look(context):
    return None


@dg.sensor(target=knob("sensor target", [source], [source, removable]))
def look_at_assets(context):
    return None


@dg.asset_sensor(asset_key=dg.AssetKey(knob("asset sensor", "source", "days")), job=work)
def follow(context, event):
    return None


@dg.run_status_sensor(
    run_status=knob("run status", dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE),
    monitored_jobs=knob("monitored jobs", [work], [work, parallel]),
)
def listen(context):
    return None


@dg.sensor(job=work)
def removable_sensor(context):
    return None


# ---- all of it


def everything():
    assets = [source, days, weeks, countries, both, customers, later_days, facts, named, removable, pair, assembled]
    checks = [sound, removable_check]
    jobs = [work, fan, parallel, removable_job, chosen, by_day]
    schedules = [nightly, of_assets, removable_schedule, decorated]
    sensors = [look, look_at_assets, follow, listen, removable_sensor]
    resources = {
        "store": Store(url=knob("resource value", "sqlite://", "postgresql://")),
        "io_manager": dg.FilesystemIOManager(base_dir="/io"),
        "files": Files(),
        "more": dg.ResourceDefinition.hardcoded_resource(knob("hardcoded resource", 1, 2)),
        "removable": Files(),
        "secret": Store(url=dg.EnvVar(knob("environment variable", "STORE_URL", "OTHER_URL"))),
    }
    gone = {
        "asset removed": (assets, removable),
        "check removed": (checks, removable_check),
        "job removed": (jobs, removable_job),
        "schedule removed": (schedules, removable_schedule),
        "sensor removed": (sensors, removable_sensor),
    }
    for name, (things, thing) in gone.items():
        if is_turned(name):
            things.remove(thing)
    if is_turned("resource removed"):
        del resources["removable"]
    if is_turned("order"):
        for things in (assets, checks, jobs, schedules, sensors):
            things.reverse()
        resources = dict(reversed(resources.items()))
    return dg.Definitions(
        assets=[*assets, outside, observed],
        asset_checks=checks,
        jobs=jobs,
        schedules=schedules,
        sensors=sensors,
        resources=resources,
        executor=knob("default executor", None, dg.in_process_executor),
        metadata=knob("definitions metadata", {"team": "a"}, {"team": "b"}),
    )


defs = everything()
