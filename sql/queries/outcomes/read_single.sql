-- purpose: Read what a final range of outcomes adds: pairs whose prediction has no other outcome up to the end of the range.
-- params: low, high, repeated, predictions_seq, floor, earliest, cohort_seconds
-- returns: model_name, version, environment, cohort, segment, known, said, true, values, scores, confidences, true_values, times, lags, outcomes
SELECT
    prediction.model_name,
    prediction.version,
    prediction.environment,
    (floor(date_part('epoch', prediction."timestamp") / %(cohort_seconds)s) * %(cohort_seconds)s)::bigint AS cohort,
    left(prediction.segment, 101) AS segment,
    prediction.id IS NOT NULL AS known,
    left(prediction.predicted_label, 200) AS said,
    left(outcome.label, 200) AS "true",
    -- What no pair of a group has is not sent: a million NULLs are as much to send and to read as a million numbers.
    CASE WHEN count(prediction.predicted_value) > 0 THEN array_agg(prediction.predicted_value) END AS "values",
    CASE WHEN count(prediction.predicted_score) > 0 THEN array_agg(prediction.predicted_score) END AS scores,
    CASE WHEN count(prediction.confidence) > 0 THEN array_agg(prediction.confidence) END AS confidences,
    CASE WHEN count(outcome.value) > 0 THEN array_agg(outcome.value) END AS true_values,
    array_agg(date_part('epoch', prediction."timestamp")) AS times,
    array_agg((date_part('epoch', outcome."timestamp" - prediction."timestamp") * 1e6)::bigint) AS lags,
    count(*) AS outcomes
FROM usable_outcomes AS outcome
LEFT JOIN answered_predictions AS prediction
    ON
        outcome.prediction_id = prediction.id
        AND prediction.ingest_seq <= %(predictions_seq)s
        AND prediction."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
WHERE
    outcome.ingest_seq > %(low)s
    AND outcome.ingest_seq <= %(high)s
    AND NOT EXISTS (
        SELECT FROM unnest(%(repeated)s::uuid[]) AS repeated
        WHERE repeated = outcome.prediction_id
    )
    AND (prediction.id IS NULL OR outcome."timestamp" >= prediction."timestamp" - %(earliest)s::interval)
-- What is sorted by comes first: most pairs differ there.
GROUP BY
    cohort, said, "true", known, left(prediction.segment, 101),
    prediction.model_name, prediction.version, prediction.environment
