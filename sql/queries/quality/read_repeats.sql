-- purpose: Read how many rows repeated another in a model's buckets before a moment; faults only if they are a day old.
-- params: model_name, version, environment, check_name, since, before
-- returns: repeats, rows
SELECT
    round(value * rows)::bigint AS repeats,
    rows
FROM data_quality_results
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND check_name = %(check_name)s
    AND window_end > %(since)s
    AND window_end < %(before)s
    AND (verdict <> 'faulty' OR window_end <= %(before)s - INTERVAL '24 hours')
ORDER BY window_end
