"""Types of request fields with their limits: /v1, Gradio's endpoints and the MCP tools are declared with the same."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from hub import limits
from hub.tasks.beams import LENGTH_PENALTY
from hub.tasks.funnel import RuleName
from hub.tasks.judging import Judgment
from hub.tasks.layered import Arm
from hub.tasks.likelihood import FAMILIES
from hub.tasks.sampling import WHOLE
from hub.tasks.transforms import FIELDS

# For readers of the schema: empty texts and names are refused with sentences of ours.
SOMETHING: dict[str, Any] = {"minLength": 1, "pattern": r"\S"}
Line = Annotated[str, Field(max_length=limits.MAX_TEXT_CHARS, json_schema_extra=SOMETHING)]
Lines = Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_BATCH_TEXTS)]
SearchLines = Annotated[list[Line], Field(min_length=1, max_length=limits.MAX_SEARCH_TEXTS)]
Hits = Annotated[int, Field(ge=1, le=limits.MAX_SEARCH_HITS), WHOLE]
Model = Annotated[str, Field(max_length=100, json_schema_extra=SOMETHING)]
Head = Annotated[str, Field(max_length=100, description="of a model of several tasks; empty: the first")]
Family = Annotated[str, Field(max_length=100, json_schema_extra={"enum": [*FAMILIES]})]
VariantName = Annotated[str, Field(max_length=100, description="fp32, int8, …; empty: the card's default")]
NewTokens = Annotated[int, Field(ge=1, le=limits.MAX_NEW_TOKENS, description="of the answer, at most"), WHOLE]
Beams = Annotated[
    int,
    Field(
        ge=1,
        le=limits.MAX_BEAMS,
        description="texts of a beam search, with temperature 0: the tokens of the best come at the end; 1: none",
    ),
    WHOLE,
]
Stops = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=limits.MAX_STOP_CHARS)]],
    Field(max_length=limits.MAX_STOPS, description="the answer ends before the first of these"),
]
Alternatives = Annotated[
    int, Field(ge=0, le=limits.MAX_ALTERNATIVES, description="tokens listed at each place, the prompt's too"), WHOLE
]
LengthPenalty = Annotated[
    float,
    Field(
        ge=LENGTH_PENALTY[0],
        le=LENGTH_PENALTY[1],
        description="of a beam search: a text is worth its log-probability / its length ** length_penalty",
    ),
]
Row = Annotated[list[float], Field(max_length=limits.MAX_LAB_COLUMNS)]
Samples = Annotated[
    list[int | float | Line | Row],
    Field(
        min_length=1,
        max_length=limits.MAX_LAB_SAMPLES,
        description="numbers; labels (categorical); lines of text (bigram); rows (linear, logistic, two_gaussians)",
    ),
]
Question = Annotated[
    list[Line],
    Field(min_length=1, max_length=max(map(len, FIELDS.values())), description="as many texts as the head reads"),
]
Layer = Annotated[int | None, Field(ge=0, description="one layer alone, 0: the word without its sentence"), WHOLE]
Weights = Annotated[
    list[float] | None,
    Field(description="of the layers in a mix, the lowest first; they are made to sum to 1; none: all alike"),
]
Gamma = Annotated[float, Field(gt=0, le=100, description="that the mix is multiplied with")]
Places = Annotated[
    list[Annotated[int, Field(ge=1), WHOLE]] | None,
    Field(max_length=limits.MAX_ORDER_TOKENS, description="places of tokens, 1 the first, in the order of the answers"),
]
Taken = Annotated[
    list[Annotated[int, WHOLE]],
    Field(max_length=limits.MAX_TAKEN, description="numbers of the items that were taken, the newest last"),
]
Item = Annotated[int, Field(ge=0, description="the number of an item"), WHOLE]
ListLength = Annotated[int, Field(ge=1, le=limits.MAX_RECOMMENDED, description="of the list"), WHOLE]
Rule = Annotated[RuleName, Field(description="of the re-ranking")]
Again = Annotated[bool, Field(description="whether what was taken may come again")]
Reasons = Annotated[bool, Field(description="whether the list says why; it takes most of the time")]
# A wrong row is refused with a sentence of ours that has its number.
Judgments = Annotated[
    list[dict[str, Any]],
    WithJsonSchema(
        {
            "type": "array",
            "items": Judgment.model_json_schema(),
            "minItems": 1,
            "maxItems": limits.MAX_JUDGMENTS,
            "description": "of all queries; without scores, the documents of each query in the order that is judged",
        }
    ),
]
Cut = Annotated[int, Field(ge=1, le=limits.MAX_RANKING_CUT, description="k of nDCG@k"), WHOLE]
WithLayers = Annotated[Arm, Field(description='"with" the layers of ELMo beside the words, or "without", by its twin')]
