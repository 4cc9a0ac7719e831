"""Sentence similarity: what an encoder finds near, why a plain one finds everything near, and what contrast does."""

from hub.demos.similarity.page import api, build
from hub.demos.similarity.strings import STRINGS
from hub.tasks.embed import TASK

__all__ = ["STRINGS", "TASK", "api", "build"]
