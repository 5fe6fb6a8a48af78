-- What the evidence dashboard asks beyond the views that are there: which models there are, how a feature was distributed
-- and is now, and what a single prediction was made of. Still no raw rows, no user ids, no values of single rows.

CREATE VIEW model_list AS
SELECT
    model_name,
    version,
    environment,
    sum(predictions)::bigint AS predictions,
    min(first_timestamp) AS first_prediction_at,
    max(last_timestamp) AS last_prediction_at
FROM traffic_totals
GROUP BY model_name, version, environment;

COMMENT ON VIEW model_list IS 'every version that was ever counted';

CREATE VIEW feature_distributions AS
SELECT
    window_start,
    window_end,
    model_name,
    version,
    environment,
    segment,
    feature_name,
    feature_kind,
    (reference_distribution ->> 'count')::bigint AS reference_values,
    (current_distribution ->> 'count')::bigint AS current_values,
    (reference_distribution ->> 'missing')::bigint AS reference_missing,
    (current_distribution ->> 'missing')::bigint AS current_missing,
    (reference_distribution ->> 'mean')::double precision AS reference_mean,
    (current_distribution ->> 'mean')::double precision AS current_mean,
    (reference_distribution ->> 'std')::double precision AS reference_deviation,
    (current_distribution ->> 'std')::double precision AS current_deviation,
    reference_distribution -> 'histogram' AS reference_histogram,
    current_distribution -> 'histogram' AS current_histogram
FROM data_drift_results
WHERE
    replay_id IS NULL
    AND reference_distribution IS NOT NULL
    AND current_distribution IS NOT NULL;

COMMENT ON COLUMN feature_distributions.reference_values IS 'that were not missing';
COMMENT ON COLUMN feature_distributions.reference_mean IS 'NULL for categories, as are current_mean and the deviations';

-- The bins of a number are open at both ends and hold the values from lower_bound on and below upper_bound. Of categories
-- those that the reference had most often have cells of their own.
CREATE VIEW feature_distribution_cells AS
SELECT
    told.window_start,
    told.window_end,
    told.model_name,
    told.version,
    told.environment,
    told.segment,
    told.feature_name,
    told.feature_kind,
    cell.place,
    cell.name AS cell,
    cell.lower_bound,
    cell.upper_bound,
    cell.reference_values,
    cell.current_values,
    cell.reference_values / nullif(told.reference_values, 0)::double precision AS reference_share,
    cell.current_values / nullif(told.current_values, 0)::double precision AS current_share
FROM feature_distributions AS told
CROSS JOIN LATERAL (
    SELECT
        bin.place,
        CASE
            WHEN bin.lower_text IS NULL THEN 'below ' || bin.upper_text
            WHEN bin.upper_text IS NULL THEN bin.lower_text || ' and more'
            WHEN bin.lower_text = bin.upper_text THEN bin.lower_text
            ELSE bin.lower_text || ' to ' || bin.upper_text
        END AS name,
        bin.lower_bound,
        bin.upper_bound,
        bin.reference_values,
        bin.current_values
    FROM (
        SELECT
            counted.place::integer AS place,
            lag(edge.value) OVER in_order AS lower_bound,
            lag(edge.shown) OVER in_order AS lower_text,
            edge.value AS upper_bound,
            edge.shown AS upper_text,
            counted.reference_values::bigint AS reference_values,
            counted.current_values::bigint AS current_values
        FROM
            unnest(
                array(
                    SELECT jsonb_array_elements_text(
                        CASE told.feature_kind WHEN 'numeric' THEN told.reference_histogram -> 'counts' END
                    )
                ),
                array(
                    SELECT jsonb_array_elements_text(
                        CASE told.feature_kind WHEN 'numeric' THEN told.current_histogram -> 'counts' END
                    )
                ),
                array(
                    SELECT jsonb_array_elements_text(
                        CASE told.feature_kind WHEN 'numeric' THEN told.reference_histogram -> 'edges' END
                    )
                )
            ) WITH ORDINALITY AS counted (reference_values, current_values, upper_edge, place)
        CROSS JOIN
            LATERAL (
                SELECT
                    counted.upper_edge::double precision AS value,
                    CASE
                        WHEN counted.upper_edge::double precision = 0 THEN '0'
                        ELSE trim_scale(
                            round(
                                counted.upper_edge::numeric,
                                5 - floor(log(abs(counted.upper_edge::double precision)))::integer
                            )
                        )::text
                    END AS shown
            ) AS edge
        WINDOW in_order AS (ORDER BY counted.place)
    ) AS bin
    UNION ALL
    SELECT
        row_number() OVER (
            ORDER BY counted.name IN ('(other)', '(unseen)') ASC, counted.value::bigint DESC, counted.name ASC
        )::integer AS place,
        counted.name,
        NULL AS lower_bound,
        NULL AS upper_bound,
        counted.value::bigint AS reference_values,
        (told.current_histogram ->> counted.name)::bigint AS current_values
    FROM jsonb_each_text(
        CASE told.feature_kind WHEN 'categorical' THEN told.reference_histogram END
    ) AS counted (name, value)
) AS cell;

-- A row a feature, by each of the two logs; not what the feature's value was.
CREATE VIEW prediction_attributions AS
SELECT
    'shap' AS explanation_type,
    prediction_id,
    model_name,
    version,
    environment,
    feature_name,
    shap_value AS attribution,
    base_value,
    "timestamp"
FROM shap_values
UNION ALL
SELECT
    'lime' AS explanation_type,
    prediction_id,
    model_name,
    version,
    environment,
    feature_name,
    weight AS attribution,
    NULL AS base_value,
    "timestamp"
FROM lime_explanations;

COMMENT ON COLUMN prediction_attributions.attribution IS 'a SHAP value, or a weight of LIME''s';

GRANT SELECT ON
model_list, feature_distributions, feature_distribution_cells, prediction_attributions
TO driftgauge_exporter, driftgauge_grafana;
