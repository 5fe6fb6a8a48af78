"""The logging client that model services import: light, never in the way of a prediction."""

from driftgauge.client.calls import PredictionCall
from driftgauge.client.ledger import Drop, Stats
from driftgauge.client.logger import PredictionLogger

__all__ = ["Drop", "PredictionCall", "PredictionLogger", "Stats"]
