-- How the chosen feature that is farthest from its reference was distributed there and is now: shares of all rows.
-- begins with: judged, shown
SELECT
    drawn.cell,
    drawn.reference_values / nullif(told.reference_values + told.reference_missing, 0)::double precision AS reference,
    drawn.current_values / nullif(told.current_values + told.current_missing, 0)::double precision AS now
FROM shown
INNER JOIN driftgauge.feature_distributions AS told
    USING (model_name, version, environment, segment, window_end, feature_name)
CROSS JOIN LATERAL (
    SELECT
        place,
        cell,
        reference_values,
        current_values
    FROM driftgauge.feature_distribution_cells AS cells
    WHERE
        cells.model_name = told.model_name
        AND cells.version = told.version
        AND cells.environment = told.environment
        AND cells.segment = told.segment
        AND cells.window_end = told.window_end
        AND cells.feature_name = told.feature_name
    UNION ALL
    SELECT
        0 AS place,
        '(missing)' AS cell,
        told.reference_missing AS reference_values,
        told.current_missing AS current_values
) AS drawn
WHERE drawn.reference_values > 0 OR drawn.current_values > 0
ORDER BY drawn.place
