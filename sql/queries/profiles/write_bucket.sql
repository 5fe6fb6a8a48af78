-- purpose: Write one bucket's profile.
-- params: reference_id, model_name, version, environment, segment, bucket_start, bucket_width, rows, profile, changed_seq
INSERT INTO profile_rollups AS kept (
    reference_id, model_name, version, environment, segment, bucket_start, bucket_width, rows, profile, changed_seq
)
VALUES (
    %(reference_id)s, %(model_name)s, %(version)s, %(environment)s, %(segment)s, %(bucket_start)s, %(bucket_width)s,
    %(rows)s, %(profile)s, %(changed_seq)s
)
ON CONFLICT (reference_id, model_name, version, environment, segment, bucket_start, bucket_width) DO UPDATE SET
    rows = excluded.rows,
    profile = excluded.profile,
    changed_seq = greatest(kept.changed_seq, excluded.changed_seq)
