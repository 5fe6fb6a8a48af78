-- purpose: Read the newest predictions of a cohort that foretold a number, with the last number that turned out.
-- params: model_name, version, environment, segment, window_start, window_end, earliest, most
-- returns: document, predicted, turned_out
SELECT
    prediction.features::text AS document,
    prediction.predicted_value AS predicted,
    outcome.value AS turned_out
FROM prediction_logs AS prediction
CROSS JOIN
    LATERAL (
        SELECT usable.value
        FROM usable_outcomes AS usable
        WHERE
            usable.prediction_id = prediction.id
            AND usable."timestamp" >= prediction."timestamp" - %(earliest)s::interval
        ORDER BY usable."timestamp" DESC, usable.id DESC
        LIMIT 1
    ) AS outcome
WHERE
    prediction.model_name = %(model_name)s
    AND prediction.version = %(version)s
    AND prediction.environment = %(environment)s
    AND prediction."timestamp" >= %(window_start)s
    AND prediction."timestamp" < %(window_end)s
    AND (%(segment)s = '' OR prediction.segment = %(segment)s)
    AND has_sane_time(prediction."timestamp", prediction.created_at)
    AND prediction.predicted_value IS NOT NULL
    AND outcome.value IS NOT NULL
ORDER BY prediction."timestamp" DESC
LIMIT %(most)s
