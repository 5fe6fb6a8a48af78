-- purpose: Write predictions in bulk, as the demonstration's service does; one row a line of COPY's text format.
COPY prediction_logs (
    id,
    model_name,
    version,
    environment,
    user_id,
    features,
    prediction_result,
    predicted_label,
    predicted_score,
    confidence,
    latency_ms,
    status,
    "timestamp"
) FROM STDIN
