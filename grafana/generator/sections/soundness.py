"""Whether rows, features and texts are sound as data."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines, timeline
from generator.links import of_choice
from generator.panels import SOUND_OR_FAULTY
from generator.phrases import FEATURE, NOT_JUDGED, OF_FEATURE, OF_MODEL, TO_EVIDENCE, ever, most
from generator.promql import MODEL
from generator.queries import Prom

QUALITY: Final = Row(
    title="Are the rows sound as data?",
    panels=(
        timeline(
            "Checks of features that failed",
            "Features of which more values than usual were missing, never seen, out of range or of another type at "
            "some time that is shown. Mend what fills the feature first: drift of it means nothing before. "
            "DataQuality in the runbook goes on from here.",
            Prom(
                expr=ever(f"{FEATURE}, check", 'ml_feature_data_quality_faulty{@model, feature=~"$feature"}'),
                legend="{{feature}}: {{check}} {{version}} {{environment}}",
            ),
            states=SOUND_OR_FAULTY,
            width=12,
            no_value="No check of a chosen feature failed in this time, or none was made.",
            links=(TO_EVIDENCE,),
        ),
        timeline(
            "Checks of rows and texts",
            "Whether rows repeat each other (a retry that logs twice), texts have become alike or all different, and "
            "whether the model has been silent for too long. driftgauge show quality has the reasons.",
            Prom(
                expr=f"max by ({MODEL}, check) (ml_data_quality_faulty{{@model}}) "
                f"or {ever(FEATURE, 'ml_feature_distinct_faulty{@model}')}",
                legend="{{check}} {{feature}} {{version}} {{environment}}",
            ),
            states=SOUND_OR_FAULTY,
            width=12,
            no_value="Not checked yet: the first closed hour with enough rows is.",
        ),
        lines(
            "Missing values",
            "The share of rows without a usable value, of the eight chosen features that miss most. A level of its "
            "own is normal for many features; a step is not, and has a time.",
            Prom(expr=most(8, FEATURE, 'ml_feature_missing_ratio{@model, feature=~"$feature"}'), legend=OF_FEATURE),
            unit="percentunit",
            low=0,
            steps=True,
            width=8,
            no_value=NOT_JUDGED,
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Values out of range",
            "The share of numbers beyond what the reference had, of the eight features with most. Some are normal "
            "where a level wanders; a tenth is a fault, if the reference is of a week or more.",
            Prom(
                expr=most(8, FEATURE, 'ml_feature_out_of_range_ratio{@model, feature=~"$feature"}'), legend=OF_FEATURE
            ),
            unit="percentunit",
            low=0,
            steps=True,
            width=8,
            no_value="No chosen feature is numeric, or none was judged.",
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Categories never seen before",
            "The share of values that the reference never had, of the eight features with most. New categories for "
            "good reasons want a new reference; others are typing errors or another encoding.",
            Prom(
                expr=most(8, FEATURE, 'ml_feature_unseen_category_ratio{@model, feature=~"$feature"}'),
                legend=OF_FEATURE,
            ),
            unit="percentunit",
            low=0,
            steps=True,
            width=8,
            no_value="No chosen feature is categorical, or none was judged.",
            links=(TO_EVIDENCE,),
        ),
        lines(
            "Rows that repeat others",
            "The share of the newest rows of the last closed hour that repeat another's features, user and segment, "
            "and the dashed share from which that is a fault. Above it look for a retry that logs twice, or a batch "
            "sent again.",
            Prom(expr=f"max by ({MODEL}) (ml_repeated_rows_ratio{{@model}})", legend=OF_MODEL),
            Prom(
                expr=f"max by ({MODEL}) (ml_repeated_rows_threshold_ratio{{@model}})",
                legend=f"limit {OF_MODEL}",
                look="limit",
            ),
            unit="percentunit",
            low=0,
            steps=True,
            width=8,
            no_value="Not checked yet: the first closed hour with enough rows is. Rows of a source are not.",
        ),
        lines(
            "Distinct texts",
            "Which share of the newest values of a free text are distinct, between dashed limits. Below them a "
            "template or an empty default has taken over; above, an id has got into each text.",
            Prom(
                expr=f"max by ({FEATURE}) (ml_feature_distinct_ratio{{@model}})",
                legend=OF_FEATURE,
            ),
            Prom(
                expr=f"max by ({FEATURE}, bound) (ml_feature_distinct_threshold_ratio{{@model}})",
                legend="{{bound}} limit {{feature}} {{version}} {{environment}}",
                look="limit",
            ),
            unit="percentunit",
            low=0,
            high=1,
            steps=True,
            width=8,
            no_value="No feature is a free text: more than 1,000 values, most of them but once.",
        ),
        lines(
            "Silence",
            "How long ago the last prediction was made, and the dashed limit that the model's own gaps teach. Above it "
            "ModelSilent alerts, and no drift can be judged: look at the service first.",
            Prom(expr=f"time() - max by ({MODEL}) (ml_last_prediction_timestamp_seconds{{@model}})", legend=OF_MODEL),
            Prom(
                expr=f"max by ({MODEL}) (ml_silence_limit_seconds{{@model}})",
                legend=f"limit {OF_MODEL}",
                look="limit",
            ),
            unit="s",
            low=0,
            width=8,
            no_value="No prediction was logged.",
        ).leading_to(of_choice("Traffic of the model", "driftgauge-model", "model", "version", "environment")),
    ),
)
