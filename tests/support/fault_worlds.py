"""What the commands work on while faults are injected, and what must hold of it afterwards."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import uuid4

from scavenger_ops.toolchain import BIN

from support.aws_faults import around
from support.command import run
from support.events import event
from support.fault_proxy import Answer, Request, Rule, at_random
from support.pipelines import Aws, Pipeline, attach_function, make_tables, now_ms, remove, stage
from support.tables import TWO_HOURS_AGO_MS

DUE = [f"due-{number}" for number in range(24)]
OF_AN_OBJECT = 4
# The operations that delete, whose lost answers leave the count behind what is gone.
DELETES = ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "s3:DeleteObject", "lambda:Invoke")
Report = Mapping[str, Any]


class Trust(NamedTuple):
    """Whether each process has reported, and whether no request that counts had a fault, so that it has to be exact."""

    is_told: bool
    is_exact: bool


class World(ABC):
    """Something for a command to work on. Each check returns what does not hold, in words."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.restaged: dict[str, str] = {}

    arguments: tuple[str, ...]
    # Whether a run leaves something for another to find.
    is_changed = True
    # The kinds of requests whose faults may put a report in doubt, by how they begin.
    decisive: tuple[str, ...] = DELETES

    def restaging(self, seed: int, *, is_same_age: bool) -> list[Rule]:  # noqa: ARG002 - for what has such rows
        """Return rules that stage rows anew while the command works, with the same time or with now."""
        return []

    @abstractmethod
    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Check that nothing is gone that must stay, and that nothing was counted that is not gone."""

    @abstractmethod
    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that a run without faults has finished the work."""

    def close(self) -> None:  # noqa: B027 - not all have something to remove
        """Remove it."""


