-- purpose: Write how the importance of a feature differs from the one before.
-- params: comparison_id, model_name, version, environment, at, compared_with, previous_version, previous_timestamp, feature_name, previous, current, change, relative_change, previous_rank, current_rank, rank_change, state, drifted, threshold
INSERT INTO feature_importance_drift (
    comparison_id, model_name, version, environment, "timestamp", compared_with, previous_version, previous_timestamp,
    feature_name, previous_importance, current_importance, importance_change, relative_change, previous_rank,
    current_rank, rank_change, state, drift_detected, threshold
)
VALUES (
    %(comparison_id)s, %(model_name)s, %(version)s, %(environment)s, %(at)s, %(compared_with)s, %(previous_version)s,
    %(previous_timestamp)s, %(feature_name)s, %(previous)s, %(current)s, %(change)s, %(relative_change)s,
    %(previous_rank)s, %(current_rank)s, %(rank_change)s, %(state)s, %(drifted)s, %(threshold)s
)
