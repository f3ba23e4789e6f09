from shared.factory import asset_factory

asset_1 = asset_factory("asset_1", prefix="sales")
asset_2 = asset_factory("asset_2", prefix="sales")
asset_3 = asset_factory("asset_3", prefix="sales")
