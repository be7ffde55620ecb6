"""Runs the event source mappings of DynamoDB streams on the local AWS, as the model of the mapping does.

MiniStack's own poller retries a batch until it expires. It ignores what a function reports as failed, and keeps nothing
in a failure bucket. The model (mapping_model) is compared to what AWS was recorded to do. Its batching windows and its
lanes are left out: a mapping invokes the function as soon as there is a record, with one batch at a time.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

from ministack.core import responses
from ministack.services import dynamodb, lambda_svc

from scavenger_ops.local.mapping_target import MappingTarget
from scavenger_ops.local.record_filter import wanted_records
from scavenger_ops.mapping_model.delivery import Delivery
from scavenger_ops.mapping_model.event import size_bytes
from scavenger_ops.mapping_model.record_batch import RecordBatch
from scavenger_ops.mapping_model.record_run import RecordRun
from scavenger_ops.mapping_model.simulation import Simulation
from scavenger_ops.mapping_model.stream import Stream

# MiniStack's streams have one shard, with this name.
SHARD = "shardId-00000000000000000000-00000000"
# Shorter than the model's, so that the retries are exhausted within seconds. AWS does not document its own.
BACKOFF_S = 1.0


@dataclass
class PolledBatch:
    """The parts of a batch that remain to be delivered, and the position in the stream after the batch."""

    remaining: list[RecordBatch]
    end: int


# By the UUIDs of the mappings, only for those in the middle of a batch.
BATCHES: dict[str, PolledBatch] = {}
# The minute in which each mapping last wrote zeros.
COUNTED_AT: dict[str, int] = {}


def install() -> None:
    """Let MiniStack use the functions of this module."""
    lambda_svc._poll_dynamodb_streams = poll  # noqa: SLF001 - there is no other


def poll() -> bool:
    """Let each mapping of a DynamoDB stream try one batch. Return whether any of them may go on at once."""
    mappings = list(lambda_svc._iter_all_esms())  # noqa: SLF001 - there is no public function
    for uuid in BATCHES.keys() - {mapping["UUID"] for _, _, mapping in mappings}:
        del BATCHES[uuid]
    # A list, so that each of them has its turn.
    return any([_poll_in(account, region, mapping) for account, region, mapping in mappings])  # noqa: C419


def _poll_in(account: str, region: str, mapping: dict[str, Any]) -> bool:
    """Poll in the account and the Region of the mapping, to which MiniStack's stores are scoped."""
    of_account, of_region = responses._request_account_id, responses._request_region  # noqa: SLF001 - there are no others
    tokens = of_account.set(account), of_region.set(region)
    try:
        target = _find_target(mapping)
        return target is not None and _try_once(target)
    except Exception:  # noqa: BLE001 - the others must go on. This one tries again in the next pass.
        lambda_svc.logger.exception("Event source mapping %s cannot be polled", mapping.get("UUID"))
        return False
    finally:
        of_account.reset(tokens[0])
        of_region.reset(tokens[1])


def _find_target(mapping: dict[str, Any]) -> MappingTarget | None:
    """Return what a mapping invokes. None if it is not of a DynamoDB stream, is off, or its stream is closed."""
    stream = mapping.get("EventSourceArn", "")
    if ":dynamodb:" not in stream or not mapping.get("Enabled", True):
        return None
    table = dynamodb._tables.get(stream.split("/")[1]) or {}  # noqa: SLF001 - there is no other
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))  # noqa: SLF001
    if function is None or table.get("LatestStreamArn") != stream:
        return None
    return MappingTarget(mapping, function)


def _try_once(target: MappingTarget) -> bool:
    """Try the next batch, or what remains of the last one. Return whether there was something to do now."""
    uuid = target.mapping["UUID"]
    if COUNTED_AT.get(uuid) != (minute := int(time.time()) // 60):
        COUNTED_AT[uuid] = minute
        target.count_nothing()
    batch = BATCHES.get(uuid) or _read(target)
    if batch is None or (batch.remaining and batch.remaining[0].not_before > time.time()):
        return False
    BATCHES[uuid] = batch
    if batch.remaining:
        batch.remaining[:1] = _deliver(target, batch.remaining[0])
    if not batch.remaining:
        with lambda_svc._dynamodb_stream_positions_lock:  # noqa: SLF001 - there is no other
            lambda_svc._dynamodb_stream_positions[uuid] = batch.end  # noqa: SLF001 - likewise
        BATCHES.pop(uuid, None)
    return True


def _read(target: MappingTarget) -> PolledBatch | None:
    """Read the next records, and drop those that do not match the filter."""
    mapping = target.mapping
    table_name = mapping["EventSourceArn"].split("/")[1]
    horizon = dynamodb.stream_start_position(table_name)
    with lambda_svc._dynamodb_stream_positions_lock:  # noqa: SLF001 - there is no other
        position = max(lambda_svc._dynamodb_stream_positions.get(mapping["UUID"], horizon), horizon)  # noqa: SLF001
    read = dynamodb.stream_records_since(table_name, position, mapping["BatchSize"])
    if not read:
        return None
    wanted = wanted_records(read, mapping)
    target.count(PolledEventCount=len(read), FilteredOutEventCount=len(read) - len(wanted))
    runs = tuple(
        RecordRun(record, float(record["dynamodb"]["ApproximateCreationDateTime"]), size_bytes(record))
        for record in wanted
    )
    return PolledBatch([RecordBatch(runs)] if runs else [], position + len(read))


def _deliver(target: MappingTarget, batch: RecordBatch) -> list[RecordBatch]:
    """Try to deliver a batch now, and return what remains of it."""
    clock = Simulation()
    clock.now = time.time()
    delivery = Delivery(clock, target.settings(), Stream(clock), target.invoke, target.discard)
    latest = time.time() + BACKOFF_S
    return [replace(part, not_before=min(part.not_before, latest)) for part in delivery.try_once(SHARD, batch)]
