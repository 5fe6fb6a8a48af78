"""Where a click leads: to another dashboard, with what was clicked and the same time."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.dashboard import DashboardLink, DashboardLinkType

TAG: Final = "driftgauge"


class Link(DashboardLink):
    """A link where Grafana has always shown links: the SDK would hide those of dashboards in a menu."""

    def to_json(self) -> dict[str, object]:
        """Return the object that becomes JSON."""
        return {key: value for key, value in super().to_json().items() if key != "placement"}


_TIME: Final = "${__url_time_range}"
_KEPT: Final = f"{_TIME}&${{datasource:queryparam}}&${{job:queryparam}}&${{instance:queryparam}}"
EVIDENCE: Final = "driftgauge-evidence"
_OF_POSTGRES: Final = frozenset({EVIDENCE})  # has another data source, and no exporter to choose


def all_dashboards(*, of_many_models: bool) -> DashboardLink:
    """Lead to all dashboards, from the top of each.

    A dashboard of many models keeps its choices to itself: one of a single model would take "All" for its name.
    """
    return Link(
        title="driftgauge",
        type_val=DashboardLinkType.DASHBOARDS,
        icon="external link",
        tooltip="The other dashboards, of the same time" if of_many_models else "The same elsewhere, of the same time",
        tags=[TAG],
        as_dropdown=True,
        include_vars=not of_many_models,
        keep_time=True,
    )


def of_series(title: str, uid: str, *labels: str) -> DashboardLink:
    """Lead from a line or bar: its labels choose what the next dashboard shows."""
    return _link(title, uid, {label: f"${{__field.labels.{label}}}" for label in labels})


def of_row(title: str, uid: str, *columns: str) -> DashboardLink:
    """Lead from a cell of a table: the columns of its row choose what the next dashboard shows."""
    return _link(title, uid, {column: f"${{__data.fields.{column}}}" for column in columns})


def of_choice(title: str, uid: str, *variables: str) -> DashboardLink:
    """Lead from a whole panel: what is chosen here is chosen there."""
    kept = "".join(f"&${{{variable}:queryparam}}" for variable in variables)
    return Link(title=title, type_val=DashboardLinkType.LINK, url=_to(uid) + kept)


def of_evidence(title: str, uid: str, *variables: str) -> DashboardLink:
    """Lead from a whole panel of Postgres to a dashboard of Prometheus, which finds its own data source."""
    kept = "".join(f"&${{{variable}:queryparam}}" for variable in variables)
    return Link(title=title, type_val=DashboardLinkType.LINK, url=f"/d/{uid}?{_TIME}{kept}")


def of_evidence_row(title: str, uid: str, *columns: str) -> DashboardLink:
    """Lead from a cell of a table of Postgres to a dashboard of Prometheus."""
    chosen = "".join(f"&var-{column}=${{__data.fields.{column}}}" for column in columns)
    return Link(title=title, url=f"/d/{uid}?{_TIME}{chosen}")


def _link(title: str, uid: str, chosen: dict[str, str]) -> DashboardLink:
    kept = "".join(f"&var-{name}={value}" for name, value in chosen.items())
    return Link(title=title, url=_to(uid) + kept)


def _to(uid: str) -> str:
    return f"/d/{uid}?{_TIME if uid in _OF_POSTGRES else _KEPT}"
