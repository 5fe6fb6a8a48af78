-- purpose: Read the newest test of each of these metrics of models, of values since a moment.
-- params: model_names, versions, environments, metric_names, since
-- returns: model_name, version, environment, metric_name, newest, score, drift_detected
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    metric.metric_name,
    newest.current_window_end AS newest,
    newest.score,
    newest.drift_detected
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN unnest(%(metric_names)s::text[]) AS metric (metric_name)
CROSS JOIN
    LATERAL (
        SELECT
            result.current_window_end,
            result.score,
            result.drift_detected
        FROM concept_drift_results AS result
        WHERE
            result.detector = 't_test'
            AND result.model_name = asked.model_name
            AND result.version = asked.version
            AND result.environment = asked.environment
            AND result.metric_name = metric.metric_name
            AND result.current_window_end > %(since)s
        ORDER BY result.current_window_end DESC
        LIMIT 1
    ) AS newest
