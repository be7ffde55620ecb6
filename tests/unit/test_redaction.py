"""Redacted text says what is wrong, and contains no secret."""

import pytest
from scavenger.redaction import MOST_CHARACTERS, redact, redact_code

SECRET = "FwoGZXIvYXdzEJr//////////wEaDKcF+3L8kX9"
DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/a-role-with-a-rather-long-name-us-east-1/scavenger is not authorized "
    "to perform: dynamodb:BatchWriteItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/staging because no "
    "identity-based policy allows the dynamodb:BatchWriteItem action"
)


@pytest.mark.parametrize(
    "text",
    [
        DENIED,
        "Requested resource not found: Table: staging not found",
        "The security token included in the request is invalid.",
        "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        "The request signature we calculated does not match the signature you provided.",
        "Throughput exceeds the current capacity of your table or index.",
        "Überlänge: 表 ist zu lang",
        "",
    ],
)
def test_aws_messages_stay_as_they_are(text: str) -> None:
    """They tell a person what to do."""
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"It does not match.\n\nThe Canonical String should have been\nx-amz-security-token:{SECRET}",
        f"It does not match. The Canonical String should have been 'POST / x-amz-security-token:{SECRET} x'",
        f"It does not match.\\nX-Amz-Security-Token: {SECRET}",
        f"It does not match.\r{SECRET}",
        f"It does not match.\u2028{SECRET}",
        f"Authorization: AWS4-HMAC-SHA256 {SECRET}",
        f"Proxy-Authorization: Basic {SECRET}",
        f"authorization=Bearer {SECRET}",
        f"Cookie: session={SECRET}",
        f"Credential={SECRET}/20261125/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature={SECRET}",
        f"https://example.org/?X-Amz-Credential={SECRET}&X-Amz-Signature={SECRET}",
        f'{{"sessionToken": "{SECRET}"}}',
        f"password={SECRET}",
        f"the token of the request was {SECRET}",
        f"<html><body>{SECRET}</body></html>",
        f"<html>\n<head><title>403 Forbidden</title></head>{SECRET}",
        "x" * MOST_CHARACTERS + " " + SECRET,
    ],
)
def test_no_credential_is_passed_on(text: str) -> None:
    """It is removed from any context, on any line."""
    assert SECRET not in redact(text)
    assert SECRET[-12:] not in redact(text)


@pytest.mark.parametrize("key_id", ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"])
def test_no_access_key_is_passed_on(key_id: str) -> None:
    """It identifies the caller."""
    assert redact(f"{key_id} is not known") == "... is not known"


def test_a_page_of_a_proxy_is_replaced_by_its_title() -> None:
    """The rest of the page is useless in a log."""
    assert redact("<!DOCTYPE html>\n<html><head><title>\n 503 Down </title>...") == "a page, titled '503 Down'"
    assert redact("<html><body>Log in</body></html>") == "a page"
    assert redact("An error occurred (403): <html><body>Log in</body></html>") == "An error occurred (403): a page"


def test_a_long_text_is_cut() -> None:
    """A log line must not be too long."""
    assert redact("word " * 1000) == ("word " * 1000)[: MOST_CHARACTERS - 3] + "..."
    assert len(redact("a<b " * 10**6)) == MOST_CHARACTERS


def test_control_characters_are_removed() -> None:
    """A terminal would change colours or move the cursor."""
    assert redact("\x1b[2Jgone\x07") == "[2Jgone"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("AccessDeniedException", "AccessDeniedException"),
        ("503", "503"),
        (503, "503"),
        ("", "UnnamedError"),
        ("<html>\n", "html"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_an_error_code_is_reduced_to_a_name(code: object, name: str) -> None:
    """It becomes the name of an error in the log."""
    assert redact_code(code) == name
