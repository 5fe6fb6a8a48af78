from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from driftgauge import __version__
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import Verdict
from driftgauge.web.landing import landing_page
from driftgauge.web.published import JobLine, ModelLine, Page, Readiness

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
READY = Readiness(ready=True, reason="all jobs ran")
KEY = ModelKey(model="fraud", version="7", environment="prod")


class Reader(HTMLParser):
    """Collects tags, links and the text outside the style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] != "style" and data.strip():
            self.words.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.words)


def page(*models: ModelLine, jobs: tuple[JobLine, ...] = ()) -> Reader:
    return Reader(landing_page(Page(at=NOW, models=models, jobs=jobs), READY))


def test_a_model_shows_its_verdict_features_rows_age_and_reference() -> None:
    line = ModelLine(
        key=KEY,
        verdict=Verdict.DRIFTED,
        drifted_features=("age", "carrier"),
        rows=12_345,
        last_prediction_at=NOW - timedelta(minutes=2, seconds=5),
        reference="automatic, 2,000 rows",
    )
    text = page(line).text
    assert "fraud 7 prod drifted age, carrier 12,345 2 min 5 s automatic, 2,000 rows" in text
    assert "As of 2026-03-01 12:00:05 UTC" in text


def test_states_without_a_judgement_are_told_apart() -> None:
    verdicts = (Verdict.INSUFFICIENT_DATA, Verdict.NO_DATA, None)
    text = page(*(ModelLine(key=KEY, verdict=verdict) for verdict in verdicts)).text
    assert all(words in text for words in ("too few rows", "no data", "not judged yet"))


def test_a_job_shows_its_last_success_and_its_problem() -> None:
    jobs = (
        JobLine(name="rollup", every=timedelta(seconds=15), last_success_at=NOW - timedelta(days=1, hours=2)),
        JobLine(name="drift", every=timedelta(hours=1), problem="permission denied; GRANT SELECT …"),
    )
    text = page(jobs=jobs).text
    assert "rollup 15 s 1 d 2 h ago none" in text
    assert "drift 1 h 0 min never permission denied; GRANT SELECT …" in text


def test_nothing_is_loaded_from_elsewhere() -> None:
    reader = page(ModelLine(key=KEY))
    assert set(reader.links) == {"/metrics", "/-/ready", "/-/healthy"}
    assert not {"script", "img", "link", "iframe"} & set(reader.tags)
    assert f"driftgauge {__version__}" in reader.text


def test_before_the_first_cycle_the_page_says_why() -> None:
    text = Reader(landing_page(None, Readiness(ready=False, reason="Postgres cannot be reached"))).text
    assert "Not ready : Postgres cannot be reached" in text


def test_no_models_yet_is_said_in_words() -> None:
    assert "None yet" in page().text


def test_many_models_and_features_are_cut_with_a_count() -> None:
    line = ModelLine(key=KEY, verdict=Verdict.DRIFTED, drifted_features=tuple(f"f{number}" for number in range(20)))
    text = page(*[line] * 501).text
    assert "f7 and 12 more" in text
    assert "And 1 more" in text


@given(st.text(st.characters(codec=None), max_size=50).map("<script>alert(1)</script>\"'&".__add__))
def test_hostile_names_never_become_markup(name: str) -> None:
    key = ModelKey(model=name, version=name, environment=name)
    line = ModelLine(key=key, verdict=Verdict.DRIFTED, drifted_features=(name,), reference=name)
    jobs = (JobLine(name=name, every=timedelta(1), problem=name),)
    html = landing_page(Page(at=NOW, models=(line,), jobs=jobs), Readiness(ready=False, reason=name))
    html.encode()
    assert "script" not in Reader(html).tags
