"""The classic health score: the success rate, lowered by each thing that is wrong."""

from __future__ import annotations

from typing import Final

SLOW_MS: Final = 200.0
SLOW, DATA_DRIFT, CONCEPT_DRIFT = 0.8, 0.7, 0.6


def classic_score(
    *, success_rate: float | None, mean_latency_ms: float | None, data_drift: bool, concept_drift: bool
) -> float | None:
    """Return the classic health score of a model over a span of time.

    Parameters
    ----------
    success_rate : float or None
        Share of the predictions that succeeded, in [0, 1]; None when there were none.
    mean_latency_ms : float or None
        Mean latency in milliseconds; None where none was measured, which lowers nothing.
    data_drift, concept_drift : bool
        Whether the features, or the relation of features and outcomes, have drifted.

    Returns
    -------
    float or None
        From 0 (worst) to 1; None when there were no predictions, which is neither good nor bad.

    Notes
    -----
    The score is the success rate, times 0.8 if the mean latency is above 200 ms, times 0.7 on data drift, times 0.6 on
    concept drift, clipped to [0, 1].

    Examples
    --------
    >>> classic_score(success_rate=0.9, mean_latency_ms=40.0, data_drift=False, concept_drift=False)
    0.9
    >>> score = classic_score(success_rate=1.0, mean_latency_ms=250.0, data_drift=True, concept_drift=True)
    >>> round(score, 3)
    0.336
    """
    if success_rate is None:
        return None
    score = success_rate
    if mean_latency_ms is not None and mean_latency_ms > SLOW_MS:
        score *= SLOW
    if data_drift:
        score *= DATA_DRIFT
    if concept_drift:
        score *= CONCEPT_DRIFT
    return min(max(score, 0.0), 1.0)
