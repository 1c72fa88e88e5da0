"""Asset checks: did the rows keep to the schema contract, and does the destination hold what was sent?"""
import json

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec

from dagster_sluice import constants
from sluice import exceptions


def _has_contract(source, resource_name):
    resource = source.resources.get(resource_name) if hasattr(source.resources, "get") else None
    hints = getattr(resource, "_hints", None) or {}
    return bool(hints.get("schema_contract") or getattr(source, "schema_contract", None))


def check_specs(source, specs, contracts, verify):
    """The checks of assets that a run decides."""
    found = []
    for spec in specs:
        if contracts and _has_contract(source, spec.metadata[constants.META_KEY_RESOURCE]):
            found.append(AssetCheckSpec(constants.CONTRACT_CHECK, asset=spec.key, description="The rows kept to the schema contract."))
        if verify:
            found.append(AssetCheckSpec(constants.CERTIFICATE_CHECK, asset=spec.key, description="Read back before the commit, the rows were "
                                        "those that were sent: counts and checksums of every column."))
    return found


def _of_contract(summary):
    rows, values = summary.get("discarded_rows", 0), summary.get("discarded_values", 0)
    return {"passed": not rows and not values, "severity": AssetCheckSeverity.WARN,
            "metadata": {"discarded_rows": rows, "discarded_values": values}}


def _of_certificate(summary, table):
    proof = json.loads(summary.get("certificate") or "{}")
    found = next((t for t in proof.get("tables", []) if t["name"] == table), None)
    if found is None:
        return {"passed": True, "metadata": {"rows": 0}}
    meta = {"rows": found.get("rows") or 0, "row_checksum": found.get("row_checksum") or "",
            "columns": {c["name"]: f"{c['values']} values, {c['checksum']}" for c in found.get("columns") or []}}
    if found.get("compared") == "no":
        return {"passed": False, "severity": AssetCheckSeverity.WARN, "metadata": {"not_compared": found.get("reason") or ""}}
    return {"passed": True, "metadata": {**meta, "compared": found["compared"]}}


def results(selected, key, table, summary):
    """Results for one asset; `selected` are the keys of the checks that this step runs."""
    made = []
    for check in sorted((c for c in selected if c.asset_key == key), key=lambda c: c.name):
        outcome = _of_contract(summary) if check.name == constants.CONTRACT_CHECK else _of_certificate(summary, table)
        made.append(AssetCheckResult(asset_key=key, check_name=check.name, **outcome))
    return made


def failures(selected, error):
    """Results for a run that a contract or the comparison has stopped; none for other errors."""
    cause = getattr(error, "exception", error)
    if isinstance(cause, exceptions.DataValidationError):
        wanted = constants.CONTRACT_CHECK
    elif getattr(getattr(cause, "__cause__", None), "args", ("",))[0] == "data" or "certificate" in str(cause):
        wanted = constants.CERTIFICATE_CHECK
    else:
        return []
    return [AssetCheckResult(asset_key=c.asset_key, check_name=c.name, passed=False, severity=AssetCheckSeverity.ERROR,
                             metadata={"error": str(cause)}) for c in selected if c.name == wanted]
