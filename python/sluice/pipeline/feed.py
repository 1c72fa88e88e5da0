"""From resources to tables: which page goes where, at once or later, and with which hints.

The rows of the first table go straight into the engine while they are made. Those of other tables wait in a spool until the sources
are read to their ends; then their tables are loaded, one after the other, in the same transaction."""
import contextlib

from sluice import exceptions
from sluice._values import is_arrow
from sluice.common import json
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.native import NativeRows
from sluice.extract.pipe_iterator import ManagedPipeIterator
from sluice.pipeline import declared
from sluice.pipeline.nested import Splitter
from sluice.pipeline.nested import hints_of as nested_hints_of
from sluice.pipeline.spool import Part, Spool


class Feed:
    """One run over some sources."""

    def __init__(self, sources, overrides=None):
        self.sources, self.overrides = sources, overrides or {}
        self.parts, self.by_key, self.said, self.spool = [], {}, {}, Spool()
        self.declaring = {source.name: source for source in sources if source.has_schema}  # whose schemas may say more of tables
        self.root_keys = {source.name for source in sources if source.root_key}  # whose nested rows carry the key of their root
        self.live, self.load, self.finished = None, None, False
        self._pages = self._pipes = None
        self.emptied = []  # resources that are not read, whose tables lose their rows
        self.in_steps = False  # extract() alone: all rows go through here
        self.told = False  # by normalize()

    # ---- what the engine asks ----

    def tables(self):
        """(name, target, made even without rows, source and table if the engine reads it) of the tables known by now."""
        return [(part.name, part.target, part.empty_too, *((part.native.source, part.native.table) if part.native else (None, "")))
                for part in self.parts]

    def begin(self):
        """Reads until there is a first page; its table goes first."""
        self._pages = self._all_pages()
        self._first = next(self._pages, None)
        if self._first is None:
            self._finish()
        else:
            self.live, self._first_rows = self._sort(*self._first)

    def options(self, number):
        part = self.parts[number]
        hints = part.hints
        if part.native is not None and not hints.get("primary_key"):
            hints = {**hints, "primary_key": part.native.primary_key()}
        options = hinting.options_of(hints)
        if part.hints.get("write_disposition") == "skip":
            options["write-disposition"] = "append"
        if part.resource.source_name in self.root_keys:
            options["root-key"] = "true"
        if part.arrow:
            options["no-dlt-id"] = options["no-dlt-load-id"] = "true"
        if part.name != part.target and options["write-disposition"] == "replace":
            options["write-disposition"] = "append"  # the first part has replaced
        return options

    def state_of(self, number, sources):
        """The state of the resource behind a table that the engine reads, for the engine."""
        part = self.parts[number]
        if part.native is None:
            return None
        kept = sources.get(part.resource.source_name or "", {}).get("resources", {}).get(part.resource.name)
        return json.typed_dumps(kept) if kept else None

    def remember_state(self, number, text, sources):
        """What the engine wants to have remembered of it."""
        part = self.parts[number]
        own = sources.setdefault(part.resource.source_name or "", {}).setdefault("resources", {}).setdefault(part.resource.name, {})
        own.update(json.typed_loads(text))

    def rows(self, number, load):
        """Hands the rows of a table to the engine."""
        part = self.parts[number]
        if part is not self.live or self.finished:
            if part.native is None:
                self.spool.replay(part, load)
            return
        self.load = load
        try:
            self._stream(part, load)
        finally:
            self.load = None

    def _stream(self, live, load):
        for one, rows in self._first_rows:
            if not self._put(one, rows):
                return
        while True:
            while self._drainable():
                if not self._pipes.drain(load):
                    return
            page = next(self._pages, None)
            if page is None:
                break
            for part, rows in self._sort(*page)[1]:
                if not self._put(part, rows):
                    return
        self._finish()

    def _drainable(self):
        resource = self._pipes.drainable() if self._pipes is not None and self.live.splitter is None else None
        return resource is not None and self.by_key.get((id(resource), None)) is self.live

    def extract(self):
        """Reads everything into the spool: the step extract on its own."""
        self.in_steps = True
        self.begin()
        if self._first is None:
            return
        self.live = None
        for part, rows in self._first_rows:
            self._put(part, rows)
        for page in self._pages:
            for part, rows in self._sort(*page)[1]:
                self._put(part, rows)
        self._finish()

    # ---- pages ----

    def _all_pages(self):
        for source in self.sources:
            with states.reading(source), ManagedPipeIterator.from_pipes(source.resources.selected_pipes) as pipes:
                pipes.plain, pipes.native = len(self.sources) == 1, not self.in_steps
                self._pipes = pipes
                for page, _step, pipe, meta in pipes:
                    if pipe.owner.write_disposition != "skip":
                        yield pipe.owner, page, meta
            self._pipes = None

    def _sort(self, resource, page, meta):
        """(first part, [(part, rows)]) of a page."""
        if isinstance(meta, hinting.HintsMeta):
            meta = self._take_hints(resource, meta)
        if isinstance(page, NativeRows):
            part = self._new_part(resource, hinting.merge_hints(resource.hints_for(None, meta), self.overrides), page.arrow)
            part.native = page
            return part, [(part, page)]
        if resource.has_dynamic_table_name and not isinstance(meta, hinting.TableNameMeta) and not is_arrow(page):
            groups = {}
            for row in page if isinstance(page, list) else [page]:
                part = self._part(resource, row, meta, False)
                groups.setdefault(part.name, (part, []))[1].append(row)
            found = list(groups.values())
        else:
            first = page[0] if isinstance(page, list) and page else page
            if isinstance(page, list) and any(is_arrow(one) for one in page):
                found = [(self._part(resource, one, meta, True), one) for one in page]
            else:
                found = [(self._part(resource, first, meta, is_arrow(page)), page)]
        if isinstance(page, list) and not page:
            for part, _ in found:
                part.empty_too = True
        if any(part.splitter is not None for part, _ in found):
            found = list(self._split(found))
        return (found[0][0] if found else self.live), found

    def _take_hints(self, resource, meta):
        """Hints that come with rows are the resource's from now on, or those of a variant; gives which table the rows are for."""
        said = (meta.create_table_variant, repr(meta.hints))
        table = meta.hints.get("table_name") if meta.create_table_variant else None
        if self.said.get((id(resource), table)) != said:
            resource.merge_hints(meta.hints, meta.create_table_variant)
            self.said[id(resource), table] = said
            self.by_key.pop((id(resource), table), None)
        return hinting.TableNameMeta(table) if meta.create_table_variant else None

    def _part(self, resource, row, meta, arrow):
        if isinstance(meta, hinting.TableNameMeta):
            key = (id(resource), meta.table_name)
        else:
            key = (id(resource), resource._hints["table_name"](row) if hinting.is_dynamic(resource._hints) else None)
        part = self.by_key.get(key)
        if part is None:
            hints = hinting.merge_hints(resource.hints_for(row, meta), self.overrides)
            same = (id(resource), repr(sorted((name, repr(value)) for name, value in hints.items())), arrow)
            part = self.by_key.get(same) or self._new_part(resource, hints, arrow)
            self.by_key[key] = self.by_key[same] = part
        return part

    def _new_part(self, resource, hints, arrow):
        if hints.get("table_format") in ("delta", "iceberg", "hive"):
            raise exceptions.ConfigurationException(f"resource '{resource.name}': the table format {hints['table_format']} is not supported")
        target = hints.get("table_name") or resource.name
        if resource.source_name in self.declaring:
            hints = declared.below(self.declaring[resource.source_name].schema, target, hints)
        same = sum(part.target == target for part in self.parts)
        part = Part(target if same == 0 else f"{target}#{same + 1}", target, hints, resource, arrow)
        if hints.get("nested_hints"):
            part.splitter = Splitter.of(hints)
        self.parts.append(part)
        return part

    def _nested_part(self, part, path, hints):
        """Of the rows of a nested table that has a key of its own."""
        found = part.nested.get(path)
        if found is None:
            found = part.nested[path] = self._new_part(part.resource, nested_hints_of(part, path, hints), False)
        return found

    def _split(self, found):
        """Pages of which rows of such nested tables are taken out, and those."""
        for part, rows in found:
            if part.splitter is None or is_arrow(rows):
                yield part, rows
                continue
            rest, taken = part.splitter.split(rows)
            yield part, rest
            for path, hints, below in taken:
                child = self._nested_part(part, path, hints)
                if below:
                    yield child, below

    def _put(self, part, rows):
        """False: the load wants no more."""
        if part.native is not None:
            return True
        part.rows += len(rows) if isinstance(rows, list) or hasattr(rows, "columns") else getattr(rows, "num_rows", None) or 1
        if part is not self.live or self.load is None:
            self.spool.write(part, rows)
            return True
        return self.load.push_arrow(rows) if is_arrow(rows) else self.load.push_rows(rows)

    def _finish(self):
        """Tables without rows: replaced ones are emptied."""
        self.finished = True
        seen = {id(part.resource) for part in self.parts}
        for source in self.sources:
            for resource in source.selected_resources.values():
                if id(resource) in seen or resource.has_dynamic_table_name or resource.write_disposition == "skip":
                    continue
                hints = hinting.merge_hints(resource.hints_for(None), self.overrides)
                kind = hints.get("write_disposition")
                if (kind if isinstance(kind, str) or kind is None else kind["disposition"]) == "replace":
                    part = self._new_part(resource, hints, False)
                    for path, nested in part.splitter.nested if part.splitter is not None else ():
                        if nested.get("write_disposition") == "replace":
                            self._nested_part(part, path, nested)
        for resource in self.emptied:
            self._new_part(resource, hinting.merge_hints(resource.hints_for(None), self.overrides), False)

    def close(self):
        if self._pages is not None:
            with contextlib.suppress(RuntimeError):
                self._pages.close()
        for part in self.parts:
            if part.native is not None:
                part.native.close()
        self.spool.close()
