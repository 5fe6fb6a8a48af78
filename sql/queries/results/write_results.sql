-- purpose: Write what drift tests found in a window, in place of an earlier judgement of it but for a replay's.
-- params: model_name, version, environment, segment, window_start, window_end, reference_id, replay_id, rows
INSERT INTO data_drift_results (
    model_name, version, environment, segment, feature_name, feature_kind, reference_distribution,
    current_distribution, statistical_test, test_statistic, p_value, adjusted_p_value, effect, threshold,
    drift_detected, verdict, reason, rows, window_start, window_end, reference_id, replay_id
)
SELECT
    %(model_name)s,
    %(version)s,
    %(environment)s,
    %(segment)s,
    found.feature_name,
    found.feature_kind,
    found.reference_distribution,
    found.current_distribution,
    found.statistical_test,
    found.test_statistic,
    found.p_value,
    found.adjusted_p_value,
    found.effect,
    found.threshold,
    found.drift_detected,
    found.verdict,
    found.reason,
    found.rows,
    %(window_start)s,
    %(window_end)s,
    %(reference_id)s,
    %(replay_id)s
FROM
    json_to_recordset(%(rows)s::json) AS found (
        feature_name text,
        feature_kind text,
        reference_distribution jsonb,
        current_distribution jsonb,
        statistical_test text,
        test_statistic double precision,
        p_value double precision,
        adjusted_p_value double precision,
        effect double precision,
        threshold double precision,
        drift_detected boolean,
        verdict text,
        reason text,
        rows bigint
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
