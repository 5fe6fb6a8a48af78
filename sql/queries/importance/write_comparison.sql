-- purpose: Write what comparing a logging found, and return its id for the features.
-- params: model_name, version, environment, at, compared_with, previous_version, previous_timestamp, features, appeared, vanished, left_out, ndcg, ndcg_threshold, spearman, kendall, threshold, relative_threshold, normalised, drifted, drifted_features, reason, fingerprint
-- returns: id
INSERT INTO feature_importance_comparisons (
    model_name, version, environment, "timestamp", compared_with, previous_version, previous_timestamp, features,
    appeared, vanished, left_out, ndcg, ndcg_threshold, spearman, kendall, threshold, relative_threshold, normalised,
    drifted, drifted_features, reason, fingerprint
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(at)s, %(compared_with)s, %(previous_version)s,
    %(previous_timestamp)s, %(features)s, %(appeared)s, %(vanished)s, %(left_out)s, %(ndcg)s, %(ndcg_threshold)s,
    %(spearman)s, %(kendall)s, %(threshold)s, %(relative_threshold)s, %(normalised)s, %(drifted)s,
    %(drifted_features)s, %(reason)s, %(fingerprint)s
)
RETURNING id
