"""Every alert is kept once, whatever order its notices come in and however often."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.alertmanager.client import LiveAlert
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.alert import Alert
from driftgauge.store.alerts import APART, reconcile
from integration.alerts.conftest import MINUTE, NOON, ended, firing

if TYPE_CHECKING:
    from integration.alerts.conftest import History

DAY = timedelta(days=1)
GRACE = timedelta(minutes=5)
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def bring_in_line(history: History, *live: LiveAlert, before: datetime | None) -> None:
    with history.database.transaction() as connection:
        reconcile(connection, live, before=before, receiver="history")


def live(
    at: datetime = NOON,
    fingerprint: str = "00000000000000aa",
    *,
    suppressed: bool = False,
    receiver: str = "history",
    kept: bool = True,
) -> LiveAlert:
    return LiveAlert(
        fingerprint=fingerprint,
        starts_at=at,
        suppressed=suppressed,
        receivers=frozenset({receiver, "pager"}),
        told=firing(at, fingerprint) if kept else None,
    )


def soon() -> datetime:
    return datetime.now(UTC) + MINUTE


def test_what_is_told_of_an_alert_is_kept(history: History) -> None:
    history.record(firing())
    row = history.only()
    assert (row["alert_type"], row["severity"], row["message"]) == ("FeatureDrift", "warning", "age has drifted")
    assert (row["model_name"], row["version"], row["environment"]) == ("churn", "", "")
    assert (row["labels"], row["value"], row["threshold"]) == (firing().labels, 0.31, 0.2)
    assert (row["annotations"], row["generator_url"]) == (firing().annotations, "http://prometheus.example/graph")
    assert (row["triggered_at"], row["resolved"], row["resolution"]) == (NOON, False, None)


def test_a_replay_changes_nothing(history: History) -> None:
    history.record(firing())
    history.record(ended())
    before = history.rows()
    for _ in range(2):
        history.record(firing())
        history.record(ended())
        history.record(replace(firing(), annotations={"summary": "later words"}))
    assert history.rows() == before
    assert history.spans() == [(NOON, NOON + 10 * MINUTE)]


def test_an_end_whose_beginning_was_never_told_is_history(history: History) -> None:
    history.record(ended())
    assert history.spans() == [(NOON, NOON + 10 * MINUTE)]
    assert history.only()["resolution"] == "alertmanager"


def test_an_older_notice_loses_no_acknowledgement(history: History) -> None:
    history.record(firing())
    history.execute("UPDATE model_alerts SET acknowledged = TRUE, acknowledged_at = now(), acknowledged_by = 'anna'")
    before = history.only()
    history.record(firing())
    assert history.only() == before
    history.record(ended())
    after = history.only()
    assert (after["resolved"], after["acknowledged_by"]) == (True, "anna")
    assert after["acknowledged_at"] == before["acknowledged_at"]


def test_servers_of_a_pair_tell_of_one_alert(history: History) -> None:
    history.record(firing(NOON))
    history.record(firing(NOON + MINUTE))
    history.record(firing(NOON - MINUTE))
    assert history.spans() == [(NOON, None)]
    history.record(ended(NOON + MINUTE, NOON + 10 * MINUTE))
    history.record(ended(NOON - MINUTE, NOON + 10 * MINUTE))
    history.record(firing(NOON + MINUTE))
    assert history.spans() == [(NOON, NOON + 10 * MINUTE)]


def test_an_alert_that_begins_anew_ends_the_one_before(history: History) -> None:
    history.record(firing(NOON))
    history.record(firing(NOON + 60 * MINUTE))
    assert history.spans() == [(NOON, NOON + 60 * MINUTE), (NOON + 60 * MINUTE, None)]
    assert [row["resolution"] for row in history.rows()] == ["reconciled", None]
    history.record(ended(NOON, NOON + 20 * MINUTE))
    assert history.spans() == [(NOON, NOON + 20 * MINUTE), (NOON + 60 * MINUTE, None)], "now it is known when"


def test_alerts_that_differ_in_a_label_are_apart(history: History) -> None:
    history.record(firing(), firing(fingerprint="00000000000000bb", severity="critical"))
    history.record(ended())
    assert [(row["severity"], row["resolved"]) for row in history.rows()] == [("warning", True), ("critical", False)]


def test_a_row_that_somebody_resolved_without_a_time_hinders_no_later_alert(history: History) -> None:
    history.record(firing())
    history.execute("UPDATE model_alerts SET resolved = TRUE")
    history.record(firing())
    history.record(firing(NOON + 60 * MINUTE))
    assert [row["resolved"] for row in history.rows()] == [True, False]


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[datetime, datetime | None]], list[Alert]]:
    """Some times that an alert lasted, the last perhaps until now, and all notices of that in any order."""
    count = draw(st.integers(1, 4))
    spans: list[tuple[datetime, datetime | None]] = []
    at = NOON
    for place in range(count):
        at += APART + draw(st.integers(1, 10_000)) * MINUTE
        until = at + draw(st.integers(1, 10_000)) * MINUTE
        spans.append((at, None if place == count - 1 and draw(st.booleans()) else until))
        at = until
    notices = [firing(begun) for begun, _ in spans]
    notices += [ended(begun, until) for begun, until in spans if until is not None]
    again = draw(st.lists(st.sampled_from(notices), max_size=8))
    return spans, draw(st.permutations([*notices, *again]))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[tuple[datetime, datetime | None]], list[Alert | datetime]]:
    """A story, of whose beginnings not all are told, and looks at the list among its notices."""
    spans, notices = draw(stories())
    told = [notice for notice in notices if notice.ended_at is not None or draw(st.booleans())]
    last = (spans[-1][1] or spans[-1][0]) + GRACE
    minutes = st.integers(0, (last - NOON) // MINUTE)
    looks = sorted([NOON + minute * MINUTE for minute in draw(st.lists(minutes, max_size=6))])
    account: list[Alert | datetime] = list(told)
    place = 0
    for look in looks:
        place = draw(st.integers(place, len(account)))
        account.insert(place, look)
        place += 1
    return spans, [*account, last]


@SHARED
@given(account=accounts())
def test_in_whatever_order_notices_and_looks_at_the_list_come_the_history_is_the_same(
    history: History, account: tuple[list[tuple[datetime, datetime | None]], list[Alert | datetime]]
) -> None:
    spans, events = account
    history.execute("DELETE FROM model_alerts")
    for event in events:
        if isinstance(event, Alert):
            history.record(event)
            continue
        # The list has what lasted then; a row is as old as its alert at the most, and the list knows it from then on.
        history.execute("UPDATE model_alerts SET created_at = triggered_at")
        there = [begun for begun, until in spans if begun <= event and (until is None or event < until)]
        bring_in_line(history, *map(live, there), before=event - GRACE)
    assert history.spans() == spans
    assert all(row["resolution"] == "alertmanager" for row in history.rows() if row["resolved"])


@SHARED
@given(account=accounts(), resolved=st.lists(st.integers(0, 12), max_size=3))
def test_no_alert_is_lost_to_a_person_who_resolves_what_is_open_whenever(
    history: History,
    account: tuple[list[tuple[datetime, datetime | None]], list[Alert | datetime]],
    resolved: list[int],
) -> None:
    spans, events = account
    history.execute("DELETE FROM model_alerts")
    for place, event in enumerate(events):
        if isinstance(event, Alert):
            history.record(event)
        else:
            there = [begun for begun, until in spans if begun <= event and (until is None or event < until)]
            bring_in_line(history, *map(live, there), before=None)
        if place in resolved:
            history.execute(
                "UPDATE model_alerts SET resolved = TRUE, resolved_at = now(), resolution = 'by hand'"
                " WHERE NOT resolved"
            )
    found = history.rows()
    assert [row["triggered_at"] for row in found] == [begun for begun, _ in spans]
    for row, (_, until), (later, _) in zip(found, spans, [*spans[1:], (None, None)], strict=True):
        if row["resolution"] == "by hand":
            assert later is None or row["resolved_at"] <= later
        else:
            assert row["resolved_at"] == until


@SHARED
@given(story=stories())
def test_in_whatever_order_notices_come_the_history_is_the_same(
    history: History, story: tuple[list[tuple[datetime, datetime | None]], list[Alert]]
) -> None:
    spans, notices = story
    history.execute("DELETE FROM model_alerts")
    for notice in notices:
        history.record(notice)
    assert history.spans() == spans


def test_many_writers_at_once_keep_each_alert_once(history: History) -> None:
    alerts = [firing(NOON, f"{number:016x}", feature=f"f{number}") for number in range(200)]
    batches = [random.Random(seed).sample(alerts, len(alerts)) for seed in range(6)]  # noqa: S311 - an order

    with ThreadPoolExecutor(len(batches)) as pool:
        for done in [pool.submit(history.record, *batch) for batch in batches]:
            done.result()
    assert len(history.rows()) == len(alerts)


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@SHARED
@given(labels=st.dictionaries(TEXT, TEXT, max_size=5), name=TEXT, model=st.text("'\"\\;%({\n", max_size=2_000))
def test_whatever_labels_hold_is_kept_as_it_is(history: History, labels: dict[str, str], name: str, model: str) -> None:
    history.execute("DELETE FROM model_alerts")
    hostile = labels | {"alertname": name, "model": model}
    alert = replace(firing(), labels=hostile, annotations={"description": name, **labels})
    history.record(alert)
    row = history.only()
    assert (row["labels"], row["alert_type"], row["model_name"]) == (hostile, name, alert.key.model)


def test_what_alertmanager_no_longer_has_ends(history: History) -> None:
    history.record(firing(), firing(fingerprint="00000000000000bb"))
    history.execute(
        "INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message)"
        " VALUES ('churn', '3', 'production', 'own', 'info', '')"
    )
    bring_in_line(history, live(), before=soon())
    found = {row["fingerprint"]: (row["resolved"], row["resolution"]) for row in history.rows()}
    assert found == {
        "00000000000000aa": (False, None),
        "00000000000000bb": (True, "reconciled"),
        None: (False, None),
    }, "what others insert is theirs to resolve"


def test_nothing_ends_that_alertmanager_may_not_have_heard_of(history: History) -> None:
    history.record(firing())
    bring_in_line(history, before=None)
    bring_in_line(history, before=datetime.now(UTC) - MINUTE)
    assert history.spans() == [(NOON, None)]


def test_what_began_anew_is_not_the_alert_that_is_open(history: History) -> None:
    history.record(firing())
    bring_in_line(history, live(NOON + 2 * MINUTE), before=soon())
    assert history.spans() == [(NOON, None)], "as another server of a pair sees it"
    bring_in_line(history, live(NOON + 60 * MINUTE), before=soon())
    assert history.spans() == [(NOON, NOON + 60 * MINUTE), (NOON + 60 * MINUTE, None)], "though no notice told of it"


def test_what_alertmanager_has_and_no_notice_told_is_kept(history: History) -> None:
    history.record(firing())
    history.record(ended())
    again = NOON + 15 * MINUTE
    bring_in_line(
        history,
        live(again, suppressed=True),
        live(fingerprint="00000000000000bb"),
        live(fingerprint="00000000000000cc", receiver="another team"),
        live(fingerprint="00000000000000dd", kept=False),
        before=None,
    )
    found = [(row["fingerprint"], row["triggered_at"], row["resolved"], row["suppressed"]) for row in history.rows()]
    assert found == [
        ("00000000000000aa", NOON, True, False),
        ("00000000000000bb", NOON, False, False),
        ("00000000000000aa", again, False, True),
    ]
    before = history.rows()
    history.record(firing(again))
    bring_in_line(history, live(again, suppressed=True), live(fingerprint="00000000000000bb"), before=soon())
    assert history.rows() == before, "list and notices are of the same alerts"


def test_what_a_person_resolved_is_not_kept_again_by_the_list(history: History) -> None:
    history.record(firing())
    history.execute("UPDATE model_alerts SET resolved = TRUE, resolved_at = %s, resolution = 'by hand'", NOON + MINUTE)
    bring_in_line(history, live(), before=soon())
    assert history.spans() == [(NOON, NOON + MINUTE)]
    bring_in_line(history, live(NOON + 2 * MINUTE), before=soon())
    assert history.spans() == [(NOON, NOON + MINUTE), (NOON + 2 * MINUTE, None)], "it has begun anew since"


def test_an_alert_that_was_resolved_after_it_had_begun_anew_fires(history: History) -> None:
    history.record(firing())
    again = NOON + 60 * MINUTE
    history.execute(
        "UPDATE model_alerts SET resolved = TRUE, resolved_at = %s, resolution = 'by hand', resolved_by = 'anna'",
        again + 2 * MINUTE,
    )
    for _ in range(2):
        history.record(firing(again))  # the notice was late: the person had not seen it
        assert history.spans() == [(NOON, again), (again, None)]
        assert [(row["resolution"], row["resolved_by"]) for row in history.rows()] == [
            ("by hand", "anna"),
            (None, None),
        ]
        history.record(ended())
        history.record(firing())


def test_what_alertmanager_has_all_the_same_is_opened_again(history: History) -> None:
    history.record(firing())
    history.record(ended())
    bring_in_line(history, live(), before=NOON)
    assert history.only()["resolved"], "it may have ended since the list was made"
    bring_in_line(history, live(), before=soon())
    row = history.only()
    assert (row["resolved"], row["resolved_at"], row["resolution"]) == (False, None, None)


def test_what_a_person_resolved_stays_so(history: History) -> None:
    history.record(firing())
    history.execute("UPDATE model_alerts SET resolved = TRUE, resolved_at = %s, resolution = 'by hand'", NOON + MINUTE)
    bring_in_line(history, live(), before=soon())
    history.record(firing())
    history.record(ended())
    assert history.spans() == [(NOON, NOON + MINUTE)]


def test_suppressed_is_as_alertmanager_says_and_ends_with_the_alert(history: History) -> None:
    history.record(firing())
    for suppressed in (True, False, True):
        bring_in_line(history, live(suppressed=suppressed), before=None)
        assert history.only()["suppressed"] is suppressed
    history.record(ended())
    assert not history.only()["suppressed"]


@pytest.mark.parametrize(
    ("silence", "until", "stays"), [(None, None, False), ("4711", DAY, True), ("4711", -91 * DAY, False)]
)
def test_old_alerts_go_once_they_are_resolved_and_their_silence_has_gone(
    history: History, silence: str | None, until: timedelta | None, *, stays: bool
) -> None:
    now = datetime.now(UTC)
    history.record(firing(now - 100 * DAY))
    history.record(ended(now - 100 * DAY, now - 95 * DAY, "00000000000000bb"))
    history.record(ended(now - 100 * DAY, now - DAY, "00000000000000cc"))
    silenced_until = None if until is None else now + until
    history.execute(
        "UPDATE model_alerts SET silence_id = %s, silenced_until = %s WHERE resolved", silence, silenced_until
    )
    options = RetentionOptions(predictions=30 * DAY, rollups=400 * DAY, results=90 * DAY, partitions_ahead=DAY)
    RetentionJob(history.database, options).run()
    kept = {row["fingerprint"] for row in history.rows()}
    assert kept == {"00000000000000aa", "00000000000000cc"} | ({"00000000000000bb"} if stays else set())
