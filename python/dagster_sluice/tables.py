"""Which tables a resource has: its own, and the child tables that the stored schema knows of."""
from sluice.common.normalizers.naming.snake_case import NamingConvention


def own_table(resource):
    """The name of a resource's table in the destination; None when each row chooses one."""
    name = resource.table_name
    return None if callable(name) else NamingConvention().normalize_identifier(str(name))


def child_tables(schema, table):
    """Tables that hold the lists of a table's rows, parents before their children."""
    found = [table]
    for parent in found:
        found += [name for name, stored in schema.tables.items() if stored.get("parent") == parent]
    return found[1:]


def tables_of_run(info):
    """What the engine says of each table of a run, by name."""
    return {table["name"]: table for table in (getattr(info, "summary", None) or {}).get("tables", [])}
