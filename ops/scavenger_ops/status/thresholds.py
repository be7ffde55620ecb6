"""The thresholds of the problems, each with its reason and with the alarm that corresponds to it.

The alarms are in modules/monitoring/alarms.tf. tests/unit/test_thresholds.py compares those that must agree. An alarm
wakes somebody, so it waits for what Lambda and the function do not fix by themselves. Status is read by somebody who
asks, so some of its problems begin earlier:

- `errors` begins at 3 errors in 5 minutes, `throttles` at more than 15 minutes of throttling. Status reports a single
  error, throttle or failed record, until the pause of FAULT_FREE_S.
- `given-up` and `quarantined` begin at one record of the last 20 minutes. Status reports objects in the failure bucket
  instead, however old they are.
- `dropped` begins at one record of the last 20 minutes. Status reports one of the last 24 hours, because no metric
  shows whether its row was deleted.
"""

from scavenger_ops.text import DAY_S, HOUR_S, MINUTE_S

# Status looks at this window for what is true now.
RECENT_S = 15 * MINUTE_S

# The function is behind by more than this. The alarm iterator-age has the same threshold.
LAG_S = HOUR_S

# The lag must shrink by more than this within RECENT_S to count as shrinking. The alarm iterator-age has the same
# amount in its expression, from one hour to the next.
LAG_DECREASE_S = MINUTE_S

# Records may have expired in the stream. By default, Lambda sends a record of 20 hours (maximum_record_age_in_seconds
# of modules/scavenger) to the failure bucket and not to the function, so a longer lag is never in the metrics. No alarm
# corresponds: iterator-age begins at LAG_S already.
LOSING_LAG_S = 19 * HOUR_S

# The staging table was throttled in so many of the last 15 minutes. The function bridges a shorter time: it backs off
# and sends the unprocessed items again. The alarm write-throttling has 5 too, but of its 6 periods of 5 minutes: it
# begins later, after more than 15 minutes of throttling.
THROTTLED_MINUTES = 5

# The messages table was written to in so many of the last 15 minutes, and the mapping read nothing. One write may have
# changed nothing: a condition that is not met consumes write units too. The alarm stopped has 3 too, but its periods
# are hours: the last write of a period may be polled in the next.
WRITTEN_MINUTES = 3

# So many rows were superseded in an hour in which none was deleted. One or two may be rows of a quiet table that were
# staged again. No alarm corresponds: the rows are kept.
SUPERSEDED_ROWS = 3

# A metric of errors, throttles or failed records must be zero for this long, and for longer than between any two of its
# values above zero, to be over. A longer invocation does not exist, and an invocation counts its errors at its end.
FAULT_FREE_S = 15 * MINUTE_S

# A stream keeps a record for this long. Source: Streams.html. The alarm stopped begins well before, after 3 hours.
STREAM_RETENTION_S = DAY_S

# A mapping leaves a transient state within minutes. Source: with-ddb.html. No alarm corresponds.
TRANSIENT_STATE_S = 15 * MINUTE_S

# A new alarm has no state until CloudWatch has evaluated it, which takes minutes: missing data counts as OK. No alarm
# corresponds.
ALARM_EVALUATED_S = HOUR_S
