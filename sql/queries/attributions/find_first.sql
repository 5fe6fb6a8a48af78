-- purpose: Find how many predictions of a model were explained, up to a number more than wanted, and where the last of these begins to be.
-- params: explanation_type, model_name, environment, high, predictions
-- returns: predictions, last_seq
SELECT
    count(*) AS predictions,
    max(first_seq) AS last_seq
FROM (
    SELECT min(ingest_seq) AS first_seq
    FROM attributions
    WHERE
        explanation_type = %(explanation_type)s
        AND model_name = %(model_name)s
        AND environment = %(environment)s
        AND ingest_seq <= %(high)s
        AND has_sane_time("timestamp", created_at)
    GROUP BY prediction_id
    ORDER BY first_seq
    LIMIT %(predictions)s + 1
) AS first_explained
