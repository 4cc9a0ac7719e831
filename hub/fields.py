"""Types of request fields with their limits: /v1, Gradio's endpoints and the MCP tools are declared with the same."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub import limits
from hub.tasks.beams import LENGTH_PENALTY
from hub.tasks.sampling import RANGES

Line = Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_BATCH_TEXTS)]
SearchLines = Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_SEARCH_TEXTS)]
Hits = Annotated[int, Field(ge=1, le=limits.MAX_SEARCH_HITS)]
Model = Annotated[str, Field(max_length=100)]
Head = Annotated[str, Field(max_length=100)]
VariantName = Annotated[str, Field(max_length=100, description="fp32, int8, …; empty: the card's default")]
NewTokens = Annotated[int, Field(ge=1, le=limits.MAX_NEW_TOKENS)]
Beams = Annotated[int, Field(ge=1, le=limits.MAX_BEAMS)]
Temperature = Annotated[float, Field(ge=RANGES["temperature"][0], le=RANGES["temperature"][1])]
TopK = Annotated[int, Field(ge=RANGES["top_k"][0], le=RANGES["top_k"][1])]
TopP = Annotated[float, Field(ge=RANGES["top_p"][0], le=RANGES["top_p"][1])]
Seed = Annotated[int, Field(ge=RANGES["seed"][0], le=RANGES["seed"][1])]
LengthPenalty = Annotated[float, Field(ge=LENGTH_PENALTY[0], le=LENGTH_PENALTY[1])]
Row = Annotated[list[float], Field(max_length=limits.MAX_LAB_COLUMNS)]
Samples = Annotated[
    list[float | Line | Row],
    Field(
        min_length=1,
        max_length=limits.MAX_LAB_SAMPLES,
        description="numbers; labels (categorical); lines of text (bigram); rows (linear, logistic, two_gaussians)",
    ),
]
