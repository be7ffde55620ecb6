"""The results of `scavenger plan --simulate` agree with the real function behind the same mapping."""

import pytest

from model.real_hour import check_hour


@pytest.mark.parametrize(
    ("inserts_a_second", "write_capacity", "batch_size", "is_poisoned"), [(4, 20, 100, True), (5, 8, 1000, False)]
)
def test_a_simulated_hour_is_as_with_the_real_function(
    *, inserts_a_second: int, write_capacity: int, batch_size: int, is_poisoned: bool
) -> None:
    """The API's puts take a unit for each insert. What remains of 20 is enough for the deletes, of 8 it is not."""
    check_hour(inserts_a_second, write_capacity, batch_size, is_poisoned=is_poisoned)
