"""A changed body shows only as changed code, and in exactly the objects that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders import draw
from dagster_commons.probe.snapshots import ProbeServer
from dagster_environments import NEWEST_DAGSTER, OLDEST_DAGSTER, dagster_of
from drawn_locations import draw_location, find, loaded, request_for
from knobs import differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dagster_commons.model.definitions import ObjectKind, Snapshot

pytestmark = pytest.mark.network

FILES = {
    "definitions": """
        import dagster as dg

        from shop import cleaning
        from shop.factory import build_asset, guarded
        from shop.storage import Lake, Ledger
        from shop.timing import is_open

        class Options(dg.Config):
            limit: int = 3

        STEPS = {"clean": cleaning.clean_text}

        @dg.asset
        def direct(context, config: Options, ledger: Ledger):
            return cleaning.clean(config.limit)

        @dg.asset
        def by_table(context):
            return [step("x") for step in STEPS.values()]

        @dg.asset
        @guarded
        def wrapped():
            return 1

        @dg.asset
        def local_import():
            from shop import late
            return late.compute()

        @dg.multi_asset(specs=[dg.AssetSpec("left"), dg.AssetSpec("right")])
        def pair():
            return cleaning.clean(1)

        @dg.op
        def load():
            return cleaning.clean(2)

        @dg.graph_asset
        def assembled():
            return load()

        @dg.asset_check(asset=direct)
        def sound():
            return dg.AssetCheckResult(passed=cleaning.clean(True))

        @dg.op
        def step():
            return cleaning.clean(3)

        @dg.success_hook
        def tell(context):
            cleaning.clean_text("done")

        @dg.job(hooks={tell}, resource_defs={"io_manager": dg.mem_io_manager})
        def work():
            step()

        @dg.schedule(job=work, cron_schedule="0 3 * * *")
        def nightly(context):
            return dg.RunRequest() if is_open() else dg.SkipReason("closed")

        @dg.sensor(job=work)
        def look(context, ledger: Ledger):
            return None

        @dg.run_failure_sensor(monitored_jobs=[work])
        def failed(context):
            cleaning.clean_text("failed")

        defs = dg.Definitions(
            assets=[direct, by_table, wrapped, local_import, pair, assembled, *map(build_asset, ["one", "two"])],
            asset_checks=[sound],
            jobs=[work],
            schedules=[nightly],
            sensors=[look, failed],
            resources={"io_manager": Lake(), "ledger": Ledger()},
        )
    """,
    "cleaning": '''
        FACTOR = 2

        def clean(value):
            """Cleans."""
            return scaled(value)

        def scaled(value):
            return value * FACTOR if value else clean(None)

        def clean_text(text):
            return text.strip()
    ''',
    "factory": """
        import functools

        import dagster as dg

        from shop import cleaning

        def guarded(function):
            @functools.wraps(function)
            def guard(*arguments):
                return cleaning.clean_text(str(function(*arguments)))
            return guard

        def build_asset(name):
            query = f"select {name} from source"

            @dg.asset(name=name)
            def built():
                return run(query)
            return built

        def run(query):
            return query
    """,
    "storage": """
        import dagster as dg

        class Base(dg.ConfigurableIOManager):
            def load_input(self, context):
                return self.path()

            def path(self):
                return "/lake"

        class Lake(Base):
            def handle_output(self, context, obj):
                return self.path()

        class Ledger(dg.ConfigurableResource):
            def book(self):
                return 1
    """,
    "timing": """
        def is_open():
            return True
    """,
    "late": """
        def compute():
            return 1
    """,
}
ASSETS = ("assembled", "by_table", "direct", "left", "local_import", "one", "right", "two", "wrapped")
STORED = (*(f"asset {name}" for name in ASSETS), "check direct:sound", "resource io_manager")
CLEANED = ("asset assembled", "asset direct", "asset left", "asset right", "check direct:sound", "job work")
CHANGES = {
    "a helper of a helper": ("cleaning", "value * FACTOR", "FACTOR * value", "scaled", CLEANED),
    "a plain value that it uses": ("cleaning", "FACTOR = 2", "FACTOR = 3", "scaled", CLEANED),
    "a function": ("cleaning", "scaled(value)\n", "scaled( value ) + 0\n", "clean", CLEANED),
    "what a table and a hook name": (
        "cleaning",
        "text.strip()",
        "text.rstrip()",
        "clean_text",
        ("asset by_table", "asset wrapped", "job work", "sensor failed"),
    ),
    "a decorator's inner function": (
        "factory",
        "str(function(*arguments))",
        "repr(function(*arguments))",
        "guarded.<locals>.guard",
        ("asset wrapped",),
    ),
    "what a decorator wraps": (
        "definitions",
        "def wrapped():\n    return 1",
        "def wrapped():\n    return 2",
        "wrapped",
        ("asset wrapped",),
    ),
    "a factory's body": (
        "factory",
        "return run(query)",
        "return run(query.lower())",
        "build_asset.<locals>.built",
        ("asset one", "asset two"),
    ),
    "what a factory's body calls": (
        "factory",
        "    return query\n",
        "    return query.upper()\n",
        "run",
        ("asset one", "asset two"),
    ),
    "an inherited method of the IO manager": ("storage", '"/lake"', '"/pond"', "Base.path", STORED),
    "a resource's method": (
        "storage",
        "return 1",
        "return 2",
        "Ledger.book",
        ("asset direct", "resource ledger", "sensor look"),
    ),
    "a module that is imported when it runs": ("late", "return 1", "return 2", "<module>", ("asset local_import",)),
    "a schedule's helper": ("timing", "True", "False", "is_open", ("schedule nightly",)),
    "the op of a graph": (
        "definitions",
        "return cleaning.clean(2)",
        "return cleaning.clean(20)",
        "load",
        ("asset assembled",),
    ),
}


@pytest.fixture(scope="module", params=[NEWEST_DAGSTER, pytest.param(OLDEST_DAGSTER, marks=pytest.mark.matrix)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProbeServer]:
    with ProbeServer(dagster_of(tmp_path_factory, request.param).python) as server:
        yield server


@pytest.fixture
def location(tmp_path: Path) -> Path:
    return draw_location(
        tmp_path, FILES["definitions"], **{name: FILES[name] for name in FILES if name != "definitions"}
    )


def replace(location: Path, module: str, old: str, new: str) -> None:
    file = location / f"src/shop/{module}.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def changed_units(before: Snapshot, after: Snapshot) -> set[str]:
    return {unit.partition(":")[2] for unit, _ in set(_digests(before)) ^ set(_digests(after))}


def running(snapshot: Snapshot, unit: str) -> tuple[str, ...]:
    return tuple(
        f"{each.kind} {each.name}"
        for each in snapshot.objects
        if unit in {identifier.partition(":")[2] for identifier in each.code}
    )


def _digests(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(each.id, each.digest) for each in snapshot.code]


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_body_is_named_with_the_objects_that_run_it(server: ProbeServer, location: Path, what: str):
    module, old, new, unit, objects = CHANGES[what]
    before = loaded(server.snapshot(request_for(location)))
    replace(location, module, old, new)
    after = loaded(server.snapshot(request_for(location)))
    assert differences(before, after) == []
    assert changed_units(before, after) == {unit}
    assert running(after, unit) == tuple(sorted(objects))


def test_what_a_closure_holds_is_told_apart_by_op(server: ProbeServer, location: Path):
    before = loaded(server.snapshot(request_for(location)))
    replace(location, "factory", "from source", "from other")
    after = loaded(server.snapshot(request_for(location)))
    assert changed_units(before, after) == {
        "build_asset.<locals>.built[op one]",
        "build_asset.<locals>.built[op two]",
    }
    assert running(after, "build_asset.<locals>.built[op one]") == ("asset one",)


def test_comments_docstrings_moves_and_spacing_change_nothing(server: ProbeServer, location: Path):
    before = loaded(server.snapshot(request_for(location)))
    replace(location, "cleaning", '"""Cleans."""', '"""Cleans even better."""')
    replace(location, "cleaning", "FACTOR = 2", "# a comment\n\n\nFACTOR = 2  # another")
    replace(location, "cleaning", "value * FACTOR if", "(value  *  FACTOR) if")
    after = loaded(server.snapshot(request_for(location)))
    assert _digests(after) == _digests(before)
    assert [each.line for each in after.code] != [each.line for each in before.code]


def test_a_unit_names_its_file_and_line(server: ProbeServer, location: Path):
    snapshot = loaded(server.snapshot(request_for(location)))
    unit = next(each for each in snapshot.code if each.id == "shop.cleaning:scaled")
    assert (unit.file, unit.line) == ("shop/src/shop/cleaning.py", 7)


def test_an_asset_is_changed_by_its_decorator_without_its_code(server: ProbeServer, location: Path):
    before = loaded(server.snapshot(request_for(location)))
    replace(location, "definitions", "@dg.asset\ndef by_table", '@dg.asset(group_name="tables")\ndef by_table')
    after = loaded(server.snapshot(request_for(location)))
    assert differences(before, after) == ["asset by_table group"]
    assert changed_units(before, after) == set()


@pytest.mark.parametrize(
    ("kind", "name", "unit"),
    [
        ("asset", "direct", "shop.definitions:Options"),
        ("resource", "io_manager", "shop.storage:Lake.handle_output"),
        ("sensor", "look", "shop.definitions:look"),
        ("job", "work", "shop.definitions:tell"),
    ],
)
def test_config_resources_and_hooks_are_among_what_an_object_runs(
    server: ProbeServer, location: Path, kind: ObjectKind, name: str, unit: str
):
    assert unit in find(loaded(server.snapshot(request_for(location))), kind, name).code


def test_other_peoples_decorators_count_and_dagsters_do_not(server: ProbeServer, location: Path):
    draw(
        location,
        {"src/shop/timing.py": "import functools\n\n@functools.lru_cache(1)\ndef is_open():\n    return True\n"},
    )
    before = loaded(server.snapshot(request_for(location)))
    replace(location, "timing", "lru_cache(1)", "lru_cache(2)")
    after = loaded(server.snapshot(request_for(location)))
    assert changed_units(before, after) == {"is_open"}
