"""`driftgauge show`: its questions, in the order of its help."""

from __future__ import annotations

from typing import Final

import typer

from driftgauge.cli.show.alerts import show_alerts
from driftgauge.cli.show.anomalies import show_anomalies
from driftgauge.cli.show.concept import show_concept
from driftgauge.cli.show.drift import show_drift
from driftgauge.cli.show.explanations import show_explanations, show_lime, show_shap
from driftgauge.cli.show.health import show_health
from driftgauge.cli.show.importance import show_importance
from driftgauge.cli.show.metrics import show_metrics
from driftgauge.cli.show.performance import show_performance
from driftgauge.cli.show.predictions import show_predictions
from driftgauge.cli.show.quality import show_quality

_EPILOG: Final = """\
Examples:

driftgauge show health --model churn

driftgauge show drift --model churn --version 3 --hours 72 --days 30

driftgauge show drift --model churn --segment mobile

driftgauge show performance --model churn --metric recall --days 90

driftgauge show metrics --model churn --json | jq '.[0]'

Times are UTC. Hours go back from now; days are whole UTC days, today the last. With --json, what is no number is null.
"""


def register(app: typer.Typer) -> None:
    """Add the command group to the program."""
    group = typer.Typer(
        no_args_is_help=True,
        epilog=_EPILOG,
        help="Show what is known of a model: health, predictions, drift, performance, alerts.",
    )
    group.command("health", epilog="Example: driftgauge show health --model churn --hours 1")(show_health)
    group.command("predictions", epilog="Example: driftgauge show predictions --model churn --hours 1")(
        show_predictions
    )
    group.command("metrics", epilog="Example: driftgauge show metrics --model churn --limit 20")(show_metrics)
    group.command("drift", epilog="Example: driftgauge show drift --model churn --hours 72 --days 30")(show_drift)
    group.command("quality", epilog="Example: driftgauge show quality --model churn --hours 2")(show_quality)
    group.command("anomalies", epilog="Example: driftgauge show anomalies --model churn --hours 48")(show_anomalies)
    group.command("concept", epilog="Example: driftgauge show concept --model churn --days 30")(show_concept)
    group.command("performance", epilog="Example: driftgauge show performance --model churn --metric f1")(
        show_performance
    )
    group.command("importance", epilog="Example: driftgauge show importance --model churn --against 2026.2")(
        show_importance
    )
    group.command("alerts", epilog="Example: driftgauge show alerts --model churn --environment production")(
        show_alerts
    )
    group.command("shap", epilog="Example: driftgauge show shap 018f0000-0000-7000-8000-000000000000")(show_shap)
    group.command("lime", epilog="Example: driftgauge show lime 018f0000-0000-7000-8000-000000000000")(show_lime)
    group.command("explanations", epilog="Example: driftgauge show explanations --model churn --version 3")(
        show_explanations
    )
    app.add_typer(group, name="show")
