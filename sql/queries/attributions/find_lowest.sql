-- purpose: Find the lowest ingest number of attributions that are still there, of one model or of any.
-- params: explanation_type, model_name, environment
-- returns: lowest
SELECT min(ingest_seq) AS lowest
FROM attributions
WHERE
    explanation_type = %(explanation_type)s
    AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
    AND (%(environment)s::text IS NULL OR environment = %(environment)s)
