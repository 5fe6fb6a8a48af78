"""What a statistic should be in a window, and how far it may stray, learned from the windows of the reference.

A statistic of a window is its season, the window's own deviation (windows differ, and neighbours resemble each other)
and sampling noise, which falls with the rows. The season is the one that best predicts days that it was not fitted to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from driftgauge.drift.seasons import DAY, NONE, Season
from driftgauge.model.bins import FloatArray

BETTER: Final = 0.97  # a richer season must have so much less error on unseen days than a simpler one
SURELY: Final = 2.0  # standard errors by which it must have less
MOST_ALIKE: Final = 0.99
MOST_FITTED: Final = 0.7  # of the variance of a reference that a season and the mean can have taken up
LEAST_FREEDOM: Final = 3.0
HALVINGS: Final = 60
SINGULAR: Final = 1e-9
TINY: Final = 1e-12
LEAST_WINDOWS: Final = 8
"""Of fewer windows nothing is learned of how windows differ."""
SMALLEST_SKEWNESS: Final = 1e-6  # what is less skewed is symmetric
NORMAL_KURTOSIS: Final = 3.0
ASSUMED_DEVIATION: Final = 0.1
ASSUMED_FREEDOM: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """The predictive law of `k` statistics of a window: Student's t about a center that follows the season.

    `coefficients` has, for each of `seasons`, shape (p, k), zero for statistics that follow another; `chosen` is which
    one each follows. All else has shape (k,): `between` is the variance of windows' own deviations, `noise` the
    sampling variance of a single row, `leverage` how uncertain the center is, in units of the whole variance;
    `freedom` the degrees of freedom, `tails` those that the residuals' own tails have (infinite where normal);
    `skewness` that of the residuals.
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


def without_skewness(z_scores: FloatArray, skewness: FloatArray) -> FloatArray:
    """Return scores of a normal law for those of a skewed one, on its longer side; those of the other are left.

    Notes
    -----
    What depends on a level that wanders seldom does so in proportion: the share of a middle category falls whether the
    level rises or falls, so it has a χ² law, whose longer tail is that of an exponential. The scores are taken to
    follow a gamma law of their skewness (Pearson's third), and Wilson & Hilferty (1931) make them normal.

    Examples
    --------
    >>> from scipy.stats import gamma, norm
    >>> far = (gamma.isf(1e-6, 4) - 4) / 2  # a gamma law of shape 4 has the skewness 1
    >>> without_skewness(np.array([far, -far]), np.array([1.0, 1.0])).round(1).tolist()
    [4.7, -8.7]
    >>> norm.isf(1e-6).round(1)
    np.float64(4.8)
    """
    skew = np.maximum(np.abs(skewness), SMALLEST_SKEWNESS)
    size = np.abs(z_scores)
    normal = np.minimum(6 / skew * (np.cbrt(skew * size / 2 + 1) - 1) + skew / 6, size)
    return np.where(z_scores * skewness > 0, np.sign(z_scores) * normal, z_scores)


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
    the reference is worth, for the variance (degrees of freedom) and for the center (leverage).

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
    return whole


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
    lag = max(reference.width, float(np.min(np.diff(times))))
    separate = 1 + (len(values) - 1) * float(np.min(np.diff(times))) / lag
    free = 1 - np.minimum(rank / separate, MOST_FITTED)
    between = _between(residuals, reference.noise / reference.rows, free * len(values))
    variance = np.maximum(np.mean(residuals**2, axis=0) / free, TINY)
    own = np.clip(between / variance, TINY, 1.0)
    alike = np.clip(_correlation(residuals, times, lag, free * separate) / own, 0.0, MOST_ALIKE)
    leverage = rank / separate * (1 + 2 * own * alike / (1 - alike))
    worth = 1 + 2 * (own * alike) ** 2 / (1 - alike**2)
    freedom = np.maximum(free * separate / worth, LEAST_FREEDOM)
    return Expectation(
        seasons=tuple(seasons[: len(fits)]),
        chosen=chosen,
        coefficients=tuple(np.where(chosen == place, fit.weights, 0.0) for place, fit in enumerate(fits)),
        between=between * free / (1 - np.minimum(leverage, MOST_FITTED)),
        noise=reference.noise,
        leverage=np.minimum(leverage, 1.0),
        freedom=freedom,
        tails=_tails(residuals, worth * len(values) / separate),
        skewness=_skewness(residuals, freedom),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """A season fitted by least squares; `unseen` has each day's part in the mean square of residuals, were it left out."""

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
    least = unseen[0]
    for place, error in enumerate(unseen[1:], start=1):
        gains = least - error
        gain, doubt = gains.sum(axis=0), gains.std(axis=0, ddof=1) * np.sqrt(len(gains))
        better = (gain > (1 - BETTER) * least.sum(axis=0)) & (gain > SURELY * doubt)
        chosen[better] = place
        least = np.where(better, error, least)
    return chosen


def _between(residuals: FloatArray, noise: FloatArray, left: FloatArray) -> FloatArray:
    """Return the variance of windows beyond their sampling noise (shape (k,)).

    Notes
    -----
    Paule & Mandel (1982): the variance at which the weighted squares have their expectation, found by halving.
    """
    squares = residuals**2
    low = np.zeros(residuals.shape[1])
    high = squares.sum(axis=0) / left
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_small = (squares / np.maximum(middle + noise, TINY**2)).sum(axis=0) > left
        low[too_small] = middle[too_small]
        high[~too_small] = middle[~too_small]
    return high


def _correlation(residuals: FloatArray, times: FloatArray, lag: float, left: FloatArray) -> FloatArray:
    """Return the correlation of neighbouring windows that share no rows (shape (k,)): their middles are `lag` apart.

    Notes
    -----
    With the first-order correction for the bias of short series (Marriott & Pope 1954).
    """
    after = np.minimum(np.searchsorted(times, times + lag * 0.99), len(times) - 1)
    pairs = (times[after] - times >= lag * 0.99) & (times[after] - times <= lag * 1.5)
    products = np.mean(residuals[after[pairs]] * residuals[pairs], axis=0)
    found = products / np.maximum(np.mean(residuals**2, axis=0), TINY)
    return found + (1 + 3 * found) / left


def _tails(residuals: FloatArray, worth: FloatArray) -> FloatArray:
    """Return the degrees of freedom of the t law that has the residuals' fourth moment (shape (k,)), above 4.

    Infinite unless the excess over the normal law's is beyond twice its standard error.
    """
    squares = np.maximum(np.mean(residuals**2, axis=0), TINY)
    fourth = np.mean(residuals**4, axis=0) / squares**2
    excess = fourth - NORMAL_KURTOSIS - 2 * np.sqrt(24 * worth / len(residuals))
    return np.where(excess > 0, 4 + 6 / np.maximum(excess, TINY), np.inf)


def _skewness(residuals: FloatArray, freedom: FloatArray) -> FloatArray:
    """Return the skewness of residuals, less its standard error (shape (k,))."""
    squares = np.maximum(np.mean(residuals**2, axis=0), TINY)
    found = np.mean(residuals**3, axis=0) / squares**1.5
    return np.sign(found) * np.maximum(np.abs(found) - np.sqrt(6 / freedom), 0.0)
