-- purpose: Count, of the newest rows of a model in a window, those that repeat the features, user and segment of another.
-- params: model_name, version, environment, window_start, window_end, most
-- returns: rows, repeats
SELECT
    count(*) AS rows,
    count(*) - count(DISTINCT newest.fingerprint) AS repeats
FROM (
    SELECT md5(jsonb_build_array(features, user_id, segment)::text) AS fingerprint
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND "timestamp" >= %(window_start)s
        AND "timestamp" < %(window_end)s
        AND features IS NOT NULL
    ORDER BY "timestamp" DESC
    LIMIT %(most)s
) AS newest
