-- Features in the last window of each chosen version, those that drifted first, then by how far they are.
WITH latest AS (
    SELECT DISTINCT ON (version, environment)
        model_name,
        version,
        environment,
        segment,
        window_end
    FROM driftgauge.dataset_drift
    WHERE
        replay_id IS NULL
        AND segment = ''
        AND model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND $__timeFilter(window_end)
    ORDER BY version, environment, window_end DESC
)

SELECT result.feature_name
FROM latest
INNER JOIN driftgauge.drift_results AS result USING (model_name, version, environment, segment, window_end)
WHERE result.replay_id IS NULL
GROUP BY result.feature_name
ORDER BY
    bool_or(result.verdict = 'drifted') DESC,
    max(result.effect / nullif(result.threshold, 0)) DESC NULLS LAST,
    result.feature_name
