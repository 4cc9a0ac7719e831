"""Text classification: text in, probabilities and explanations out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.card import Course, Pooling, logits_name
from hub.errors import InputError, Term, UnknownModelError
from hub.text import Encoded, batches, check_text, check_texts, feeds

TASK = "text-classification"
LARGE = 32  # texts from which the session with all cores is worth its start

Progress = Callable[[int, int], None]  # (done, total)


@dataclass(frozen=True)
class Prediction:
    """What one model says of one text."""

    label: str  # the most probable one
    scores: dict[str, float]  # label -> probability, in the order of the card's labels; sums to 1
    logits: tuple[float, ...]
    tokens: int  # after truncation
    truncated: bool
    unknown: int  # tokens that the vocabulary lacks
    known: int  # tokens of the text that it has; 0: the answer says nothing of the text


@dataclass(frozen=True)
class Span:
    """A token and where it stands in the visitor's text (characters, end exclusive)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Saliency:
    """Occlusion: what each token is worth."""

    spans: tuple[Span, ...]
    labels: tuple[str, ...]
    probabilities: np.ndarray  # float64 (classes), of the whole text
    deltas: np.ndarray  # float64 (tokens, classes): probability with the token minus without it


@dataclass(frozen=True)
class Evidence:
    """One winner of the max-over-time pooling: an n-gram (TextCNN) or a word (TextRCNN)."""

    text: str
    start: int  # characters in the visitor's text
    end: int
    features: int  # how many features it won
    contributions: np.ndarray  # float64 (classes): summed over the features it won


@dataclass(frozen=True)
class PoolingEvidence:
    """Exact: logits == bias + padding + the sum of evidence.contributions (completeness_error says how exact)."""

    labels: tuple[str, ...]
    evidence: tuple[Evidence, ...]  # strongest first
    padding: np.ndarray  # float64 (classes): what was won by no word
    bias: np.ndarray  # float64 (classes)
    logits: np.ndarray  # float64 (classes), the graph's own
    completeness_error: float  # max |logits - sum|
    variant: str


@dataclass(frozen=True)
class CourseEvidence:
    """How the prediction changes word by word."""

    spans: tuple[Span, ...]
    labels: tuple[str, ...]
    probabilities: np.ndarray  # float64 (tokens, classes)
    variant: str


def head_of(bundle: Bundle, head: str) -> str:
    """The head's name; "" is the first one. Raises UnknownModelError."""
    heads = bundle.card.heads
    if not head:
        return next(iter(heads))
    if not isinstance(head, str) or head not in heads:
        known = ", ".join(name for name in heads if name) or Term("no_heads")
        raise UnknownModelError("head_unknown", name=bundle.name, head=str(head)[:80], known=known)
    return head


def classify(
    bundle: Bundle,
    texts: Sequence[str],
    *,
    head: str = "",
    variant: str = "",
    progress: Progress | None = None,
    large: bool | None = None,
) -> list[Prediction]:
    """Classify texts. head "" is the first one; variant "" is the card's default; large: as in logits().

    Raises InputError (not a text, too long, too many), UnknownModelError (head, variant), BundleError.
    """
    checked = check_texts(texts)
    head = head_of(bundle, head)
    encoded = bundle.encoder.encode(checked)
    rows = logits(bundle, [code.ids for code in encoded], head=head, variant=variant, progress=progress, large=large)
    return predictions(bundle.card.heads[head], rows, encoded)


def predictions(labels: Sequence[str], rows: np.ndarray, codes: Sequence[Encoded]) -> list[Prediction]:
    """Logits float32 (texts, classes) as one Prediction each."""
    return [
        Prediction(
            label=labels[best],
            scores=dict(zip(labels, probabilities, strict=True)),
            logits=tuple(row),
            tokens=len(code.ids),
            truncated=code.truncated,
            unknown=code.unknown,
            known=code.known,
        )
        for best, probabilities, row, code in zip(
            rows.argmax(axis=1).tolist(), softmax(rows).tolist(), rows.tolist(), codes, strict=True
        )
    ]


def logits(
    bundle: Bundle,
    rows: Sequence[Sequence[int]],
    *,
    head: str = "",
    variant: str = "",
    progress: Progress | None = None,
    large: bool | None = None,
) -> np.ndarray:
    """Ids of several texts -> float32 (texts, classes), in the order of the texts.

    Texts of about the same length run together; no answer depends on that, each graph is held to it.

    Args:
        progress: called after each onnxruntime call with the texts done and all texts.
        large: on the session with all cores, or on the one-thread one; None: by the number of texts.
    """
    session = bundle.session(variant, large=len(rows) >= LARGE if large is None else large)
    name = logits_name(head)
    width = next((spec.shape[-1] for spec in bundle.card.outputs if spec.name == name), 0)
    made = np.empty((len(rows), int(width)), np.float32)
    done = 0
    for batch in batches([len(row) for row in rows]):
        (made[batch],) = session.run(feeds([rows[index] for index in batch], session.inputs), [name])
        done += len(batch)
        if progress:
            progress(done, len(rows))
    return made


