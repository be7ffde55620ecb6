"""Runs a Map state in DISTRIBUTED mode: with MaxConcurrencyPath, if the role permits it, and again after a redrive.

Not modelled: a failure threshold that is exceeded fails the state at its end, and stops no child before.
Sources: state-map-distributed.html; iam-policies-eg-dist-map.html; redrive-map-run.html.
"""

import copy
import json
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any

from ministack.services import stepfunctions

from scavenger_ops.local.execution_run import CURRENT, SERVICE, Attempt, Context, Execution, ExecutionError, complete
from scavenger_ops.local.map_run import MapRun, find_interrupted, go_on, new_child, start, start_child
from scavenger_ops.local.role_permission import refusal

# Of a state without a limit. AWS runs up to 10,000.
MAX_CHILDREN = 64


def install() -> None:
    """Let MiniStack use the function of this module."""
    stepfunctions._run_distributed_map = run_map  # noqa: SLF001 - there is no other


def run_map(
    state: dict[str, Any], raw_input: object, effective: object, processor: dict[str, Any], _: Execution, ctx: Context
) -> tuple[Any, str | None]:
    """Run a child for each item, and return the state's output and the name of the next state."""
    parent = CURRENT.get()
    if parent is None:
        raise ExecutionError("States.Runtime", "The local AWS runs a Distributed Map only in an execution")
    items = _items(state, effective, ctx)
    record = _open(parent, state, ctx["State"]["Name"], _concurrency(state, effective, ctx), len(items))

    def run_child(index: int) -> None:
        item_ctx = copy.deepcopy(ctx) | {"Map": {"Item": {"Index": index, "Value": items[index]}}}
        chosen = items[index]
        if "ItemSelector" in state:
            chosen = stepfunctions._resolve_params_obj(state["ItemSelector"], effective, item_ctx)  # noqa: SLF001
        child = start_child(parent, record, index, lambda: new_child(record, parent, processor["StartAt"], chosen))
        if child is not None:
            complete(child, processor["States"], item_ctx)

    with ThreadPoolExecutor(record["maxConcurrency"] or MAX_CHILDREN) as pool:
        for done in wait([pool.submit(copy_context().run, run_child, index) for index in range(len(items))]).done:
            done.result()
    parent.check()
    return _finish(record, state, raw_input, ctx)


def _open(parent: Attempt, state: dict[str, Any], name: str, concurrency: int, size: int) -> MapRun:
    """Return the Map Run to work on, if the role may start its children and, in a redrive, restart them."""
    machine = parent.execution["stateMachineArn"]
    _check_permission(parent, "states:StartExecution", machine)
    if record := find_interrupted(parent, name):
        children = record["_stateMachineArn"].replace(":stateMachine:", ":execution:")
        _check_permission(parent, "states:RedriveExecution", f"{children}:*")
        go_on(record, parent)
        return record
    return start(parent, name, state, concurrency, size)


def _check_permission(parent: Attempt, action: str, resource_arn: str) -> None:
    machine = parent.execution["stateMachineArn"]
    if refused := refusal(parent.execution["_role"], action, resource_arn, SERVICE, machine):
        # AWS documents the name for missing permissions, but not which name a Map state has then.
        raise ExecutionError("States.Permissions", refused)


def _items(state: dict[str, Any], effective: object, ctx: Context) -> list[Any]:
    if "ItemReader" in state:
        read: list[Any] = stepfunctions._read_map_items(state["ItemReader"], effective, ctx)  # noqa: SLF001
        return read
    found = stepfunctions._resolve_path_or_ctx(state.get("ItemsPath", "$"), effective, ctx)  # noqa: SLF001
    if not isinstance(found, list):
        raise ExecutionError("States.Runtime", "ItemsPath must select an array")
    return found


def _concurrency(state: dict[str, Any], effective: object, ctx: Context) -> int:
    found = state.get("MaxConcurrency", 0)
    if "MaxConcurrencyPath" in state:
        found = stepfunctions._resolve_path_or_ctx(state["MaxConcurrencyPath"], effective, ctx)  # noqa: SLF001
    if isinstance(found, bool) or not isinstance(found, int) or found < 0:
        raise ExecutionError("States.Runtime", f"MaxConcurrencyPath must select an integer of at least 0, not {found}")
    return found


def _finish(record: MapRun, state: dict[str, Any], raw_input: object, ctx: Context) -> tuple[Any, str | None]:
    """End the Map Run, and return the output of the state and the name of the next one."""
    children = record["_children"]
    is_exceeded = _is_exceeded(record, state, sum(child["status"] != "SUCCEEDED" for child in children))
    record.update(status="FAILED" if is_exceeded else "SUCCEEDED", stopDate=stepfunctions.now_iso())
    if is_exceeded:
        raise ExecutionError("States.ExceedToleratedFailureThreshold", "Too many children of the Map Run failed")
    results = [json.loads(child["output"] or "null") for child in children]
    result = stepfunctions._apply_result_selector(state, results)  # noqa: SLF001 - there is no other
    output = stepfunctions._apply_result_path(state, raw_input, result)  # noqa: SLF001 - likewise
    output = stepfunctions._apply_output_path(state, output, ctx)  # noqa: SLF001 - likewise
    return output, stepfunctions._next_or_end(state)  # noqa: SLF001 - likewise


def _is_exceeded(record: MapRun, state: dict[str, Any], failed: int) -> bool:
    """Return whether more children failed than the state tolerates: none, if it does not say."""
    limits = []
    if "ToleratedFailureCount" in state:
        limits.append(failed > record["toleratedFailureCount"])
    if "ToleratedFailurePercentage" in state:
        limits.append(failed * 100 > record["toleratedFailurePercentage"] * len(record["_children"]))
    return any(limits) if limits else failed > 0
