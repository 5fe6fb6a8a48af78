-- purpose: Tell which models' profiles of closed buckets have changed since they were judged, without reading them.
-- params: since
-- returns: model_name, version, environment, segment, reference_id, changed_seq, rows
SELECT
    model_name,
    version,
    environment,
    segment,
    reference_id,
    max(changed_seq) AS changed_seq,
    sum(rows)::bigint AS rows
FROM profile_rollups
WHERE
    bucket_start >= %(since)s
    AND bucket_start + bucket_width <= now()
GROUP BY model_name, version, environment, segment, reference_id
