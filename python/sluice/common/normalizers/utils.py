"""Ids of rows, as the engine makes them."""
from sluice.common.utils import uniq_id_base64

DLT_ID_LENGTH_BYTES = 10


def generate_dlt_id():
    return uniq_id_base64(DLT_ID_LENGTH_BYTES)


def generate_dlt_ids(n_ids):
    return [generate_dlt_id() for _ in range(n_ids)]
