"""The options of reconcile in tests."""

from scavenger_ops.reconcile.options import ReconcileOptions

# The defaults, but with more capacity (no application needs it), and with --yes (no function links the tables).
APPLY = ReconcileOptions(
    is_applied=True,
    older_than_s=3600,
    age_attribute="createdAt",
    max_read_units=10_000,
    max_write_units=10_000,
    is_restarted=False,
    is_confirmed=True,
)
