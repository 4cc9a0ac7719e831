"""Text classification: several models side by side, why they say so, many texts at once, and how good they are."""

from hub.demos.classification.api import api
from hub.demos.classification.page import build
from hub.demos.classification.strings import STRINGS
from hub.tasks.classify import TASK

__all__ = ["STRINGS", "TASK", "api", "build"]
