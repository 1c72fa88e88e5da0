"""dlt.common.pipeline: what a run tells."""
from sluice.extract.state import resource_state, source_state  # noqa: F401
from sluice.pipeline.info import ExtractInfo, LoadInfo, NormalizeInfo, PipelineTrace  # noqa: F401
