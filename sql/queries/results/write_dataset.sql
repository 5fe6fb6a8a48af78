-- purpose: Write what a window's features came to together, in place of an earlier judgement of it but for a replay's.
-- params: model_name, version, environment, segment, verdict, reason, drift_detected, drifted_features, judged_features, drifted_share, drifted_weight, threshold, score, ranking, rows, window_start, window_end, reference_id, replay_id
INSERT INTO dataset_drift_results (
    model_name, version, environment, segment, verdict, reason, drift_detected, drifted_features, judged_features,
    drifted_share, drifted_weight, threshold, score, ranking, rows, window_start, window_end, reference_id, replay_id
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(segment)s, %(verdict)s, %(reason)s, %(drift_detected)s,
    %(drifted_features)s, %(judged_features)s, %(drifted_share)s, %(drifted_weight)s, %(threshold)s, %(score)s,
    %(ranking)s::jsonb, %(rows)s, %(window_start)s, %(window_end)s, %(reference_id)s, %(replay_id)s
)
ON CONFLICT (model_name, version, environment, segment, window_end) WHERE replay_id IS NULL
DO UPDATE SET
    verdict = excluded.verdict,
    reason = excluded.reason,
    drift_detected = excluded.drift_detected,
    drifted_features = excluded.drifted_features,
    judged_features = excluded.judged_features,
    drifted_share = excluded.drifted_share,
    drifted_weight = excluded.drifted_weight,
    threshold = excluded.threshold,
    score = excluded.score,
    ranking = excluded.ranking,
    rows = excluded.rows,
    window_start = excluded.window_start,
    reference_id = excluded.reference_id,
    "timestamp" = now()
