-- purpose: Sum up a model's traffic in steps of so many seconds, over the UTC days up to today.
-- params: model_name, version, environment, days, step
-- returns: start, predictions, errors, timed, latency_seconds
SELECT
    recent.start,
    sum(recent.predictions)::bigint AS predictions,
    coalesce(sum(recent.predictions) FILTER (WHERE recent.status = 'error'), 0)::bigint AS errors,
    sum(recent.timed)::bigint AS timed,
    sum(recent.latency_sum) AS latency_seconds
FROM (
    SELECT
        date_bin(make_interval(secs => %(step)s), bucket_start, to_timestamp(0)) AS start,
        status,
        predictions,
        (SELECT sum(slot.counted) FROM unnest(latency_buckets) AS slot (counted)) AS timed,
        latency_sum
    FROM traffic_rollups
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
        AND bucket_start >= date_trunc('day', now(), 'UTC') - (%(days)s::integer - 1) * INTERVAL '24 hours'
        AND bucket_start <= now()
) AS recent
GROUP BY recent.start
ORDER BY recent.start
