from shared.factory import asset_factory

asset_1 = asset_factory("asset_1", prefix="finance")
asset_2 = asset_factory("asset_2", prefix="finance")
asset_3 = asset_factory("asset_3", prefix="finance")
