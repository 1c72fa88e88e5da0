"""Arrow data as bytes: streams in Arrow's IPC format, each of one batch of bounded size; for sockets and files."""
import tempfile

BATCH = 8 << 20  # bytes of a batch
MOST_ROWS = 122880  # DuckDB's row group


def streams_of(table):
    """Arrow data as streams of one batch each, of about CHUNK bytes or less.

    Texts behind views and values behind an index are written out: a stream would have all of them, with each part of their batch."""
    import pyarrow

    whole = pyarrow.RecordBatchReader.from_stream(table) if hasattr(table, "__arrow_c_stream__") else [pyarrow.record_batch(table)]
    for batch in whole:
        rows = max(1, min(MOST_ROWS, batch.num_rows * BATCH // max(batch.nbytes, 1)))
        for start in range(0, batch.num_rows or 1, rows):
            yield from _streams(_plain(batch.slice(start, rows)))


def _streams(batch):
    """One stream, or those of the halves of a batch that has its long rows in one place."""
    import pyarrow

    if batch.num_rows > 1 and pyarrow.ipc.get_record_batch_size(batch) > 2 * BATCH:
        middle = batch.num_rows // 2
        yield from _streams(batch.slice(0, middle))
        yield from _streams(batch.slice(middle))
        return
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, batch.schema.remove_metadata()) as stream:
        stream.write_batch(batch)
    yield sink.getvalue()


def _plain(batch):
    """The batch, with texts as the engine takes them without a copy."""
    import pyarrow

    columns, fields = batch.columns, list(batch.schema)
    for number, field in enumerate(fields):
        kind = field.type.value_type if pyarrow.types.is_dictionary(field.type) else field.type
        kind = getattr(pyarrow, _PLAIN.get(str(kind), ""), lambda kind=kind: kind)()
        if kind != field.type:
            columns[number] = columns[number].cast(kind)
            fields[number] = field.with_type(kind)
    return pyarrow.RecordBatch.from_arrays(columns, schema=pyarrow.schema(fields))


_PLAIN = {"large_string": "string", "string_view": "string", "large_binary": "binary", "binary_view": "binary"}


def opened(stream):
    """Such bytes as Arrow data."""
    import pyarrow

    return pyarrow.ipc.open_stream(stream)


def read_now(table):
    """Pages of Arrow data that is read at once, and kept in a file until they are asked for."""
    file = tempfile.TemporaryFile(prefix="sluice-")
    sizes = [file.write(stream) for stream in streams_of(table)]
    file.seek(0)
    return (opened(file.read(size)) for size in sizes)
