"""A code location with one of nearly every form that definitions come in, old and new."""

import datetime
import enum

import dagster as dg


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(dg.Config):
    depth: int = 2
    names: list[str] = ["a"]  # noqa: RUF012 - a Config copies its defaults


class Options(dg.Config):
    inner: Inner
    colour: Colour = Colour.RED
    table: dict[str, int] = {}  # noqa: RUF012


# ---- ops, graphs, jobs

OLD_STYLE = {
    "a": dg.Field(int, default_value=1),
    "b": dg.Field(dg.Selector({"x": int, "y": str}), is_required=False),
    "c": [dg.Shape({"d": dg.Noneable(str)})],
    "p": dg.Field(dg.Permissive({"q": int}), is_required=False),
    "m": dg.Field(dg.Map(str, int), is_required=False),
}


@dg.op(config_schema=OLD_STYLE)
def old_style(context):
    return 1


@dg.op
def emit(context, config: Options):
    return 1


@dg.op(out=dg.DynamicOut())
def many():
    yield dg.DynamicOutput(1, mapping_key="a")


@dg.op(
    ins={"number": dg.In(int, default_value=3, input_manager_key="im", metadata={"x": 1})},
    out={"a": dg.Out(is_required=False, metadata={"k": 1}), "b": dg.Out(io_manager_key="im")},
)
def two(number):
    yield dg.Output(1, "a")
    yield dg.Output(1, "b")


@dg.op
def plain(context):
    return None


@dg.graph
def inner(number):
    a, _b = two(number)
    return a


def old_style_config(config):
    return {"old_style": {"config": {"c": []}}}


@dg.graph(config=dg.ConfigMapping(config_schema={"limit": dg.Field(int, default_value=2)}, config_fn=old_style_config))
def mapped():
    old_style()


configured_op = dg.configured(old_style, name="configured_op")({"c": [], "a": 7})


@dg.failure_hook
def on_fail(context):
    return None


RETRY = dg.RetryPolicy(max_retries=2, delay=1, backoff=dg.Backoff.EXPONENTIAL)


@dg.job
def work():
    inner.alias("first")(emit())
    inner(emit.alias("again").with_hooks({on_fail}).tag({"t": "1"}).with_retry_policy(RETRY)())
    mapped()
    configured_op()
    many().map(two.alias("each"))


@dg.daily_partitioned_config(start_date="2024-01-01")
def by_day(start, end):
    return {}


@dg.job(config=by_day)
def partitioned():
    plain()


@dg.job(config=dg.ConfigMapping(config_schema={"n": int}, config_fn=old_style_config))
def config_mapped():
    plain()


# ---- assets and checks


class Mine(dg.StaticPartitionsDefinition):
    pass


UP = dg.AssetIn(
    key="outside",
    input_manager_key="im",
    dagster_type=int,
    metadata={"q": 1},
    partition_mapping=dg.AllPartitionMapping(),
)


@dg.asset(partitions_def=Mine(["x"]), ins={"up": UP})
def custom(up):
    return 1


@dg.asset(
    partitions_def=dg.TimeWindowPartitionsDefinition(
        start="2024-01-01-00",
        end="2030-01-01-00",
        cron_schedule="0 */6 * * *",
        fmt="%Y-%m-%d-%H",
    ),
    resource_defs={"own": dg.ResourceDefinition.hardcoded_resource(3)},
    required_resource_keys={"legacy"},
)
def windowed():
    return 1


@dg.graph_multi_asset(outs={"ga": dg.AssetOut(), "gb": dg.AssetOut(io_manager_key="im")})
def of_graph():
    a, b = two()
    return {"ga": a, "gb": b}


@dg.multi_asset(
    specs=[
        dg.AssetSpec("m1", deps=["m0"]),
        dg.AssetSpec(
            "m2",
            deps=["m1"],
            automation_condition=dg.AutomationCondition.on_cron("0 * * * *")
            & ~dg.AutomationCondition.any_deps_missing(),
        ),
    ],
    check_specs=[dg.AssetCheckSpec("inline", asset="m1", blocking=True)],
)
def multi():
    return None


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec("c1", asset="m1"), dg.AssetCheckSpec("c2", asset="m2", metadata={"a": 1})]
)
def checks():
    return None


@dg.multi_observable_source_asset(specs=[dg.AssetSpec("observed")])
def observe():
    return None


outside = dg.AssetSpec("outside")
source = dg.SourceAsset(
    "legacy_source",
    group_name="g",
    metadata={
        "path": dg.MetadataValue.path("/x/y"),
        "text": dg.MetadataValue.text("plain"),
        "json": dg.MetadataValue.json({"a": [1, 2]}),
    },
)
freshness_checks = dg.build_last_update_freshness_checks(assets=[custom], lower_bound_delta=datetime.timedelta(hours=2))

# ---- resources


@dg.resource(
    config_schema={"host": str, "port": dg.Field(dg.IntSource, default_value=5)},
    required_resource_keys={"other"},
    description="old",
)
def legacy(context):
    return None


@dg.resource
def other(context):
    return None


@dg.io_manager(config_schema={"base": dg.Field(dg.StringSource, default_value={"env": "BASE"})})
def im(context):
    return None


class Connection(dg.ConfigurableResource):
    url: str


class Client(dg.ConfigurableResource):
    connection: dg.ResourceDependency[Connection]
    nested: Connection
    n: int = 1


class Stores(dg.ConfigurableIOManagerFactory):
    prefix: str

    def create_io_manager(self, context):
        raise NotImplementedError


connection = Connection(url=dg.EnvVar("URL"))

# ---- sensors and schedules


@dg.multi_asset_sensor(monitored_assets=[dg.AssetKey("m1"), dg.AssetKey("m2")], job=work)
def of_keys(context):
    return None


@dg.multi_asset_sensor(monitored_assets=dg.AssetSelection.groups("default"), job=work)
def of_a_group(context):
    return None


@dg.run_status_sensor(run_status=dg.DagsterRunStatus.FAILURE, monitor_all_code_locations=True, request_job=work)
def of_runs(context):
    return None


automatic = dg.AutomationConditionSensorDefinition(
    "automatic", target=dg.AssetSelection.assets("m2"), run_tags={"a": "b"}
)

defs = dg.Definitions(
    assets=[outside, custom, windowed, of_graph, multi, observe, source],
    asset_checks=[checks, *freshness_checks],
    jobs=[
        work,
        partitioned,
        config_mapped,
        dg.define_asset_job("windows", selection=dg.AssetSelection.assets("windowed"), hooks={on_fail}),
        inner.to_job(name="of_inner", input_values={"number": 4}, resource_defs={"im": im}, tags={"x": "y"}),
    ],
    schedules=[dg.build_schedule_from_partitioned_job(partitioned)],
    sensors=[
        of_keys,
        of_a_group,
        of_runs,
        automatic,
        dg.build_sensor_for_freshness_checks(freshness_checks=freshness_checks),
    ],
    resources={
        "legacy": legacy.configured({"host": "h"}),
        "by_function": legacy.configured(lambda config: {"host": config["h"]}, config_schema={"h": str}),
        "other": other,
        "im": im,
        "connection": connection,
        "client": Client(connection=connection, nested=Connection(url="z")),
        "stores": Stores(prefix="p"),
        "late": Connection.configure_at_launch(),
    },
    loggers={"console": dg.colored_console_logger},
)
