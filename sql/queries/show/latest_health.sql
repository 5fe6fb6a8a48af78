-- purpose: Read the newest score of each version and environment of a model in the hours up to now, with its components.
-- params: model_name, version, environment, hours
-- returns: version, environment, score, threshold, rule, components, timestamp
SELECT DISTINCT ON (version, environment)
    version,
    environment,
    score,
    threshold,
    rule,
    components,
    "timestamp"
FROM model_health_scores
WHERE
    model_name = %(model_name)s
    AND (%(version)s::text IS NULL OR version = %(version)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
    AND "timestamp" > now() - %(hours)s::double precision * INTERVAL '1 hour'
    AND "timestamp" <= now()
ORDER BY version ASC, environment ASC, "timestamp" DESC
