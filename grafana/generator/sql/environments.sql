-- Environments of a model, the one that served last first.
SELECT environment
FROM driftgauge.model_list
WHERE model_name IN (${model:sqlstring})
GROUP BY environment
ORDER BY max(last_prediction_at) DESC, environment