def softmax(values: np.ndarray) -> np.ndarray:
    """Over the last axis, in float64: the shown probabilities sum to one."""
    exponentials = np.exp(values.astype(np.float64) - values.max(axis=-1, keepdims=True))
    shares: np.ndarray = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares


def _spans(text: str, code: Encoded) -> tuple[Span, ...]:
    """The tokens that stand in the text; special tokens ([CLS]) do not."""
    return tuple(Span(text[start:end], start, end) for start, end in code.offsets if end > start)


def _positions(code: Encoded) -> list[int]:
    """Where in the ids the tokens of the text are."""
    return [position for position, (start, end) in enumerate(code.offsets) if end > start]


def saliency(bundle: Bundle, text: str, *, head: str = "", variant: str = "") -> Saliency:
    """Occlusion saliency over the tokens: the text without each of them, in one batched call; works for every model.

    Raises InputError for a text of more than limits.MAX_OCCLUSION_TOKENS tokens.
    """
    check_text(text)
    head = head_of(bundle, head)
    code = bundle.encoder.encode([text])[0]
    positions = _positions(code)
    if len(positions) > limits.MAX_OCCLUSION_TOKENS:
        raise InputError("saliency_long", found=len(positions), allowed=limits.MAX_OCCLUSION_TOKENS)
    rows = [code.ids, *((*code.ids[:at], *code.ids[at + 1 :]) or (0,) for at in positions)]
    probabilities = softmax(logits(bundle, rows, head=head, variant=variant))
    return Saliency(
        spans=_spans(text, code),
        labels=bundle.card.heads[head],
        probabilities=probabilities[0],
        deltas=probabilities[0] - probabilities[1:],
    )


def pooling_evidence(bundle: Bundle, text: str, *, head: str = "") -> PoolingEvidence:
    """The winners of the max-over-time pooling. The card's explanation must be of kind "pooling".

    Features that won on the same window of words are one Evidence; a window that reaches into the padding is cut to
    its words.
    """
    explanation = bundle.card.explanation
    if not isinstance(explanation, Pooling):
        raise InputError("no_pooling", name=bundle.name)
    check_text(text)
    head = head_of(bundle, head)
    variant = bundle.variant_with("pool_contributions")
    session = bundle.session(variant)
    code = bundle.encoder.encode([text])[0]
    row, positions, contributions = (
        output[0].astype(np.int64 if output.dtype.kind == "i" else np.float64)
        for output in session.run(
            feeds([code.ids], session.inputs), [logits_name(head), "pool_positions", "pool_contributions"]
        )
    )
    bias = np.asarray(explanation.bias, np.float64)
    won: dict[tuple[int, int], list[int]] = defaultdict(list)  # token range -> features
    for feature, (start, window) in enumerate(zip(positions.tolist(), explanation.windows, strict=True)):
        first, last = max(start, 0), min(start + window, len(code.offsets))
        won[(first, last) if first < last else (0, 0)].append(feature)
    padding = contributions[won.pop((0, 0), [])].sum(axis=0)
    evidence = []
    for (first, last), features in won.items():
        start, end = code.offsets[first][0], code.offsets[last - 1][1]
        evidence.append(Evidence(text[start:end], start, end, len(features), contributions[features].sum(axis=0)))
    evidence.sort(key=lambda item: -float(np.ptp(item.contributions)))
    return PoolingEvidence(
        labels=bundle.card.heads[head],
        evidence=tuple(evidence),
        padding=padding,
        bias=bias,
        logits=row,
        completeness_error=float(np.abs(bias + contributions.sum(axis=0) - row).max()),
        variant=variant,
    )


def course(bundle: Bundle, text: str, *, head: str = "") -> CourseEvidence:
    """The prediction after each word. The card's explanation must be of kind "course"."""
    if not isinstance(bundle.card.explanation, Course):
        raise InputError("no_course", name=bundle.name)
    check_text(text)
    head = head_of(bundle, head)
    name = f"token_{logits_name(head)}"
    variant = bundle.variant_with(name)
    session = bundle.session(variant)
    code = bundle.encoder.encode([text])[0]
    (rows,) = session.run(feeds([code.ids], session.inputs), [name])
    return CourseEvidence(
        spans=_spans(text, code),
        labels=bundle.card.heads[head],
        probabilities=softmax(rows[0][_positions(code)]),
        variant=variant,
    )
