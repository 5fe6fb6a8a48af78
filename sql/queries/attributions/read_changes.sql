-- purpose: Tell which models' attributions in closed buckets have changed since they were judged, without reading them.
-- params: since
-- returns: model_name, version, environment, segment, reference_id, changed_seq, rows
SELECT
    kept.model_name,
    kept.version,
    kept.environment,
    '' AS segment,
    kept.reference_id,
    max(kept.changed_seq) AS changed_seq,
    sum(kept.rows)::bigint AS rows
FROM attribution_rollups AS kept
INNER JOIN attribution_references AS reference ON kept.reference_id = reference.reference_id
WHERE
    reference.active
    AND kept.bucket_start >= %(since)s
    AND kept.bucket_start + kept.bucket_width <= now()
GROUP BY kept.model_name, kept.version, kept.environment, kept.reference_id
