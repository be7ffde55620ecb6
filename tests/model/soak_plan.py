"""More hours with the real function, and busier ones; `make soak` runs them, `pytest` only if the file is named."""

import pytest

from model.real_hour import check_hour


@pytest.mark.parametrize(
    ("write_capacity", "batch_size", "is_poisoned"),
    [(50, 100, True), (50, 1000, False), (15, 100, False), (15, 1000, True)],
)
def test_a_busier_hour_is_as_with_the_real_function(*, write_capacity: int, batch_size: int, is_poisoned: bool) -> None:
    """The API's puts take ten units a second. What remains of 50 is enough for the deletes, of 15 for half of them."""
    check_hour(10, write_capacity, batch_size, is_poisoned=is_poisoned)
