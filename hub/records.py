"""Requests and answers of the hub's functions: one record for one thing, at /v1, in Gradio's API and at MCP.

What a task returns (Prediction, Hit, Answer, Fit) is its own record; here is what is asked for, and what remains.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub.fields import (
    Again,
    Alternatives,
    Beams,
    Cut,
    Family,
    Gamma,
    Head,
    Hits,
    Item,
    Judgments,
    Layer,
    LengthPenalty,
    Line,
    Lines,
    ListLength,
    Model,
    NewTokens,
    Places,
    Question,
    Reasons,
    Rule,
    Samples,
    SearchLines,
    Stops,
    Taken,
    VariantName,
    Weights,
    WithLayers,
)
from hub.tasks import embed, gradients
from hub.tasks.generate import SUMMARY_BEAMS, Request
from hub.tasks.sampling import Sampling


class Body(BaseModel):
    """A request: no field that is not known, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ClassifyRequest(Body):
    """One text, or a list of texts, for one model."""

    text: Line | Lines
    model: Model
    head: Head = ""
    variant: VariantName = ""


class EmbedRequest(Body):
    """One text, or a list of texts, for one encoder."""

    text: Line | Lines
    model: Model
    variant: VariantName = ""


class SimilarityRequest(Body):
    """Two texts for one encoder."""

    a: Line
    b: Line
    model: Model
    variant: VariantName = ""


class SearchRequest(Body):
    """A query, and the texts among which its neighbours are wanted."""

    query: Line
    texts: SearchLines
    model: Model
    k: Annotated[Hits, Field(description="neighbours wanted")] = embed.HITS
    variant: VariantName = ""


class TokenVectorsRequest(Body):
    """One text, or a list of texts, whose words' vectors are wanted: of one layer, or of a mix of all."""

    text: Line | Lines
    model: Model
    layer: Layer = None
    weights: Weights = None
    gamma: Gamma = 1.0
    variant: VariantName = ""


class TagRequest(Body):
    """One text, or a list of texts, whose named entities are wanted."""

    text: Line | Lines
    model: Model
    arm: WithLayers = "with"
    variant: VariantName = ""


class PermutationRequest(Body):
    """A text, and the order in which its tokens are asked for: all of them, or some targets, the others being known."""

    text: Line
    model: Model
    order: Places = None
    targets: Places = None
    variant: VariantName = ""


class RecommendRequest(Body):
    """What somebody took, and the list that is wanted."""

    items: Taken
    model: Model
    count: ListLength = 10
    again: Again = False
    rule: Rule = "mmr"
    reasons: Reasons = True


class SimilarItemsRequest(Body):
    """An item, and how many that are like it."""

    item: Item
    model: Model
    count: ListLength = 10


class EvaluateRankingRequest(Body):
    """Judged documents, and the cut of nDCG."""

    judgments: Judgments
    at: Cut = 10


class GenerateRequest(Sampling):
    """A prompt for one model, and how the tokens after it are chosen."""

    prompt: Line
    model: Model
    max_new_tokens: NewTokens = 128
    stop: Stops = Field(default_factory=list)
    alternatives: Alternatives = 0
    beams: Beams = 1
    length_penalty: LengthPenalty = 1.0
    variant: VariantName = ""

    def request(self) -> Request:
        """As an engine takes it. Raises InputError."""
        return Request(
            self.prompt, self.max_new_tokens, self, tuple(self.stop), self.alternatives, beams=self.beams,
            length_penalty=self.length_penalty,
        )  # fmt: skip


class SummarizeRequest(Body):
    """A text to be summarised by a model that writes."""

    text: Line
    model: Model
    hint: Annotated[bool, Field(description='whether "TL;DR:" is put behind the text')] = True
    beams: Annotated[Beams, Field(description="of a beam search; 1: the most probable token each time")] = SUMMARY_BEAMS
    variant: VariantName = ""


class AskRequest(Body):
    """The texts of a question, for a head that reads input transformations."""

    texts: Question
    model: Model
    head: Head = ""
    variant: VariantName = ""


class FitRequest(Body):
    """Data for one family, whose parameters are wanted."""

    family: Family
    data: Samples


class Embedding(BaseModel):
    """A vector of length 1: the product of two is their cosine."""

    embedding: list[float]


class Similarity(BaseModel):
    """The cosine, in [-1, 1]."""

    similarity: float


class Summary(BaseModel):
    """What a model wrote as the summary of a text."""

    summary: str


class GradientProfile(BaseModel):
    """Per layer, the first layer first (recurrent: per time); null where a number is not finite."""

    config: gradients.Config
    step: int
    loss: float | None
    accuracy: float
    gradient_norm: list[float | None]
    delta_norm: list[float | None]
    theory_delta_norm: list[float | None] | None
    update_ratio: list[float | None]
    activation_mean: list[float | None]
    activation_deviation: list[float | None]
    slope: float | None
    theory_slope: float | None
    problem: str
