"""What reconcile is told in tests."""

from scavenger_ops.reconcile.run import ReconcileOptions

# As by default, but for the local AWS, which is no application that needs its capacity; and where no function is.
APPLY = ReconcileOptions(
    is_applied=True,
    older_than_s=3600,
    age_attribute="createdAt",
    max_read_units=10_000,
    max_write_units=10_000,
    is_restarted=False,
    is_confirmed=True,
)
