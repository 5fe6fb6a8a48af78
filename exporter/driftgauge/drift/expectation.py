"""What a statistic should be in a window, and how far it may stray, learned from the windows of the reference.

A statistic of a window is its season, the window's own deviation (windows differ, and neighbours resemble each other)
and sampling noise, which falls with the rows. The season is the one that predicts days best that it was not
fitted to, and surely so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from driftgauge.drift.residuals import TINY, between_windows, correlation, skewness_of, tail_freedom, without_skewness
from driftgauge.drift.seasons import DAY, NONE, Season
from driftgauge.model.bins import FloatArray

BETTER: Final = 0.97  # a richer season must have so much less error on unseen days than a simpler one
SURELY: Final = 2.0  # standard errors by which it must have less
MOST_ALIKE: Final = 0.99
MOST_FITTED: Final = 0.7  # of the variance of a reference that its season, or its mean, can have taken up
LEAST_FREEDOM: Final = 3.0
SINGULAR: Final = 1e-9
LEAST_WINDOWS: Final = 8
"""Of fewer windows nothing is learned of how windows differ."""
ASSUMED_DEVIATION: Final = 0.1
ASSUMED_FREEDOM: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """The predictive law of `k` statistics of a window: Student's t about a center that follows the season.

    `coefficients` has, for each of `seasons`, shape (p, k), zero for statistics that follow another, and (0, k) where
    none follows it; `chosen` is which one each follows. All else has shape (k,): `between` is the variance of windows'
    own deviations, `noise` the sampling variance of a single row, `leverage` how uncertain the center is, in units of
    the whole variance; `freedom` the degrees of freedom, `tails` those that the residuals' own tails have (infinite
    where normal); `skewness` that of the residuals.
    """

    seasons: tuple[Season, ...]
    chosen: NDArray[np.int64]
    coefficients: tuple[FloatArray, ...]
    between: FloatArray
    noise: FloatArray
    leverage: FloatArray
    freedom: FloatArray
    tails: FloatArray
    skewness: FloatArray

    @classmethod
    def assumed(cls, usual: FloatArray, noise: FloatArray, seasons: Sequence[Season] = (NONE,)) -> Self:
        """Return what to expect where nothing tells how windows differ: `usual`, without a season.

        A window is taken to deviate by a tenth of what a single row does. The first season must be `NONE`.
        """
        return cls(
            seasons=tuple(seasons),
            chosen=np.zeros(len(usual), dtype=np.int64),
            coefficients=tuple(
                np.zeros((season.parameters, len(usual))) if place else usual[np.newaxis].copy()
                for place, season in enumerate(seasons)
            ),
            between=ASSUMED_DEVIATION**2 * noise,
            noise=noise,
            leverage=np.zeros_like(usual),
            freedom=np.full_like(usual, ASSUMED_FREEDOM),
            tails=np.full_like(usual, np.inf),
            skewness=np.zeros_like(usual),
        )

    def put(self, statistics: NDArray[np.bool_], part: Expectation) -> None:
        """Take over what is expected of some of the statistics; what `part` has no season for stays without."""
        self.chosen[statistics] = part.chosen
        for mine, weights in zip(self.coefficients, part.coefficients, strict=False):
            mine[:, statistics] = weights
        for mine, law in (
            (self.between, part.between),
            (self.leverage, part.leverage),
            (self.freedom, part.freedom),
            (self.tails, part.tails),
            (self.skewness, part.skewness),
        ):
            mine[statistics] = law

    def slim(self) -> Expectation:
        """Return the same without the coefficients of seasons that no statistic follows, most of what it holds."""
        followed, none = set(self.chosen.tolist()), np.zeros((0, len(self.chosen)))
        kept = (by if place in followed else none for place, by in enumerate(self.coefficients))
        return replace(self, coefficients=tuple(kept))

    def centers(self, time: float) -> FloatArray:
        """Return what is expected at a time, in local seconds since 1970 (shape (k,))."""
        at, followed = np.array([time]), set(self.chosen.tolist())
        parts = enumerate(zip(self.seasons, self.coefficients, strict=True))
        return np.sum([(season.columns(at) @ by)[0] for place, (season, by) in parts if place in followed], axis=0)

    def z_scores(self, values: FloatArray, centers: FloatArray, rows: FloatArray) -> FloatArray:
        """Return how many standard deviations statistics lie from their centers (shape (k,)).

        `rows` is how many values each was computed from, at least 1. On the side to which residuals are skewed, it is
        the score that is as unlikely in a normal law.
        """
        variance = (self.between + self.noise / rows) * (1 + self.leverage)
        return without_skewness((values - centers) / np.sqrt(np.maximum(variance, TINY**2)), self.skewness)

    def p_values(self, z_scores: FloatArray) -> FloatArray:
        """Return the two-sided chance of such scores (shape (k,))."""
        freedom = np.minimum(self.freedom, self.tails)
        unit = np.where(self.tails < self.freedom, np.sqrt(1 + 2 / (self.tails - 2)), 1.0)  # a t law of variance 1
        return np.asarray(2 * stdtr(freedom, -np.abs(z_scores) * unit), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowStatistics:
    """The statistics of a reference's windows, in order of time.

    `values` has shape (windows, k), NaN where a window has too few rows; `times` (windows,) is the middle of each, in
    seconds since 1970; `rows` (windows, k) how many values each statistic was computed from; `noise` (k,) the sampling
    variance of each, times rows. `width` is how long a window is, in seconds; windows may overlap. `local` are what
    local clocks showed at those times, by which seasons go; None where they are the same.
    """

    values: FloatArray
    times: FloatArray
    rows: FloatArray
    noise: FloatArray
    width: float
    local: FloatArray | None = None

    def known(self, windows: NDArray[np.bool_], statistics: NDArray[np.bool_]) -> WindowStatistics:
        """Return a part of them."""
        return WindowStatistics(
            values=self.values[windows][:, statistics],
            times=self.times[windows],
            rows=self.rows[windows][:, statistics],
            noise=self.noise[statistics],
            width=self.width,
            local=None if self.local is None else self.local[windows],
        )


def learn(reference: WindowStatistics, usual: FloatArray, seasons: Sequence[Season]) -> Expectation:
    """Learn what to expect from the windows of a reference.

    Parameters
    ----------
    reference : WindowStatistics
        What its windows had.
    usual : FloatArray, shape (k,)
        What the reference has as a whole: taken for statistics that fewer than `LEAST_WINDOWS` windows have.
    seasons : sequence of Season
        The candidates, the simplest first; those that need more days than there are are left out.

    Returns
    -------
    Expectation

    Notes
    -----
    A window's own deviations are taken as an autoregression of the first order: that sets how many separate windows
    the reference is worth, for the variance (degrees of freedom) and for the center (leverage). Windows that wander
    together also stray less from their own mean than from what it would be in the long run, by its variance: the
    variance between them is larger by as much (Bartlett 1946; `1 / (1 - (1 + 2 ρ / (1 - ρ)) / n)`).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> hours = WindowStatistics(values=rng.normal(2, 0.1, (48, 1)), times=np.arange(48) * 3600.0,
    ...                          rows=np.full((48, 1), 100.0), noise=np.array([1.0]), width=3600.0)
    >>> known = learn(hours, np.array([2.0]), [NONE])
    >>> known.centers(0.0).round(1).tolist(), known.freedom.tolist(), known.between.round(3).tolist()
    ([2.0], [47.0], [0.0])
    """
    whole = Expectation.assumed(usual, reference.noise, seasons)
    patterns, which = np.unique(~np.isnan(reference.values), axis=1, return_inverse=True)
    for place, windows in enumerate(patterns.T):
        if np.count_nonzero(windows) >= LEAST_WINDOWS:
            statistics = which.ravel() == place
            whole.put(statistics, _learn(reference.known(windows, statistics), seasons))
    return whole.slim()


def _learn(reference: WindowStatistics, seasons: Sequence[Season]) -> Expectation:
    """Learn from windows that have all the statistics."""
    values, times = reference.values, reference.times
    days = times // DAY
    reach = round(reference.width / DAY)  # windows of so many days before and after share rows with those of a day
    covered = (times[-1] - times[0] + reference.width) / DAY
    local = times if reference.local is None else reference.local
    fits = [_Fit.of(season.columns(local), values, days, reach) for season in seasons if covered >= season.least_days]
    chosen = _choose(np.stack([fit.unseen for fit in fits]))
    residuals = np.stack([fit.residuals for fit in fits], axis=2)[:, np.arange(len(chosen)), chosen]
    rank = np.array([fit.rank for fit in fits], dtype=np.float64)[chosen]
    step = float(np.min(np.diff(times)))
    lag = max(reference.width, step)
    separate = 1 + (len(values) - 1) * step / lag  # windows, those that share rows counted together
    free = 1 - np.minimum(rank / separate, MOST_FITTED)
    between = between_windows(residuals, reference.noise / reference.rows, free * len(values))
    variance = np.maximum(np.mean(residuals**2, axis=0) / free, TINY)
    own = np.clip(between / variance, TINY, 1.0)
    alike = np.clip(correlation(residuals, times, lag, free * separate) / own, 0.0, MOST_ALIKE)
    of_mean = (1 + 2 * own * alike / (1 - alike)) / separate  # its variance, in units of that of a window
    worth = 1 + 2 * (own * alike) ** 2 / (1 - alike**2)
    freedom = np.maximum(free * separate / worth, LEAST_FREEDOM)
    return Expectation(
        seasons=tuple(seasons[: len(fits)]),
        chosen=chosen,
        coefficients=tuple(np.where(chosen == place, fit.weights, 0.0) for place, fit in enumerate(fits)),
        between=between * (1 - 1 / separate) / (1 - np.minimum(of_mean, MOST_FITTED)),
        noise=reference.noise,
        leverage=np.minimum(rank * of_mean, 1.0),
        freedom=freedom,
        tails=tail_freedom(residuals, worth * len(values) / separate),
        skewness=skewness_of(residuals, freedom),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """A season fitted by least squares; `unseen`: each day's squared residuals, were it left out, per window."""

    weights: FloatArray
    residuals: FloatArray
    unseen: FloatArray
    rank: int

    @classmethod
    def of(cls, columns: FloatArray, values: FloatArray, days: FloatArray, reach: int) -> Self:
        u, singular, vt = np.linalg.svd(columns, full_matrices=False)
        kept = singular > singular[0] * SINGULAR
        u, singular, vt = u[:, kept], singular[kept], vt[kept]
        projected = u.T @ values
        residuals = values - u @ projected
        unseen: list[FloatArray] = []
        for day in np.unique(days):
            around = np.abs(days - day) <= reach
            hat = u[around] @ u[around].T
            predicted = np.linalg.lstsq(np.eye(len(hat)) - hat, residuals[around], rcond=SINGULAR)[0]
            unseen.append(np.sum(predicted[days[around] == day] ** 2, axis=0) / len(values))
        return cls(
            weights=vt.T @ (projected / singular[:, np.newaxis]),
            residuals=residuals,
            unseen=np.array(unseen),
            rank=len(singular),
        )


def _choose(unseen: FloatArray) -> NDArray[np.int64]:
    """Return for each statistic the first season that no later one betters by much (`unseen`: seasons × days × k).

    Notes
    -----
    A level that wanders looks like a season by chance, and the residuals of such a season are too small. So a richer
    one must be better by more than its gain is uncertain: by twice the standard error over days, where Breiman et al.
    (1984), Classification and Regression Trees, ask for one.
    """
    chosen = np.zeros(unseen.shape[2], dtype=np.int64)
    least: FloatArray = unseen[0]
    for place, error in enumerate(unseen[1:], start=1):
        gains: FloatArray = least - error
        gain, doubt = gains.sum(axis=0), gains.std(axis=0, ddof=1) * np.sqrt(len(gains))
        better = (gain > (1 - BETTER) * least.sum(axis=0)) & (gain > SURELY * doubt)
        chosen[better] = place
        least = np.where(better, error, least)
    return chosen
