-- purpose: Write what one drift test found in a window of a replay.
-- params: model_name, version, environment, feature_name, feature_kind, reference_distribution, current_distribution, statistical_test, test_statistic, p_value, adjusted_p_value, effect, threshold, drift_detected, verdict, reason, rows, window_start, window_end, reference_id, replay_id
INSERT INTO data_drift_results (
    model_name, version, environment, feature_name, feature_kind, reference_distribution, current_distribution,
    statistical_test, test_statistic, p_value, adjusted_p_value, effect, threshold, drift_detected, verdict, reason,
    rows, window_start, window_end, reference_id, replay_id
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(feature_name)s, %(feature_kind)s,
    %(reference_distribution)s::jsonb, %(current_distribution)s::jsonb, %(statistical_test)s, %(test_statistic)s,
    %(p_value)s, %(adjusted_p_value)s, %(effect)s, %(threshold)s, %(drift_detected)s, %(verdict)s, %(reason)s,
    %(rows)s, %(window_start)s, %(window_end)s, %(reference_id)s, %(replay_id)s
)
