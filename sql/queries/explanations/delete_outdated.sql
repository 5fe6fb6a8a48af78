-- purpose: Delete what an earlier judgement of a window found of features that this one has not.
-- params: model_name, version, environment, explanation_type, window_end, features
DELETE FROM explainability_drift_results
WHERE
    model_name = %(model_name)s
    AND version = %(version)s
    AND environment = %(environment)s
    AND explanation_type = %(explanation_type)s
    AND window_end = %(window_end)s
    AND feature_name <> all(%(features)s::text[])
