"""How profiles and layouts are written to Postgres: compact bytes that numpy reads back without a loop.

A profile is `<BQ` (format, rows), the slots' occupancy as packed bits, the occupied slots' counts (uint32, or uint64
where one needs it: the format says which), the occupied numeric slots' sums (float64), the gaps (int64) and the
moments (float64), all little-endian. A bucket of few rows takes few bytes, however many slots its layout has.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final, overload

import numpy as np
import orjson

from driftgauge.model.bins import BinLayout, CategoricalBins, FeatureBins, NumericBins
from driftgauge.model.profile import ModelProfile
from driftgauge.model.projection import Projection

HEADER: Final = struct.Struct("<BQ")
COUNT_TYPES: Final = {1: np.dtype("<u4"), 2: np.dtype("<u8")}
LARGEST_SHORT_COUNT: Final = 2**32 - 1


def encode_profile(profile: ModelProfile) -> bytes:
    """Return the profile's bytes."""
    occupied = profile.counts != 0
    counts = profile.counts[occupied]
    form = 1 if counts.max(initial=0) <= LARGEST_SHORT_COUNT else 2
    return b"".join(
        (
            HEADER.pack(form, profile.rows),
            np.packbits(occupied).tobytes(),
            counts.astype(COUNT_TYPES[form]).tobytes(),
            profile.sums[occupied & profile.layout.numeric_slots].astype("<f8").tobytes(),
            profile.gaps.astype("<i8").tobytes(),
            profile.moments.astype("<f8").tobytes(),
        )
    )


def decode_profile(layout: BinLayout, data: bytes) -> ModelProfile:
    """Return the profile that `data` holds on `layout`.

    Raises
    ------
    ValueError
        If the data was not written on a layout of this shape.
    """
    form, rows = HEADER.unpack_from(data)
    if form not in COUNT_TYPES:
        raise ValueError(f"unknown profile format {form}")
    count_type = COUNT_TYPES[form]
    place = HEADER.size
    packed = np.frombuffer(data, dtype=np.uint8, count=(layout.slots + 7) // 8, offset=place)
    place += packed.nbytes
    occupied = np.unpackbits(packed, count=layout.slots).view(np.bool_)
    summed = occupied & layout.numeric_slots
    counts = np.zeros(layout.slots, dtype=np.int64)
    filled = int(np.count_nonzero(occupied))
    counts[occupied] = np.frombuffer(data, dtype=count_type, count=filled, offset=place)
    place += count_type.itemsize * filled
    sums = np.zeros(layout.slots)
    filled = int(np.count_nonzero(summed))
    sums[summed] = np.frombuffer(data, dtype="<f8", count=filled, offset=place)
    place += 8 * filled
    features = len(layout.features)
    if len(data) != place + 48 * features:
        raise ValueError(f"a profile of {len(data)} bytes does not fit a layout of {features} features")
    gaps = np.frombuffer(data, dtype="<i8", count=3 * features, offset=place).reshape(features, 3)
    moments = np.frombuffer(data, dtype="<f8", count=3 * features, offset=place + 24 * features).reshape(features, 3)
    return ModelProfile(layout=layout, rows=rows, counts=counts, sums=sums, gaps=gaps, moments=moments)


class EncodedProfiles(Sequence[ModelProfile]):
    """Profiles as they are kept, each decoded when it is asked for: many buckets take little memory."""

    def __init__(self, layout: BinLayout, encoded: Sequence[bytes]) -> None:
        """Hold what `encode_profile` returned for profiles on one layout."""
        self._layout = layout
        self._encoded = encoded

    def __len__(self) -> int:
        """Return how many profiles there are."""
        return len(self._encoded)

    @overload
    def __getitem__(self, place: int) -> ModelProfile: ...
    @overload
    def __getitem__(self, place: slice) -> EncodedProfiles: ...
    def __getitem__(self, place: int | slice) -> ModelProfile | EncodedProfiles:
        """Return one profile, or some of them."""
        if isinstance(place, slice):
            return EncodedProfiles(self._layout, self._encoded[place])
        return decode_profile(self._layout, self._encoded[place])


def encode_layout(layout: BinLayout) -> str:
    """Return the layout as JSON; floats keep every bit."""
    return orjson.dumps({name: _bins_to_json(bins) for name, bins in layout.features.items()}).decode()


def decode_layout(document: dict[str, Any]) -> BinLayout:
    """Return the layout that a parsed JSON document holds."""
    return BinLayout(features={name: _bins_from_json(bins) for name, bins in sorted(document.items())})


def _bins_to_json(bins: FeatureBins) -> dict[str, Any]:
    if isinstance(bins, NumericBins):
        plain: dict[str, Any] = {
            "kind": bins.kind,
            "edges": bins.edges.tolist(),
            "center": bins.center,
            "scale": bins.scale,
        }
        if bins.projection is not None:
            plain["projection"] = _projection_to_json(bins.projection)
        if bins.length_of is not None:
            plain["length_of"] = bins.length_of
        return plain
    return {
        "kind": bins.kind,
        "categories": list(bins.categories),
        "rare": sorted(bins.rare),
        "overflowed": bins.overflowed,
    }


def _bins_from_json(bins: dict[str, Any]) -> FeatureBins:
    if bins["kind"] == NumericBins.kind:
        edges = np.array(bins["edges"], dtype=np.float64)
        return NumericBins(
            edges=edges,
            center=float(bins["center"]),
            scale=float(bins["scale"]),
            projection=_projection_from_json(bins["projection"]) if "projection" in bins else None,
            length_of=bins.get("length_of"),
        )
    return CategoricalBins(
        categories=tuple(bins["categories"]), rare=frozenset(bins["rare"]), overflowed=bool(bins["overflowed"])
    )


def _projection_to_json(projection: Projection) -> dict[str, Any]:
    return {
        "features": list(projection.features),
        "means": projection.means.tolist(),
        "scales": projection.scales.tolist(),
        "components": projection.components.tolist(),
    }


def _projection_from_json(document: dict[str, Any]) -> Projection:
    means, scales, components = (
        np.array(document[name], dtype=np.float64) for name in ("means", "scales", "components")
    )
    return Projection(features=tuple(document["features"]), means=means, scales=scales, components=components)
