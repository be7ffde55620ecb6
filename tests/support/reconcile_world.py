"""What reconcile works on while faults are injected."""

import json
from collections.abc import Sequence
from uuid import uuid4

from support.aws_faults import around
from support.fault_proxy import FaultRule, ProxiedAnswer, ProxiedRequest, at_random
from support.fault_worlds import Report, Trust, World
from support.pipelines import LocalAws, attach_function, make_tables, now_ms, remove, stage
from support.tables import TWO_HOURS_AGO_MS

DUE = [f"due-{number}" for number in range(24)]


class ReconcileWorld(World):
    """Two tables with rows of every class. The due rows are in both tables, and old.

    A function that links the tables compares the attribute `event`, so that rows staged again are superseded.
    """

    def __init__(self, aws: LocalAws, *, is_applied: bool, is_linked: bool) -> None:
        super().__init__(aws)
        self.is_applied, self.tables = is_applied, make_tables(aws, has_stream=is_linked)
        for table in (self.tables.staging, self.tables.messages):
            stage(aws, table, DUE, TWO_HOURS_AGO_MS)
            stage(aws, table, ["young-0", "young-1"], now_ms())
            stage(aws, table, ["ageless-0"], None)
        stage(aws, self.tables.staging, ["alone-0", "alone-1", "alone-2"], TWO_HOURS_AGO_MS)
        stage(aws, self.tables.messages, ["elsewhere-0"], TWO_HOURS_AGO_MS)
        self.superseded = ["superseded-0", "superseded-1"] if is_linked else []
        if is_linked:
            matching = {"MATCH_ATTRIBUTES": {"event": "event"}}
            self.tables = attach_function(aws, self.tables, is_on=False, variables=matching)
            stage(aws, self.tables.staging, self.superseded, TWO_HOURS_AGO_MS, "staged again")
            stage(aws, self.tables.messages, self.superseded, TWO_HOURS_AGO_MS)
        self.before, self.messages = aws.rows(self.tables.staging), aws.rows(self.tables.messages)
        names = ("reconcile", "--staging", self.tables.staging, "--messages", self.tables.messages, "--json")
        apply = ("--apply", *(() if is_linked else ("--yes",)))
        self.arguments = (*names, *(apply if is_applied else ()))

    def restaging(self, seed: int, *, is_same_age: bool) -> list[FaultRule]:
        """Stage rows again between their read and their delete."""
        scanned = around(after=lambda answer: self._restage(_scanned(answer)[:1], is_same_age=is_same_age))
        deleted = around(before=lambda request: self._restage(_to_delete(request), is_same_age=is_same_age))
        chosen = at_random(seed, 0.3)
        rules = {"dynamodb:Scan": scanned, "dynamodb:DeleteItem": deleted}
        return [FaultRule(kind, "staged again", fault, chosen) for kind, fault in rules.items()]

    def _restage(self, names: Sequence[str], *, is_same_age: bool) -> None:
        for name in names:
            if name in DUE:
                self.restaged[name] = f"again {uuid4()}"
                at = TWO_HOURS_AGO_MS if is_same_age else now_ms()
                stage(self.aws, self.tables.staging, [name], at, self.restaged[name])

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that only due rows are gone."""
        after = self.aws.rows(self.tables.staging)
        gone = self.before.keys() - after.keys()
        due = set(DUE) - self.restaged.keys() if self.is_applied else set()
        wrong = [f"{name} was deleted" for name in sorted(gone - due)]
        wrong += [
            f"{name} was changed" for name in after.keys() - self.restaged if after[name] != self.before.get(name)
        ]
        if self.superseded:
            wrong += [f"{name}, staged again, was deleted" for name in sorted(self.restaged.keys() - after.keys())]
        if self.aws.rows(self.tables.messages) != self.messages:
            wrong.append("the messages table was changed")
        counted = sum(report["in_both"]["deleted"] for report in reports)
        # A delete whose response was lost finds its row gone when it is retried, or is counted as unanswered.
        in_doubt = sum(report["in_both"]["gone"] + report["unanswered"] for report in reports)
        most = counted if trust.is_exact or not reports else counted + in_doubt
        # A row that one process deleted may be staged again before another process comes to it.
        least = counted if trust.is_alone else counted - len(self.restaged)
        if least > len(gone) or (trust.is_told and len(gone) > most):
            wrong.append(f"{counted} rows were counted as deleted ({in_doubt} in doubt), and {len(gone)} are gone")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that all due rows are gone, and that the row without an age is left."""
        left = (self.aws.rows(self.tables.staging).keys() & set(DUE)) - self.restaged.keys()
        wrong = [f"{len(left)} due rows are left"] if self.is_applied and left else []
        if not report.get("is_finished"):
            wrong.append("it is not finished")
        elif report["in_both"]["superseded"] < len(self.superseded):
            wrong.append(f"{report['in_both']['superseded']} rows were counted as superseded")
        # The report of a resumed run includes the deletes of both runs, as far as they are known.
        gone = len(self.before) - len(self.before.keys() & self.aws.rows(self.tables.staging).keys())
        if report and report["in_both"]["deleted"] > gone + len(self.restaged):
            wrong.append(
                f"{report['in_both']['deleted']} rows were counted as deleted by all runs, and {gone} are gone"
            )
        # Because the row without an age is left.
        expected = 1 if self.is_applied else 0
        return wrong + ([f"the exit code is {code} and not {expected}"] if code != expected else [])

    def close(self) -> None:
        """Remove the tables."""
        remove(self.aws, self.tables)


def _scanned(answer: ProxiedAnswer) -> list[str]:
    return [item["messageId"]["S"] for item in json.loads(answer.body).get("Items", [])]


def _to_delete(request: ProxiedRequest) -> list[str]:
    return [json.loads(request.body)["Key"]["messageId"]["S"]]
