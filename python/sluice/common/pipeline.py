"""dlt.common.pipeline: what a run tells, and its state."""
import contextlib
from typing import Any

from sluice.common.configuration.container import ContainerInjectableContext
from sluice.extract import state as states
from sluice.extract.state import resource_state, source_state  # noqa: F401
from sluice.pipeline.info import ExtractInfo, LoadInfo, NormalizeInfo, PipelineTrace  # noqa: F401

TPipelineState = dict[str, Any]


class StateInjectableContext(ContainerInjectableContext):
    """A pipeline's state that dlt.current.* give and change for the time of a block."""

    can_create_default = False

    def __init__(self, state):
        self.state = state

    @contextlib.contextmanager
    def use(self):
        with super().use(), states.sources_state(self.state.setdefault("sources", {})):
            yield self
