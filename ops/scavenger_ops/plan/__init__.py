"""The `plan` command: what a load takes, costs and needs, before there is a deployment.

It goes one way, and each stage takes the value that the stage before returned:

1. load.py: `PlannedPipeline`, the load and the settings; cli.py reads them from the options, and checks.py refuses what
   cannot be.
2. capacity.py: `Capacity`, what stream, function and staging table can do; function_cost.py has what was measured.
3. lag.py: `PlannedLag`, what the load makes of that capacity: batches, invocations and lag, on average and at peak.
4. cost.py: `MonthlyCost`, the bill, and beside it what other designs cost.
5. advice.py: `Advice`, better settings among those that are feasible; feasibility.py decides which are.
6. report.py: `PlanReport`, the sentences and the JSON; screen.py lays them out on a terminal.

run.py goes through them. With --simulate it then runs the pipeline in simulated time: scenario.py says what happens at
which time, simulated_pipeline.py and simulated_deletes.py are the pipeline, simulate.py returns its timeline, and
picture.py draws that.
"""
