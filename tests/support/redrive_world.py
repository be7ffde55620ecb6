"""What redrive works on while faults are injected."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from support.events import event
from support.fault_worlds import Report, Trust, World
from support.pipelines import AwsPipeline, LocalAws, stage
from support.tables import TWO_HOURS_AGO_MS

OF_AN_OBJECT = 4


class RedriveWorld(World):
    """Objects in the bucket of a pipeline that is shared with other worlds, and their rows in its staging table."""

    def __init__(self, aws: LocalAws, pipeline: AwsPipeline) -> None:
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
            f"{self.prefix}quarantined": _object([self._record("", 99)], "Quarantined", ["DynamoDB rejects its key"]),
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
        """Check that an object is gone only if its rows are, and that a row without an object stays."""
        objects, rows = self._objects(), self.aws.rows(self.pipeline.staging)
        wrong = [f"object {name} was removed" for name in self.stay.keys() - objects]
        wrong += [] if f"{self.id}-stays" in rows else ["a row was deleted that no object names"]
        removed = self.due.keys() - objects
        wrong += [
            f"object {name} was removed before its rows" for name in removed if self._left_of(self.due[name], rows)
        ]
        gone = sum(len(records) - self._left_of(records, rows) for records in self.due.values())
        for report in reports:
            counted, done = report["counts"]["redriven"], report["records_done"]
            # If many run at once, an invocation may take longer than its timeout, but still delete its rows.
            is_exact = trust.is_exact and self.due.keys().isdisjoint(_still_there(report))
            if counted > len(removed) or (is_exact and counted != len(removed)):
                wrong.append(f"{counted} objects were counted as redriven, and {len(removed)} are gone")
            if done > gone or (is_exact and done != gone):
                wrong.append(f"{done} records were counted as done, and {gone} rows are gone")
        return wrong

    def check_end(self, code: int, report: Report) -> list[str]:
        """Check that every object that can be redriven is, and that each of the others is named."""
        left = self._objects() - self.stay.keys()
        named = _still_there(report)
        wrong = [f"object {name} is left: {named.get(name)}" for name in left]
        if named.keys() - left != self.stay.keys():
            wrong.append(f"it names {sorted(named)} as still there")
        return wrong + ([f"the exit code is {code} and not 1"] if code != 1 else [])

    def close(self) -> None:
        """Remove the objects."""
        for name in self._objects():
            self.aws.client("s3").delete_object(Bucket=self.pipeline.bucket, Key=name)


def _still_there(report: Report) -> dict[str, str]:
    """Return the objects that could not be finished, and why."""
    return {each["key"]: each["problem"] for each in report.get("objects", []) if each["problem"]}


def _object(records: Sequence[Any], condition: str = "RetryAttemptsExhausted", reasons: Sequence[str] = ()) -> bytes:
    """Return an object as Lambda writes it, or as the function does (with reasons).

    Source: services-dynamodb-errors.html.
    """
    outer: dict[str, Any] = {"requestContext": {"condition": condition}, "payload": json.dumps(event(*records))}
    return json.dumps(outer | ({"reasons": reasons} if reasons else {})).encode()
