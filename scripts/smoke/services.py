"""What the exporter, Prometheus and Alertmanager must say of themselves."""

from __future__ import annotations

from servers import Server
from table import expect


def metrics(exporter: Server) -> str:
    """Return how many series the exporter serves."""
    lines = [line for line in exporter.ask("/metrics").decode().splitlines() if line and not line.startswith("#")]
    expect(any(line.startswith("driftgauge_database_up 1") for line in lines), "driftgauge_database_up is not 1")
    models = sum(line.startswith("ml_") for line in lines)
    return f"{len(lines)} series, {models} of them of models"


def targets(prometheus: Server) -> str:
    """Return what Prometheus scrapes."""
    active = prometheus.json("/api/v1/targets?state=active")["data"]["activeTargets"]
    down = [f"{one['labels']['job']}: {one['lastError'] or one['health']}" for one in active if one["health"] != "up"]
    expect(active and not down, "; ".join(down) or "nothing is scraped")
    return ", ".join(sorted(one["labels"]["job"] for one in active))


def rules(prometheus: Server) -> str:
    """Return how many rules Prometheus evaluates."""
    groups = prometheus.json("/api/v1/rules")["data"]["groups"]
    loaded = [rule for group in groups for rule in group["rules"]]
    sick = [f"{rule['name']}: {rule.get('lastError') or rule['health']}" for rule in loaded if rule["health"] != "ok"]
    expect(loaded and not sick, "; ".join(sick) or "no rules are loaded")
    return f"{len(loaded)} rules in {len(groups)} groups"


def told(prometheus: Server) -> str:
    """Return whom Prometheus tells of alerts."""
    known = prometheus.json("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    expect(known, "Prometheus knows no Alertmanager")
    return ", ".join(one["url"] for one in known)


def watchdog(alertmanager: Server) -> str:
    """Return what Alertmanager holds: an alert that always fires must be there."""
    names = sorted({alert["labels"]["alertname"] for alert in alertmanager.json("/api/v2/alerts")})
    expect("Watchdog" in names, "the alert Watchdog, which always fires, has not arrived")
    return ", ".join(names)
