"""Redacts text from elsewhere, so that an error or a log line may contain it."""

import re
from typing import Any

from botocore.exceptions import ClientError

# The longest useful text is IAM's denial, with the ARNs of a role and a table.
MOST_CHARACTERS = 400
# The limit for an error's code.
MOST_CODE_CHARACTERS = 64

_CUT = "..."
_PAGE = re.compile(r"\A\s*<.*|<(!doctype|html|head|body|\?xml)\b.*", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]*)", re.IGNORECASE)
# Headers of a request and their values, as in a canonical request. After a scheme such as Bearer comes the secret.
_HEADER = re.compile(
    r"\b(x-amz-[a-z0-9-]+|(?:proxy-)?authorization|(?:set-)?cookie|signedheaders)(\s*[:=]\s*)"
    r"(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?\S+",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(?<![\w-])([\w-]*(?:credential|signature|secret|token|password|accesskeyid)[\w-]*)([\"']?\s*[=:]\s*[\"']?)[^\s,;&\"']+",
    re.IGNORECASE,
)
_ACCESS_KEY = re.compile(r"\bA(?:KIA|SIA)[A-Z0-9]{12,}\b")
# A signature has 64 characters, a secret key 40, a token hundreds. Names are shorter, or have hyphens.
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=%_]{36,}")


def redact(message: object) -> str:
    """Return the first line of an error or another text, without anything that looks like a header, credential or page.

    It has at most MOST_CHARACTERS. AWS's answer to a wrong signature may contain the whole request with the session
    token, and a proxy answers with an HTML page of its own.
    """
    text = str(message)
    title = _TITLE.search(text)
    page = f"a page, titled {title[1].strip()!r}" if title and title[1].strip() else "a page"
    text = _PAGE.sub(lambda _: page, text)
    # All kinds of line ends, and the escaped \n of JSON within JSON.
    line = re.split(r"[\r\n\u2028\u2029]|\\n", text.strip(), maxsplit=1)[0]
    line = "".join(character if character.isprintable() else " " for character in line[: 10 * MOST_CHARACTERS])
    line = _SECRET.sub(rf"\1\2{_CUT}", _HEADER.sub(rf"\1\2{_CUT}", line))
    line = _ACCESS_KEY.sub(_CUT, line)
    # ARNs stay: they say what was denied to whom.
    words = [word if "arn:" in word else _LONG_WORD.sub(_CUT, word) for word in line.split(" ")]
    line = " ".join(words).strip()
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - len(_CUT)] + _CUT


def redact_answer(error: ClientError) -> tuple[str, str]:
    """Return the redacted code and message of an error answer. If a proxy answered, they may have any form."""
    answer: Any = error.response.get("Error", {})
    return redact_code(answer.get("Code", "")), redact(answer.get("Message", ""))


def redact_code(code: object) -> str:
    """Return an error's code with only the characters of a name or a status; UnnamedError if none are left."""
    name = re.sub(r"[^A-Za-z0-9._:-]", "", str(code))[:MOST_CODE_CHARACTERS]
    return name or "UnnamedError"
