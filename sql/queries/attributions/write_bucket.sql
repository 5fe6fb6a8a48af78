-- purpose: Write the profile of one bucket of attributions.
-- params: reference_id, model_name, version, environment, bucket_start, bucket_width, rows, profile, changed_seq
INSERT INTO attribution_rollups AS kept (
    reference_id, model_name, version, environment, bucket_start, bucket_width, rows, profile, changed_seq
)
VALUES (
    %(reference_id)s, %(model_name)s, %(version)s, %(environment)s, %(bucket_start)s, %(bucket_width)s, %(rows)s,
    %(profile)s, %(changed_seq)s
)
ON CONFLICT (reference_id, model_name, version, environment, bucket_start, bucket_width) DO UPDATE SET
    rows = excluded.rows,
    profile = excluded.profile,
    changed_seq = greatest(kept.changed_seq, excluded.changed_seq)
