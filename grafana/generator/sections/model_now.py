"""How a model is, in every respect at a glance."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.values import figure
from generator.links import of_choice
from generator.panels import GREEN, RED, SOUND_OR_FAULTY, STABLE_OR_DRIFTED, State
from generator.promql import (
    EACH_VERSION,
    KEYS,
    NORMAL_OR_DEGRADED,
    USUAL_OR_NOT,
    VERSION,
    WELL_OR_LOW,
    failed_share,
    firing,
    health_state,
    latency,
    predictions,
    with_rules,
)
from generator.queries import Prom

NOW: Final = Row(
    title="How is it?",
    panels=(
        figure(
            "Health",
            "Whether the health score of each version is below its exported limit; a version that another has "
            "replaced is told so. Normal is well. If it is low, the row below says what takes most away; "
            "`driftgauge show health --model NAME` says why.",
            Prom(expr=f"max by ({VERSION}) ({health_state()})", legend=EACH_VERSION, now=True),
            unit="none",
            states=WELL_OR_LOW,
            no_value="no health is known yet",
        ),
        figure(
            "Alerts",
            "Alerts of this model that fire now, critical or warning. Normal is none. Each name is a heading in the "
            "runbook; the last row of this page says since when they fire and who has answered.",
            Prom(
                expr=with_rules(f"count by ({VERSION}) ({firing('critical|warning')})", by=VERSION),
                legend=EACH_VERSION,
                now=True,
            ),
            unit="none",
            states={"0": State(text="none", colour=GREEN)},
            colour=RED,
            no_value="no rules are loaded",
        ),
        figure(
            "Predictions now",
            "Predictions a second of each version, as Prometheus saw them last. A version without any is replaced or "
            "silent; ModelSilent tells the second.",
            Prom(expr=predictions(by=VERSION), legend=EACH_VERSION, now=True),
            unit="cps",
            decimals=1,
            no_value="nothing was logged lately",
        ),
        figure(
            "Failed now",
            "Share of the predictions whose status is not `success`, now. The objective is on the dashboard SLO; "
            "ErrorBudgetBurn in the runbook says how to find what fails.",
            Prom(expr=failed_share(by=VERSION), legend=EACH_VERSION, now=True),
            unit="percentunit",
            decimals=2,
            no_value="nothing was logged lately",
            links=(of_choice("Its budget of errors", "driftgauge-slo", *KEYS),),
        ),
        figure(
            "95 % answer within",
            "The latency within which 95 of 100 predictions are answered now. What is allowed is drawn below, in the "
            "row about traffic; LatencyBudgetBurn in the runbook says where to look.",
            Prom(expr=latency(0.95, by=VERSION), legend=EACH_VERSION, now=True),
            unit="s",
            no_value="no latency was logged lately",
            links=(of_choice("Its budget of slow predictions", "driftgauge-slo", *KEYS),),
        ),
        figure(
            "Last prediction, ago",
            "How long ago each version last predicted, by the time of the prediction itself. Normal is seconds for a "
            "service and hours for a batch; how long it may be silent is learned, and ModelSilent tells when it is "
            "longer.",
            Prom(
                expr=f"time() - max by ({VERSION}) (ml_last_prediction_timestamp_seconds{{@model}})",
                legend=EACH_VERSION,
                now=True,
            ),
            unit="s",
            decimals=0,
            no_value="it has never predicted",
        ),
        figure(
            "Features",
            "Whether the features of the last judged window, together, are distributed as in the reference. If they "
            "drifted, open the dashboard Drift: it ranks them; DatasetDrift in the runbook says what to do.",
            Prom(expr=f"max by ({VERSION}) (ml_dataset_drifted{{@model}})", legend=EACH_VERSION, now=True),
            unit="none",
            states=STABLE_OR_DRIFTED,
            no_value="not judged: no reference, or too few rows",
            links=(of_choice("Which features drifted", "driftgauge-drift", *KEYS),),
        ),
        figure(
            "Values",
            "Whether any feature has more values missing, never seen, out of range or of another type than usual, or "
            "rows repeat each other. If faulty, mend the data before anything else: DataQuality in the runbook.",
            Prom(
                expr=f"max by ({VERSION}) (ml_feature_data_quality_faulty{{@model}} "
                'or ml_data_quality_faulty{@model, check!="staleness"})',
                legend=EACH_VERSION,
                now=True,
            ),
            unit="none",
            states=SOUND_OR_FAULTY,
            no_value="not judged: too few rows",
            links=(of_choice("Which values are faulty", "driftgauge-drift", *KEYS),),
        ),
        figure(
            "Performance",
            "Whether any metric is judged degraded, by the outcomes of its latest matured cohort or by the estimate "
            "of its latest closed one. If so, open the dashboard Performance; PerformanceBelowFloor in the runbook "
            "says what to do.",
            Prom(expr=f"max by ({VERSION}) (ml_performance_degraded{{@model}})", legend=EACH_VERSION, now=True),
            unit="none",
            states=NORMAL_OR_DEGRADED,
            no_value="not judged: no outcomes, or too few cohorts",
            links=(of_choice("Which metric degraded", "driftgauge-performance", *KEYS),),
        ),
        figure(
            "Concept",
            "Whether a detector told lately that errors, or a metric over days, changed by more than chance: what "
            "follows from the features is then another than the model learned. See ConceptDrift in the runbook.",
            Prom(expr=f"max by ({VERSION}) (ml_concept_drift_detected{{@model}})", legend=EACH_VERSION, now=True),
            unit="none",
            states=STABLE_OR_DRIFTED,
            no_value="not judged: nothing follows its outcomes",
            links=(of_choice("Which detector told it", "driftgauge-concept", *KEYS),),
        ),
        figure(
            "Reasoning",
            "Whether what features add to predictions, by SHAP or LIME, is judged another than in the reference. If "
            "so, the model reasons otherwise, though its inputs may be as before: ExplanationDrift in the runbook.",
            Prom(
                expr=f'max by ({VERSION}) (ml_explanation_verdict{{@model, verdict="drifted"}})',
                legend=EACH_VERSION,
                now=True,
            ),
            unit="none",
            states=STABLE_OR_DRIFTED,
            no_value="not judged: no explanation was logged",
            links=(of_choice("Which feature it uses otherwise", "driftgauge-explain", *KEYS),),
        ),
        figure(
            "Last hour",
            "Whether traffic, latency, failures, confidence or a logged metric was in the last closed hour not as it "
            "usually is at such an hour. The row about unusual hours names it: MetricAnomaly in the runbook.",
            Prom(expr=f"max by ({VERSION}) (ml_anomaly_detected{{@model}})", legend=EACH_VERSION, now=True),
            unit="none",
            states=USUAL_OR_NOT,
            no_value="not judged: fewer than eight days are known",
        ),
    ),
)
