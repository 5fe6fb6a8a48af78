-- purpose: Read the most important features of comparisons, on either side, each up to a number of them.
-- params: ids, most
-- returns: comparison_id, feature_name, current_importance, current_rank, importance_change, rank_change, state, drift_detected
SELECT
    feature.comparison_id,
    feature.feature_name,
    feature.current_importance,
    feature.current_rank,
    feature.importance_change,
    feature.rank_change,
    feature.state,
    feature.drift_detected
FROM unnest(%(ids)s::bigint[]) AS shown (id)
CROSS JOIN
    LATERAL (
        SELECT one.*
        FROM feature_importance_drift AS one
        WHERE one.comparison_id = shown.id
        ORDER BY greatest(abs(one.current_importance), abs(one.previous_importance)) DESC, one.feature_name ASC
        LIMIT %(most)s
    ) AS feature
