"""Names and texts in SQL."""


def escape_postgres_identifier(identifier):
    return '"' + identifier.replace('"', '""') + '"'
