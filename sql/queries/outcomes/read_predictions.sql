-- purpose: Read a final range of predictions, each with the last of its outcomes up to a mark, in cells of equal labels.
-- params: low, high, outcomes_seq, floor, earliest, cohort_seconds, model_name, version, environment
-- returns: model_name, version, environment, cohort, segment, known, met, said, true, values, scores, confidences, true_values, times, lags
WITH
fresh AS MATERIALIZED (
    SELECT *
    FROM answered_predictions
    WHERE
        ingest_seq > %(low)s
        AND ingest_seq <= %(high)s
        AND "timestamp" >= coalesce(%(floor)s::timestamptz, '-infinity')
        AND (%(model_name)s::text IS NULL OR model_name = %(model_name)s)
        AND (%(version)s::text IS NULL OR version = %(version)s)
        AND (%(environment)s::text IS NULL OR environment = %(environment)s)
),

-- Most predictions come before their outcomes. Where their ids ascend with time, one look into the index says so.
span AS MATERIALIZED (
    SELECT
        min(id::text)::uuid AS least,
        max(id::text)::uuid AS greatest
    FROM fresh
),

winners AS MATERIALIZED (
    SELECT DISTINCT ON (outcome.prediction_id)
        outcome.prediction_id,
        outcome.label,
        outcome.value,
        outcome."timestamp"
    FROM usable_outcomes AS outcome
    WHERE
        %(outcomes_seq)s > 0
        AND EXISTS (
            SELECT FROM prediction_outcomes
            WHERE prediction_id BETWEEN (SELECT least FROM span) AND (SELECT greatest FROM span)
        )
        AND outcome.prediction_id IN (SELECT id FROM fresh)
        AND outcome.ingest_seq <= %(outcomes_seq)s
    ORDER BY outcome.prediction_id ASC, outcome."timestamp" DESC, outcome.id DESC
)

SELECT
    fresh.model_name,
    fresh.version,
    fresh.environment,
    (floor(date_part('epoch', fresh."timestamp") / %(cohort_seconds)s) * %(cohort_seconds)s)::bigint AS cohort,
    left(fresh.segment, 101) AS segment,
    coalesce(winner."timestamp" >= fresh."timestamp" - %(earliest)s::interval, FALSE) AS known,
    bool_or(winner.prediction_id IS NOT NULL) AS met,
    left(fresh.predicted_label, 200) AS said,
    left(winner.label, 200) AS "true",
    array_agg(fresh.predicted_value) AS "values",
    array_agg(fresh.predicted_score) AS scores,
    array_agg(fresh.confidence) AS confidences,
    array_agg(winner.value) AS true_values,
    array_agg(date_part('epoch', fresh."timestamp")) AS times,
    array_agg((date_part('epoch', winner."timestamp" - fresh."timestamp") * 1e6)::bigint) AS lags
FROM fresh
LEFT JOIN winners AS winner ON fresh.id = winner.prediction_id
GROUP BY cohort, said, "true", known, left(fresh.segment, 101), fresh.model_name, fresh.version, fresh.environment
