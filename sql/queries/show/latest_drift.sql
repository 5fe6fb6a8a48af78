-- purpose: Read the last judged window of each version and environment of a model, with its features.
-- params: model_name, version, environment, segment, hours
-- returns: version, environment, segment, window_start, window_end, verdict, reason, drifted_share, drifted_weight, threshold, score, rows, features, ranking
SELECT
    latest.version,
    latest.environment,
    latest.segment,
    latest.window_start,
    latest.window_end,
    latest.verdict,
    latest.reason,
    latest.drifted_share,
    latest.drifted_weight,
    latest.threshold,
    latest.score,
    latest.rows,
    (
        SELECT
            coalesce(
                jsonb_agg(
                    jsonb_build_object('feature', told.feature_name, 'verdict', told.verdict, 'reason', told.reason)
                    ORDER BY told.feature_name
                ),
                '[]'::jsonb
            )
        FROM (
            SELECT DISTINCT
                result.feature_name,
                result.verdict,
                result.reason
            FROM data_drift_results AS result
            WHERE
                result.replay_id IS NULL
                AND result.model_name = latest.model_name
                AND result.version = latest.version
                AND result.environment = latest.environment
                AND result.segment = latest.segment
                AND result.window_end = latest.window_end
        ) AS told
    ) AS features,
    latest.ranking
FROM (
    SELECT DISTINCT ON (version, environment, segment) *
    FROM dataset_drift_results
    WHERE
        replay_id IS NULL
        AND model_name = %(model_name)s
        AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND (%(segment)s::text IS NULL OR segment = %(segment)s)
    ORDER BY version ASC, environment ASC, segment ASC, window_end DESC
) AS latest
ORDER BY latest.version, latest.environment, latest.segment
