-- purpose: Store what one bucket of a reference of attributions holds.
-- params: reference_id, bucket_start, bucket_width, rows, profile
INSERT INTO attribution_buckets (reference_id, bucket_start, bucket_width, rows, profile)
VALUES (%(reference_id)s, %(bucket_start)s, %(bucket_width)s, %(rows)s, %(profile)s)
