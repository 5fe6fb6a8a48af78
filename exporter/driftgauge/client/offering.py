"""What every kind of row goes through: the queue, or the count of what was refused."""

from __future__ import annotations

import hashlib
from sys import getsizeof
from typing import Final

from driftgauge.client.delivery import Delivery
from driftgauge.client.intake import BLOCK
from driftgauge.client.ledger import Drop
from driftgauge.client.rows import Table
from driftgauge.client.values import text

OVERHEAD: Final = 700  # bytes that a row takes in memory besides its text and JSON
LARGEST_ROW: Final = 1 << 20


class Offering:
    """Offers rows of one model to a delivery."""

    def __init__(
        self, delivery: Delivery, model: tuple[str, str, str], *, strict: bool, user_id_key: bytes | None
    ) -> None:
        """Take where rows go, and whose they are."""
        self._delivery = delivery
        self._model = model
        self._strict = strict
        self._user_id_key = user_id_key

    def refuse(self, error: Exception, *, rows: int = 1) -> None:
        """Count what cannot be logged, and raise it if the logger is strict."""
        for _ in range(rows):
            self._delivery.refuse(Drop.INVALID)
        if self._strict:
            raise error

    def offer(self, table: Table, values: tuple[object, ...]) -> None:
        """Queue a row; its values must be as `rows.py` says."""
        size = sum(getsizeof(value) for value in values if isinstance(value, bytes | str))
        if size <= LARGEST_ROW:
            self._delivery.put(table.name, values, (size + OVERHEAD) // BLOCK + 1)
        else:
            self._delivery.refuse(Drop.TOO_LARGE)

    def user(self, user_id: object) -> str | None:
        """Return whom a row is for, as it may leave the process."""
        name = text(user_id)
        if name is None or self._user_id_key is None:
            return name
        return hashlib.blake2b(name.encode("utf-8", "replace"), key=self._user_id_key, digest_size=16).hexdigest()
