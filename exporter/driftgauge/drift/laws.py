"""The limit laws of the quadratic statistics of two cumulative distributions, to full precision far into the tail."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from driftgauge.model.bins import FloatArray

NODES: Final = 64  # enough up to where the tail is no float64 any more


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QuadraticLaw:
    """The law of `Σ λ_k Z_k²` with standard normal `Z_k`, as a mixture of exponentials; all lies above `least`.

    Notes
    -----
    Smirnov's formula: with `D(y) = Π (1 - λ_k y)` and `y_k = 1 / λ_k` in ascending order,
    `P(Q > x) = (1/π) Σ_j (-1)^(j-1) ∫ exp(-xy/2) / (y sqrt|D(y)|) dy` from `y_(2j-1)` to `y_(2j)`.
    `D` has a simple zero at either end of each interval, which is what the Gauss-Chebyshev rule is exact for.

    References
    ----------
    Smirnov, Comptes Rendus de l'Académie des Sciences 202 (1936) 449; Martynov, Theory of Probability and its
    Applications 20 (1975) 782-793.
    """

    rates: FloatArray
    weights: FloatArray
    least: float

    def tail(self, x: float) -> float:
        """Return the chance of more than `x`."""
        if x <= self.least:
            return 1.0
        return min(max(float((self.weights * np.exp(-x * self.rates)).sum()), 0.0), 1.0)


def _law(
    zero: Callable[[int], float],
    place: Callable[[FloatArray], FloatArray],
    density: Callable[[FloatArray], FloatArray],
    *,
    intervals: int,
    least: float,
) -> QuadraticLaw:
    """Return the law whose `D` has its zeros at `place(zero(k))`; `density(t)` is `dy / (y sqrt|D(y)|) / dt`."""
    angles = (np.arange(NODES) + 0.5) * (math.pi / NODES)
    rates: list[FloatArray] = []
    weights: list[FloatArray] = []
    for j in range(1, intervals + 1):
        start, end = zero(2 * j - 1), zero(2 * j)
        half = (end - start) / 2
        at: FloatArray = start + half * (1 - np.cos(angles))
        rates.append(place(at) / 2)
        weights.append((-1) ** (j - 1) * density(at) * np.sin(angles) * half / NODES)
    return QuadraticLaw(rates=np.concatenate(rates), weights=np.concatenate(weights), least=least)


CRAMER_VON_MISES: Final = _law(
    zero=lambda k: k * math.pi,
    place=np.square,
    density=lambda u: 2 / u * np.sqrt(u / np.abs(np.sin(u))),
    intervals=16,
    least=0.005,
)
"""`∫ B²`, of the Brownian bridge: `λ_k = 1 / (k π)²`, `D(u²) = sin(u) / u`."""

ANDERSON_DARLING: Final = _law(
    zero=lambda k: 2.0 * k + 1.0,
    place=lambda s: (s * s - 1) / 4,
    density=lambda s: s * np.sqrt(math.pi / ((s * s - 1) * np.abs(np.cos(math.pi * s / 2)))),
    intervals=20,
    least=0.05,
)
"""`∫ B² / (t (1 - t))`: `λ_k = 1 / (k (k + 1))`, `D((s² - 1) / 4) = -cos(π s / 2) / (π (s² - 1) / 4)`."""
