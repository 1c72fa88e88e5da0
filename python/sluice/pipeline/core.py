"""A pipeline: runs sources into a destination, one transaction a run, and remembers what they ask to."""
import contextlib
import copy
import datetime
import os
import re
import shutil
from pathlib import Path

from sluice import _config, _engine, exceptions
from sluice._values import classify, convert
from sluice.common import json
from sluice.destinations import resolve
from sluice.extract import hints as hinting
from sluice.extract import state as states
from sluice.extract.utils import make_schema_with_default_name
from sluice.pipeline import given_schema, metrics
from sluice.pipeline.adapter import sources_of
from sluice.pipeline.feed import Feed
from sluice.pipeline.info import ExtractInfo, LoadInfo, NormalizeInfo, PipelineTrace, StepTrace, now
from sluice.progress import Watch
from sluice.progress import resolve as resolve_progress


class Pipeline:
    """Made by sluice.pipeline(). One program runs a pipeline at a time; others wait or fail."""

    def __init__(self, pipeline_name, pipelines_dir=None, destination=None, dataset_name=None, import_schema_path=None,
                 export_schema_path=None, dev_mode=False, progress=None, refresh=None, staging=None, pipeline_salt=None):
        if not re.fullmatch(r"[^/\\.\s][^/\\]*", pipeline_name):
            raise exceptions.PipelineConfigMissing(f"the pipeline's name {pipeline_name!r} cannot be a folder's name")
        if staging is not None:
            raise exceptions.ConfigurationException("staging is not supported: rows go straight to the destination")
        self.pipeline_name = pipeline_name
        self.pipelines_dir = os.fspath(pipelines_dir) if pipelines_dir else str(_config.data_folder() / "pipelines")
        self.working_dir = os.path.join(self.pipelines_dir, pipeline_name)
        self._given_destination = resolve(destination) if destination is not None else None
        self.import_schema_path, self.export_schema_path = import_schema_path, export_schema_path
        self.dev_mode, self.refresh = dev_mode, refresh
        self.collector = self.progress = resolve_progress(progress)
        self.dataset_name = dataset_name or _config.lookup("dataset_name")[0] or f"{pipeline_name}_dataset"
        if dev_mode:
            self.dataset_name += datetime.datetime.now().strftime("_%Y%m%d%I%M%S")
            shutil.rmtree(self.working_dir, ignore_errors=True)
        self.last_trace, self._extracted, self._last_summary = None, [], None
        self._first_run_of_last = False
        self._asked, self._load_now, self._cursors = {}, None, {}

    # ---- what it is ----

    @property
    def destination(self):
        if self._given_destination is None:
            self._given_destination = resolve(None)
        return self._given_destination

    @destination.setter
    def destination(self, given):
        self._given_destination = resolve(given)

    @property
    def default_schema_name(self):
        return make_schema_with_default_name(self.pipeline_name)

    @property
    def schemas(self):
        from sluice.schema import Schema

        folder = Path(self.working_dir) / "schemas"
        found = [Schema.from_file(path) for path in sorted(folder.glob("*.schema.json"))]
        return {schema.name: schema for schema in found}

    @property
    def schema_names(self):
        return list(self.schemas)

    @property
    def default_schema(self):
        from sluice.common.schema import Schema, utils

        schema = self.schemas.get(self.default_schema_name) or Schema(utils.normalize_schema_name(self.default_schema_name))
        for waiting in self._extracted:
            metrics.add_tables(schema, waiting[0])
        metrics.mark_cursors(schema, self._cursors)
        return schema

    @property
    def state(self):
        path = Path(self.working_dir) / "state.json"
        try:
            stored = json.typed_loads(path.read_text(encoding="utf-8")) if path.exists() else {"sources": {}, "_local": {"first_run": True}}
        except ValueError as error:
            raise exceptions.CannotRestorePipelineException(f"{path} is not the state of a pipeline: {error}; drop() forgets it, and the next "
                                                            "run takes the state that the destination has") from None
        if self._extracted:
            stored = {**stored, "sources": json.typed_loads(json.typed_dumps(self._extracted[-1][1]))}
        return stored if stored.get("sources") else {name: value for name, value in stored.items() if name != "sources"}

    @property
    def first_run(self):
        return self.state.get("_local", {}).get("first_run", True)

    @property
    def has_data(self):
        return not self.first_run or self.has_pending_data

    @property
    def has_pending_data(self):
        return bool(self._extracted)

    def get_local_state_val(self, key):
        return self.state.get("_local", {})[key]

    @property
    def last_trace(self):
        """Of the last run of this object, else of the pipeline."""
        return self._trace or PipelineTrace.stored(self)

    @last_trace.setter
    def last_trace(self, trace):
        self._trace = trace

    # ---- running ----

    def run(self, data=None, *, destination=None, staging=None, dataset_name=None, credentials=None, table_name=None,
            write_disposition=None, columns=None, primary_key=None, schema=None, loader_file_format=None, table_format=None,
            schema_contract=None, refresh=None, verify=None, lock_wait=None):
        """Reads the data and writes it, in one transaction: when anything fails the destination is as before.

        verify=True reads the rows back before the commit, see summary["certificate"]; lock_wait: seconds for another run to end."""
        if staging is not None:
            raise exceptions.ConfigurationException("staging is not supported: rows go straight to the destination")
        self._use(destination, dataset_name, credentials)
        self._asked = {"verify": "true" if verify else None, "lock-wait": None if lock_wait is None else str(lock_wait)}
        self.last_trace = PipelineTrace(self)
        if data is None:
            return self.load() if self._extracted else LoadInfo(self)
        feed = self._feed(data, table_name, write_disposition, columns, primary_key, table_format, schema)
        try:
            return self._load(feed, schema_contract, refresh or self.refresh, loader_file_format)
        finally:
            feed.close()
            self.last_trace.finished_at = now()

    def extract(self, data, *, table_name=None, write_disposition=None, columns=None, primary_key=None, schema=None, max_parallel_items=None,
                workers=None, table_format=None, schema_contract=None, refresh=None):
        """Reads the data; it waits in a temporary folder of this process until load(). Several may wait, in their order."""
        self.last_trace = PipelineTrace(self)
        feed = self._feed(data, table_name, write_disposition, columns, primary_key, table_format, schema)
        sources = copy.deepcopy(self.state.get("sources", {}))
        started = now()
        try:
            with self._current(), states.sources_state(sources):
                feed.extract()
        except BaseException as error:
            feed.close()
            raise self._failed("extract", error, started) from error
        self._extracted.append((feed, sources, schema_contract, refresh))
        metrics.add_cursors(self._cursors, feed)
        info = ExtractInfo(self, None, started, now(), f"{started.timestamp():.7f}", metrics.of_feed(feed, None))
        self.last_trace.steps.append(StepTrace("extract", started, now(), info))
        return info

    def normalize(self, workers=1, loader_file_format=None):
        """Types are found while loading; nothing is left to do here. Kept for programs that call the three steps: it tells of the rows that
        were extracted since it was called last."""
        info, feeds = NormalizeInfo(self, None, now(), now()), [waiting[0] for waiting in self._extracted if not waiting[0].told]
        for feed in feeds:
            feed.told = True
        if feeds:
            info.summary = {"tables": [{"name": part.target, "rows": part.rows} for feed in feeds for part in feed.parts]}
        return info

    def load(self, destination=None, dataset_name=None, credentials=None, *, workers=None, raise_on_failed_jobs=True):
        """Loads what extract() has read."""
        self._use(destination, dataset_name, credentials)
        info = LoadInfo(self)
        self._trace = self._trace or PipelineTrace(self)
        while self._extracted:
            feed, sources, contract, refresh = self._extracted.pop(0)
            try:
                info = self._load(feed, contract, refresh, None, sources)
            finally:
                feed.close()
        return info

    def _use(self, destination, dataset_name, credentials):
        if destination is not None or credentials is not None:
            self._given_destination = resolve(destination if destination is not None else self._given_destination, credentials)
        self.dataset_name = dataset_name or self.dataset_name
        activate(self)

    def _feed(self, data, table_name, write_disposition, columns, primary_key, table_format, schema=None):
        overrides = {"write_disposition": write_disposition, "primary_key": primary_key, "table_format": table_format,
                     "columns": hinting.as_columns(columns) or None, "table_name": table_name}
        with self._current(), states.sources_state(copy.deepcopy(self.state.get("sources", {}))):
            try:
                sources = sources_of(data, self, table_name)
            except exceptions.TableNameMissing as error:
                raise exceptions.PipelineStepFailed(self, "extract", None, error) from error
        for source in sources:
            if schema is not None:
                source.schema = schema
            nesting, contract = given_schema.limits_of(source)
            for resource in source.resources.values():
                if nesting is not None and resource.max_table_nesting is None:
                    resource.max_table_nesting = nesting
                if contract is not None:
                    resource._hints.setdefault("schema_contract", contract)
                if primary_key is not None and resource.incremental is not None:
                    resource.incremental.set_deduplication_key(primary_key, from_hints=True)
        return Feed(sources, {k: v for k, v in overrides.items() if v is not None})

    @contextlib.contextmanager
    def _current(self):
        token = _config.pipeline_name.set(self.pipeline_name)
        try:
            yield
        finally:
            _config.pipeline_name.reset(token)

    def _options(self, contract, schema):
        options = {"pipeline": self.pipeline_name, "dataset": self.dataset_name, "pipelines-dir": self.pipelines_dir,
                   "allow-empty-replace": "true"}
        if contract:
            options["contract"] = hinting.contract_text(contract)
        if schema is not None:
            options["import-schema"] = schema
        for name in ("import", "export"):
            path = getattr(self, f"{name}_schema_path")
            if path:
                os.makedirs(path, exist_ok=True)
                if name == "export" or any(Path(path).glob(f"{self.default_schema_name}.schema.*")):
                    options[f"{name}-schema"] = os.fspath(path)
        for key in ("memory", "parallel"):
            value, _ = _config.lookup(key, ("sluice",))
            if value is not None:
                options[key] = str(value)
        naming, _ = _config.lookup("naming", ("schema",))
        if naming is not None:
            options["naming"] = str(naming).removeprefix("dlt.common.normalizers.naming.")
        return {**options, **{key: value for key, value in self._asked.items() if value is not None}}

    def _load(self, feed, contract, refresh, loader_file_format, sources=None):
        started = now()
        self._first_run_of_last = self.first_run
        if refresh:
            self._refresh(feed, refresh)
        more = dict(self.destination.engine_options())
        if loader_file_format and self.destination.destination_type == "filesystem":
            more["file-format"] = loader_file_format
        session = _Session(feed, sources)
        try:
            with self._current(), given_schema.file_of(feed.sources, self) as schema:
                location = self.destination.location(self)
                load = _engine.Load(location, self._options(contract, schema), more, classify, convert)
                self._load_now = load
                with Watch(self.collector, self):
                    session.serve(load)
                    summary = load.result()
        except _engine.EngineError as error:
            translated = _engine.translate(error)
            raise self._failed("normalize" if isinstance(translated, exceptions.DataValidationError) else "load", translated, started) from error
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise self._failed("extract" if session.reading else "load", error, started) from error
        finally:
            self._load_now = None
        self._last_summary = summary
        metrics.add_cursors(self._cursors, feed)
        told = {"of_sources": metrics.of_feed(feed, summary)}
        for kind, step, more in ((ExtractInfo, "extract", told), (NormalizeInfo, "normalize", {}), (LoadInfo, "load", {})):
            info = kind(self, summary, started, now(), **more)
            self.last_trace.steps.append(StepTrace(step, started, now(), info, load_id=summary["load_id"]))
        if summary["warnings"]:
            import warnings

            for line in summary["warnings"].splitlines():
                warnings.warn(line, stacklevel=4)
        return info

    def _failed(self, step, error, started):
        if isinstance(error, (KeyboardInterrupt, SystemExit, exceptions.PipelineStepFailed)):
            return error
        self.last_trace.steps.append(StepTrace(step, started, now(), None, str(error)))
        self.last_trace.finished_at = now()
        return exceptions.PipelineStepFailed(self, step, None, error)

    def progress_now(self):
        """How far the running load is: phase, table, rows, bytes, documents, seconds. None: nothing runs. Any thread."""
        load = self._load_now
        return load.progress() if load is not None else None

    # ---- around a run ----

    def _refresh(self, feed, mode):
        """drop_sources, drop_resources, drop_data: the rows of the tables and the state go with the run, in its transaction."""
        if mode not in ("drop_sources", "drop_resources", "drop_data"):
            raise exceptions.ConfigurationException(f"refresh: {mode!r} is not one of drop_sources, drop_resources, drop_data")
        feed.forget = {source.name: None if mode == "drop_sources" else [r.name for r in source.selected_resources.values()]
                       for source in feed.sources}
        feed.overrides = {**feed.overrides, "write_disposition": "replace"}
        if mode == "drop_sources":
            there = self.default_schema.data_table_names() if not self.first_run else []
            feed.emptied = [r for s in feed.sources for r in s.resources.values()
                            if r.name not in s.selected_resources and not r.has_dynamic_table_name and r.table_name in there]

    def sync_destination(self, destination=None, staging=None, dataset_name=None, credentials=None):
        """Takes over schema and state that the destination has."""
        self._use(destination, dataset_name, credentials)
        self._command("sync")

    def drop(self, pipeline_name=None):
        """Forgets the working folder; the data stays."""
        self._discard()
        shutil.rmtree(self.working_dir, ignore_errors=True)
        return self

    def _command(self, _name):
        """An empty load: the engine compares states and takes the newer one."""
        session = _Session(Feed([]), None)
        load = _engine.Load(self.destination.location(self), self._options(None, None), self.destination.engine_options(), classify, convert)
        session.serve(load)
        load.result()

    def _discard(self):
        while self._extracted:
            self._extracted.pop()[0].close()

    drop_pending_packages = abort_packages = lambda self, *_a, **_k: self._discard()

    def list_extracted_load_packages(self):
        return [f"extracted {number + 1}" for number in range(len(self._extracted))]

    def list_normalized_load_packages(self):
        return []

    def list_failed_jobs_in_package(self, load_id):
        return []

    def activate(self):
        activate(self)
        return self

    def deactivate(self):
        activate(None)

    # ---- reading ----

    def dataset(self, schema=None, **_ignored):
        from sluice.dataset import Dataset

        return Dataset(self)

    def sql_client(self, schema_name=None):
        from sluice.dataset import SqlClient

        return SqlClient(self)

    @property
    def dataset_location(self):
        return self.destination.location(self)

    def __repr__(self):
        kind = self._given_destination.destination_type if self._given_destination else None
        return f"<pipeline '{self.pipeline_name}' into {kind} dataset '{self.dataset_name}', folder {self.working_dir}>"


