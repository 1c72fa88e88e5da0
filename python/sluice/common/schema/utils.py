"""dlt.common.schema.utils: what works on columns, tables and settings, from the modules beside this one."""
from sluice.common.data_types.type_helpers import autodetect_sc_type  # noqa: F401
from sluice.common.schema.columns import *  # noqa: F401,F403
from sluice.common.schema.columns import _collect_and_remove_compound_props  # noqa: F401
from sluice.common.schema.references import *  # noqa: F401,F403
from sluice.common.schema.regexes import *  # noqa: F401,F403
from sluice.common.schema.tables import *  # noqa: F401,F403
from sluice.common.schema.stored import *  # noqa: F401,F403
