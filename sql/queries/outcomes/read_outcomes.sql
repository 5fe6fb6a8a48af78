-- purpose: Read what a final range of outcomes changes: pairs that are new, and with the sign -1 those that they replace.
-- params: low, high, predictions_seq, floor, earliest, cohort_seconds
-- returns: model_name, version, environment, cohort, segment, known, sign, first, said, true, values, scores, true_values, times, lags, outcomes
WITH
fresh AS MATERIALIZED (
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
    ORDER BY prediction_id ASC, "timestamp" DESC, id DESC
),

former AS MATERIALIZED (
    SELECT DISTINCT ON (outcome.prediction_id)
        outcome.prediction_id,
        outcome.id,
        outcome.label,
        outcome.value,
        outcome."timestamp"
    FROM usable_outcomes AS outcome
    WHERE
        %(low)s > 0
        AND outcome.prediction_id IN (SELECT prediction_id FROM fresh)
        AND outcome.ingest_seq <= %(low)s
    ORDER BY outcome.prediction_id ASC, outcome."timestamp" DESC, outcome.id DESC
),

changed AS (
    SELECT
        fresh.prediction_id,
        fresh.label,
        fresh.value,
        fresh."timestamp",
        fresh.outcomes,
        former.prediction_id IS NULL AS first,
        former.label AS former_label,
        former.value AS former_value,
        former."timestamp" AS former_timestamp,
        former.id IS NULL OR (fresh."timestamp", fresh.id) > (former."timestamp", former.id) AS wins
    FROM fresh
    LEFT JOIN former ON fresh.prediction_id = former.prediction_id
)

SELECT
    prediction.model_name,
    prediction.version,
    prediction.environment,
    (floor(date_part('epoch', prediction."timestamp") / %(cohort_seconds)s) * %(cohort_seconds)s)::bigint AS cohort,
    left(prediction.segment, 101) AS segment,
    prediction.id IS NOT NULL AS known,
    part.sign,
    changed.first,
    left(prediction.predicted_label, 200) AS said,
    left(part.label, 200) AS "true",
    array_agg(prediction.predicted_value) AS "values",
    array_agg(prediction.predicted_score) AS scores,
    array_agg(part.value) AS true_values,
    array_agg(date_part('epoch', prediction."timestamp")) AS times,
    array_agg((extract(EPOCH FROM part."timestamp" - prediction."timestamp") * 1000000)::bigint) AS lags,
    sum(changed.outcomes)::bigint AS outcomes
FROM changed
LEFT JOIN answered_predictions AS prediction
    ON
        changed.prediction_id = prediction.id
        AND prediction.ingest_seq <= %(predictions_seq)s
        AND prediction."timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
CROSS JOIN
    LATERAL (
        VALUES
        (1, changed.label, changed.value, changed."timestamp"),
        (-1, changed.former_label, changed.former_value, changed.former_timestamp)
    ) AS part (sign, label, value, "timestamp")
WHERE
    (prediction.id IS NULL AND part.sign = 1)
    OR (changed.wins AND part."timestamp" >= prediction."timestamp" - %(earliest)s::interval)
GROUP BY
    prediction.model_name, prediction.version, prediction.environment, cohort, left(prediction.segment, 101), known,
    part.sign, changed.first, said, "true"
