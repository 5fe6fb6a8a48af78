-- purpose: Read the last judged window of the explanations of each version and environment of a model, with its features.
-- params: model_name, version, environment, hours
-- returns: version, environment, explanation_type, window_start, window_end, verdict, reason, state, sentence, explained_predictions, ndcg, ndcg_threshold, spearman, kendall, appeared, vanished, features
SELECT
    latest.version,
    latest.environment,
    latest.explanation_type,
    latest.window_start,
    latest.window_end,
    latest.verdict,
    latest.reason,
    latest.state,
    latest.sentence,
    latest.explained_predictions,
    latest.ndcg,
    latest.ndcg_threshold,
    latest.spearman,
    latest.kendall,
    latest.appeared,
    latest.vanished,
    (
        SELECT
            coalesce(
                jsonb_agg(
                    to_jsonb(result) - 'reference_distribution' - 'current_distribution'
                    ORDER BY
                        result.drift_detected DESC,
                        result.reference_mean_magnitude DESC NULLS LAST,
                        result.feature_name ASC
                ),
                '[]'::jsonb
            )
        FROM explainability_drift_results AS result
        WHERE
            result.model_name = %(model_name)s
            AND result.version = latest.version
            AND result.environment = latest.environment
            AND result.explanation_type = latest.explanation_type
            AND result.window_end = latest.window_end
    ) AS features
FROM (
    SELECT DISTINCT ON (version, environment, explanation_type) *
    FROM explanation_drift_summaries
    WHERE
        model_name = %(model_name)s
        AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    ORDER BY version ASC, environment ASC, explanation_type ASC, window_end DESC
) AS latest
ORDER BY latest.version, latest.environment, latest.explanation_type
