-- purpose: Read the newest predictions of a cohort that foretold a number, with the last that turned out; of so many.
-- params: model_name, version, environment, segment, window_start, window_end, earliest, looked_at, most
-- returns: document, predicted, turned_out
SELECT
    prediction.features::text AS document,
    prediction.predicted_value AS predicted,
    outcome.value AS turned_out
FROM (
    SELECT
        id,
        features,
        predicted_value,
        "timestamp"
    FROM prediction_logs
    WHERE
        model_name = %(model_name)s
        AND version = %(version)s
        AND environment = %(environment)s
        AND "timestamp" >= %(window_start)s
        AND "timestamp" < %(window_end)s
        AND (%(segment)s = '' OR segment = %(segment)s)
        AND has_sane_time("timestamp", created_at)
        AND predicted_value IS NOT NULL
    ORDER BY "timestamp" DESC
    LIMIT %(looked_at)s
) AS prediction
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
WHERE outcome.value IS NOT NULL
ORDER BY prediction."timestamp" DESC
LIMIT %(most)s
