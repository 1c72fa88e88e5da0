"""The exceptions of the package, by dlt's names where dlt has one. Imports nothing of the package."""


class DltException(Exception):
    """Everything that the package raises on purpose."""

    def __reduce__(self):
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(cls, args, attributes):
    error = Exception.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


class TerminalException:
    """Trying again does not help."""


class TransientException:
    """Trying again may help."""


class MissingDependencyException(DltException, ImportError):
    """A package that something needs is not installed."""

    def __init__(self, caller, dependencies, appendix=""):
        self.caller, self.dependencies = caller, list(dependencies)
        super().__init__(f"{caller} needs {', '.join(self.dependencies)}: pip install {' '.join(self.dependencies)}. {appendix}".rstrip(". ") + ".")


class UnsupportedValue(DltException, TypeError):
    """A value that no column can hold; `sluice_path` says where in the row it is."""

    def __init__(self, message):
        super().__init__(message)
        self.sluice_path = []

    def __str__(self):
        place = "".join(f"[{step!r}]" for step in self.sluice_path)
        return f"{self.args[0]}" + (f" at row{place}" if place else "")


# ---- configuration ----


class ConfigurationException(DltException):
    pass


class ConfigFieldMissingException(ConfigurationException, KeyError):
    """A value that a function wants is nowhere; `traces` are (provider, key) pairs that were tried."""

    def __init__(self, spec_name, field, traces, secret=False):
        self.spec_name, self.field, self.traces = spec_name, field, traces
        what = "secret" if secret else "configuration value"
        tried = "\n".join(f"  {provider}: {key}" for provider, key in traces)
        super().__init__(f"{spec_name} needs the {what} '{field}', which is in none of these places:\n{tried}\n"
                         f"Set the environment variable {traces[0][1]}, or write it into .dlt/"
                         f"{'secrets' if secret else 'config'}.toml as {traces[-1][1]}.")

    def __str__(self):
        return self.args[0]


class ConfigValueCannotBeCoercedException(ConfigurationException, ValueError):
    def __init__(self, field, value, hint):
        super().__init__(f"the configuration value of '{field}' cannot be read as {hint}: {value!r}")


class ConfigurationValueError(ConfigurationException, ValueError):
    pass


class ContextDefaultCannotBeCreated(ConfigurationException, KeyError):
    def __init__(self, kind):
        self.container_type = kind
        super().__init__(f"nothing is the current {kind.__name__} here")


class ArgumentsOverloadException(DltException):
    """Arguments that do not go together."""

    def __init__(self, msg, func_name, *_args):
        self.func_name = func_name
        super().__init__(f"Invalid arguments for `{func_name}`: {msg}")


class CannotRestorePipelineException(DltException):
    pass


class DictValidationException(DltException):
    """A description in dicts has a member that it must not have, lacks one, or has one of a wrong kind; `path` is where."""

    def __init__(self, msg, path, expected_type=None, field=None, value=None):
        self.msg, self.path, self.expected_type, self.field, self.value = msg, path, expected_type, field, value
        super().__init__(f"Path `{path}`: {msg}")


class ValueErrorWithKnownValues(DltException, ValueError):
    def __init__(self, key, value_received, valid_values):
        super().__init__(f"Received invalid value `{key}={value_received}`. Valid values are: {list(valid_values)}")


class TypeErrorWithKnownTypes(DltException, TypeError):
    def __init__(self, key, value_received, valid_types):
        super().__init__(f"Received invalid value `{key}={value_received}` of type {type(value_received).__name__}. "
                         f"Valid types are: {list(valid_types)}")


# ---- web services ----


class RESTClientException(DltException):
    pass


class IgnoreResponseException(RESTClientException):
    """Raised by hooks: this response and the pages after it are left out."""


class PaginatorSetupError(RESTClientException, ValueError):
    pass


class PaginatorNotFound(RESTClientException):
    pass


# ---- extract ----


class ExtractorException(DltException):
    pass


class DltSourceException(ExtractorException):
    pass


class DltResourceException(DltSourceException):
    def __init__(self, resource_name, message):
        self.resource_name = resource_name
        super().__init__(message)


class PipeException(DltException):
    def __init__(self, pipe_name, message):
        self.pipe_name = pipe_name
        super().__init__(message)


class ResourceExtractionError(PipeException):
    """User code failed: the error itself is `__cause__`."""

    def __init__(self, pipe_name, gen, msg, kind):
        self.gen, self.msg, self.kind = gen, msg, kind
        super().__init__(pipe_name, f"In resource `{pipe_name}`, {kind}: {msg}")


