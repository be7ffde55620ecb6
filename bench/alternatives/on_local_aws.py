"""Let each contender delete the rows of a table on the local AWS, once."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
from scavenger_ops.local.ministack import local_aws
from support.tables import fill, keys_of, make_table

from bench.alternatives.measure import Bench, lambda_environment
from bench.alternatives.report import MATCHING
from bench.alternatives.work import Work, make_key, make_version

WORK = Work(2_000, 1_000)


def on_local_aws(folder: Path, contenders: Iterable[str]) -> list[dict[str, Any]]:
    """Return what each contender took to empty a table. Raises RuntimeError if rows are left."""
    folder.mkdir()
    taken = []
    with local_aws(folder) as environment:
        client = boto3.client(
            "dynamodb",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            verify=environment["AWS_CA_BUNDLE"],
            region_name=environment["AWS_DEFAULT_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        make_table(client, "staging")
        bench = Bench(folder / "bench", lambda_environment(environment["AWS_ENDPOINT_URL"]) | environment)
        for contender in contenders:
            rows = ({**make_key(number), "receivedAt": make_version(number)} for number in range(WORK.records))
            fill(client, "staging", rows)
            figures = bench.run(contender, WORK._replace(has_images=contender == MATCHING))
            if left := keys_of(client, "staging"):
                raise RuntimeError(f"{contender} did not delete {len(left)} rows.")
            taken.append(
                {"contender": contender, "records": WORK.records, "wall_s": figures.wall_s, "cpu_s": figures.cpu_s}
            )
    return taken
