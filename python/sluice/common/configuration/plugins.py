"""Where sources are looked for by short names, besides this package: modules with a package `sources`."""
from sluice.common.configuration.container import ContainerInjectableContext


class PluginContext(ContainerInjectableContext):
    """`plugin_modules` may be added to."""

    def __init__(self):
        self.plugin_modules = []
