import dagster as dg

from shared import __version__
from shared.factory import asset_factory


def test_the_prefix_is_part_of_the_key():
    assert asset_factory("asset_1", prefix="sales").key == dg.AssetKey(["sales", "asset_1"])


def test_without_a_prefix_the_name_is_the_key():
    assert asset_factory("asset_1").key == dg.AssetKey(["asset_1"])


def test_one_name_with_two_prefixes_lives_in_one_code_location():
    defs = dg.Definitions(assets=[asset_factory("asset_1", prefix=prefix) for prefix in ("sales", "marketing")])
    assert len(defs.resolve_asset_graph().get_all_asset_keys()) == 2


def test_a_run_says_which_version_built_it():
    asset = asset_factory("asset_1", prefix="sales")
    result = dg.materialize([asset], resources={"io_manager": dg.InMemoryIOManager()})
    (materialization,) = result.asset_materializations_for_node("sales__asset_1")
    assert materialization.metadata["shared"].value == __version__


def test_the_io_manager_is_taken_by_key():
    asset = asset_factory("asset_1", io_manager_key="warehouse")
    result = dg.materialize([asset], resources={"warehouse": dg.InMemoryIOManager()})
    assert result.output_for_node("asset_1") == "asset_1"
