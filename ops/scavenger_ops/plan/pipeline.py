"""What a plan is for: the load, and the settings by the names that Terraform has for them."""

from dataclasses import dataclass
from typing import Literal

BillingMode = Literal["PAY_PER_REQUEST", "PROVISIONED"]
StreamViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]


@dataclass(frozen=True)
class Load:
    """Inserts into the messages table a second, in general and at most; bytes of an item and, of those, of its key."""

    inserts_a_second: float
    peak_inserts_a_second: float
    item_bytes: int
    key_bytes: int


@dataclass(frozen=True)
class Settings:
    """The settings that speed and cost hang on; write_capacity is the staging table's, without effect on demand."""

    stream_view_type: StreamViewType
    billing_mode: BillingMode
    write_capacity: int
    batch_size: int
    maximum_batching_window_in_seconds: int
    parallelization_factor: int
    memory_size: int
    max_requests_in_flight: int
    timeout: int


@dataclass(frozen=True)
class Pipeline:
    """A load, and the settings of the deployment that is to take it."""

    load: Load
    settings: Settings
