-- purpose: Write what one drift test found in a window, in place of an earlier judgement of it but for a replay's.
-- params: model_name, version, environment, segment, feature_name, feature_kind, reference_distribution, current_distribution, statistical_test, test_statistic, p_value, adjusted_p_value, effect, threshold, drift_detected, verdict, reason, rows, window_start, window_end, reference_id, replay_id
INSERT INTO data_drift_results (
    model_name, version, environment, segment, feature_name, feature_kind, reference_distribution,
    current_distribution, statistical_test, test_statistic, p_value, adjusted_p_value, effect, threshold,
    drift_detected, verdict, reason, rows, window_start, window_end, reference_id, replay_id
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(segment)s, %(feature_name)s, %(feature_kind)s,
    %(reference_distribution)s::jsonb, %(current_distribution)s::jsonb, %(statistical_test)s, %(test_statistic)s,
    %(p_value)s, %(adjusted_p_value)s, %(effect)s, %(threshold)s, %(drift_detected)s, %(verdict)s, %(reason)s,
    %(rows)s, %(window_start)s, %(window_end)s, %(reference_id)s, %(replay_id)s
)
ON CONFLICT (model_name, version, environment, window_end, segment, feature_name, statistical_test)
WHERE replay_id IS NULL
DO UPDATE SET
    feature_kind = excluded.feature_kind,
    reference_distribution = excluded.reference_distribution,
    current_distribution = excluded.current_distribution,
    test_statistic = excluded.test_statistic,
    p_value = excluded.p_value,
    adjusted_p_value = excluded.adjusted_p_value,
    effect = excluded.effect,
    threshold = excluded.threshold,
    drift_detected = excluded.drift_detected,
    verdict = excluded.verdict,
    reason = excluded.reason,
    rows = excluded.rows,
    window_start = excluded.window_start,
    reference_id = excluded.reference_id,
    "timestamp" = now()
