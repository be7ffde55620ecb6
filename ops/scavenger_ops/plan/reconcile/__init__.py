"""`scavenger plan reconcile`: how long the reconciler on AWS takes for a table of any size, and what it costs.

It goes one way, and each stage takes the value that the stage before returned:

1. load.py: `ReconcileLoad` and `ReconcileSettings`; cli.py reads them from the options.
2. pace.py: `ReconcilePace`, what limits the rows a second, and how long the run takes; worker.py has what was
   measured.
3. bill.py: `ReconcileUse`, what the run uses, and `ReconcileBill`, what that costs.
4. report.py: `ReconcilePlan`, all of that, with the sentences of sentences.py.

run.py goes through them. screen.py shows the plan on a terminal; as_json.py returns it as JSON.
"""
