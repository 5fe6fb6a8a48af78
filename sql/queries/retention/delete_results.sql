-- purpose: Delete old results of drift, concept drift, explanations, data quality, anomalies and health, alerts of drift with them, and alerts long resolved.
-- params: before
WITH of_datasets AS (
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

of_health AS (
    DELETE FROM model_health_scores
    WHERE "timestamp" < %(before)s
),

of_alerts AS (
    DELETE FROM model_alerts
    WHERE
        resolved
        AND (silence_id IS NULL OR silenced_until < %(before)s) -- where no Alertmanager is configured, none ends it
        AND triggered_at < %(before)s
        AND coalesce(resolved_at, triggered_at) < %(before)s
)

DELETE FROM data_drift_results
WHERE "timestamp" < %(before)s