class _Session:
    """Answers the engine's questions during one load."""

    def __init__(self, feed, sources):
        self.feed, self.sources, self.reading = feed, sources, False

    def serve(self, load):
        try:
            self._serve(load)
        except BaseException as error:
            load.fail(f"{type(error).__name__}: {error}"[:900])
            raise

    def _serve(self, load):
        feed, extracted = self.feed, self.sources is not None
        with contextlib.ExitStack() as stack:
            while True:
                question, table, text = load.next()
                if question == "ended":
                    return
                if question == "restore":
                    if not extracted:
                        self.sources = json.typed_loads(text).get("sources", {})
                        for source, resources in getattr(feed, "forget", {}).items():
                            self._forget(source, resources)
                        stack.enter_context(states.sources_state(self.sources))
                        self.reading = True
                        feed.begin()
                        self.reading = False
                    load.answer(feed.tables())
                elif question == "tables":
                    load.answer(feed.tables())
                elif question == "hints":
                    load.answer(feed.options(table))
                elif question == "start":
                    load.answer(feed.state_of(table, self.sources))
                    self.reading = not extracted
                    feed.rows(table, load)
                    self.reading = False
                    load.end_table()
                elif question == "state":
                    feed.remember_state(table, text, self.sources)
                    load.answer(None)
                elif question == "remember":
                    load.answer(json.typed_dumps(self.sources))

    def _forget(self, source, resources):
        if resources is None:
            self.sources.pop(source, None)
        for name in resources or ():
            self.sources.get(source, {}).get("resources", {}).pop(name, None)


_active = None


def activate(pipeline):
    global _active
    _active = pipeline


def active():
    if _active is None:
        raise exceptions.PipelineNotActive("no pipeline was made yet: call pipeline() first")
    return _active


def restore_destination(folder):
    """(destination, dataset) of a working folder that a pipeline has left."""
    state = json.loads((Path(folder) / "state.json").read_text(encoding="utf-8"))
    kind = (state.get("destination_name") or state.get("destination_type") or "").removeprefix("dlt.destinations.")
    return kind or None, state.get("dataset_name")
