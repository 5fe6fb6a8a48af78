-- purpose: Take models for a source, unless another one that is still configured has them; tell whose each is now.
-- params: source, configured, model_names, versions, environments
-- returns: model_name, version, environment, source, reference_id
INSERT INTO source_models AS kept (model_name, version, environment, source)
SELECT
    wanted.model_name,
    wanted.version,
    wanted.environment,
    %(source)s
FROM
    unnest(%(model_names)s::text[], %(versions)s::text[], %(environments)s::text[])
        AS wanted (model_name, version, environment)
ON CONFLICT (model_name, version, environment) DO UPDATE
    SET
        source = CASE WHEN kept.source = any(%(configured)s::text[]) THEN kept.source ELSE excluded.source END
RETURNING model_name, version, environment, source, reference_id
