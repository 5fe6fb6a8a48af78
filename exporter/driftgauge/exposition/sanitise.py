"""The one sanitiser of label values that come from data."""

from __future__ import annotations

import hashlib
import re

LONGEST = 128

_HOSTILE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MARK_LENGTH = 9


def sanitise(value: str) -> str:
    r"""Return `value` as a legal label value of at most 128 characters, unchanged where it is one already.

    Control characters and lone surrogates are spelled out as backslash escapes, so that values that differ in them
    still differ; newlines stay, as both formats escape them. A long value is cut and ends with a short hash of the
    whole, so that two long values with the same beginning stay two series.

    Examples
    --------
    >>> sanitise("fraud-eu")
    'fraud-eu'
    >>> sanitise("fraud\x00eu")
    'fraud\\x00eu'
    >>> len(sanitise("x" * 1000))
    128
    """
    clean = value if value.isprintable() else _HOSTILE.sub(_spell_out, value)
    if len(clean) <= LONGEST:
        return clean
    mark = hashlib.blake2s(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{clean[: LONGEST - _MARK_LENGTH]}~{mark}"


def _spell_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"  # noqa: PLR2004  # one byte
