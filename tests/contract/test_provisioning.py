"""Grafana's provisioning names what docker-compose.yml starts, mounts and keeps secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from contract.hardening import ROOT, Document, read

PROVISIONING: Final = ROOT / "grafana" / "provisioning"
SERVICES: Final[dict[str, Document]] = read()["services"]
GRAFANA: Final = SERVICES["grafana"]
SOURCES: Final[dict[str, Document]] = {
    source["uid"]: source
    for source in yaml.safe_load((PROVISIONING / "datasources" / "driftgauge.yaml").read_text(encoding="utf-8"))[
        "datasources"
    ]
}
PROMETHEUS: Final[Document] = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
UIDS: Final = {
    "driftgauge-prometheus": ("prometheus", "prometheus"),
    "driftgauge-postgres": ("grafana-postgresql-datasource", "postgres"),
    "driftgauge-alertmanager": ("alertmanager", "alertmanager"),
}


def mounts() -> dict[str, str]:
    """Return what Grafana sees of this repository, by where."""
    volumes = [str(volume).removesuffix(":ro").split(":") for volume in GRAFANA["volumes"]]
    return {where: source for source, where in volumes if source.startswith("./")}


def listens(service: str) -> str:
    """Return the port that a service listens on, as it is published."""
    [port] = SERVICES[service]["ports"]
    return str(port).rpartition(":")[2]


def test_the_data_sources_are_those_that_the_dashboards_ask() -> None:
    assert {uid: source["type"] for uid, source in SOURCES.items()} == {uid: kind for uid, (kind, _) in UIDS.items()}
    assert [uid for uid, source in SOURCES.items() if source.get("isDefault")] == ["driftgauge-prometheus"]


@pytest.mark.parametrize("uid", UIDS)
def test_a_data_source_is_a_service_of_compose_and_nobody_can_change_it(uid: str) -> None:
    source, (_, service) = SOURCES[uid], UIDS[uid]
    assert source["url"].removeprefix("http://") == f"{service}:{listens(service)}"
    assert source["access"] == "proxy"
    assert source["editable"] is False


def test_grafana_waits_for_what_it_asks() -> None:
    waited: set[str] = set(GRAFANA["depends_on"])
    for name in list(waited):
        waited |= SERVICES[name].get("depends_on", {}).keys()
    assert {service for _, service in UIDS.values()} <= waited


def test_prometheus_is_asked_for_no_more_than_it_scrapes() -> None:
    told = SOURCES["driftgauge-prometheus"]["jsonData"]
    assert told["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]
    assert told["httpMethod"] == "POST"
    assert told["alertmanagerUid"] in SOURCES


def test_postgres_is_read_by_the_role_that_may_only_read() -> None:
    source = SOURCES["driftgauge-postgres"]
    assert source["user"] == "driftgauge_grafana"
    assert source["jsonData"]["database"] == SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert source["jsonData"]["sslmode"] in {"disable", "require", "verify-ca", "verify-full"}
    named = re.fullmatch(r"\$__file\{/run/secrets/(\w+)\}", source["secureJsonData"]["password"])
    assert named is not None
    assert named[1] in GRAFANA["secrets"]
    assert named[1] in SERVICES["postgres"]["secrets"]
    logins = (ROOT / "exporter" / "compose" / "create-logins.sh").read_text(encoding="utf-8")
    assert f"/run/secrets/{named[1]}" in logins
    assert "ALTER ROLE driftgauge_grafana LOGIN PASSWORD" in logins


def test_alertmanager_is_the_one_of_prometheus_and_gets_no_alerts_of_grafanas() -> None:
    told = SOURCES["driftgauge-alertmanager"]["jsonData"]
    assert told == {"implementation": "prometheus", "handleGrafanaManagedAlerts": False}


def test_no_secret_is_written_into_provisioning() -> None:
    for path in PROVISIONING.rglob("*.yaml"):
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        for source in document.get("datasources", []):
            for value in source.get("secureJsonData", {}).values():
                assert str(value).startswith("$__file{/run/secrets/")


def test_the_dashboards_are_read_from_where_they_are_mounted() -> None:
    document = yaml.safe_load((PROVISIONING / "dashboards" / "driftgauge.yaml").read_text(encoding="utf-8"))
    [provider] = document["providers"]
    assert (provider["folder"], provider["folderUid"]) == ("driftgauge", "driftgauge")
    assert provider["allowUiUpdates"] is False
    assert mounts()[provider["options"]["path"]] == "./grafana/dashboards"


def test_each_room_of_provisioning_is_mounted_over_grafanas_own_and_no_other() -> None:
    rooms = {folder.name for folder in PROVISIONING.iterdir()}
    assert rooms == {"datasources", "dashboards"}  # no alerting: contact points stay in Alertmanager
    for room in rooms:
        assert mounts()[f"/etc/grafana/provisioning/{room}"] == f"./grafana/provisioning/{room}"


def test_grafana_has_no_default_password_and_no_default_key() -> None:
    told = GRAFANA["environment"]
    for setting in ("GF_SECURITY_ADMIN_PASSWORD__FILE", "GF_SECURITY_SECRET_KEY__FILE"):
        assert Path(told[setting]).name in GRAFANA["secrets"]
    assert told["GF_AUTH_ANONYMOUS_ENABLED"] == "false"


def test_grafana_asks_nobody_and_keeps_the_plugins_of_its_image() -> None:
    told = GRAFANA["environment"]
    off = [name for name, value in told.items() if name.startswith("GF_ANALYTICS_") and value == "false"]
    assert len(off) == 4
    assert told["GF_SECURITY_DISABLE_GRAVATAR"] == "true"
    assert told["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert told["GF_PLUGINS_PREINSTALL_AUTO_UPDATE"] == "false"
    assert told["GF_NEWS_NEWS_FEED_ENABLED"] == "false"
