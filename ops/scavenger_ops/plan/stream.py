"""What the stream of the messages table gives: its shards, and how many of its records fit into an invocation."""

from math import ceil

from scavenger_ops.mapping_model.batch_buffer import MAX_PAYLOAD_BYTES
from scavenger_ops.plan.pipeline import Load, Pipeline

# Source: bp-partition-key-design.html.
WRITE_UNITS_OF_A_PARTITION = 1000
# A new table on demand takes 4,000 write units a second at once. Source: warm-throughput-scenarios.html.
PARTITIONS_ON_DEMAND = 4

BYTES_OF_A_WRITE_UNIT = 1024

# Of a record's JSON, all but key and image, with the ARN of a stream whose name is as long as the default's: 418 in
# tests/data/stream-event.json, and up to 14 more for a longer sequence number, which AWS allows.
RECORD_BYTES = 432
IMAGE_LABEL_BYTES = len(',"NewImage":')
# JSON has the types of attributes, and numbers in digits: in that event, 62 bytes of key are 92 in JSON, and 113 of an
# item 163. Items of a few long texts take less.
JSON_FACTOR = 1.5


def units_an_item(load: Load) -> int:
    """Give the write units that it takes to put or to delete an item. Source: ProvisionedThroughput.html."""
    return ceil(load.item_bytes / BYTES_OF_A_WRITE_UNIT)


def shards(pipeline: Pipeline) -> int:
    """Give the shards of the stream, of which each partition of the messages table has one.

    They are as many as its writes need at peak. A table that was busier once or is large has more.
    """
    load = pipeline.load
    needed = ceil(load.peak_inserts_a_second * units_an_item(load) / WRITE_UNITS_OF_A_PARTITION)
    return max(needed, PARTITIONS_ON_DEMAND if pipeline.settings.billing_mode == "PAY_PER_REQUEST" else 1)


def record_bytes(pipeline: Pipeline) -> int:
    """Give the bytes of an insert's record in the event's JSON: an insert has no old image."""
    load = pipeline.load
    is_imaged = pipeline.settings.stream_view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES")
    image_bytes = IMAGE_LABEL_BYTES + JSON_FACTOR * load.item_bytes if is_imaged else 0
    return ceil(RECORD_BYTES + JSON_FACTOR * load.key_bytes + image_bytes)


def payload_records(pipeline: Pipeline) -> int:
    """Give how many records the payload of an invocation has room for."""
    return max(1, MAX_PAYLOAD_BYTES // record_bytes(pipeline))


def full_batch(pipeline: Pipeline) -> int:
    """Give how many records an invocation gets at most."""
    return min(pipeline.settings.batch_size, payload_records(pipeline))
