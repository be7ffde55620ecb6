"""All questions that probes ask AWS."""

from collections.abc import Iterator

from aws.probes import test_deletes, test_mapping, test_metric_math
from aws.probes.question import AwsQuestion


def all_questions() -> Iterator[AwsQuestion]:
    """Yield each question."""
    for module in (test_deletes, test_mapping, test_metric_math):
        yield from (value for value in vars(module).values() if isinstance(value, AwsQuestion))
