"""What must hold between keys of health: weights are of components that there are, by a rule that uses them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from driftgauge.config.conflict import Conflict
from driftgauge.config.document import KeyPath, dotted
from driftgauge.config.findings import nearest
from driftgauge.config.health_settings import CLASSIC
from driftgauge.config.settings import Settings


def health_conflicts(settings: Settings, known: Collection[str]) -> Iterator[Conflict]:
    """Walk what does not hold between the keys of health; without `known` components, names are taken."""
    places: list[tuple[KeyPath, str]] = [(("health",), "")]
    places += [(("models", name, "health"), name) for name in settings.models]
    for at, model in places:
        weights = settings.of_model(model).health.weights if model else settings.health.weights
        rule = settings.health_of(model).rule
        for component in weights:
            key = (*at, "weights", component)
            if known and component not in known:
                hint = nearest(component, known)
                message = f"no component of health is named {dotted((component,))}{hint}; known: {', '.join(known)}"
                yield Conflict(keys=(key,), message=message)
        if weights and rule == CLASSIC:
            yield Conflict(
                keys=((*at, "weights"), (*at, "rule"), ("health", "rule")),
                message="are of the rule components; the classic rule has its own",
            )
