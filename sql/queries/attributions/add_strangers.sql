-- purpose: Add attributions of a feature that the reference has not.
-- params: reference_id, model_name, version, environment, feature_name, day, rows, first_at, last_at
INSERT INTO attribution_strangers AS kept (
    reference_id, model_name, version, environment, feature_name, day, rows, first_at, last_at
)
VALUES (
    %(reference_id)s, %(model_name)s, %(version)s, %(environment)s, %(feature_name)s, %(day)s, %(rows)s, %(first_at)s,
    %(last_at)s
)
ON CONFLICT (reference_id, model_name, version, environment, day, feature_name) DO UPDATE SET
    rows = kept.rows + excluded.rows,
    first_at = least(kept.first_at, excluded.first_at),
    last_at = greatest(kept.last_at, excluded.last_at)
