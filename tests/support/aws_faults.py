"""The faults of a request to AWS and its response, by name, for the fault-injecting proxy."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from support.fault_proxy import Exchange, Fault, ProxiedAnswer, ProxiedRequest

DRIP_INTERVAL_S = 2
LATENCY_S = 0.3
PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Company proxy: sign in first.</body></html>"

# Code and status of each service for the same fault. Sources: the Common Errors page of each API reference.
_THROTTLING = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
    "monitoring": ("Throttling", 400),
}
_EXPIRED = {
    "dynamodb": ("ExpiredTokenException", 400),
    "lambda": ("ExpiredTokenException", 403),
    "s3": ("ExpiredToken", 400),
    "monitoring": ("ExpiredToken", 403),
}
_SKEWED = {
    "dynamodb": ("InvalidSignatureException", 400),
    "lambda": ("InvalidSignatureException", 403),
    "s3": ("RequestTimeTooSkewed", 403),
    "monitoring": ("SignatureDoesNotMatch", 403),
}
_DENIED = {
    "dynamodb": ("AccessDeniedException", 400),
    "lambda": ("AccessDeniedException", 403),
    "s3": ("AccessDenied", 403),
    "monitoring": ("AccessDenied", 403),
}
_INTERNAL = {
    "dynamodb": ("InternalServerError", 500),
    "lambda": ("ServiceException", 500),
    "s3": ("InternalError", 500),
    "monitoring": ("InternalServiceError", 500),
}


def reset(exchange: Exchange) -> None:
    """Reset the connection before the request is carried out."""
    exchange.reset()


def lose_answer(exchange: Exchange) -> None:
    """Reset the connection after the request was carried out."""
    exchange.forward()
    exchange.reset()


def close(exchange: Exchange) -> None:
    """Close the connection properly, without a response."""
    exchange.close()


def stall(exchange: Exchange) -> None:
    """Never respond."""
    exchange.is_over.wait()
    exchange.close()


def drip(exchange: Exchange) -> None:
    """Respond so slowly that each byte comes in time, but never the whole response."""
    for byte in exchange.forward().to_bytes():
        exchange.send(bytes([byte]))
        if exchange.is_over.wait(DRIP_INTERVAL_S):
            break
    exchange.close()


def truncate(exchange: Exchange) -> None:
    """End in the middle of the body."""
    answer = exchange.forward()
    length = ("Content-Length", str(len(answer.body) + 100))
    exchange.send(answer._replace(headers=[*answer.headers, length]).to_bytes())
    exchange.close()


def delay(exchange: Exchange) -> None:
    """Respond after LATENCY_S."""
    exchange.is_over.wait(LATENCY_S)
    exchange.send(exchange.forward().to_bytes())


def fail_after(exchange: Exchange) -> None:
    """Carry the request out, but return a server error."""
    exchange.forward()
    error(_INTERNAL)(exchange)


def falsify(exchange: Exchange) -> None:
    """Send the checksum of another body."""
    answer = exchange.forward()
    headers = [(name, value) for name, value in answer.headers if name.lower() != "x-amz-crc32"]
    exchange.send(answer._replace(headers=[*headers, ("x-amz-crc32", "1")]).to_bytes())


def process_none(exchange: Exchange) -> None:
    """Return all items of a batch as unprocessed."""
    items = json.loads(exchange.request.body)["RequestItems"]
    is_read = exchange.request.kind.endswith(":BatchGetItem")
    unprocessed = {"Responses": {}, "UnprocessedKeys": items} if is_read else {"UnprocessedItems": items}
    answer(200, json.dumps({**unprocessed, "ConsumedCapacity": []}).encode())(exchange)


def answer(status: int, body: bytes, content_type: str = "application/x-amz-json-1.0") -> Fault:
    """Return a fault that sends this response to every request."""
    return lambda exchange: exchange.send(ProxiedAnswer(status, body, [("Content-Type", content_type)]).to_bytes())


def error(codes: Mapping[str, tuple[str, int]], words: Callable[[], str] = lambda: "Injected.") -> Fault:
    """Return a fault that sends each service's error, in the service's form."""

    def fault(exchange: Exchange) -> None:
        service = exchange.request.kind.partition(":")[0]
        code, status = codes.get(service, codes["monitoring"])
        exchange.send(_in_form(service, code, status, words()).to_bytes())

    return fault


def around(
    before: Callable[[ProxiedRequest], object] | None = None, after: Callable[[ProxiedAnswer], object] | None = None
) -> Fault:
    """Return a fault that acts before the request is carried out, or before its response is sent."""

    def fault(exchange: Exchange) -> None:
        if before:
            before(exchange.request)
        answer = exchange.forward()
        if after:
            after(answer)
        exchange.send(answer.to_bytes())

    return fault


def _in_form(service: str, code: str, status: int, words: str) -> ProxiedAnswer:
    if service == "s3":
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{words}</Message></Error>'
        return ProxiedAnswer(status, body.encode(), [("Content-Type", "application/xml")])
    if service == "lambda":
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
        return ProxiedAnswer(status, json.dumps({"Type": "User", "message": words}).encode(), headers)
    body = json.dumps({"__type": f"com.amazonaws#{code}", "message": words})
    return ProxiedAnswer(status, body.encode(), [("Content-Type", "application/x-amz-json-1.0")])


def _skew_words() -> str:
    """Return AWS's message for a signature that is an hour old because of a wrong clock."""
    now = datetime.now(UTC)
    signed, earliest, then = (now - timedelta(hours=1), now - timedelta(minutes=5), now)
    stamp = "%Y%m%dT%H%M%SZ"
    return f"Signature expired: {signed:{stamp}} is now earlier than {earliest:{stamp}} ({then:{stamp}} - 5 min.)"


FAULTS: Mapping[str, Fault] = {
    "reset": reset,
    "answer lost": lose_answer,
    "closed": close,
    "stall": stall,
    "drip": drip,
    "truncated": truncate,
    "page 200": answer(200, PAGE, "text/html"),
    "page 403": answer(403, PAGE, "text/html"),
    "page 500": answer(500, PAGE, "text/html"),
    "page 503": answer(503, PAGE, "text/html"),
    "{} 200": answer(200, b"{}"),
    "[] 200": answer(200, b"[]"),
    "null 200": answer(200, b"null"),
    "empty 200": answer(200, b""),
    "500": error(_INTERNAL),
    "500 though done": fail_after,
    "503": error(dict.fromkeys(_INTERNAL, ("ServiceUnavailable", 503))),
    "throttled": error(_THROTTLING),
    "denied": error(_DENIED),
    "token expired": error(_EXPIRED, lambda: "The security token included in the request is expired"),
    "clock an hour off": error(_SKEWED, _skew_words),
    "unknown error": error(dict.fromkeys(_INTERNAL, ("NobodyKnowsException", 400))),
    "checksum of another": falsify,
    "unprocessed": process_none,
    "latency": delay,
}
# After these, a command may report that all is well.
HARMLESS = ("latency",)
# Faults of few operations.
_ONLY_FOR = {
    "checksum of another": ("dynamodb:",),
    "unprocessed": ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"),
}


def can_happen(fault: str, kind: str) -> bool:
    """Return whether a request of this kind can have the fault."""
    return kind.startswith(_ONLY_FOR.get(fault, ("",)))
