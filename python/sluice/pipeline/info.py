"""What a run tells: packages, rows, times, the trace."""
import dataclasses
import datetime
import html
import json
from pathlib import Path


def table_text(head, rows):
    """A small table of texts, as repr shows it."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    line = lambda row: "  ".join(str(v).rjust(w) if isinstance(v, int) else str(v).ljust(w) for v, w in zip(row, widths)).rstrip()  # noqa: E731
    return "\n".join(line(row) for row in [head, *rows])


def table_html(head, rows, caption):
    """The same for notebooks."""
    line = lambda tag, row: "<tr>" + "".join(f"<{tag}>{html.escape(str(value))}</{tag}>" for value in row) + "</tr>"  # noqa: E731
    return (f"<table><caption>{html.escape(caption)}</caption><thead>{line('th', head)}</thead>"
            f"<tbody>{''.join(line('td', row) for row in rows)}</tbody></table>")


@dataclasses.dataclass
class LoadJobInfo:
    table_name: str
    state: str = "completed_jobs"
    rows: int = 0
    failed_message: str = None

    def asdict(self):
        return dataclasses.asdict(self)


@dataclasses.dataclass
class LoadPackageInfo:
    load_id: str
    state: str
    schema_name: str
    jobs: dict
    completed_at: datetime.datetime = None

    @property
    def schema_update(self):
        return {}

    def asdict(self):
        return {"load_id": self.load_id, "state": self.state, "schema_name": self.schema_name, "completed_at": self.completed_at,
                "jobs": [job.asdict() for jobs in self.jobs.values() for job in jobs]}


class _Info:
    def __init__(self, pipeline, summary=None, started_at=None, finished_at=None):
        self.pipeline, self.summary = pipeline, summary or {}
        self.started_at, self.finished_at = started_at, finished_at
        self.loads_ids = [summary["load_id"]] if summary else []
        self.first_run = getattr(pipeline, "_first_run_of_last", False)

    @property
    def is_empty(self):
        return not self.loads_ids

    @property
    def metrics(self):
        times = {"started_at": self.started_at, "finished_at": self.finished_at}
        return {load_id: [times] for load_id in self.loads_ids}

    @property
    def load_packages(self):
        if not self.summary:
            return []
        jobs = [LoadJobInfo(t["name"], rows=t["rows"]) for t in self.summary["tables"]]
        return [LoadPackageInfo(self.summary["load_id"], "loaded", self.pipeline.default_schema_name, {"completed_jobs": jobs, "failed_jobs": []},
                                self.finished_at)]

    def asdict(self):
        return {"pipeline": {"pipeline_name": self.pipeline.pipeline_name}, "loads_ids": self.loads_ids, "started_at": self.started_at,
                "finished_at": self.finished_at, "first_run": self.first_run, "load_packages": [p.asdict() for p in self.load_packages]}


class ExtractInfo(_Info):
    """`metrics`: for each package and source the rows and hints of its resources."""

    def __init__(self, pipeline, summary=None, started_at=None, finished_at=None, load_id=None, of_sources=()):
        super().__init__(pipeline, summary, started_at, finished_at)
        self.loads_ids = self.loads_ids or [load_id]
        self._of_sources = of_sources

    @property
    def metrics(self):
        times = {"started_at": self.started_at, "finished_at": self.finished_at}
        return {load_id: [{**times, **one} for one in self._of_sources] or [times] for load_id in self.loads_ids}


class NormalizeInfo(_Info):
    @property
    def row_counts(self):
        return {t["name"]: t["rows"] for t in self.summary.get("tables", []) if t["rows"] > 0}

    def __repr__(self):
        return table_text(("table", "rows"), list(self.row_counts.items()))

    __str__ = __repr__


class LoadInfo(_Info):
    """The outcome of a load: everything or nothing, so there are no failed jobs."""

    has_failed_jobs = False

    def raise_on_failed_jobs(self):
        """A load that failed has raised already."""

    @property
    def destination_name(self):
        return self.pipeline.destination.destination_name

    @property
    def destination_type(self):
        return self.pipeline.destination.destination_type

    @property
    def destination_displayable_credentials(self):
        return self.summary.get("destination", "")

    @property
    def dataset_name(self):
        return self.summary.get("dataset") or self.pipeline.dataset_name

    @property
    def row_counts(self):
        return {t["name"]: t["rows"] for t in self.summary.get("tables", [])}

    def asdict(self):
        return {**super().asdict(), "destination_name": self.destination_name, "destination_type": self.destination_type,
                "dataset_name": self.dataset_name}

    def _rows(self):
        return [(t["name"], t["rows"], "new table" if t.get("created") else "") for t in self.summary["tables"]]

    def _repr_html_(self):
        if not self.summary:
            return html.escape(repr(self))
        return table_html(("table", "rows", ""), self._rows(), f"Pipeline {self.pipeline.pipeline_name}: load {self.summary['load_id']} into "
                          f"{self.dataset_name} of {self.destination_name}, {self.summary['seconds']:.2f} s")

    def __repr__(self):
        if not self.summary:
            return f"Pipeline {self.pipeline.pipeline_name}: nothing to load"
        seconds = self.summary["seconds"]
        head = (f"Pipeline {self.pipeline.pipeline_name} load step completed in {seconds:.2f} seconds\n"
                f"1 load package(s) were loaded to destination {self.destination_name} and into dataset {self.dataset_name}\n"
                f"The {self.destination_name} destination used {self.destination_displayable_credentials} location to store data\n"
                f"Load package {self.summary['load_id']} is LOADED and contains no failed jobs")
        rows = self._rows()
        return head + ("\n\n" + table_text(("table", "rows", ""), rows) if rows else "")

    __str__ = __repr__


@dataclasses.dataclass
class StepTrace:
    step: str
    started_at: datetime.datetime
    finished_at: datetime.datetime = None
    step_info: object = None
    step_exception: str = None
    load_id: str = None


class PipelineTrace:
    """The steps of the last run."""

    def __init__(self, pipeline):
        self.pipeline_name, self.started_at, self.finished_at, self.steps = pipeline.pipeline_name, now(), None, []
        self.transaction_id = f"{self.started_at.timestamp():.6f}"

    def _info(self, kind):
        return next((s.step_info for s in reversed(self.steps) if isinstance(s.step_info, kind)), None)

    @classmethod
    def stored(cls, pipeline):
        """Of the last run of any process, from the working folder; None: there was none, or it cannot be read."""
        try:
            run = json.loads((Path(pipeline.working_dir) / "trace.json").read_text(encoding="utf-8"))["runs"][-1]
            trace = cls(pipeline)
            trace.started_at = datetime.datetime.fromisoformat(run["started_at"])
            for step in run["steps"]:
                began, ended = (step[at] and datetime.datetime.fromisoformat(step[at]) for at in ("started_at", "finished_at"))
                kind = _KINDS.get(step["step"])
                if kind is None:
                    trace.finished_at = ended
                    continue
                failed = step["step_exception"]
                trace.steps.append(StepTrace(step["step"], began, ended, None if failed else kind(pipeline, run, began, ended), failed, run["load_id"]))
            return trace
        except (OSError, ValueError, KeyError, IndexError, TypeError):
            return None

    last_extract_info = property(lambda self: self._info(ExtractInfo))
    last_normalize_info = property(lambda self: self._info(NormalizeInfo))
    last_load_info = property(lambda self: self._info(LoadInfo))

    def last_pipeline_step_trace(self, step):
        return next((s for s in reversed(self.steps) if s.step == step), None)

    def asdict(self):
        return {"pipeline_name": self.pipeline_name, "started_at": self.started_at, "finished_at": self.finished_at,
                "steps": [{k: v for k, v in vars(s).items() if k != "step_info"} for s in self.steps]}

    def __repr__(self):
        return "\n".join([f"Run of pipeline {self.pipeline_name} at {self.started_at:%Y-%m-%d %H:%M:%S} UTC"]
                         + [f"  step {s.step} {'FAILED: ' + s.step_exception if s.step_exception else 'COMPLETED'}" for s in self.steps])

    __str__ = __repr__


_KINDS = {"extract": ExtractInfo, "normalize": NormalizeInfo, "load": LoadInfo}


def now():
    return datetime.datetime.now(datetime.timezone.utc)
