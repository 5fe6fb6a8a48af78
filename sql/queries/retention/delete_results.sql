-- purpose: Delete old drift results; their alerts go with them.
-- params: before
DELETE FROM data_drift_results
WHERE "timestamp" < %(before)s
