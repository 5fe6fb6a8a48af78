"""Evaluate the rules of a model against metrics that you have at hand, and keep the alerts that follow."""

from __future__ import annotations

from driftgauge.rules.evaluating import RuleAlert, connect, evaluate_alert_rules

__all__ = ["RuleAlert", "connect", "evaluate_alert_rules"]
