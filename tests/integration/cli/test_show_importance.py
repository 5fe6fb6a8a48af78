"""`driftgauge show importance`: what the running exporter compared, what is compared now, and what was logged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

if TYPE_CHECKING:
    from fixtures.program import Run

BEFORE: Final = {"age": 0.45, "income": 0.30, "visits": 0.15, "old [bold]": 0.10}
AFTER: Final = {"age": 0.35, "income": 0.40, "visits": 0.10, "new": 0.15}
MODEL: Final = ("show", "importance", "--model", "churn")


@pytest.fixture
def logged(database: str, run: Run) -> Run:
    """Two versions' importances, compared by an exporter that ran once."""
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        for version, importances, days in (("1", BEFORE, 9), ("2", AFTER, 2)):
            for name, value in importances.items():
                connection.execute(
                    "INSERT INTO feature_importance_history (model_name, version, feature_name, importance_value,"
                    " \"timestamp\") VALUES ('churn', %s, %s, %s, now() - make_interval(days => %s))",
                    (version, name, value, days),
                )
    assert run("run", "--once").code == 0
    return run


def test_a_version_is_shown_beside_the_one_before_with_a_sentence(logged: Run) -> None:
    done = logged(*MODEL, "--version", "2")
    assert (done.code, done.err) == (0, "")
    sentence, heading, *rows = done.out.splitlines()
    assert sentence.startswith("churn (version 2, production), logged ")
    assert ", against version 1 of " in sentence
    assert (
        ": drifted. 3 of 5 features changed by more than 0.1: new appeared (0.15), age -0.1, income +0.1; "
        "vanished with little importance: old [bold]. Order: nDCG 0." in sentence
    )
    assert heading.split() == ["feature", "importance", "was", "change", "rank", "was", "rank", "moved", "state"]
    table = {row.split("  ")[0].strip(): row.split() for row in rows}
    assert table["income"] == ["income", "0.4", "0.3", "+0.1", "1", "2", "+1", "changed", "drifted"]
    assert table["new"] == ["new", "0.15", "3", "appeared", "drifted"]
    assert table["old [bold]"] == ["old", "[bold]", "0.1", "4", "vanished"]
    assert table["visits"] == ["visits", "0.1", "0.15", "-0.05", "4", "3", "-1", "stable"]


def test_every_version_is_shown_and_the_first_has_nothing_to_compare_with(logged: Run) -> None:
    done = logged(*MODEL)
    sentences = [line for line in done.out.splitlines() if line.startswith("churn (")]
    assert len(sentences) == 2
    assert sentences[1].endswith(": not compared. Nothing was logged before to compare with.")


def test_two_versions_are_compared_now_by_the_models_own_rules(logged: Run, tmp_path: object) -> None:
    done = logged(*MODEL, "--version", "1", "--against", "2")
    assert "against version 2 of " in done.out
    assert "old [bold] appeared" not in done.out
    path = f"{tmp_path}/driftgauge.yml"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path made of text
        file.write("models: {churn: {importance: {threshold: 0.5, ndcg_threshold: 0.1}}}\n")
    mild = logged("--config", path, *MODEL, "--version", "1", "--against", "2")
    assert ": stable. None of 5 features changed by more than 0.5" in mild.out


def test_json_has_nulls_for_what_a_side_lacks(logged: Run) -> None:
    found = json.loads(logged(*MODEL, "--json").out)
    assert [one["version"] for one in found] == ["2", "1"]
    by_name = {each["feature"]: each for each in found[0]["features"]}
    assert (by_name["new"]["previous"], by_name["new"]["change"]) == (None, None)
    assert by_name["old [bold]"]["current"] is None
    assert (found[1]["drifted"], found[1]["previous_version"]) == (None, None)
    history = json.loads(logged(*MODEL, "--history", "--version", "1", "--json").out)
    assert [(each["feature"], each["rank"]) for each in history] == [
        ("age", 1),
        ("income", 2),
        ("visits", 3),
        ("old [bold]", 4),
    ]


def test_what_was_logged_is_listed_the_newest_first(logged: Run) -> None:
    done = logged(*MODEL, "--history")
    assert done.out.split()[:6] == ["when", "version", "environment", "rank", "feature", "importance"]
    assert [line.split()[2] for line in done.out.splitlines()[1:]] == ["2"] * 4 + ["1"] * 4
    assert logged(*MODEL, "--history", "--days", "5").out.count("production") == 4


def test_there_are_words_where_there_is_nothing(run: Run) -> None:
    assert run(*MODEL).out == "no importances of churn: log them by log_feature_importance, or see --history\n"
    assert run(*MODEL, "--history").out == "no importances of churn in the last 30 days\n"
    assert run(*MODEL, "--against", "1").code == 0


def test_what_is_no_number_is_named(database: str, run: Run) -> None:
    with psycopg.connect(database, options="-c search_path=driftgauge") as connection:
        connection.execute(
            "INSERT INTO feature_importance_history (model_name, feature_name, importance_value)"
            " VALUES ('churn', 'age', 1), ('churn', 'plan', 'NaN')"
        )
    assert run("run", "--once").code == 0
    assert run(*MODEL).out.endswith("left out, as no number: plan\n")


def test_what_does_not_go_together_is_told(run: Run) -> None:
    done = run(*MODEL, "--history", "--against", "1")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "give one of them" in done.err
