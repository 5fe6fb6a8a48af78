-- purpose: Sum up the predictions of models over a span: how many, how many succeeded, and their latencies.
-- params: model_names, versions, environments, since, until
-- returns: model_name, version, environment, predictions, successes, latency_buckets, latency_sum
SELECT
    asked.model_name,
    asked.version,
    asked.environment,
    traffic.predictions,
    traffic.successes,
    traffic.latency_buckets,
    traffic.latency_sum
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS asked (model_name, version, environment)
CROSS JOIN
    LATERAL (
        SELECT
            sum(minute.predictions)::bigint AS predictions,
            coalesce(sum(minute.predictions) FILTER (WHERE minute.status = 'success'), 0)::bigint AS successes,
            ARRAY[ -- as many as there are; taken apart and put together again they take ten times as long
                coalesce(sum(minute.latency_buckets[1]), 0),
                coalesce(sum(minute.latency_buckets[2]), 0),
                coalesce(sum(minute.latency_buckets[3]), 0),
                coalesce(sum(minute.latency_buckets[4]), 0),
                coalesce(sum(minute.latency_buckets[5]), 0),
                coalesce(sum(minute.latency_buckets[6]), 0),
                coalesce(sum(minute.latency_buckets[7]), 0),
                coalesce(sum(minute.latency_buckets[8]), 0),
                coalesce(sum(minute.latency_buckets[9]), 0),
                coalesce(sum(minute.latency_buckets[10]), 0),
                coalesce(sum(minute.latency_buckets[11]), 0),
                coalesce(sum(minute.latency_buckets[12]), 0),
                coalesce(sum(minute.latency_buckets[13]), 0),
                coalesce(sum(minute.latency_buckets[14]), 0)
            ]::bigint[] AS latency_buckets,
            sum(minute.latency_sum) AS latency_sum
        FROM traffic_rollups AS minute
        WHERE
            minute.model_name = asked.model_name
            AND minute.version = asked.version
            AND minute.environment = asked.environment
            AND minute.bucket_start >= %(since)s
            AND minute.bucket_start < %(until)s
    ) AS traffic
WHERE traffic.predictions > 0
