-- purpose: Find the lowest ingest number of a model's rows by the model's index; NULL when there is no row.
-- params: model_name, version, environment
-- returns: lowest
WITH of_model AS MATERIALIZED (
    SELECT ingest_seq
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
)

SELECT min(ingest_seq) AS lowest
FROM of_model
