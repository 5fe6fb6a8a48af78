-- purpose: Find the end of the oldest day with buckets of attributions shorter than a day; where there is none, the moment itself.
-- params: before
-- returns: day_end
SELECT least(date_trunc('day', min(bucket_start), 'UTC') + INTERVAL '24 hours', %(before)s) AS day_end
FROM attribution_rollups
WHERE
    bucket_start < %(before)s
    AND bucket_width < INTERVAL '1 day'
