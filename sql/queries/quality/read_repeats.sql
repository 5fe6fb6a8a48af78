-- purpose: Read how many rows repeated another in the sound buckets of a model before a moment.
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
    AND verdict <> 'faulty'
ORDER BY window_end
