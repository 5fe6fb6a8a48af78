"""Cut arrays, data frames and columns into rows, without importing what they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, cast

from driftgauge.client.values import to_microseconds

NO_COLUMNS: Final = "features: give a data frame, a mapping of columns, a sequence of mappings, or an array with names"


def records(features: object, names: Sequence[str] | None = None) -> list[Mapping[str, object]]:
    """Return a mapping of feature values a row.

    Parameters
    ----------
    features
        A data frame (pandas, polars), a mapping of names to columns, a sequence of mappings, or an array or nested
        sequence of shape (rows, features), for which `names` names the columns.
    names
        The names of an array's columns.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or lengths do not match.

    Examples
    --------
    >>> records({"age": [41, 29], "plan": ["pro", "free"]})
    [{'age': 41, 'plan': 'pro'}, {'age': 29, 'plan': 'free'}]
    >>> records([[41, 2], [29, 0]], ["age", "visits"])
    [{'age': 41, 'visits': 2}, {'age': 29, 'visits': 0}]
    """
    if names is not None:
        rows = plain_list(features)
        if any(len(row) != len(names) for row in rows):
            raise ValueError(f"features: a row has not {len(names)} values, one a name")
        return [dict(zip(names, row, strict=True)) for row in rows]
    columns = _columns(features)
    if columns is not None:
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"features: the columns have different lengths: {sorted(lengths)}")
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    rows = plain_list(features)
    if not all(isinstance(row, Mapping) for row in rows):
        raise TypeError(NO_COLUMNS)
    return rows


def spread(name: str, values: Any, rows: int) -> Iterator[Any]:  # noqa: ANN401 - whatever a service has
    """Yield a value a row: those of a sequence, or the one that serves all.

    Raises
    ------
    ValueError
        If a sequence has another length than there are rows.

    Examples
    --------
    >>> list(spread("latency_ms", 12.5, 2)), list(spread("status", ["success", "error"], 2))
    ([12.5, 12.5], ['success', 'error'])
    """
    if _serves_all(values):
        return repeat(values, rows)
    column = plain_list(values)
    if len(column) != rows:
        raise ValueError(f"{name}: {len(column)} values for {rows} rows")
    return iter(column)


def plain_list(values: object) -> list[Any]:
    """Return a sequence, array or series as a list of plain values.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> plain_list((1, 2))
    [1, 2]
    """
    for way in ("to_list", "tolist", "to_numpy"):
        offered = getattr(to_microseconds(values), way, None)
        if callable(offered):
            found = offered()
            return found if isinstance(found, list) else plain_list(found)  # pyright: ignore[reportUnknownVariableType] - a stranger's
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise TypeError(f"a sequence or an array is needed; got {type(values).__name__}")
    return list(cast("Sequence[Any]", values))


def _serves_all(values: object) -> bool:
    """Return whether this is one value, not one a row."""
    if getattr(values, "shape", None) == () or not hasattr(values, "__len__"):
        return True
    return isinstance(values, str | bytes | Mapping)


def _columns(features: object) -> dict[str, list[Any]] | None:
    """Return the columns of a mapping or data frame, None if it is neither."""
    frame = cast("Any", features)
    if isinstance(features, Mapping):
        names: list[Any] = list(cast("Mapping[Any, Any]", features))
    elif hasattr(features, "columns") and hasattr(features, "__getitem__"):
        names = list(frame.columns)
    else:
        return None
    return {str(name): plain_list(frame[name]) for name in names}
