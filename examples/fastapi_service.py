"""A model behind FastAPI that logs what it answers and what turned out to be true."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import FastAPI, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from driftgauge.client import PredictionLogger
from driftgauge.client.metrics import export
from model import diagnose

logger = PredictionLogger(model="tumours", version="1", spool=os.environ.get("SPOOL"))  # connects to DRIFTGAUGE_DSN
export(logger)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Store what is left when the server stops."""
    yield
    await logger.aclose()


app = FastAPI(lifespan=lifespan)


class Answer(BaseModel):
    """What the model says; the id is what outcomes refer to."""

    prediction_id: UUID
    label: str
    score: float


class Outcome(BaseModel):
    """What turned out to be true for a prediction."""

    prediction_id: UUID
    label: str


@app.post("/predict")
def predict(features: dict[str, float]) -> Answer:
    """Answer, and log the answer, or the error, with how long it took."""
    call = logger.predict(features)
    try:
        with call:
            label, score = diagnose(features)
            call.prediction, call.score = label, score
    except KeyError as error:
        raise HTTPException(422, {"prediction_id": str(call.prediction_id), "missing": error.args[0]}) from error
    return Answer(prediction_id=call.prediction_id, label=label, score=score)


@app.post("/outcome", status_code=202)
def outcome(found: Outcome) -> None:
    """Log what turned out to be true."""
    logger.log_outcome(found.prediction_id, found.label)


@app.get("/metrics")
def metrics() -> Response:
    """Tell Prometheus where this process's rows are."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
