"""dlt.extract.incremental.exceptions: where dlt has them."""
from sluice.exceptions import (IncrementalCursorInvalidCoercion, IncrementalCursorPathHasValueNone,  # noqa: F401
                               IncrementalCursorPathMissing, IncrementalPrimaryKeyMissing, JoinSchedulerError)
