-- purpose: Write what a check found in a window, in place of what it found before.
-- params: model_name, version, environment, check_name, feature_name, verdict, reason, value, expected, threshold, rows, window_start, window_end
INSERT INTO data_quality_results (
    model_name, version, environment, check_name, feature_name, verdict, reason, value, expected, threshold, rows,
    window_start, window_end
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(check_name)s, %(feature_name)s, %(verdict)s, %(reason)s,
    %(value)s, %(expected)s, %(threshold)s, %(rows)s, %(window_start)s, %(window_end)s
)
ON CONFLICT (model_name, version, environment, check_name, feature_name, window_end)
DO UPDATE SET
    verdict = excluded.verdict,
    reason = excluded.reason,
    value = excluded.value,
    expected = excluded.expected,
    threshold = excluded.threshold,
    rows = excluded.rows,
    window_start = excluded.window_start,
    "timestamp" = now()
-- that a model was silent is not taken back: the gap must teach nothing, whoever looks again after a restart
WHERE NOT (data_quality_results.check_name = 'staleness' AND data_quality_results.verdict = 'faulty')
