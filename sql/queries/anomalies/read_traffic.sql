-- purpose: Sum up a model's predictions by hour over a span: how many, failed, timed and sure, and what their latencies, confidences and the squares of these add up to.
-- params: model_name, version, environment, since, until
-- returns: hour, predictions, errors, timed, latency_sum, latency_squares, confidence_count, confidence_sum, confidence_squares
SELECT
    floor(date_part('epoch', bucket_start) / 3600)::bigint AS hour,
    sum(predictions)::bigint AS predictions,
    coalesce(sum(predictions) FILTER (WHERE status <> 'success'), 0)::bigint AS errors,
    coalesce(sum((SELECT sum(slot.predictions) FROM unnest(latency_buckets) AS slot (predictions))), 0)::bigint
        AS timed,
    sum(latency_sum) AS latency_sum,
    sum(latency_squares) AS latency_squares,
    sum(confidence_count)::bigint AS confidence_count,
    sum(confidence_sum) AS confidence_sum,
    sum(confidence_squares) AS confidence_squares
FROM traffic_rollups
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND bucket_start >= %(since)s
    AND bucket_start < %(until)s
GROUP BY hour
