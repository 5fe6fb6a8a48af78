"""What every part of the configuration is made of."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from driftgauge.config.document import is_mapping


class Section(BaseModel):
    """A part of the configuration: strict, frozen, and without keys that it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)
    OFF_IF_EMPTY: ClassVar[frozenset[str]] = frozenset()
    """Keys without a value that say something all the same: that there is none."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_empty_keys(cls, data: object) -> object:
        """Take a known key without a value, such as a heading whose keys are all comments, as not given."""
        if not is_mapping(data):
            return data
        keys = cls.keys().keys() - cls.OFF_IF_EMPTY
        return {key: value for key, value in data.items() if value is not None or key not in keys}

    @classmethod
    def keys(cls) -> dict[str, Any]:
        """Return each key, as written in the file, with what pydantic knows of it."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}
