"""The detectors one by one: the type that a value of a column without type gets by each, or None. See autodetect_sc_type."""
import functools
import time

from sluice.common.data_types.type_helpers import autodetect_sc_type

_NOW_TS = time.time()
_FLOAT_TS_RANGE = 5 * 31536000.0  # seconds around now that numbers are taken for timestamps in; the engine's


def _detector(name):
    return functools.partial(autodetect_sc_type, (name,))


is_timestamp, is_iso_timestamp, is_iso_date = map(_detector, ("timestamp", "iso_timestamp", "iso_date"))
is_large_integer, is_hexbytes_to_text, is_wei_to_double = map(_detector, ("large_integer", "hexbytes_to_text", "wei_to_double"))
