-- purpose: Sum up some of the metrics that a model's services logged by hour over a span; what is no number is left out.
-- params: model_name, version, environment, metric_names, since, until
-- returns: metric_name, hour, value, rows
SELECT
    metric_name,
    floor(date_part('epoch', "timestamp") / 3600)::bigint AS hour,
    sum(metric_value) / count(*) AS value, -- avg() squares, and could overflow
    count(*) AS rows
FROM model_metrics
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND metric_name = any(%(metric_names)s::text[])
    AND "timestamp" >= %(since)s
    AND "timestamp" < %(until)s
    AND abs(metric_value) <= 1e150 -- NaN is above them all
GROUP BY metric_name, hour
