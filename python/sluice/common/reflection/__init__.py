"""dlt.common.reflection: functions as descriptions of what they want."""
