-- purpose: Delete old results of drift, concept drift, explanations, data quality, anomalies and importances; alerts go with them, and of importances the newest comparison of each version, and those that the others were made with, stay.
-- params: before
WITH kept_importances AS (
    SELECT one.*
    FROM feature_importance_comparisons AS one
    WHERE
        one."timestamp" >= %(before)s
        OR NOT EXISTS (
            SELECT 1
            FROM feature_importance_comparisons AS later
            WHERE
                later.model_name = one.model_name
                AND later.environment = one.environment
                AND later.version = one.version
                AND later.basis = one.basis
                AND later."timestamp" > one."timestamp"
        )
),

of_datasets AS (
    DELETE FROM dataset_drift_results
    WHERE "timestamp" < %(before)s
),

of_concept AS (
    DELETE FROM concept_drift_results
    WHERE "timestamp" < %(before)s
),

of_explanations AS (
    DELETE FROM explainability_drift_results
    WHERE "timestamp" < %(before)s
),

of_summaries AS (
    DELETE FROM explanation_drift_summaries
    WHERE "timestamp" < %(before)s
),

of_quality AS (
    DELETE FROM data_quality_results
    WHERE "timestamp" < %(before)s
),

of_anomalies AS (
    DELETE FROM anomaly_results
    WHERE bucket_start < %(before)s
),

of_importances AS (
    DELETE FROM feature_importance_comparisons
    WHERE
        "timestamp" < %(before)s
        AND id NOT IN (
            -- what is told, however old it is, and what that and the younger ones are compared with
            SELECT kept.id
            FROM kept_importances AS kept
            UNION ALL
            SELECT previous.id
            FROM kept_importances AS kept
            INNER JOIN feature_importance_comparisons AS previous
                ON
                    kept.model_name = previous.model_name
                    AND kept.environment = previous.environment
                    AND kept.previous_version = previous.version
                    AND kept.basis = previous.basis
                    AND kept.previous_timestamp = previous."timestamp"
            WHERE previous."timestamp" < %(before)s
        )
)

DELETE FROM data_drift_results
WHERE "timestamp" < %(before)s
