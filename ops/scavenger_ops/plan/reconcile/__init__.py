"""`scavenger plan reconcile`: how long the reconciler on AWS takes for a table of any size, and what it costs."""
