-- purpose: Read what a final range of outcomes changes where predictions have several: pairs, with what they replace, if anything.
-- params: low, high, repeated, predictions_seq, floor, earliest, cohort_seconds
-- returns: model_name, version, environment, cohort, segment, known, said, true, values, scores, confidences, true_values, times, lags, replaces, former, former_values, former_lags, outcomes
SELECT
    prediction.model_name,
    prediction.version,
    prediction.environment,
    (floor(date_part('epoch', prediction."timestamp") / %(cohort_seconds)s) * %(cohort_seconds)s)::bigint AS cohort,
    left(prediction.segment, 101) AS segment,
    prediction.id IS NOT NULL AS known,
    left(prediction.predicted_label, 200) AS said,
    left(fresh.label, 200) AS "true",
    array_agg(prediction.predicted_value) AS "values",
    array_agg(prediction.predicted_score) AS scores,
    array_agg(prediction.confidence) AS confidences,
    array_agg(fresh.value) AS true_values,
    array_agg(date_part('epoch', prediction."timestamp")) AS times,
    array_agg((date_part('epoch', fresh."timestamp" - prediction."timestamp") * 1e6)::bigint) AS lags,
    coalesce(former."timestamp" >= prediction."timestamp" - %(earliest)s::interval, FALSE) AS replaces,
    left(former.label, 200) AS former,
    array_agg(former.value) FILTER (WHERE former.id IS NOT NULL) AS former_values,
    array_agg((date_part('epoch', former."timestamp" - prediction."timestamp") * 1e6)::bigint)
    FILTER (WHERE former.id IS NOT NULL) AS former_lags,
    sum(fresh.outcomes)::bigint AS outcomes
FROM (
    SELECT DISTINCT ON (prediction_id)
        prediction_id,
        id,
        label,
        value,
        "timestamp",
        count(*) OVER (PARTITION BY prediction_id) AS outcomes
    FROM usable_outcomes
    WHERE
        ingest_seq > %(low)s
        AND ingest_seq <= %(high)s
        AND prediction_id = any(%(repeated)s::uuid[])
    ORDER BY prediction_id ASC, "timestamp" DESC, id DESC
) AS fresh
LEFT JOIN (
    SELECT DISTINCT ON (outcome.prediction_id)
        outcome.prediction_id,
        outcome.id,
        outcome.label,
        outcome.value,
        outcome."timestamp"
    FROM usable_outcomes AS outcome
    WHERE
        outcome.ingest_seq <= %(low)s
        AND outcome.prediction_id = any(%(repeated)s::uuid[])
    ORDER BY outcome.prediction_id ASC, outcome."timestamp" DESC, outcome.id DESC
) AS former ON fresh.prediction_id = former.prediction_id
LEFT JOIN answered_predictions AS prediction
    ON
        fresh.prediction_id = prediction.id
        AND prediction.ingest_seq <= %(predictions_seq)s
        AND prediction."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
WHERE
    prediction.id IS NULL
    OR (
        (former.id IS NULL OR (fresh."timestamp", fresh.id) > (former."timestamp", former.id))
        AND fresh."timestamp" >= prediction."timestamp" - %(earliest)s::interval
    )
GROUP BY
    prediction.model_name, prediction.version, prediction.environment, cohort, left(prediction.segment, 101), known,
    said, "true", replaces, left(former.label, 200)
