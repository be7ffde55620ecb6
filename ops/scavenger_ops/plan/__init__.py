"""The `plan` command: what a load takes, costs and needs, before there is a deployment.

It goes one way, and each stage takes the value that the stage before returned:

1. load.py: `PlannedPipeline`, the load and the settings; cli.py reads them from the options, and checks.py refuses what
   cannot be.
2. capacity.py: `Capacity`, what stream, function and staging table can do; function_cost.py has what was measured, and
   limits.py what limits it.
3. lag.py: `PlannedLag`, what the load makes of that capacity: batches, invocations and lag, on average and at peak.
4. cost.py: `MonthlyCost`, the bill, and beside it what other designs cost.
5. advice.py: `Advice`, better settings among those that are feasible; feasibility.py decides which are.
6. report.py: `PlanReport`, all of that, with the sentences of sentences.py.

run.py goes through them. screen.py shows the report on a terminal, with advice_screen.py, explanation_screen.py and
layout.py; as_json.py returns it as JSON.

With --simulate, run.py then runs the pipeline in simulated time: scenario.py says what happens at which time,
simulated_pipeline.py and simulated_deletes.py are the pipeline, and simulate.py returns its `Timeline` (timeline.py).
timeline_screen.py shows that, and picture.py draws it.
"""
