"""dlt.common.normalizers: names."""
