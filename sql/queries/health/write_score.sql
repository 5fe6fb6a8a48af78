-- purpose: Write the score of a model in an interval, in place of one that was written in it.
-- params: model_name, version, environment, score, threshold, rule, components, at
INSERT INTO model_health_scores (
    model_name, version, environment, score, threshold, rule, components, "timestamp"
)
VALUES (
    %(model_name)s, %(version)s, %(environment)s, %(score)s, %(threshold)s, %(rule)s, %(components)s::jsonb, %(at)s
)
ON CONFLICT (model_name, version, environment, "timestamp")
DO UPDATE SET
    score = excluded.score,
    threshold = excluded.threshold,
    rule = excluded.rule,
    components = excluded.components
