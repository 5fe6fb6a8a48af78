-- What dashboards may read: no raw rows, no user ids, no feature values.

CREATE VIEW model_traffic AS
SELECT
    bucket_start,
    model_name,
    version,
    environment,
    status,
    predictions,
    latency_sum / nullif(predictions, 0) AS latency_mean_seconds,
    latency_min AS latency_min_seconds,
    latency_max AS latency_max_seconds,
    confidence_sum / nullif(confidence_count, 0) AS confidence_mean
FROM traffic_rollups;

CREATE VIEW drift_results AS
SELECT
    id,
    "timestamp",
    window_start,
    window_end,
    model_name,
    version,
    environment,
    feature_name,
    feature_kind,
    statistical_test,
    verdict,
    reason,
    effect,
    threshold,
    test_statistic,
    p_value,
    adjusted_p_value,
    rows,
    drift_detected,
    reference_id,
    replay_id
FROM data_drift_results;

CREATE VIEW drift_alerts_open AS
SELECT
    drift_alerts.id,
    drift_alerts.created_at,
    drift_alerts.severity,
    drift_alerts.message,
    data_drift_results.model_name,
    data_drift_results.version,
    data_drift_results.environment,
    data_drift_results.feature_name,
    data_drift_results.statistical_test,
    data_drift_results.effect,
    data_drift_results.threshold,
    data_drift_results.p_value,
    data_drift_results.window_start,
    data_drift_results.window_end
FROM drift_alerts
INNER JOIN data_drift_results ON drift_alerts.drift_result_id = data_drift_results.id
WHERE NOT drift_alerts.acknowledged AND data_drift_results.replay_id IS NULL;

CREATE VIEW model_alerts_open AS
SELECT
    id,
    triggered_at,
    model_name,
    version,
    environment,
    alert_type,
    severity,
    message,
    acknowledged,
    acknowledged_at,
    acknowledged_by
FROM model_alerts
WHERE NOT resolved;

CREATE VIEW reference_list AS
SELECT
    reference_id,
    model_name,
    version,
    environment,
    source,
    description,
    window_start,
    window_end,
    rows,
    active,
    created_at,
    created_by
FROM reference_profiles;
