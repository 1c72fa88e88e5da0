"""The one place that imports the compiled engine and speaks of its errors."""
from sluice import exceptions

try:
    import _sluice
except ImportError as error:  # a source tree without its build folder on the path
    raise ImportError("the engine of sluice (_sluice.abi3.so) is not on the path: install the package with pip, or, in a source "
                      "tree, run `make build` and put build/python on PYTHONPATH") from error

Load, Source, EngineError, version = _sluice.Load, _sluice.Source, _sluice.EngineError, _sluice.version
encode, query, execute, register_sink = _sluice.encode, _sluice.query, _sluice.execute, _sluice.register_sink
# Rules of the engine for objects of dlt's shape: sluice.common.normalizers, sluice.common.schema.
name_identifier, name_path, name_tag = _sluice.name_identifier, _sluice.name_path, _sluice.name_tag
detect, coerce, capabilities = _sluice.detect, _sluice.coerce, _sluice.capabilities
schema_new, schema_read, schema_hash, json_to_yaml = _sluice.schema_new, _sluice.schema_read, _sluice.schema_hash, _sluice.json_to_yaml

_BY_CODE = {
    "contract": exceptions.DataValidationError,
    "usage": exceptions.ConfigurationException,
    "notfound": exceptions.DatabaseUndefinedRelation,
    "busy": exceptions.PipelineBusy,
}


def translate(error):
    """An exception with one of dlt's names for an EngineError."""
    code, message, retryable = error.args
    kind = _BY_CODE.get(code.replace("_", "").replace("-", "").replace(" ", ""))
    if kind is None:
        kind = exceptions.DestinationTransientException if retryable else exceptions.DestinationTerminalException
    return kind(message)
