"""The demonstration's explanations are those of the very models that answer, and arrive by the client's helpers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import psycopg
import pytest

from driftgauge.demo.explaining import Explainer, Explaining, columns_of
from driftgauge.demo.flights import Flights, data_directory, load_flights
from driftgauge.demo.incidents import HEALTHY, Phase
from driftgauge.demo.live import LiveTraffic
from driftgauge.demo.model import CANARY_LACKS, CANARY_VERSION, DelayModel, area_under_curve, train
from driftgauge.demo.traffic import TRAINING, answer, part, request
from driftgauge.errors import SignalMissing
from driftgauge.explanation.importance import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from driftgauge.demo.traffic import Parts, PredictionRow

NOWHERE: Final = "host=127.0.0.1 port=1 user=nobody"
END: Final = datetime(2026, 11, 23, 18, 30, 12, 345678, tzinfo=UTC)
ALWAYS: Final = (Phase(incident=HEALTHY, start=0.0, end=1e6),)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20130315)


@pytest.fixture(scope="module")
def flights() -> Flights:
    return load_flights(data_directory())


@pytest.fixture(scope="module")
def model(flights: Flights) -> DelayModel:
    return train(flights.between(*TRAINING), seed=1)


@pytest.fixture(scope="module")
def parts(flights: Flights) -> Parts:
    return part(flights, end=END, days=28, rng=np.random.default_rng(28))


@pytest.fixture(scope="module")
def canary(flights: Flights) -> DelayModel:
    return train(flights.between(*TRAINING), seed=1, version=CANARY_VERSION, without=frozenset([CANARY_LACKS]))


@pytest.fixture
def explainer(model: DelayModel, parts: Parts, writer_dsn: str) -> Iterator[Explainer]:
    explainer = Explainer.of(model, parts.history.features, writer_dsn)
    yield explainer
    explainer.close()


@pytest.fixture
def rows(model: DelayModel, parts: Parts, rng: np.random.Generator) -> list[PredictionRow]:
    some = parts.winter.take(np.arange(300))
    return answer(request(some, rng=rng), model, times=some.scheduled, rng=rng)


def count(database: str, table: str) -> int:
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608 - the names below
    assert found is not None
    return found[0]


def test_shap_values_add_up_to_what_the_model_says(explainer: Explainer, rows: list[PredictionRow]) -> None:
    matrix = explainer.model.matrix(columns_of(rows, explainer.model.features))
    explained = explainer.shap(matrix)
    margin = np.log(explainer.model.probabilities(matrix)[:, 1] / explainer.model.probabilities(matrix)[:, 0])
    assert np.abs(explained.values.sum(axis=1) + explained.base_values - margin).max() < 1e-9


def test_a_history_is_logged_at_its_own_times_with_its_own_values(
    explainer: Explainer, rows: list[PredictionRow], database: str
) -> None:
    explainer.log_history(rows)
    assert explainer.logger.flush(30)
    with psycopg.connect(database, options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        stored = connection.execute(
            "SELECT feature_name, feature_value, timestamp FROM shap_values WHERE prediction_id = %s", (rows[7].id,)
        ).fetchall()
        methods = connection.execute("SELECT DISTINCT explanation_method FROM explanation_metadata").fetchall()
    values = {name: value for name, value, _ in stored}
    assert values["carrier"] == rows[7].features["carrier"]
    assert {name for name, value in values.items() if value is None} == {
        name for name, value in rows[7].features.items() if value is None
    }
    assert {at for _, _, at in stored} == {rows[7].timestamp}
    assert methods == [("tree_shap",)]
    assert count(database, "shap_values") == 300 * len(explainer.model.features)


def test_a_sample_of_live_flights_is_explained_by_both(
    explainer: Explainer, rows: list[PredictionRow], database: str
) -> None:
    for start in range(0, len(rows), 15):
        explainer.log_live(rows[start : start + 15])
    told = Explaining(explainers=(explainer,)).conclude()
    assert 10 <= explainer.told.shap <= 60
    assert count(database, "shap_values") == explainer.told.shap * len(explainer.model.features)
    assert count(database, "lime_explanations") == explainer.told.lime * len(explainer.model.features)
    assert told.startswith(
        f"explained live: {explainer.told.shap} predictions by SHAP, {explainer.told.lime} by LIME; "
    )


def test_lime_explains_a_complete_flight_by_every_feature(
    explainer: Explainer, rows: list[PredictionRow], monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr("driftgauge.demo.explaining.LIME_SHARE", 1.0)
    monkeypatch.setattr("driftgauge.demo.explaining.SHAP_SHARE", 1.0)
    complete = [row for row in rows if None not in row.features.values()][:1]
    explainer.log_live(complete)
    assert (explainer.told.shap, explainer.told.lime) == (1, 1)
    explainer.log_live([row for row in rows if None in row.features.values()][:5])
    assert (explainer.told.shap, explainer.told.lime) == (6, 1), "LIME takes no missing value"
    explainer.close()
    assert count(database, "lime_explanations") == len(explainer.model.features)


def test_what_another_version_answered_and_what_failed_is_not_explained(
    explainer: Explainer, rows: list[PredictionRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("driftgauge.demo.explaining.SHAP_SHARE", 1.0)
    explainer.log_live([row._replace(version="2013.2") for row in rows[:5]])
    explainer.log_live([row._replace(status="error") for row in rows[:5]])
    explainer.log_live([])
    assert explainer.told.shap == 0


def test_the_canary_is_worse_and_does_without_what_mattered_most(
    explainer: Explainer, canary: DelayModel, model: DelayModel, parts: Parts
) -> None:
    some = parts.history.take(np.arange(1_500)).features
    before = explainer.log_importances(some)
    other = Explainer.of(canary, parts.history.features, NOWHERE)
    after = other.log_importances(some)
    other.logger.close(0)
    found = compare(before, after)
    assert next(iter(before)) == CANARY_LACKS
    assert CANARY_LACKS in found.drifted_features
    assert 0.55 < area_under_curve(canary, parts.winter) < area_under_curve(model, parts.winter)


def test_a_share_of_the_requests_is_the_canary_s_in_order_of_time(
    parts: Parts, model: DelayModel, canary: DelayModel, rng: np.random.Generator
) -> None:
    traffic = LiveTraffic(parts, model, phases=ALWAYS, start=END, rate=200, rng=rng, canary=canary)
    found: list[PredictionRow] = []
    for tick in range(1, 41):
        found += traffic.until(END + timedelta(seconds=tick / 4))
    tried = [row for row in found if row.version == CANARY_VERSION]
    assert 0.07 < len(tried) / len(found) < 0.13
    assert [row.timestamp for row in found] == sorted(row.timestamp for row in found)
    assert all(CANARY_LACKS not in row.features for row in tried)


def test_rows_that_could_not_be_stored_are_told(model: DelayModel, parts: Parts) -> None:
    lost = Explainer.of(model, parts.history.features, NOWHERE)
    lost.logger.log_feature_importance({"hour": 1.0})
    lost.logger.close(0)
    with pytest.raises(SignalMissing, match="explanations were lost: 1 rows logged, 0 stored"):
        Explaining(explainers=(lost,)).conclude()
