def rows(connection, sql, **parameters):
    """The rows of a query as dictionaries, keys in the order of its columns."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor]
