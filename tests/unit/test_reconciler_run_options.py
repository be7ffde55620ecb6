"""The input of an execution says what a run does, and the function's settings say it where the input does not."""

import pytest
from reconciler.explained_error import RefusedError
from reconciler.run_options import RunOptions, read_options
from support.reconciler_machine import SETTINGS


def test_without_input_a_run_counts_as_the_settings_say() -> None:
    """Nothing is deleted unless somebody asks for it."""
    assert read_options({}, SETTINGS) == RunOptions(
        apply=False,
        older_than_s=3600,
        age_attribute="createdAt",
        max_read_units=1_000_000,
        max_write_units=1_000_000,
        confirmed=False,
    )


def test_the_input_comes_before_the_settings() -> None:
    """The command passes its options so."""
    given = RunOptions(
        apply=True,
        older_than_s=0,
        age_attribute="receivedAt",
        max_read_units=0.5,
        max_write_units=100,
        confirmed=True,
    )
    assert read_options(given._asdict(), SETTINGS) == given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"aply": True}, r"The input has aply, which is not known\. Known: apply, older_than_s, .*, confirmed\."),
        ({"apply": "true"}, r'The input has apply = "true", which is not true or false\.'),
        ({"apply": 1}, r"The input has apply = 1, which is not true or false\."),
        ({"apply": None}, r"The input has apply = null, which is not true or false\."),
        ({"confirmed": "yes"}, r'The input has confirmed = "yes", which is not true or false\.'),
        ({"older_than_s": -1}, r"older_than_s = -1, which is not a whole number of seconds, from 0 to 315,360,000\."),
        ({"older_than_s": True}, "older_than_s = true, which is not a whole number"),
        ({"older_than_s": 1.5}, "older_than_s = 1.5, which is not a whole number"),
        ({"older_than_s": 315_360_001}, "older_than_s = 315360001, which is not a whole number"),
        ({"age_attribute": ""}, r'age_attribute = "", which is not the name of an attribute\.'),
        ({"age_attribute": ["a"]}, "age_attribute = .* which is not the name of an attribute"),
        ({"max_read_units": 0}, r"max_read_units = 0, which is not a number of units a second, from 0\.1 to "),
        ({"max_write_units": False}, "max_write_units = false, which is not a number of units"),
        ({"max_write_units": float("nan")}, "max_write_units = NaN, which is not a number of units"),
        ([], r'The input is not a JSON object\. Use \{"apply": true\} to delete rows'),
        (None, "The input is not a JSON object"),
    ],
)
def test_a_malformed_input_is_refused_with_what_is_right(given: object, words: str) -> None:
    """A misspelt option would be ignored, and the run would do something else."""
    with pytest.raises(RefusedError, match=words):
        read_options(given, SETTINGS)


def test_a_long_input_does_not_make_a_long_error() -> None:
    """Step Functions keeps 32 KiB of an error."""
    for given in ({"x" * 100_000: 1}, {"apply": "x" * 100_000}):
        with pytest.raises(RefusedError) as raised:
            read_options(given, SETTINGS)
        assert len(str(raised.value)) < 500
