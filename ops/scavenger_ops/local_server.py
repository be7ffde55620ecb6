"""Runs MiniStack so that each of its answers goes out in one write: `python -m scavenger_ops.local_server`.

It writes head and body apart. On a busy machine, the SDK in Terraform's provider then closes some connections between
the two and sends the request again, which finds that there already is what it was to create.
Source: issue 2737 and pull request 2949 of github.com/aws/aws-sdk-go-v2.
"""

from hypercorn.asyncio import run
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.events import Event, RawData
from ministack.app import main


class WholeAnswers(TCPServer):
    """A connection that keeps the head of an answer until more of it follows, at the latest its end."""

    _head = b""

    async def protocol_send(self, event: Event) -> None:
        """Send what there is, or keep it if it is a head; `100 Continue` is an answer of its own."""
        if isinstance(event, RawData):
            if event.data.startswith(b"HTTP/1.1 ") and not event.data.startswith(b"HTTP/1.1 1"):
                self._head = event.data
                return
            event, self._head = RawData(self._head + event.data), b""
        await super().protocol_send(event)


if __name__ == "__main__":
    run.TCPServer = WholeAnswers  # type: ignore[attr-defined]
    main()
