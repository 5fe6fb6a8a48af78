"""A model behind Flask that logs what it answers and what turned out to be true."""

from __future__ import annotations

import os

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from driftgauge.client import PredictionLogger
from driftgauge.client.metrics import export
from model import diagnose

app = Flask(__name__)
logger = PredictionLogger(model="tumours", version="1", spool=os.environ.get("SPOOL"))  # connects to DRIFTGAUGE_DSN
export(logger)


@app.post("/predict")
def predict() -> ResponseReturnValue:
    """Answer, and log the answer, or the error, with how long it took."""
    features: dict[str, float] = request.get_json()
    call = logger.predict(features)
    try:
        with call:
            label, score = diagnose(features)
            call.prediction, call.score = label, score
    except KeyError as error:
        return {"prediction_id": str(call.prediction_id), "missing": error.args[0]}, 422
    return {"prediction_id": str(call.prediction_id), "label": label, "score": score}


@app.post("/outcome")
def outcome() -> ResponseReturnValue:
    """Log what turned out to be true."""
    found = request.get_json()
    logger.log_outcome(found["prediction_id"], found["label"])
    return "", 202


@app.get("/metrics")
def metrics() -> Response:
    """Tell Prometheus where this process's rows are."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
