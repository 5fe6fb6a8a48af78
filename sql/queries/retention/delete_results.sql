-- purpose: Delete old results of drift, concept drift, data quality, anomalies and importances; alerts go with them, and of each version's importances the newest comparison stays.
-- params: before
WITH of_datasets AS (
    DELETE FROM dataset_drift_results
    WHERE "timestamp" < %(before)s
),

of_concept AS (
    DELETE FROM concept_drift_results
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
    DELETE FROM feature_importance_comparisons AS comparison
    WHERE
        comparison."timestamp" < %(before)s
        AND EXISTS (
            SELECT 1
            FROM feature_importance_comparisons AS later
            WHERE
                later.model_name = comparison.model_name
                AND later.environment = comparison.environment
                AND later.version = comparison.version
                AND later.basis = comparison.basis
                AND later."timestamp" > comparison."timestamp"
        )
)

DELETE FROM data_drift_results
WHERE "timestamp" < %(before)s
