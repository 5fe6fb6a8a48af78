-- purpose: Store the profile of one bucket of a reference's rows, or of those of a segment.
-- params: reference_id, segment, bucket_start, bucket_width, rows, profile
INSERT INTO reference_buckets (reference_id, segment, bucket_start, bucket_width, rows, profile)
VALUES (%(reference_id)s, %(segment)s, %(bucket_start)s, %(bucket_width)s, %(rows)s, %(profile)s)
