-- What became of the reasoning over the chosen features in the last window of each version and type of explanation.
SELECT
    told.feature_name AS feature,
    told.explanation_type AS explained_by,
    told.version,
    told.environment,
    told.verdict,
    told.reference_mean,
    told.current_mean,
    told.reference_rank,
    told.current_rank,
    told.sign_flip_rate,
    latest.sentence,
    told.reason
FROM (
    SELECT DISTINCT ON (version, environment, explanation_type)
        model_name,
        version,
        environment,
        explanation_type,
        window_end,
        sentence
    FROM driftgauge.explanation_states
    WHERE
        model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND $__timeFilter(window_end)
    ORDER BY version, environment, explanation_type, window_end DESC
) AS latest
INNER JOIN driftgauge.explanation_drift AS told USING (model_name, version, environment, explanation_type, window_end)
WHERE told.feature_name = ANY (ARRAY[${feature:sqlstring}]::text[])
ORDER BY told.drift_detected DESC, told.score / nullif(told.threshold, 0) DESC NULLS LAST, told.feature_name
