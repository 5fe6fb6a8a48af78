-- purpose: Read the buckets of attributions that a slice adds to.
-- params: reference_ids, model_names, versions, environments, starts, widths
-- returns: place, profile
SELECT
    wanted.place,
    kept.profile
FROM
    unnest(
        %(reference_ids)s::bigint[], %(model_names)s::text[], %(versions)s::text[], %(environments)s::text[],
        %(starts)s::timestamptz[], %(widths)s::interval[]
    ) WITH ORDINALITY AS wanted (
        reference_id, model_name, version, environment, bucket_start, bucket_width, place
    )
INNER JOIN attribution_rollups AS kept USING (
    reference_id, model_name, version, environment, bucket_start, bucket_width
)
