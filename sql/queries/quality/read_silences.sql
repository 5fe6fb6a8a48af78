-- purpose: Read when a model was found silent for too long, since a moment.
-- params: model_name, version, environment, check_name, since
-- returns: found_at
SELECT "timestamp" AS found_at
FROM data_quality_results
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND check_name = %(check_name)s
    AND feature_name = ''
    AND window_end >= %(since)s
    AND verdict = 'faulty'
