-- Scores of the newest matured cohort beside how many of those predictions came true.
WITH curves AS (
    SELECT *
    FROM driftgauge.reliability_curve
    WHERE
        segment = ''
        AND model_name IN (${model:sqlstring})
        AND version = ANY (ARRAY[${version:sqlstring}]::text[])
        AND environment = ANY (ARRAY[${environment:sqlstring}]::text[])
        AND $__timeFilter(cohort_start)
)

SELECT
    round(curves.mean_score::numeric, 2)::text || ' (' || curves.rows || ')' AS score,
    curves.mean_score AS said,
    curves.positive_share AS came_true
FROM (
    SELECT
        version,
        environment,
        cohort_start
    FROM curves
    ORDER BY matured DESC, cohort_start DESC, version, environment
    LIMIT 1
) AS newest
INNER JOIN curves USING (version, environment, cohort_start)
ORDER BY curves.bin
