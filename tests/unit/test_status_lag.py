"""When status reports a lag, and how it shows one."""

from dataclasses import replace

from scavenger_ops.status.problems import find_problems
from support.status_facts import at_minutes_ago, points, screen, with_function, with_metrics


def test_the_age_of_a_lag_depends_on_the_timeout_of_the_function() -> None:
    """If an invocation may take 15 minutes, a point of 10 minutes ago shows the lag of now."""
    facts = replace(with_function(timeout_s=900), metrics=with_metrics(lag_ms=at_minutes_ago({10: 7_200_000})).metrics)
    (problem,) = find_problems(facts)
    assert problem.what.startswith("The function is 2 h behind, and no other problem")


def test_a_lag_that_shrinks_is_not_a_problem() -> None:
    """For example after a pause: its row says so, without a mark. Records close to their expiry are still a problem."""
    hours = {minutes: (2 + minutes / 15) * 3_600_000 for minutes in range(1, 15)}
    facts = with_metrics(lag_ms=at_minutes_ago(hours))
    assert find_problems(facts) == []
    assert "lag latest 2 h and shrinking, maximum 2 h 15 min" in " ".join(screen(facts).split())
    (problem,) = find_problems(with_metrics(lag_ms=at_minutes_ago(hours), lag_of_day_ms=points(19.5 * 3_600_000)))
    assert "was 19 h behind" in problem.what


def test_a_lag_that_is_not_known_to_shrink_is_a_problem() -> None:
    """If Lambda has invoked nothing since, the problem says when the lag was measured."""
    (problem,) = find_problems(with_metrics(lag_ms=at_minutes_ago({14: 3 * 3_600_000, 10: 2 * 3_600_000})))
    assert problem.what.startswith(
        "The function was 2 h behind when Lambda last invoked it, 10 min ago, and no other problem"
    )
    facts = with_metrics(lag_ms=at_minutes_ago({3: 2 * 3_600_000}))
    (problem,) = find_problems(facts)
    assert problem.what.startswith("The function is 2 h behind, and no other problem")
    assert "latest 2 h, maximum 2 h" in screen(facts)


def test_a_short_lag_is_shown_without_a_trend() -> None:
    """A short lag does not matter, so neither does its trend."""
    assert "latest 30 min, maximum 50 min" in screen(with_metrics(lag_ms=points(3_000_000, 1_800_000)))
