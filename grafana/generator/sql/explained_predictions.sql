-- The last predictions that were explained in the time that is shown, each with when it was made.
SELECT
    recent.prediction_id::text AS __value,
    to_char(max(recent."timestamp") AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC" ') || recent.prediction_id AS __text
FROM driftgauge.model_list AS model
CROSS JOIN LATERAL (
    SELECT
        prediction_id,
        "timestamp"
    FROM driftgauge.prediction_attributions
    WHERE
        model_name = model.model_name
        AND version = model.version
        AND environment = model.environment
        AND $__timeFilter("timestamp")
    ORDER BY "timestamp" DESC
    LIMIT 2000
) AS recent
WHERE
    model.model_name IN (${model:sqlstring})
    AND model.version = ANY (ARRAY[${version:sqlstring}]::text[])
    AND model.environment = ANY (ARRAY[${environment:sqlstring}]::text[])
GROUP BY recent.prediction_id
ORDER BY max(recent."timestamp") DESC, recent.prediction_id
LIMIT 100
