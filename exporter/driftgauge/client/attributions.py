"""Reads explanations made by shap and lime as plain names and numbers, without importing either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

__all__ = ["LimeExplanation", "LimeWeights", "ShapExplanation", "ShapRows"]

V = TypeVar("V")


class ShapExplanation(Protocol):
    """What is used of a `shap.Explanation`: arrays of any library, or lists."""

    @property
    def values(self) -> object:
        """What each feature added: (features,), (rows, features) or (rows, features, outputs)."""
        ...

    @property
    def base_values(self) -> object:
        """What they were added to."""
        ...

    @property
    def data(self) -> object:
        """What the model was given."""
        ...

    @property
    def feature_names(self) -> object:
        """A name a feature, or None."""
        ...

    @property
    def output_names(self) -> object:
        """A name an output, or None."""
        ...


class LimeExplanation(Protocol):
    """What is used of a lime `Explanation`."""

    @property
    def mode(self) -> object:
        """`classification` or `regression`."""
        ...

    @property
    def class_names(self) -> object:
        """A name a class, or None."""
        ...

    @property
    def domain_mapper(self) -> object:
        """What knows the explained row or text."""
        ...

    def as_map(self) -> Mapping[int, Iterable[tuple[int, float]]]:
        """Return the features' places and weights, by label."""
        ...

    def as_list(self, label: int) -> Iterable[tuple[object, float]]:
        """Return the features and weights of a label, as lime shows them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapRows:
    """A checked `shap.Explanation`; only rows that are asked for leave their arrays."""

    values: Sequence[object]
    data: Sequence[object] | None
    base_values: list[float | None]
    names: list[str]
    output: int | None  # None where the values have no axis for it

    @classmethod
    def of(
        cls, explanation: ShapExplanation, output: int | str | None, feature_names: Iterable[object] | None
    ) -> ShapRows:
        """Read an explanation; a ValueError tells what does not fit together."""
        values, base, data = explanation.values, explanation.base_values, explanation.data
        to_numpy = getattr(data, "to_numpy", None)  # of a data frame, whose items are columns
        data = to_numpy() if callable(to_numpy) else data
        if len(_shape(values)) == 1 or len(_shape(data)) == 1:
            values, base, data = [values], None if base is None else [base], None if data is None else [data]
        shape = _shape(values)
        if len(shape) not in {2, 3}:
            raise ValueError(f"attributions have 2 or 3 dimensions (rows, features, outputs), not shape {shape}")
        _, features, *outputs = shape
        given = _items(explanation.feature_names if feature_names is None else feature_names)
        names = list(_unique((str(name), None) for name in given))
        if not names:
            raise ValueError(f"the explanation names no features: give feature_names, {features} of them")
        if len(names) != features:
            raise ValueError(f"{len(names)} feature names for {features} attributions a row")
        if data is not None and _shape(data) != shape[:2]:
            raise ValueError(f"data of shape {_shape(data)} for attributions of shape {shape}")
        count = outputs[0] if outputs else 1
        told = [str(name) for name in _items(explanation.output_names)]
        chosen = _chosen("output", output, dict(enumerate(told if len(told) == count else [None] * count)))
        return cls(
            values=cast("Sequence[object]", values),
            data=cast("Sequence[object] | None", data),
            base_values=_base_values(base, shape, chosen),
            names=names,
            output=chosen if outputs else None,
        )

    def attributions(self, row: int) -> dict[str, float]:
        """Return what each feature added to the row's base value."""
        values = _plain(self.values[row])
        if self.output is not None:
            values = [outputs[self.output] for outputs in cast("list[list[float]]", values)]
        return dict(zip(self.names, map(float, cast("list[float]", values)), strict=True))

    def feature_values(self, row: int) -> dict[str, object] | None:
        """Return the values that the model was given, if the explanation has them."""
        if self.data is None:
            return None
        return dict(zip(self.names, cast("list[object]", _plain(self.data[row])), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class LimeWeights:
    """The weights of one label of a lime `Explanation`; the features' values if it is of a table's row."""

    weights: dict[str, float]
    values: dict[str, object] | None

    @classmethod
    def of(
        cls, explanation: LimeExplanation, label: int | str | None, feature_names: Iterable[object] | None
    ) -> LimeWeights:
        """Read an explanation; a ValueError tells what is not clear."""
        explained = explanation.as_map()
        if explanation.mode == "regression":
            if label is not None:
                raise ValueError(f"a regression's explanation has no labels: leave out label={label!r}")
            chosen = 1  # lime's own: label 0 is the same with its signs turned
        else:
            names = _items(explanation.class_names)
            classes = {int(each): str(names[each]) if each < len(names) else None for each in explained}
            chosen = _chosen("label", 1 if label is None and 1 in classes else label, classes)
        table = _table(explanation.domain_mapper, feature_names)
        if table is None:
            shown = ((str(name), float(weight)) for name, weight in explanation.as_list(label=chosen))
            return cls(weights=_unique(shown), values=None)
        by_place = {int(place): float(weight) for place, weight in explained[chosen]}  # sparse rows repeat a feature
        return cls(
            weights=_unique((table[place][0], weight) for place, weight in by_place.items()),
            values={table[place][0]: table[place][1] for place in by_place},
        )


def _base_values(base: object, shape: tuple[int, ...], output: int) -> list[float | None]:
    """Return each row's base value of an output."""
    rows, features, *outputs = shape
    if base is None:
        return [None] * rows
    plain, found, several = _plain(base), _shape(base), outputs not in ([], [1])
    if found == (rows, *(outputs or [1])):
        return [float(row[output]) for row in cast("list[list[float]]", plain)]
    if several and found == (*outputs,) and outputs != [features]:  # `explainer.expected_value`
        return [float(cast("list[float]", plain)[output])] * rows
    if not several and found == (rows,):
        return [float(value) for value in cast("list[float]", plain)]
    if not several and found in {(), (1,)}:
        return [float(cast("list[float]", plain)[0] if found else cast("float", plain))] * rows
    what = "interactions, which are no attributions," if several and outputs == [features] else "values"
    raise ValueError(f"base values of shape {found} for {what} of shape {shape}: there must be one a row and output")


def _table(mapper: object, feature_names: Iterable[object] | None) -> list[tuple[str, object]] | None:
    """Return the names and values of the row that lime explained; None if it was no table's."""
    shown = getattr(mapper, "feature_names", None)
    if shown is None:
        if feature_names is not None:
            raise ValueError("feature_names are for explanations of a table's row")
        return None
    texts = [str(text) for text in _items(shown)]
    names = None if feature_names is None else [str(name) for name in feature_names]
    if names is not None and len(names) != len(texts):
        raise ValueError(f"{len(names)} feature names for a row of {len(texts)} features")
    values = _items(getattr(mapper, "feature_values", None))
    places = getattr(mapper, "feature_indexes", None)
    known = dict(enumerate(values) if places is None else zip(_items(places), values, strict=True))
    table: list[tuple[str, object]] = []
    for place, text in enumerate(texts):
        name, value = names[place] if names else text, known.get(place, "0.00")  # a sparse row leaves zeros out
        if value == "True":  # lime's mark of a category, whose name it shows as `feature=category`
            name, category = (name, text.removeprefix(f"{name}=")) if names else text.rpartition("=")[::2]
            table.append((name, category))
        else:
            table.append((name, value))
    return table


def _chosen(what: str, wanted: int | str | None, offered: Mapping[int, str | None]) -> int:
    """Return which one is meant, by number or name; the only one if nothing is said."""
    if wanted is None and len(offered) == 1:
        return next(iter(offered))
    for number, name in offered.items():
        if wanted is not None and wanted in {number, name}:
            return number
    there = ", ".join(f"{number}" if name is None else f"{number} ({name})" for number, name in offered.items())
    fault = f"{what} is needed" if wanted is None else f"there is no {what} {wanted!r}"
    raise ValueError(f"{fault}: the explanation has {there}")


def _unique(named: Iterable[tuple[str, V]]) -> dict[str, V]:
    """Return the named values; a name that is twice there would hide one."""
    found: dict[str, V] = {}
    for name, value in named:
        if name in found:
            raise ValueError(f"two features are named {name!r}")
        found[name] = value
    return found


def _shape(array: object) -> tuple[int, ...]:
    """Return an array's or nested lists' shape; a number's is empty."""
    shape = getattr(array, "shape", None)
    if shape is not None:
        return tuple(shape)
    if isinstance(array, list | tuple):
        nested = cast("Sequence[object]", array)
        return (len(nested), *(_shape(nested[0]) if nested else ()))
    return ()


def _plain(array: object) -> object:
    """Return an array of any library as nested lists of Python's own numbers."""
    toarray: Callable[[], Any] | None = getattr(array, "toarray", None)  # of a sparse row
    array = toarray().ravel() if toarray else array
    tolist: Callable[[], object] | None = getattr(array, "tolist", None)
    array = tolist() if tolist else array
    return [_plain(each) for each in cast("list[object]", array)] if isinstance(array, list) else array


def _items(array: object) -> list[object]:
    """Return a list's or array's items; none of nothing, and a lone text is one."""
    plain = _plain([] if array is None else array)
    return [plain] if isinstance(plain, str) else list(cast("Iterable[object]", plain))
