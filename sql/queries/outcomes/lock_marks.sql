-- purpose: Read how far predictions and outcomes are joined, and the roll-up is, and hold the row until the transaction ends.
-- params: job
-- returns: predictions_seq, ingest_seq, revision, retention_floor, system_identifier, cluster, rolled_up
SELECT
    mark.predictions_seq,
    mark.ingest_seq,
    mark.revision,
    nullif(mark.retention_floor, '-infinity') AS retention_floor,
    mark.system_identifier,
    (SELECT system_identifier::text FROM pg_control_system()) AS cluster,
    coalesce(rollup.ingest_seq, 0) AS rolled_up
FROM watermarks AS mark
LEFT JOIN watermarks AS rollup ON rollup.job = 'rollup'
WHERE mark.job = %(job)s
FOR UPDATE OF mark