class InvalidStepFunctionArguments(PipeException):
    def __init__(self, pipe_name, func_name, sig, call_error):
        self.func_name, self.sig = func_name, sig
        super().__init__(pipe_name, f"pipe '{pipe_name}': the step {func_name}{sig} is not called with a page and its `meta`: {call_error}")


class ParametrizedResourceUnbound(DltResourceException, TypeError):
    """Its function needs arguments that it has not got."""

    def __init__(self, resource_name, func_name, sig, kind, error):
        self.func_name, self.sig, self.kind = func_name, sig, kind
        super().__init__(resource_name, f"{kind} '{resource_name}' was not called: its function {func_name}{sig}: {error}")


class InvalidResourceDataType(DltResourceException, TypeError):
    pass


class InvalidResourceDataTypeBasic(InvalidResourceDataType):
    """Made of a number or another single value."""


class InvalidResourceDataTypeIsNone(InvalidResourceDataType):
    pass


class InvalidResourceDataTypeMultiplePipes(InvalidResourceDataType):
    pass


class InvalidParallelResourceDataType(InvalidResourceDataType):
    """Read in parallel are generators only."""


class ResourceFunctionExpected(InvalidResourceDataType):
    pass


class ResourceNameMissing(DltResourceException):
    def __init__(self, data):
        super().__init__(str(data)[:100], "a resource that is made of data needs a name")


class CreatePipeException(PipeException):
    pass


class PipeGenInvalid(PipeException):
    pass


class PipeItemProcessingError(PipeException):
    pass


class PipeNotBoundToData(PipeException):
    def __init__(self, pipe_name, has_parent):
        self.has_parent = has_parent
        super().__init__(pipe_name, f"transformer '{pipe_name}' gets no rows: give it data_from or pipe a resource into it" if has_parent
                         else f"pipe '{pipe_name}' has nothing that makes rows")


class UnclosablePipe(PipeException):
    def __init__(self, pipe_name, gen):
        self.gen = gen
        super().__init__(pipe_name, f"pipe '{pipe_name}': only generators can be closed, not {type(gen).__name__}")


class InvalidResourceReturnsResource(InvalidResourceDataType):
    pass


class InvalidTransformerDataTypeGeneratorFunctionRequired(InvalidResourceDataType):
    pass


class InvalidParentResourceDataType(InvalidResourceDataType):
    """What a transformer is to get rows from is no resource."""


class InvalidParentResourceIsAFunction(InvalidParentResourceDataType):
    """A function that nobody has decorated."""


class InvalidTransformerGeneratorFunction(DltResourceException):
    """The function has no place for a page; `code`: 1 no parameters, 2 more than one that is given by its place only, 3 none that is."""

    def __init__(self, resource_name, func_name, sig, code):
        self.func_name, self.sig, self.code = func_name, sig, code
        why = {1: "it has no parameter for the rows that it gets", 2: "only the rows may be given by their place alone",
               3: "its first parameter cannot be given by its place"}[code]
        super().__init__(resource_name, f"transformer '{resource_name}': {func_name}{sig}: {why}")


class DeletingResourcesNotSupported(DltResourceException):
    pass


class IncrementalUnboundError(DltResourceException):
    pass


class ResourceNotATransformer(DltResourceException):
    pass


class TableNameMissing(DltSourceException):
    pass


class DynamicNameNotStandaloneResource(DltSourceException):
    pass


class InconsistentTableTemplate(DltSourceException):
    pass


class DataItemRequiredForDynamicTableHints(DltResourceException):
    def __init__(self, resource_name):
        super().__init__(resource_name, f"resource '{resource_name}' computes its table from the row: a row is needed")


class ResourcesNotFoundError(DltSourceException, KeyError):
    def __init__(self, source_name, available, requested):
        import difflib

        self.source_name, self.available_resources, self.requested_resources = source_name, set(available), set(requested)
        self.not_found_resources = self.requested_resources - self.available_resources
        self.not_found = sorted(self.not_found_resources)
        near = [n for name in self.not_found for n in difflib.get_close_matches(name, list(available), n=1)]
        guess = f" Did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"source '{source_name}' has no resource {', '.join(self.not_found)}; it has {', '.join(available)}.{guess}")

    def __str__(self):
        return self.args[0]


class ResourceNotFoundError(ResourcesNotFoundError):
    """One resource was asked for."""

    def __init__(self, source_name, available, requested):
        super().__init__(source_name, available, [requested])
        self.resource_name = requested


class SourceExhausted(DltSourceException):
    pass


class ExplicitSourceNameInvalid(DltSourceException):
    def __init__(self, source_name, schema_name):
        super().__init__(f"the name '{source_name}' of the source is not that of its schema, '{schema_name}': give one of them")


