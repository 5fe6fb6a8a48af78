"""The importances that services logged, against those before."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines
from generator.kinds.values import rows
from generator.links import EVIDENCE, of_row
from generator.panels import STABLE_OR_DRIFTED, Column
from generator.phrases import FEATURE, OF_FEATURE, TO_EVIDENCE
from generator.promql import MODEL
from generator.queries import Prom

BY_BASIS: Final = f"{MODEL}, basis"
LOGGED: Final = f"{FEATURE}, basis"
BASIS: Final = '@model, basis=~"$basis"'
IMPORTANCE: Final = f'{BASIS}, feature=~"$feature"'
OF_BASIS: Final = "{{basis}} {{version}} {{environment}}"

NOT_LOGGED: Final = "No importances were logged: services tell them by log_feature_importance (docs/connect.md)."
NOTHING_BEFORE: Final = "Nothing to compare with: the first logging of the first version is not judged."

LOGGINGS: Final = Row(
    title="Importances that services logged",
    panels=(
        rows(
            "Features by logged importance",
            "What services told when the model was trained or deployed, against the logging before. A change beyond "
            "the threshold is drift; a feature that appeared or vanished has no change. A rank change is positive "
            "where a feature became more important. Ask what training changed.",
            Prom(expr=f"max by ({LOGGED}) (ml_feature_importance{{{IMPORTANCE}}})", now=True),
            Prom(expr=f"max by ({LOGGED}) (ml_feature_importance_change{{{IMPORTANCE}}})", now=True),
            Prom(expr=f"max by ({LOGGED}) (ml_feature_importance_rank{{{IMPORTANCE}}})", now=True),
            Prom(expr=f"max by ({LOGGED}) (ml_feature_importance_rank_change{{{IMPORTANCE}}})", now=True),
            Prom(expr=f"max by ({LOGGED}) (ml_feature_importance_drifted{{{IMPORTANCE}}})", now=True),
            columns=(
                Column(
                    of="feature",
                    title="Feature",
                    links=(of_row("Evidence", EVIDENCE, "model", "version", "environment", "feature"),),
                ),
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="basis", title="Basis"),
                Column(of="model", title="Model", hidden=True),
                Column(of="Value #C", title="Rank", decimals=0),
                Column(of="Value #D", title="Moved", decimals=0),
                Column(of="Value #A", title="Importance", unit="short"),
                Column(of="Value #B", title="Change", unit="short"),
                Column(of="Value #E", title="Verdict", states=STABLE_OR_DRIFTED),
            ),
            no_value=NOT_LOGGED,
            sort="Value #C",
            descending=False,
            width=16,
            height=10,
        ),
        rows(
            "Loggings and what they are compared with",
            "Which logging of each version is shown, when it was made and what it is held against: another version, "
            "the version's own logging before, or nothing where it is the first. Features by what became of them "
            "stand beside.",
            Prom(
                expr=f"max by ({BY_BASIS}, compared_with, previous_version) "
                f"(ml_feature_importance_comparison_info{{{BASIS}}}) * on ({BY_BASIS}) group_left() "
                f"max by ({BY_BASIS}) (ml_feature_importance_timestamp_seconds{{{BASIS}}}) * 1000",
                now=True,
            ),
            columns=(
                Column(of="version", title="Version"),
                Column(of="environment", title="Environment"),
                Column(of="compared_with", title="Against a"),
                Column(of="previous_version", title="Of version"),
                Column(of="Value", title="Logged", unit="dateTimeAsIso"),
            ),
            no_value=NOT_LOGGED,
            sort="Value",
            width=8,
            height=10,
        ),
        lines(
            "Rank of logged importances",
            "The rank of the ten most important of the chosen features: 1, at the bottom, is the most important. "
            "Lines that cross at a new version are another training; lines that cross within one are a service that "
            "tells them anew.",
            Prom(
                expr=f"max by ({LOGGED}) (ml_feature_importance_rank{{{IMPORTANCE}}}) and bottomk(10, "
                f"min by ({LOGGED}) (min_over_time(ml_feature_importance_rank{{{IMPORTANCE}}}[$__range] @ end())))",
                legend=OF_FEATURE,
            ),
            unit="none",
            low=1,
            steps=True,
            width=8,
            no_value=NOT_LOGGED,
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Changes of logged importances",
            "By how much each importance is above or below what it was, of the ten with the greatest rise or fall, "
            "between the dashed limits (importance.threshold). What lies beyond them has drifted.",
            Prom(
                expr=f"max by ({LOGGED}) (ml_feature_importance_change{{{IMPORTANCE}}}) and topk(10, abs("
                f"max by ({LOGGED}) (last_over_time(ml_feature_importance_change{{{IMPORTANCE}}}[$__range] @ end()))))",
                legend=OF_FEATURE,
            ),
            Prom(
                expr=f"max by ({BY_BASIS}) (ml_feature_importance_change_threshold{{{BASIS}}})",
                legend=f"upper limit {OF_BASIS}",
                look="limit",
            ),
            Prom(
                expr=f"- max by ({BY_BASIS}) (ml_feature_importance_change_threshold{{{BASIS}}})",
                legend=f"lower limit {OF_BASIS}",
                look="limit",
            ),
            unit="short",
            steps=True,
            width=8,
            no_value=NOTHING_BEFORE,
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Agreement of logged orders",
            "How alike the orders of features are, now and before: nDCG, which weighs the important ones more, beside "
            "its dashed limit, and the rank correlations of Spearman and Kendall. Below the limit the order has "
            "drifted.",
            Prom(expr=f"max by ({BY_BASIS}) (ml_feature_importance_ndcg_ratio{{{BASIS}}})", legend=f"nDCG {OF_BASIS}"),
            Prom(
                expr=f"max by ({BY_BASIS}) (ml_feature_importance_spearman{{{BASIS}}})", legend=f"Spearman {OF_BASIS}"
            ),
            Prom(expr=f"max by ({BY_BASIS}) (ml_feature_importance_kendall{{{BASIS}}})", legend=f"Kendall {OF_BASIS}"),
            Prom(
                expr=f"max by ({BY_BASIS}) (ml_feature_importance_ndcg_threshold_ratio{{{BASIS}}})",
                legend=f"limit of nDCG {OF_BASIS}",
                look="limit",
            ),
            unit="short",
            high=1,
            steps=True,
            width=8,
            no_value=NOTHING_BEFORE,
        ),
        lines(
            "Features by what became of them",
            "How many features are stable, changed, appeared or vanished in the newest logging of each version. "
            "Features that vanish with one release and appear with the next are a rename: map them in the service.",
            Prom(
                expr=f"max by ({BY_BASIS}, state) (ml_feature_importance_features{{{BASIS}}})",
                legend="{{state}} {{version}} {{environment}}",
            ),
            unit="none",
            low=0,
            stacked=True,
            steps=True,
            width=24,
            height=6,
            no_value=NOT_LOGGED,
        ),
    ),
)
