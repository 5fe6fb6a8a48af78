-- purpose: Count the outcomes up to a mark whose prediction has come only now, in a range of predictions.
-- params: low, high, outcomes_seq, floor
-- returns: outcomes
SELECT count(*) AS outcomes
FROM usable_outcomes AS outcome
WHERE
    outcome.ingest_seq <= %(outcomes_seq)s
    AND outcome.prediction_id IN (
        SELECT id
        FROM answered_predictions
        WHERE
            ingest_seq > %(low)s
            AND ingest_seq <= %(high)s
            AND "timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
    )
    AND NOT EXISTS (
        SELECT FROM answered_predictions AS prediction
        WHERE
            prediction.id = outcome.prediction_id
            AND prediction.ingest_seq <= %(low)s
            AND prediction."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
    )
