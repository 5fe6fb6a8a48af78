-- purpose: Take models for a source; who had them is no longer configured.
-- params: source, model_names, versions, environments
INSERT INTO source_models (model_name, version, environment, source)
SELECT
    wanted.model_name,
    wanted.version,
    wanted.environment,
    %(source)s
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS wanted (model_name, version, environment)
ON CONFLICT (model_name, version, environment) DO UPDATE SET source = excluded.source
