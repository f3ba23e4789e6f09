"""Takes one snapshot: loads the target, walks what it defines, says what the load depended on."""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import sys
from typing import TYPE_CHECKING, Any

from _dagster_commons_assets import AssetWalk
from _dagster_commons_code import CodeReach
from _dagster_commons_environment import PREFIXES, move_into
from _dagster_commons_fields import Fields
from _dagster_commons_inputs import Places, Recorder, compile_own_sources
from _dagster_commons_jobs import is_implicit, job_fields, schedule_fields, sensor_fields
from _dagster_commons_loading import Loaded, LoadError, check_origins, explain, load
from _dagster_commons_ops import OpFields
from _dagster_commons_raw import Raw, raw_fields
from _dagster_commons_resources import resource_fields
from _dagster_commons_runs import CodeOfObjects
from _dagster_commons_values import NormalForm, hidden_variables
from _dagster_commons_whole import default_loggers, definitions_fields, own_executors

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
OLDEST = (1, 9)
LATE = ("_strptime", "dagster._core.definitions.antlr_asset_selection.antlr_asset_selection")
Defined = tuple[str, str, Fields, frozenset[str]]  # kind, name, fields, code units


class Session:
    """One request being answered: whose files are whose, what is recorded, how text is rewritten."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.working_directory: str | None = request["target"].get("working_directory")
        self._shown = {each["directory"]: each["prefix"] for each in request.get("first_party") or ()}
        if self.working_directory and Places(self._shown).shown(self.working_directory) is None:
            self._shown[self.working_directory] = ""
        self.places = Places(self._shown)
        self.recorder = Recorder(self.places)

    def normal_form(self) -> NormalForm:
        """The rewriting that fits what the load has read so far."""
        tokens = {os.path.expanduser("~"): "~", sys.base_prefix: "<python>"}
        tokens.update(dict.fromkeys(PREFIXES, "<environment>"))
        for directory, prefix in self._shown.items():
            tokens[directory] = tokens[os.path.realpath(directory)] = prefix or "."
        names = self.recorder.variables | set(self.request.get("environment") or ())
        return NormalForm(tokens, hidden_variables(names, dict(os.environ)))


def take(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to `request`: a snapshot, or the error that prevented it.  Never raises."""
    move_into(request.get("prefix") or sys.prefix)
    unusable = why_dagster_is_unusable()
    if unusable is not None:
        return {"format": FORMAT, "error": explain(LoadError("UnsupportedDagster", unusable), Places({}), frozenset())}
    import_what_all_need()
    for name in request.get("without") or ():
        os.environ.pop(name, None)
    os.environ.update(request.get("environment") or {})
    session = Session(request)
    prepare_interpreter(session)
    try:
        answer = _snapshot(session)
    except BaseException as error:  # a location may raise anything, SystemExit and KeyboardInterrupt included
        session.recorder.close()
        answer = {"error": explain(error, session.places, session.recorder.missing_variables)}
        answer = _normalised(answer, session.normal_form())
    answer["format"] = FORMAT
    return answer


def why_dagster_is_unusable() -> str | None:
    """None when Dagster is there and young enough."""
    try:
        import dagster
    except Exception as error:  # half an installation can fail in any way
        return f"dagster cannot be imported: {type(error).__name__}: {error}"
    if dagster.__version__.startswith(tuple(f"{OLDEST[0]}.{minor}." for minor in range(OLDEST[1]))) or (
        dagster.__version__.startswith("0.")
    ):
        return f"dagster {dagster.__version__} is too old: definitions are compared from 1.9 on"
    return None


def import_what_all_need() -> None:
    """Dagster, and parts of it that it imports late: what they read says nothing of a location."""
    import dagster

    late = list(LATE)
    if not dagster.__version__.startswith("1.9."):  # which imports grpc with it, and that does not survive a fork
        late.append("dagster._core.remote_representation.external_data")
    for name in late:
        with contextlib.suppress(ImportError):  # it has moved: each child imports it where it is
            importlib.import_module(name)


