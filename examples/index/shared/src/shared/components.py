"""Components: what a code location can ask for in YAML.  `dg list components` finds them by the entry point."""

import dagster as dg

from shared.factory import asset_factory


class AssetFamily(dg.Component, dg.Model, dg.Resolvable):
    """Assets with a common prefix."""

    prefix: str
    asset_names: list[str]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return dg.Definitions(assets=[asset_factory(name, prefix=self.prefix) for name in self.asset_names])
