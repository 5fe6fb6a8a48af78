"""Shapes of numeric features, each with mean 0 and variance 1: drawn from, and integrated exactly below any point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from driftgauge.model.bins import FloatArray

Shaped = tuple[int, ...]


class Shape(Protocol):
    """A distribution with mean 0 and variance 1."""

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        ...

    def below(self, x: FloatArray) -> FloatArray:
        """Return `∫ z^k f(z) dz` from minus infinity to `x` (finite) for k = 0, 1, 2, along a new first axis."""
        ...

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie."""
        ...


@dataclass(frozen=True, slots=True)
class Normal:
    """The normal law."""

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        return rng.standard_normal(size)

    def below(self, x: FloatArray) -> FloatArray:
        """Return the share, first and second moment below `x`."""
        share, density = ndtr(x), np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        return np.stack([share, -density, share - x * density])

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie."""
        return np.asarray(ndtri(p))


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The exponential of a normal value with deviation `sigma`, standardised: skewed to the right."""

    sigma: float = 0.75

    @property
    def _mean(self) -> float:
        return math.exp(self.sigma**2 / 2)

    @property
    def _deviation(self) -> float:
        return self._mean * math.sqrt(math.expm1(self.sigma**2))

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        return (np.exp(self.sigma * rng.standard_normal(size)) - self._mean) / self._deviation

    def below(self, x: FloatArray) -> FloatArray:
        """Return the share, first and second moment below `x`."""
        raw = np.maximum(self._mean + self._deviation * x, 1e-300)
        place = np.log(raw) / self.sigma
        share, first, second = (
            math.exp((power * self.sigma) ** 2 / 2) * ndtr(place - power * self.sigma) for power in range(3)
        )
        mean, deviation = self._mean, self._deviation
        return np.stack(
            [share, (first - mean * share) / deviation, (second - 2 * mean * first + mean**2 * share) / deviation**2]
        )

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie."""
        return (np.exp(self.sigma * ndtri(p)) - self._mean) / self._deviation


@dataclass(frozen=True, slots=True)
class StudentT:
    """Student's t with `freedom` degrees (more than two), scaled to variance 1: heavy tails.

    The second moment below a point follows from the law with two degrees fewer.
    """

    freedom: float = 5.0

    @property
    def _deviation(self) -> float:
        return math.sqrt(self.freedom / (self.freedom - 2))

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        return rng.standard_t(self.freedom, size) / self._deviation

    def below(self, x: FloatArray) -> FloatArray:
        """Return the share, first and second moment below `x`."""
        v, raw = self.freedom, x * self._deviation
        share, tighter = (
            np.asarray(found, dtype=np.float64) for found in (stdtr(v, raw), stdtr(v - 2, raw * math.sqrt((v - 2) / v)))
        )
        peak = math.exp(math.lgamma((v + 1) / 2) - math.lgamma(v / 2)) / math.sqrt(v * math.pi)
        density = peak * (1 + raw * raw / v) ** (-(v + 1) / 2)
        first = -density * (v + raw * raw) / (v - 1)
        second = v * ((v - 1) / (v - 2) * tighter - share)
        return np.stack([share, first / self._deviation, second / self._deviation**2])

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie."""
        return np.asarray(stdtrit(self.freedom, p), dtype=np.float64) / self._deviation


@dataclass(frozen=True, slots=True)
class Uniform:
    """All values between two ends alike."""

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        return np.asarray(math.sqrt(12) * (rng.random(size) - 0.5), dtype=np.float64)

    def below(self, x: FloatArray) -> FloatArray:
        """Return the share, first and second moment below `x`."""
        end = math.sqrt(3)
        inside = np.clip(x, -end, end)
        return np.stack([(inside ** (k + 1) - (-end) ** (k + 1)) / ((k + 1) * 2 * end) for k in range(3)])

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie."""
        return math.sqrt(12) * (p - 0.5)


@dataclass(frozen=True, slots=True)
class Bimodal:
    """Two equal normal humps `2 * distance` apart."""

    distance: float = 0.866

    @property
    def _width(self) -> float:
        return math.sqrt(1 - self.distance**2)

    def draw(self, rng: np.random.Generator, size: Shaped) -> FloatArray:
        """Return independent values."""
        side = np.where(rng.random(size) < 0.5, -self.distance, self.distance)  # noqa: PLR2004 - the humps are equal
        return side + self._width * rng.standard_normal(size)

    def below(self, x: FloatArray) -> FloatArray:
        """Return the share, first and second moment below `x`."""
        total = np.zeros((3, *x.shape))
        for center in (-self.distance, self.distance):
            share, first, second = Normal().below((x - center) / self._width) / 2
            total += np.stack(
                [
                    share,
                    center * share + self._width * first,
                    center**2 * share + 2 * center * self._width * first + self._width**2 * second,
                ]
            )
        return total

    def quantile(self, p: FloatArray) -> FloatArray:
        """Return the values below which the shares `p` lie, by halving."""
        low, high = np.full(p.shape, -20.0), np.full(p.shape, 20.0)
        for _ in range(64):
            middle = (low + high) / 2
            under = self.below(middle)[0] < p
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return (low + high) / 2


BIMODAL: Final = Bimodal()
SHAPES: Final[tuple[Shape, ...]] = (Normal(), Lognormal(), StudentT(), Uniform(), Normal(), BIMODAL)
"""The shapes that numeric features take in turn; the fifth is rounded to whole numbers."""
