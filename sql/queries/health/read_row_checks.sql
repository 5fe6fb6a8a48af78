-- purpose: Count the newest checks of the rows and texts of models since a moment, but for one, and name those that found a fault.
-- params: model_names, versions, environments, left_out, since
-- returns: model_name, version, environment, judged, faulty
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    count(*) AS judged,
    coalesce(
        array_agg(concat_ws(' of ', newest.check_name, nullif(newest.feature_name, '')) ORDER BY newest.check_name)
        FILTER (WHERE newest.verdict = 'faulty'),
        '{}'
    ) AS faulty
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT DISTINCT ON (result.check_name, result.feature_name)
            result.check_name,
            result.feature_name,
            result.verdict
        FROM data_quality_results AS result
        WHERE
            result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result.check_name <> %(left_out)s
            AND result."timestamp" > %(since)s
        ORDER BY result.check_name ASC, result.feature_name ASC, result.window_end DESC
    ) AS newest
WHERE newest.verdict <> 'insufficient_data'
GROUP BY asked.model_name, asked.version, asked.environment
