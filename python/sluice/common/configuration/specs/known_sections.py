"""The first sections of the configuration, by dlt's names."""
SOURCES, DESTINATION, DESTINATIONS, PIPELINES, DATASETS = "sources", "destination", "destinations", "pipelines", "datasets"
EXTRACT, NORMALIZE, LOAD, SCHEMA, DATA_WRITER, PROVIDERS = "extract", "normalize", "load", "schema", "data_writer", "providers"
