-- purpose: Read the last verdict of each check of a model's rows and features in the hours up to now, faults first.
-- params: model_name, version, environment, hours
-- returns: version, environment, feature_name, check_name, verdict, reason, value, threshold, rows, window_end
SELECT
    latest.version,
    latest.environment,
    latest.feature_name,
    latest.check_name,
    latest.verdict,
    latest.reason,
    latest.value,
    latest.threshold,
    latest.rows,
    latest.window_end
FROM (
    SELECT DISTINCT ON (version, environment, feature_name, check_name) *
    FROM data_quality
    WHERE
        model_name = %(model_name)s
        AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    ORDER BY version ASC, environment ASC, feature_name ASC, check_name ASC, window_end DESC
) AS latest
ORDER BY
    (latest.verdict <> 'faulty') ASC,
    latest.version ASC,
    latest.environment ASC,
    latest.feature_name ASC NULLS FIRST,
    latest.check_name ASC
