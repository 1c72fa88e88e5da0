"""dlt.common.incremental: the types of incrementals."""
