"""A stand-in for the failure bucket."""

import json
from typing import Any

from botocore.exceptions import ClientError


class FakeBucket:
    """Stores objects as long as it is writable; otherwise denies access."""

    def __init__(self) -> None:
        self.is_writable = True
        self.objects: dict[str, dict[str, Any]] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> None:  # noqa: N803 - boto3's names
        """Store an object."""
        assert Bucket == "failures"
        if not self.is_writable:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "PutObject")
        self.objects[Key] = json.loads(Body)

    def records(self) -> list[Any]:
        """Return the records in all objects."""
        return [record for body in self.objects.values() for record in json.loads(body["payload"])["Records"]]
