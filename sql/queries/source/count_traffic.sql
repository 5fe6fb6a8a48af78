-- purpose: Count what is kept of a source's models by bucket of a width that a day is a multiple of.
-- params: source, span_start, span_end, bucket_seconds
-- returns: model_name, version, environment, bucket, predictions
SELECT
    kept.model_name,
    kept.version,
    kept.environment,
    (floor(date_part('epoch', kept.bucket_start) / %(bucket_seconds)s) * %(bucket_seconds)s)::bigint AS bucket,
    sum(kept.predictions)::bigint AS predictions
FROM source_models AS model
INNER JOIN traffic_rollups AS kept USING (model_name, version, environment)
WHERE
    model.source = %(source)s
    AND kept.bucket_start >= %(span_start)s
    AND kept.bucket_start < %(span_end)s
GROUP BY kept.model_name, kept.version, kept.environment, bucket