def prepare_interpreter(session: Session) -> None:
    """The directory and module search path that Dagster would give the location."""
    first = list(session.request.get("path") or ())
    if session.working_directory:
        os.chdir(session.working_directory)
        first.append(session.working_directory)
    sys.path[:] = [*first, *(each for each in sys.path if each not in first)]
    sys.argv[:] = ["dagster"]
    compile_own_sources(session.places)


def _snapshot(session: Session) -> dict[str, Any]:
    import dagster

    expected = session.request.get("expect_modules") or {}
    check_origins(expected)
    loaded = load(session.request["target"])
    for one in loaded:
        one.repository.load_all_definitions()
    check_origins(expected)
    session.recorder.close()
    inputs = session.recorder.answer()
    raw = [raw_fields(one.repository) for one in loaded]
    normal = session.normal_form()
    reach = CodeReach(session.places, normal)
    objects: list[dict[str, Any]] = []
    for one, net in zip(loaded, raw):
        prefix = "" if len(loaded) == 1 else f"{one.repository.name}::"
        code = CodeOfObjects(reach, dict(one.repository.get_top_level_resources()))
        objects.extend(_objects(_walk(one, code), net, prefix, normal))
    return {
        "dagster": dagster.__version__,
        "python": platform.python_version(),
        "objects": sorted(objects, key=lambda each: (each["kind"], each["name"])),
        "code": reach.units(),
        "inputs": inputs,
    }


def _objects(defined: Iterator[Defined], raw: Raw, prefix: str, normal: NormalForm) -> Iterator[dict[str, Any]]:
    """The objects of one repository as they are written."""
    for kind, name, fields, code in defined:
        yield {
            "kind": kind,
            "name": (prefix + name).rstrip(":"),
            "fields": {path: normal.value(value) for path, value in fields.items()},
            "raw": {path: normal.value(value) for path, value in raw.get((kind, name), {}).items()},
            "code": sorted(code),
        }


def _walk(loaded: Loaded, code: CodeOfObjects) -> Iterator[Defined]:
    repository = loaded.repository
    ops = OpFields()
    resources = dict(repository.get_top_level_resources())
    yield from _assets(AssetWalk(repository.asset_graph, ops, resources), repository.asset_graph, code)
    has_own_executor = own_executors(loaded)
    loggers = default_loggers(loaded)
    for job in repository.get_all_jobs():
        if not is_implicit(job.name):
            fields = job_fields(job, ops, has_own_executor=has_own_executor(job), resources=resources, loggers=loggers)
            yield "job", job.name, fields, code.of_job(job, is_of_assets="selection" in fields)
    for schedule in repository.schedule_defs:
        units = code.of_instigator(schedule, "schedule")
        yield "schedule", schedule.name, schedule_fields(schedule, repository), units
    for sensor in repository.sensor_defs:
        yield "sensor", sensor.name, sensor_fields(sensor, repository), code.of_instigator(sensor, "sensor")
    for name, resource in resources.items():
        yield "resource", name, resource_fields(resource, resources), code.of_resource(resource)
    yield "definitions", "", definitions_fields(loaded), frozenset()


def _assets(walk: AssetWalk, graph: Any, code: CodeOfObjects) -> Iterator[Defined]:
    for definition in graph.assets_defs:
        if getattr(definition, "is_auto_created_stub", False):
            continue
        units = code.of_asset(definition)
        for key in definition.keys:
            yield "asset", key.to_user_string(), walk.asset(key, definition), units
        for spec in definition.check_specs:
            name = f"{spec.asset_key.to_user_string()}:{spec.name}"
            yield "check", name, walk.check(spec.key, spec, definition), units


def _normalised(value: Any, normal: NormalForm) -> Any:
    if isinstance(value, dict):
        return {key: _normalised(each, normal) for key, each in value.items()}
    return normal.value(value)
