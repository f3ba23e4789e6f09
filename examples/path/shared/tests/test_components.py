import dagster as dg

from shared.components import AssetFamily


def test_a_family_defines_one_asset_per_name():
    family = AssetFamily(prefix="sales", asset_names=["asset_1", "asset_2"])
    keys = dg.build_defs_for_component(family).resolve_asset_graph().get_all_asset_keys()
    assert {key.to_user_string() for key in keys} == {"sales/asset_1", "sales/asset_2"}
