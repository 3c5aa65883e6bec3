"""UsageContext."""

from enum import Enum


class UsageContext(str, Enum):
    """Who uses the engine."""

    ENGINE_CONTEXT = "ENGINE_CONTEXT"
