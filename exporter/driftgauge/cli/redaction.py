"""Keeps passwords out of what is printed and logged."""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "***"
_IN_URI = re.compile(r"(:/{1,2}[^\s/:@]*:)\S+@")
_IN_PAIR = re.compile(
    r"""(?ix)
    ( (?:password|passwd) \s* = \s*                          # libpq's key=value, a query's key=value
    | ["'] (?:password|passwd|dsn|token) ["'] \s* : \s* )     # JSON, a dict's repr
    ( '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | \S+ )
    """,
)


def without_passwords(text: str) -> str:
    """Return `text` with the passwords of connection strings hidden.

    Examples
    --------
    >>> without_passwords("cannot reach postgresql://ann:s3cret@db/app")
    'cannot reach postgresql://ann:***@db/app'
    >>> without_passwords("host=db password='s3 cret' user=ann")
    'host=db password=*** user=ann'
    """
    return _IN_PAIR.sub(rf"\g<1>{HIDDEN}", _IN_URI.sub(rf"\g<1>{HIDDEN}@", text))
