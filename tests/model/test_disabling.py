"""A disabled mapping resumes after its last processed record. Source: services-dynamodb-eventsourcemapping.html."""

from model.mapping_scenario import MappingScenario, failing, succeed


def test_a_disabled_mapping_invokes_nothing() -> None:
    """Records stay in the stream, and the simulation ends without them."""
    scenario = MappingScenario()
    scenario.mapping.disable()
    scenario.put(1, 2)
    scenario.put(3, event_name="REMOVE")
    scenario.run()
    assert not scenario.batches
    assert not scenario.mapping.filtered_out
    assert not scenario.mapping.idle


def test_an_enabled_mapping_delivers_the_records_that_arrived_meanwhile() -> None:
    """None is lost and none is delivered twice. Source: services-dynamodb-eventsourcemapping.html."""
    scenario = MappingScenario()
    scenario.put(1)
    scenario.run()
    scenario.mapping.disable()
    scenario.put(2)
    scenario.put(3, event_name="REMOVE")
    scenario.run(until_s=3600)
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1], [2]]
    assert scenario.mapping.filtered_out == 1
    assert scenario.mapping.idle


def test_a_record_that_is_not_polled_yet_waits_until_the_mapping_is_enabled() -> None:
    """A mapping that is disabled before the next poll does not read it."""
    scenario = MappingScenario(maximum_batching_window_in_seconds=0)
    scenario.run(until_s=0.1)
    scenario.put(1)
    scenario.run(until_s=0.2)
    scenario.mapping.disable()
    scenario.run(until_s=100)
    assert not scenario.batches
    scenario.mapping.enable()
    scenario.run()
    assert scenario.began_s == [100]


def test_an_open_window_begins_again() -> None:
    """The records that were collected in it are not lost."""
    scenario = MappingScenario()
    scenario.put(1)
    scenario.run(until_s=30)
    scenario.mapping.disable()
    scenario.run(until_s=40)
    assert not scenario.mapping.idle
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1]]
    assert scenario.began_s == [100]


def test_a_running_invocation_finishes() -> None:
    """Its records are then processed and not delivered again."""
    scenario = MappingScenario(takes_s=30)
    scenario.put(1)
    scenario.run(until_s=70)
    scenario.mapping.disable()
    scenario.run()
    assert [one.status for one in scenario.mapping.invocations] == ["success"]
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1]]


def test_retries_end_and_resume_after_the_last_processed_record() -> None:
    """Failed records come again, and new ones with them. Source: services-dynamodb-eventsourcemapping.html."""
    scenario = MappingScenario(lambda numbers: failing(2) if 1 in numbers else succeed(numbers), takes_s=5)
    scenario.put(1, 2, 3)
    scenario.run(until_s=65.5)
    scenario.mapping.disable()
    scenario.put(4)
    scenario.run(until_s=3600)
    assert scenario.batches == [[1, 2, 3]]
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1, 2, 3], [2, 3, 4]]


def test_disabling_and_enabling_at_once_changes_nothing() -> None:
    """No lane runs two batches at once."""
    scenario = MappingScenario(takes_s=30)
    scenario.put(1)
    scenario.run(until_s=61)
    scenario.put(2)
    scenario.mapping.disable()
    scenario.mapping.enable()
    scenario.run()
    assert scenario.batches == [[1], [2]]
    assert scenario.most_at_once() == 1
