-- purpose: Write what was found of a model's explanations in a window, in place of an earlier judgement of it.
-- params: model_name, version, environment, explanation_type, window_start, window_end, reference_id, verdict, reason, state, sentence, inputs_verdict, inputs_window_end, explained_predictions, drifted_features, judged_features, ndcg, ndcg_threshold, ndcg_by_chance, spearman, kendall, appeared, vanished
INSERT INTO explanation_drift_summaries (
    model_name, version, environment, explanation_type, window_start, window_end, reference_id, verdict, reason, state,
    sentence, inputs_verdict, inputs_window_end, explained_predictions, drifted_features, judged_features, ndcg,
    ndcg_threshold, ndcg_by_chance, spearman, kendall, appeared, vanished
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(explanation_type)s, %(window_start)s, %(window_end)s,
    %(reference_id)s, %(verdict)s, %(reason)s, %(state)s, %(sentence)s, %(inputs_verdict)s, %(inputs_window_end)s,
    %(explained_predictions)s, %(drifted_features)s, %(judged_features)s, %(ndcg)s, %(ndcg_threshold)s,
    %(ndcg_by_chance)s, %(spearman)s, %(kendall)s, %(appeared)s, %(vanished)s
)
ON CONFLICT (model_name, version, environment, explanation_type, window_end) DO UPDATE SET
    window_start = excluded.window_start,
    reference_id = excluded.reference_id,
    verdict = excluded.verdict,
    reason = excluded.reason,
    state = excluded.state,
    sentence = excluded.sentence,
    inputs_verdict = excluded.inputs_verdict,
    inputs_window_end = excluded.inputs_window_end,
    explained_predictions = excluded.explained_predictions,
    drifted_features = excluded.drifted_features,
    judged_features = excluded.judged_features,
    ndcg = excluded.ndcg,
    ndcg_threshold = excluded.ndcg_threshold,
    ndcg_by_chance = excluded.ndcg_by_chance,
    spearman = excluded.spearman,
    kendall = excluded.kendall,
    appeared = excluded.appeared,
    vanished = excluded.vanished,
    "timestamp" = now()
