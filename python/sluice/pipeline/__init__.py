"""sluice.pipeline is both this module and the function that makes pipelines, as in dlt."""
import sys
import types

from sluice import exceptions


def pipeline(pipeline_name=None, pipelines_dir=None, pipeline_salt=None, destination=None, staging=None, dataset_name=None,
             import_schema_path=None, export_schema_path=None, dev_mode=False, progress=None, refresh=None, **_ignored):
    """Makes a pipeline; without arguments, the one that was made last."""
    from sluice import _config
    from sluice.pipeline import core as module

    if pipeline_name is None and destination is None and dataset_name is None and module._active is not None:
        return module._active
    if pipeline_name is None:
        pipeline_name = _config.lookup("pipeline_name")[0] or "dlt_" + (sys.argv[0].rpartition("/")[2].removesuffix(".py") or "python")
    made = module.Pipeline(pipeline_name, pipelines_dir, destination, dataset_name, import_schema_path, export_schema_path, dev_mode, progress,
                           refresh, staging, pipeline_salt)
    module.activate(made)
    return made


def attach(pipeline_name=None, pipelines_dir=None, destination=None, dataset_name=None, **options):
    """A pipeline that ran before, from its working folder."""
    import os

    from sluice import _config
    from sluice.pipeline.core import restore_destination

    folder = os.path.join(pipelines_dir or _config.data_folder() / "pipelines", pipeline_name)
    if not os.path.exists(os.path.join(folder, "state.json")):
        raise exceptions.CannotRestorePipelineException(f"there is no pipeline '{pipeline_name}' in {os.path.dirname(folder)}")
    kind, dataset = restore_destination(folder)
    return pipeline(pipeline_name, pipelines_dir, destination=destination or kind, dataset_name=dataset_name or dataset, **options)


def run(data, *, destination=None, dataset_name=None, pipeline_name=None, **options):
    """Makes a pipeline and runs it."""
    return pipeline(pipeline_name, destination=destination, dataset_name=dataset_name).run(data, **options)


def active():
    """The pipeline that was made or attached last."""
    from sluice.pipeline.core import active as current

    return current()


def __getattr__(name):
    if name in ("Pipeline", "PipelineTrace", "LoadInfo"):
        from sluice.pipeline import info
        from sluice.pipeline import core as module

        return getattr(module, name, None) or getattr(info, name)
    raise AttributeError(name)


class _Callable(types.ModuleType):
    def __call__(self, *args, **kwargs):
        return pipeline(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
