-- What people ask about is one model over a span of time, whatever its version and environment: an index that begins with
-- all three would be read for all that the model ever got. prediction_logs needs no other: its partitions are weeks.
-- Services that log metrics or health checks wait while theirs is built.

CREATE INDEX model_metrics_recent ON model_metrics (model_name, "timestamp");
CREATE INDEX model_health_checks_recent ON model_health_checks (model_name, checked_at);
CREATE INDEX data_drift_results_recent ON data_drift_results (model_name, "timestamp") WHERE replay_id IS NULL;
CREATE INDEX concept_drift_results_drifted ON concept_drift_results (model_name, "timestamp") WHERE drift_detected;