class CurrentSourceNotAvailable(DltSourceException):
    pass


class CurrentSourceSchemaNotAvailable(DltSourceException):
    pass


class InvalidSourceReference(DltSourceException):
    pass


class SourceNotAFunction(DltSourceException, TypeError):
    pass


class SourceIsAClassTypeError(SourceNotAFunction):
    pass


class SourceDataIsNone(DltSourceException, TypeError):
    def __init__(self, source_name):
        super().__init__(f"the function of source '{source_name}' returned nothing: return or yield its resources")


class PipelineStateNotAvailable(DltException):
    pass


class UnknownSourceReference(DltSourceException, KeyError):
    """`qualified_refs` were looked for, `traces` say what became of importing them."""

    def __init__(self, ref, qualified_refs=(), traces=(), known=()):
        import difflib

        self.ref, self.qualified_refs, self.traces = ref, list(qualified_refs), list(traces)
        near = difflib.get_close_matches(ref, list(known), n=1)
        tried = "".join(f"\n  {trace.ref}: {trace.reason}{f' ({trace.exc})' if trace.exc else ''}" for trace in self.traces)
        super().__init__(f"there is no source '{ref}'" + (f"; did you mean {near[0]}?" if near else "") + (f"\nTried:{tried}" if tried else ""))

    def __str__(self):
        return self.args[0]


# ---- incremental ----


class IncrementalCursorInvalid(PipeException):
    pass


class IncrementalCursorPathMissing(IncrementalCursorInvalid):
    def __init__(self, pipe_name, json_path, item, msg=None):
        self.json_path, self.item = json_path, item
        super().__init__(pipe_name, msg or f"In resource `{pipe_name}`: the cursor '{json_path}' is missing in the row {str(item)[:300]}; "
                         "choose on_cursor_value_missing='include' or 'exclude' if that is right")


class IncrementalCursorPathHasValueNone(IncrementalCursorInvalid):
    def __init__(self, pipe_name, json_path, item, msg=None):
        self.json_path, self.item = json_path, item
        super().__init__(pipe_name, msg or f"In resource `{pipe_name}`: the cursor '{json_path}' is None in the row {str(item)[:300]}; "
                         "choose on_cursor_value_missing='include' or 'exclude' if that is right")


class IncrementalCursorInvalidCoercion(IncrementalCursorInvalid):
    def __init__(self, pipe_name, cursor_path, cursor_value, cursor_value_type, item, item_type, details):
        self.cursor_path, self.cursor_value, self.cursor_value_type, self.item = cursor_path, cursor_value, cursor_value_type, item
        super().__init__(pipe_name, f"In resource `{pipe_name}`: the cursor '{cursor_path}' has {str(item)[:300]} of type {item_type}, which "
                         f"cannot be compared with the {cursor_value_type} {cursor_value!r} of type {type(cursor_value).__name__}: {details}")


class IncrementalPrimaryKeyMissing(IncrementalCursorInvalid):
    def __init__(self, pipe_name, primary_key, item):
        self.primary_key_column, self.item = primary_key, item
        super().__init__(pipe_name, f"In resource `{pipe_name}`: the primary key {primary_key!r} is missing in the row {str(item)[:300]}")


class JoinSchedulerError(PipeException):
    pass


# ---- pipeline ----


class PipelineException(DltException):
    pass


class PipelineStepFailed(PipelineException):
    """A run stopped in `step`; the reason is `exception` and `__cause__`."""

    def __init__(self, pipeline, step, load_id, exception, step_info=None):
        self.pipeline, self.step, self.load_id, self.exception, self.step_info = pipeline, step, load_id, exception, step_info
        super().__init__(f"Pipeline {pipeline.pipeline_name} failed in step {step}: {type(exception).__name__}: {exception}")

    def __reduce__(self):
        return _rebuild, (type(self), self.args, {**self.__dict__, "pipeline": None})


class PipelineConfigMissing(PipelineException):
    pass


class PipelineNotActive(PipelineException):
    pass


class DataValidationError(DltException):
    """A schema contract forbids a change."""


class DestinationException(DltException):
    pass


class DestinationTerminalException(DestinationException, TerminalException):
    pass


class DestinationTransientException(DestinationException, TransientException):
    pass


class UnknownDestinationModule(DestinationException, KeyError):
    def __str__(self):
        return self.args[0]


class LoadClientJobFailed(DestinationTerminalException):
    pass


class DatabaseUndefinedRelation(DestinationTerminalException):
    pass


class PipelineBusy(PipelineException, TransientException):
    """Another program runs this pipeline or writes this file."""
