-- purpose: Find a model's first predictions with attributions that can be counted in order of arrival, one more than wanted.
-- params: explanation_type, model_name, environment, high, predictions, largest
-- returns: prediction_id
SELECT prediction_id
FROM attributions
WHERE
    explanation_type = %(explanation_type)s
    AND model_name = %(model_name)s
    AND environment = %(environment)s
    AND ingest_seq <= %(high)s
    AND has_sane_time("timestamp", created_at)
    AND abs(value) <= %(largest)s -- NaN is above them all
GROUP BY prediction_id
ORDER BY min(ingest_seq)
LIMIT %(predictions)s + 1
