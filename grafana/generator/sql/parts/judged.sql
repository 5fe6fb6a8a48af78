-- The verdict on each chosen feature in the last window of each chosen version, with its score over its threshold.
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
),

judged AS (
    SELECT
        model_name,
        version,
        environment,
        segment,
        window_end,
        result.feature_name,
        result.verdict,
        result.reason,
        result.rows,
        max(result.effect / nullif(result.threshold, 0)) AS ratio
    FROM latest
    INNER JOIN driftgauge.drift_results AS result USING (model_name, version, environment, segment, window_end)
    WHERE
        result.replay_id IS NULL
        AND result.feature_name = ANY (ARRAY[${feature:sqlstring}]::text[])
    GROUP BY
        model_name, version, environment, segment, window_end,
        result.feature_name, result.verdict, result.reason, result.rows
)
