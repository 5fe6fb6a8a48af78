-- How sure a model was of its answer, for the cohorts of classifiers of several classes: performance is estimated from it.

CREATE OR REPLACE VIEW answered_predictions AS
SELECT
    id,
    ingest_seq,
    model_name,
    version,
    environment,
    segment,
    predicted_label,
    predicted_value,
    predicted_score,
    "timestamp",
    confidence
FROM prediction_logs
WHERE
    has_sane_time("timestamp", created_at)
    AND (predicted_label IS NOT NULL OR predicted_value IS NOT NULL OR predicted_score IS NOT NULL);

COMMENT ON COLUMN outcome_cohorts.scores IS 'how sure a classifier was of these predictions, with outcomes or without';
