"""dlt.common.libs: packages that are imported when they are needed."""
