"""dlt.current: what is being run, and what it remembers."""
from sluice.extract.state import (current_resource, current_resource_object, current_source, delete_source_state_keys, reset_resource_state,  # noqa: F401
                                  resource_state, source_schema, source_state)

state = source_state


def resource_name():
    return current_resource()


def resource():
    """The resource whose function or step runs."""
    return current_resource_object()


def resource_metrics():
    """A dict for what the current resource counts; ExtractInfo.metrics has it as custom_metrics."""
    return current_resource_object().custom_metrics


def interval():
    """(start, end) that a scheduler has for the run, or None."""
    from sluice.extract.incremental.context import get_interval_context

    return get_interval_context().interval


def source_name():
    return current_source()


def pipeline():
    """The pipeline that was made or attached last."""
    from sluice.pipeline import active

    return active()
