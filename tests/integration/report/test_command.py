"""`driftgauge report` as it is typed: sentences, a page, JSON, and one clear line where it cannot."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.app.judging_settings import health_options
from driftgauge.config import Settings
from driftgauge.explanation.importance import Rules
from driftgauge.jobs.health import HealthJob
from driftgauge.jobs.importance import ImportanceJob, ImportanceOptions, ModelImportance
from driftgauge.model.identity import ModelKey
from fixtures.document import check_page, elements, text
from integration.jobs.stage import DAY, HOUR, normal

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.program import Run
    from integration.jobs.stage import Stage

ONE = ("report", "--model", "churn")


def test_a_page_holds_what_the_jobs_found(served: Stage, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "churn.html"
    done = run(*ONE, "--html", str(path))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"wrote {path}, ")
    page = path.read_text(encoding="utf-8")
    root = check_page(page)
    said = text(root)
    assert "2 of 3 judged features drifted in the window to " in said
    assert "plan: drifted" in said
    assert "fare: stable" in said
    assert "(degraded), where outcomes cover 100 % of the predictions" in said
    plots = [one.attrib["aria-label"] for one in elements(root, "svg")]
    assert any(
        one.startswith("age in the reference (2,000 values) and in the current window (800 values)") for one in plots
    )
    assert any(
        one.startswith("accuracy of 13 cohorts over 30 days: realised, estimated, and its limits") for one in plots
    )
    assert any(one.startswith("Share of positives by mean score") for one in plots)
    for reason in [row["reason"] for row in served.select("SELECT DISTINCT reason FROM data_drift_results")]:
        assert reason in said
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    assert [one.name for one in tmp_path.iterdir()] == ["churn.html"]


def test_the_terminal_gets_a_line_a_section(served: Stage, run: Run) -> None:
    del served
    done = run(*ONE)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("churn (version 1, production), as of ")
    assert "look  data drift" in done.out
    assert "2 of 3 judged features drifted in the window to " in done.out


def test_json_has_all_data_and_no_value_that_is_no_number(served: Stage, run: Run) -> None:
    served.execute(
        "INSERT INTO model_metrics (model_name, version, environment, metric_name, metric_value)"
        " VALUES ('churn', '1', 'production', 'odd', 'NaN')"
    )

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    done = run(*ONE, "--json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out, parse_constant=refuse)
    assert (told["model"], told["version"], told["environment"]) == ("churn", "1", "production")
    assert [one["key"] for one in told["sections"]][:3] == ["health", "traffic", "drift"]
    assert {one["feature"] for one in told["distributions"]} == {"age", "fare", "plan"}
    assert len(told["cohorts"]) == 13
    assert told["health"]["metrics"][0]["value"] is None
    assert 1 <= len(told["summary"]) <= 5


def of_model(_: str) -> ModelImportance:
    return ModelImportance(rules=Rules())


def test_scores_importances_and_past_alerts_are_told_everywhere(served: Stage, run: Run) -> None:
    for ago, importances in ((2 * DAY, {"age": 0.5, "plan": 0.3}), (DAY, {"age": 0.2, "fare": 0.3, "plan": 0.3})):
        for feature, value in importances.items():
            served.execute(
                "INSERT INTO feature_importance_history (model_name, version, environment, feature_name,"
                " importance_value, \"timestamp\") VALUES ('churn', '1', 'production', %s, %s, %s)",
                *(feature, value, served.border - ago),
            )
    ImportanceJob(served.database, ImportanceOptions(of_model=of_model, span=HOUR, settling=timedelta(0))).run()
    HealthJob(served.database, health_options(Settings())).run()
    served.execute(
        "INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message, triggered_at,"
        " resolved, resolved_at, resolution) VALUES ('churn', '1', 'production', 'ModelDegraded', 'critical', 'low',"
        " now() - INTERVAL '2 hours', TRUE, now() - INTERVAL '1 hour', 'alertmanager')"
    )
    told = json.loads(run(*ONE, "--json").out)
    assert told["scored"]["score"] < told["scored"]["threshold"]
    assert {one["component"] for one in told["scored"]["components"]} >= {"data_drift", "performance"}
    assert (told["importance"]["appeared"], len(told["importances"])) == (["fare"], 5)
    assert [(one["alert_type"], one["resolved"]) for one in told["alert_history"]] == [("ModelDegraded", True)]
    assert told["explanations"] == []
    root = check_page(run(*ONE, "--html", "-").out)
    said = text(root)
    assert f"Health was {told['scored']['score']:.3f} of 1 at " in said
    assert "age (-0.3) changed; fare appeared;" in said
    assert "No window of explanations was judged in the last 24 hours: see docs/explanations.md." in said
    assert "No alert waits; 1 alert began in 30 days, 1 of them ended" in said
    shown = run(*ONE).out
    assert f"health {told['scored']['score']:.3f} of 1: below its threshold of 0.8; " in shown
    assert "look  feature importance" in shown


def test_a_model_of_two_versions_is_told_by_the_one_that_served_last(served: Stage, run: Run, tmp_path: Path) -> None:
    newer = ModelKey(model="churn", version="2", environment="staging")
    served.log({"age": normal(10)}, [served.border] * 10, key=newer)
    served.roll()
    done = run(*ONE, "--html", "-")
    root = check_page(done.out)
    assert "There are also 1 in production: name one by --version and --environment." in text(root)
    assert "There are also 2 in staging" in text(check_page(run(*ONE, "--version", "1", "--html", "-").out))
    assert not list(tmp_path.iterdir())


def test_who_is_not_known_is_told_with_who_is(served: Stage, run: Run) -> None:
    del served
    done = run("report", "--model", "chrun")
    assert (done.code, done.out) == (2, "")
    assert done.err == "driftgauge: error: no model 'chrun' was counted yet; known are churn\n"
    done = run(*ONE, "--version", "9")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "churn was counted in no such version and environment; known are version 1 in production" in done.err


def test_where_no_model_is_known_the_way_to_one_is_told(run: Run) -> None:
    done = run(*ONE)
    assert done.code == 2
    assert "no model 'churn' was counted yet; none is known yet: driftgauge run rolls rows up" in done.err


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (".", "this is a directory; name a file in it"),
        ("missing/page.html", "there is no directory"),
        ("/dev/null", "this is no regular file"),
        ("/proc/page.html", "--html /proc/page.html: "),
        ("x" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_written_is_one_line(served: Stage, run: Run, file: str, reason: str, tmp_path: Path) -> None:
    del served
    path = file if file.startswith("/") else str(tmp_path / file)
    done = run(*ONE, "--html", path)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert reason in done.err
    assert not list(tmp_path.iterdir())


def test_an_older_page_is_replaced_whole_through_a_link(served: Stage, run: Run, tmp_path: Path) -> None:
    del served
    (tmp_path / "old.html").write_text("x" * 10_000_000, encoding="utf-8")
    (tmp_path / "link.html").symlink_to(tmp_path / "old.html")
    assert run(*ONE, "--html", str(tmp_path / "link.html")).code == 0
    assert (tmp_path / "link.html").is_symlink()
    check_page((tmp_path / "old.html").read_text(encoding="utf-8"))


def test_input_that_makes_no_sense_is_one_line(served: Stage, run: Run) -> None:
    del served
    for arguments, reason in (
        (("--html", "x.html", "--json"), "--html and --json: choose one"),
        (("--hours", "0"), "hours is 0"),
        (("--days", "0"), "days is 0"),
        (("--version", ""), "version is empty"),
    ):
        done = run(*ONE, *arguments)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert reason in done.err
