-- purpose: Read when models were found silent for too long, in a span.
-- params: check_name, since
-- returns: model_name, version, environment, window_end
SELECT
    model_name,
    version,
    environment,
    window_end
FROM data_quality_results
WHERE
    "timestamp" >= %(since)s
    AND check_name = %(check_name)s
    AND verdict = 'faulty'
