-- purpose: Tell which models' profiles have changed since they were judged, without reading the profiles.
-- params: since
-- returns: model_name, version, environment, reference_id, changed_seq, rows
SELECT
    model_name,
    version,
    environment,
    reference_id,
    max(changed_seq) AS changed_seq,
    sum(rows)::bigint AS rows
FROM profile_rollups
WHERE bucket_start >= %(since)s
GROUP BY model_name, version, environment, reference_id
