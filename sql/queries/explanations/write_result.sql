-- purpose: Write what was found of the attributions of one feature in a window, in place of an earlier judgement of it.
-- params: model_name, version, environment, explanation_type, feature_name, reference_shap_mean, current_shap_mean, shap_mean_difference, drift_detected, threshold, verdict, reason, rows, score, reference_mean_magnitude, current_mean_magnitude, reference_deviation, current_deviation, reference_positive_share, current_positive_share, sign_flip_rate, reference_rank, current_rank, state, tests, reference_distribution, current_distribution, window_start, window_end, reference_id
INSERT INTO explainability_drift_results (
    model_name, version, environment, explanation_type, feature_name, reference_shap_mean, current_shap_mean,
    shap_mean_difference, drift_detected, threshold, verdict, reason, rows, score, reference_mean_magnitude,
    current_mean_magnitude, reference_deviation, current_deviation, reference_positive_share, current_positive_share,
    sign_flip_rate, reference_rank, current_rank, state, tests, reference_distribution, current_distribution,
    window_start, window_end, reference_id
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(explanation_type)s, %(feature_name)s, %(reference_shap_mean)s,
    %(current_shap_mean)s, %(shap_mean_difference)s, %(drift_detected)s, %(threshold)s, %(verdict)s, %(reason)s,
    %(rows)s, %(score)s, %(reference_mean_magnitude)s, %(current_mean_magnitude)s, %(reference_deviation)s,
    %(current_deviation)s, %(reference_positive_share)s, %(current_positive_share)s, %(sign_flip_rate)s,
    %(reference_rank)s, %(current_rank)s, %(state)s, %(tests)s::jsonb, %(reference_distribution)s::jsonb,
    %(current_distribution)s::jsonb, %(window_start)s, %(window_end)s, %(reference_id)s
)
ON CONFLICT (model_name, version, environment, explanation_type, window_end, feature_name)
WHERE window_end IS NOT NULL
DO UPDATE SET
    reference_shap_mean = excluded.reference_shap_mean,
    current_shap_mean = excluded.current_shap_mean,
    shap_mean_difference = excluded.shap_mean_difference,
    drift_detected = excluded.drift_detected,
    threshold = excluded.threshold,
    verdict = excluded.verdict,
    reason = excluded.reason,
    rows = excluded.rows,
    score = excluded.score,
    reference_mean_magnitude = excluded.reference_mean_magnitude,
    current_mean_magnitude = excluded.current_mean_magnitude,
    reference_deviation = excluded.reference_deviation,
    current_deviation = excluded.current_deviation,
    reference_positive_share = excluded.reference_positive_share,
    current_positive_share = excluded.current_positive_share,
    sign_flip_rate = excluded.sign_flip_rate,
    reference_rank = excluded.reference_rank,
    current_rank = excluded.current_rank,
    state = excluded.state,
    tests = excluded.tests,
    reference_distribution = excluded.reference_distribution,
    current_distribution = excluded.current_distribution,
    window_start = excluded.window_start,
    reference_id = excluded.reference_id,
    "timestamp" = now()
