-- purpose: Take the traffic that will be recounted out of the minutes and the totals; a total of nothing goes; those of sources stay.
-- params: floor
WITH removed AS (
    DELETE FROM traffic_rollups AS kept
    WHERE
        kept.bucket_start >= %(floor)s
        AND NOT EXISTS (
            SELECT 1 FROM source_models AS model
            WHERE
                model.model_name = kept.model_name
                AND model.version = kept.version
                AND model.environment = kept.environment
        )
    RETURNING model_name, version, environment, status, predictions, latency_buckets, latency_sum
),

summed AS (
    SELECT
        model_name,
        version,
        environment,
        status,
        sum(predictions)::bigint AS predictions,
        sum(latency_sum) AS latency_sum
    FROM removed
    GROUP BY model_name, version, environment, status
),

slots AS (
    SELECT
        removed.model_name,
        removed.version,
        removed.environment,
        removed.status,
        slot.place,
        -sum(slot.counted)::bigint AS counted
    FROM removed
    CROSS JOIN LATERAL unnest(removed.latency_buckets) WITH ORDINALITY AS slot (counted, place)
    GROUP BY removed.model_name, removed.version, removed.environment, removed.status, slot.place
),

histograms AS (
    SELECT
        model_name,
        version,
        environment,
        status,
        array_agg(counted ORDER BY place) AS latency_buckets
    FROM slots
    GROUP BY model_name, version, environment, status
),

emptied AS (
    DELETE FROM traffic_totals AS total
    USING summed
    WHERE
        (total.model_name, total.version, total.environment, total.status)
        = (summed.model_name, summed.version, summed.environment, summed.status)
        AND total.predictions <= summed.predictions
)

UPDATE traffic_totals AS total
SET
    predictions = total.predictions - summed.predictions,
    latency_buckets = add_counts(total.latency_buckets, histograms.latency_buckets),
    latency_sum = total.latency_sum - summed.latency_sum,
    last_timestamp = least(total.last_timestamp, greatest(%(floor)s, total.first_timestamp))
FROM summed
INNER JOIN histograms USING (model_name, version, environment, status)
WHERE
    (total.model_name, total.version, total.environment, total.status)
    = (summed.model_name, summed.version, summed.environment, summed.status)
    AND total.predictions > summed.predictions
