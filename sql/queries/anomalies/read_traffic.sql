-- purpose: Sum up a model's predictions by hour over a span: how many, failed, timed and sure, and what their latencies, confidences and the squares of these add up to.
-- params: model_name, version, environment, since, until
-- returns: hour, predictions, errors, timed, latency_sum, latency_squares, confidence_count, confidence_sum, confidence_squares
SELECT
    floor(date_part('epoch', bucket_start) / 3600)::bigint AS hour,
    sum(predictions)::bigint AS predictions,
    coalesce(sum(predictions) FILTER (WHERE status <> 'success'), 0)::bigint AS errors,
    sum(
        CASE cardinality(latency_buckets)
            WHEN 14 -- as many as there are; one by one they take half the time
                THEN
                    latency_buckets[1] + latency_buckets[2] + latency_buckets[3] + latency_buckets[4]
                    + latency_buckets[5] + latency_buckets[6] + latency_buckets[7] + latency_buckets[8]
                    + latency_buckets[9] + latency_buckets[10] + latency_buckets[11] + latency_buckets[12]
                    + latency_buckets[13] + latency_buckets[14]
            ELSE (SELECT coalesce(sum(slot.predictions), 0) FROM unnest(latency_buckets) AS slot (predictions))
        END
    )::bigint AS timed,
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