class ReconcileWorld(World):
    """Two tables with rows of every class; those that are due are in both, and old."""

    def __init__(self, aws: Aws, *, is_applied: bool, is_tied: bool) -> None:
        super().__init__(aws)
        self.is_applied, self.tables = is_applied, make_tables(aws, has_stream=is_tied)
        for table in (self.tables.staging, self.tables.messages):
            stage(aws, table, DUE, TWO_HOURS_AGO_MS)
            stage(aws, table, ["young-0", "young-1"], now_ms())
            stage(aws, table, ["ageless-0"], None)
        stage(aws, self.tables.staging, ["alone-0", "alone-1", "alone-2"], TWO_HOURS_AGO_MS)
        stage(aws, self.tables.messages, ["elsewhere-0"], TWO_HOURS_AGO_MS)
        if is_tied:
            self.tables = attach_function(aws, self.tables, is_on=False)
        self.before, self.messages = aws.rows(self.tables.staging), aws.rows(self.tables.messages)
        names = ("reconcile", "--staging", self.tables.staging, "--messages", self.tables.messages, "--json")
        # On an on-demand table that takes any rate, so that only requests count.
        apply = ("--apply", *(("--yes",) if knows_yes() and not is_tied else ())) if is_applied else ()
        self.arguments = (*names, *apply)

    def restaging(self, seed: int, *, is_same_age: bool) -> list[Rule]:
        """Stage rows anew between their being read and their being deleted."""
        scanned = around(after=lambda answer: self._restage(_scanned(answer)[:1], is_same_age=is_same_age))
        deleted = around(before=lambda request: self._restage(_to_delete(request)[:1], is_same_age=is_same_age))
        chosen = at_random(seed, 0.3)
        return [
            Rule("dynamodb:Scan", "staged anew", scanned, chosen),
            *(Rule(kind, "staged anew", deleted, chosen) for kind in DELETES[:2]),
        ]

    def _restage(self, names: Sequence[str], *, is_same_age: bool) -> None:
        for name in names:
            if name in DUE:
                self.restaged[name] = f"anew {uuid4()}"
                at = TWO_HOURS_AGO_MS if is_same_age else now_ms()
                stage(self.aws, self.tables.staging, [name], at, self.restaged[name])

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Only what is due may be gone."""
        after = self.aws.rows(self.tables.staging)
        gone = self.before.keys() - after.keys()
        due = set(DUE) - self.restaged.keys() if self.is_applied else set()
        wrong = [f"{name} was deleted" for name in sorted(gone - due)]
        wrong += [
            f"{name} was changed" for name in after.keys() - self.restaged if after[name] != self.before.get(name)
        ]
        if self.aws.rows(self.tables.messages) != self.messages:
            wrong.append("the messages table was changed")
        counted = sum(report["in_both"]["deleted"] for report in reports)
        # A delete whose answer was lost finds its row gone when it is sent again, or is known to have no answer.
        in_doubt = sum(report["in_both"]["gone"] + report["unanswered"] for report in reports)
        most = counted if trust.is_exact or not reports else counted + in_doubt
        if counted > len(gone) or (trust.is_told and len(gone) > most):
            wrong.append(f"{counted} rows were counted as deleted ({in_doubt} in doubt), and {len(gone)} are gone")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """All that is due is gone, and the row without an age is what is left."""
        left = (self.aws.rows(self.tables.staging).keys() & set(DUE)) - self.restaged.keys()
        wrong = [f"{len(left)} due rows are left"] if self.is_applied and left else []
        if not report.get("is_finished"):
            wrong.append("it is not finished")
        # Of a resumed run it is all that was deleted by both, as far as that is known.
        gone = len(self.before) - len(self.before.keys() & self.aws.rows(self.tables.staging).keys())
        if report and report["in_both"]["deleted"] > gone + len(self.restaged):
            wrong.append(
                f"{report['in_both']['deleted']} rows were counted as deleted by all runs, and {gone} are gone"
            )
        # The row without an age is left.
        expected = 1 if self.is_applied else 0
        return wrong + ([f"the exit code is {code} and not {expected}"] if code != expected else [])

    def close(self) -> None:
        """Remove the tables."""
        remove(self.aws, self.tables)


class RedriveWorld(World):
    """Objects in the bucket of a pipeline that it shares with others, and their rows in its staging table."""

    def __init__(self, aws: Aws, pipeline: Pipeline) -> None:
        super().__init__(aws)
        self.pipeline, self.id = pipeline, uuid4().hex[:8]
        self.prefix = f"aws/lambda/{self.id}/"
        self.arguments = ("redrive", "--bucket", pipeline.bucket, "--function", pipeline.function)
        self.arguments += ("--prefix", self.prefix, "--json")
        names = [f"{self.id}-{number}" for number in range(3 * OF_AN_OBJECT)]
        stage(aws, pipeline.staging, [*names, f"{self.id}-stays"], TWO_HOURS_AGO_MS)
        own = [self._record(name, number) for number, name in enumerate(names)]
        parts = [own[start : start + OF_AN_OBJECT] for start in range(0, len(own), OF_AN_OBJECT)]
        self.due = {f"{self.prefix}due-{number}": part for number, part in enumerate(parts)}
        foreign = [{**own[0], "eventSourceARN": own[0]["eventSourceARN"].replace("table/", "table/other-")}]
        self.stay = {
            f"{self.prefix}foreign": _object(foreign),
            f"{self.prefix}truncated": _object(own)[:-30],
            f"{self.prefix}quarantined": _object([self._record("", 99)], "Quarantined", ["DynamoDB refuses its key"]),
        }
        contents = {name: _object(records) for name, records in self.due.items()} | self.stay
        for name, body in contents.items():
            aws.client("s3").put_object(Bucket=pipeline.bucket, Key=name, Body=body)

    def _record(self, name: str, number: int) -> dict[str, Any]:
        change = {"Keys": {"messageId": {"S": name}}, "SequenceNumber": str(1000 + number), "SizeBytes": 1}
        return {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": self.pipeline.stream_arn,
            "dynamodb": {"ApproximateCreationDateTime": 1652355068.0, **change},
        }

    def _objects(self) -> set[str]:
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.pipeline.bucket, Prefix=self.prefix)
        return {each["Key"] for each in listed.get("Contents", [])}

    def _left_of(self, records: Sequence[Any], rows: Mapping[str, Any]) -> int:
        return sum(record["dynamodb"]["Keys"]["messageId"]["S"] in rows for record in records)

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """Only an object whose rows are gone may be gone, and a row without an object stays."""
        objects, rows = self._objects(), self.aws.rows(self.pipeline.staging)
        wrong = [f"object {name} was removed" for name in self.stay.keys() - objects]
        wrong += [] if f"{self.id}-stays" in rows else ["a row was deleted that no object names"]
        removed = self.due.keys() - objects
        wrong += [
            f"object {name} was removed before its rows" for name in removed if self._left_of(self.due[name], rows)
        ]
        gone = sum(len(records) - self._left_of(records, rows) for records in self.due.values())
        for report in reports:
            counted, done = report["objects"]["redriven"], report["records_done"]
            if counted > len(removed) or (trust.is_exact and counted != len(removed)):
                wrong.append(f"{counted} objects were counted as redriven, and {len(removed)} are gone")
            if done > gone or (trust.is_exact and done != gone):
                wrong.append(f"{done} records were counted as done, and {gone} rows are gone")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """All that can be is redriven; each of the others is named."""
        left = self._objects() - self.stay.keys()
        wrong = [f"object {name} is left" for name in left]
        named = {each["object"] for each in report.get("still_there", [])}
        if named != self.stay.keys():
            wrong.append(f"it names {sorted(named)} as still there")
        return wrong + ([f"the exit code is {code} and not 1"] if code != 1 else [])

    def close(self) -> None:
        """Remove the objects."""
        for name in self._objects():
            self.aws.client("s3").delete_object(Bucket=self.pipeline.bucket, Key=name)


class StatusWorld(World):
    """A pipeline that is well."""

    is_changed = False
    decisive = ("",)

    def __init__(self, aws: Aws, pipeline: Pipeline) -> None:
        super().__init__(aws)
        self.arguments = ("status", "--name", pipeline.function, "--json")

    def check(self, reports: Sequence[Report], trust: Trust) -> list[str]:
        """See that it is well without a fault, and says why it is not."""
        wrong = []
        for report in reports:
            if trust.is_exact and not report["is_well"]:
                wrong.append(f"it is not well without a fault: {report['findings']} {report['unknown']}")
            if not report["is_well"] and not report["findings"] and not report["unknown"]:
                wrong.append("it does not say why it is not well")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:  # noqa: ARG002 - there is nothing to finish
        """There is nothing to finish."""
        return []


@cache
def knows_yes() -> bool:
    """Return whether a reconcile without a function asks for a yes."""
    return "--yes" in run({"PATH": str(BIN), "COLUMNS": "200"}, "reconcile", "--help")[1]


def _object(records: Sequence[Any], condition: str = "RetryAttemptsExhausted", reasons: Sequence[str] = ()) -> bytes:
    """Make what Lambda keeps, or the function if it says why. Source: services-dynamodb-errors.html."""
    outer: dict[str, Any] = {"requestContext": {"condition": condition}, "payload": json.dumps(event(*records))}
    return json.dumps(outer | ({"reasons": reasons} if reasons else {})).encode()


def _scanned(answer: Answer) -> list[str]:
    return [item["messageId"]["S"] for item in json.loads(answer.body).get("Items", [])]


def _to_delete(request: Request) -> list[str]:
    body = json.loads(request.body)
    parts = [part for some in body.get("RequestItems", {}).values() for part in some]
    keys = [part["DeleteRequest"]["Key"] for part in parts] if parts else [body["Key"]]
    return [key["messageId"]["S"] for key in keys]
