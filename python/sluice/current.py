"""dlt.current: what is being run, and what it remembers."""
from sluice.extract.state import (current_resource, current_source, delete_source_state_keys, reset_resource_state,  # noqa: F401
                                  resource_state, source_schema, source_state)

state = source_state


def resource_name():
    return current_resource()


def source_name():
    return current_source()


def pipeline():
    """The pipeline that was made or attached last."""
    from sluice.pipeline import active

    return active()
