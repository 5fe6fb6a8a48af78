-- purpose: Delete old drift results; their alerts go with them.
-- params: before
WITH of_datasets AS (
    DELETE FROM dataset_drift_results
    WHERE "timestamp" < %(before)s
)

DELETE FROM data_drift_results
WHERE "timestamp" < %(before)s
