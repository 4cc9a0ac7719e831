"""Sentence similarity: text in, vectors of length 1 out, and what follows from them: the product of two is a cosine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.errors import InputError, Term, TooLargeError
from hub.text import FEW_TEXTS, Encoded, TextEncoder, batches, check_text, check_texts, feeds

TASK = "sentence-similarity"
LARGE = 32  # texts from which the session with all cores is worth its start
MAX_PADDING = 24  # tokens in one onnxruntime call; a further call costs less than more of them
HITS = 10  # neighbours where nobody says how many

Progress = Callable[[int, int], None]  # (done, total)


@dataclass(frozen=True)
class Hit:
    """One neighbour of a query."""

    index: int  # of the text, from 0
    text: str
    score: float  # cosine


@dataclass(frozen=True)
class Tokens:
    """One text token by token."""

    spans: tuple[tuple[int, int], ...]  # characters of the text, end exclusive; (0, 0) for a special token
    tokens: tuple[str, ...]  # as the vocabulary has them
    states: np.ndarray  # float32 (tokens, dim), not normalised

    @property
    def words(self) -> list[int]:
        """Which of them stand in the text; special tokens ([CLS]) do not."""
        return [place for place, (start, end) in enumerate(self.spans) if end > start]


@dataclass(frozen=True)
class Alignment:
    """Each token of one text against each token of another, special tokens left out."""

    first: tuple[str, ...]  # as they stand in the text
    second: tuple[str, ...]
    cosines: np.ndarray  # float32 (first, second)
    cut: bool  # a text has more tokens than limits.MAX_ALIGNED_TOKENS


def embed(
    bundle: Bundle,
    texts: Sequence[str],
    *,
    variant: str = "",
    progress: Progress | None = None,
    large: bool | None = None,
) -> np.ndarray:
    """The vector of each text, float32 (texts, dim), of length 1, in the order of the texts.

    Texts of about the same length run together; no vector depends on that, each graph is held to it.

    Args:
        variant: "" is the card's default. progress: called after each onnxruntime call with the texts done and all.
        large: on the session with all cores, or on the one-thread one; None: by the number of texts.

    Raises InputError (not a text, too long, too many), UnknownModelError (variant), BundleError.
    """
    return embed_checked(bundle, check_texts(texts), variant, progress, large)


def embed_checked(
    bundle: Bundle, texts: list[str], variant: str = "", progress: Progress | None = None, large: bool | None = None
) -> np.ndarray:
    """The same for texts that hub.text has checked already."""
    rows = ids_of(bundle.encoder, texts)
    session = bundle.session(variant, large=len(rows) >= LARGE if large is None else large)
    made: np.ndarray | None = None
    done = 0
    for batch in even_batches([len(row) for row in rows]):
        (vectors,) = session.run(feeds([rows[index] for index in batch], session.inputs), ["embedding"])
        if made is None:
            made = np.empty((len(rows), vectors.shape[1]), np.float32)
        made[batch] = vectors
        done += len(batch)
        if progress:
            progress(done, len(rows))
    assert made is not None  # there is at least one text
    return made


def ids_of(encoder: TextEncoder, texts: Sequence[str]) -> Sequence[Sequence[int]]:
    """The ids of each text."""
    if len(texts) <= FEW_TEXTS:
        return [code.ids for code in encoder.encode(texts)]
    return encoder.ids(texts)


def even_batches(lengths: Sequence[int], max_padding: int = MAX_PADDING) -> Iterator[list[int]]:
    """Positions in batches, the longest first, each with at most max_padding tokens of padding."""
    for batch in batches(lengths):
        start, padding = 0, 0
        for place, position in enumerate(batch):
            padding += lengths[batch[start]] - lengths[position]
            if padding > max_padding:
                yield batch[start:place]
                start, padding = place, 0
        yield batch[start:]


def similarity(bundle: Bundle, a: str, b: str, *, variant: str = "") -> float:
    """The cosine of two texts, in [-1, 1]. Raises what embed raises."""
    return cosine(*embed_checked(bundle, check_pair(a, b), variant))


def check_pair(a: object, b: object) -> list[str]:
    """The two texts. Raises InputError, TooLargeError."""
    return [check_text(a, Term("first_text")), check_text(b, Term("second_text"))]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of two vectors of length 1; rounding may not lead out of [-1, 1]."""
    return float(np.clip(a @ b, -1.0, 1.0))


def matrix(bundle: Bundle, texts: Sequence[str], *, variant: str = "") -> np.ndarray:
    """The cosines of all pairs, float32 (texts, texts).

    Raises TooLargeError for more than limits.MAX_SIMILARITY_LINES, and what embed raises.
    """
    if len(texts) > limits.MAX_SIMILARITY_LINES:
        raise TooLargeError("matrix_large", found=len(texts), allowed=limits.MAX_SIMILARITY_LINES)
    return cosines(embed(bundle, texts, variant=variant))


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Of all pairs of vectors (n, dim) of length 1: float32 (n, n), exactly symmetric."""
    products = np.clip(vectors @ vectors.T, -1.0, 1.0)
    symmetric: np.ndarray = (products + products.T) / 2
    return symmetric


def extremes(matrix: np.ndarray) -> tuple[tuple[int, int], tuple[int, int]]:
    """The nearest and the farthest two of a matrix (n, n) of cosines, n > 1."""
    rows, columns = np.triu_indices(len(matrix), 1)
    values = matrix[rows, columns]
    best, worst = int(values.argmax()), int(values.argmin())
    return (int(rows[best]), int(columns[best])), (int(rows[worst]), int(columns[worst]))


def search(
    bundle: Bundle,
    query: str,
    texts: Sequence[str],
    k: int = HITS,
    *,
    variant: str = "",
    progress: Progress | None = None,
) -> list[Hit]:
    """The k texts that are nearest to the query, the nearest first; fewer where there are fewer.

    Raises InputError (k out of range too), and what embed raises.
    """
    asked, checked, k = check_search(query, texts, k)
    vectors = embed_checked(bundle, [asked, *checked], variant, progress)
    return ranked(vectors[0], vectors[1:], checked, k)


def check_search(query: object, texts: object, k: object) -> tuple[str, list[str], int]:
    """The three of a search. Raises InputError, TooLargeError."""
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= limits.MAX_SEARCH_HITS:
        raise InputError("setting_whole_range", name="k", found=str(k)[:40], low=1, high=limits.MAX_SEARCH_HITS)
    return check_text(query, Term("the_query")), check_texts(texts), k


def ranked(query: np.ndarray, vectors: np.ndarray, texts: Sequence[str], k: int) -> list[Hit]:
    """The k best of the vectors (texts, dim) for a query (dim); of equals, the first in the list comes first."""
    scores = np.clip(vectors @ query, -1.0, 1.0)
    order = np.argsort(-scores, kind="stable")[:k]
    return [Hit(index, texts[index], float(scores[index])) for index in order.tolist()]


def tokens(bundle: Bundle, texts: Sequence[str], *, variant: str = "") -> list[Tokens]:
    """Each text token by token, in the order of the texts; variant "": the first one that has the token states.

    Raises what embed raises.
    """
    codes = bundle.encoder.encode(check_texts(texts))
    session = bundle.session(variant or bundle.variant_with("token_embeddings"))
    made: list[Tokens | None] = [None] * len(codes)
    for batch in even_batches([len(code.ids) for code in codes]):
        ids = [codes[index].ids for index in batch]
        (states,) = session.run(feeds(ids, session.inputs), ["token_embeddings"])
        for index, rows in zip(batch, states, strict=True):
            made[index] = _tokens(codes[index], rows)
    return [entry for entry in made if entry is not None]


def _tokens(code: Encoded, states: np.ndarray) -> Tokens:
    return Tokens(code.offsets, code.tokens, states[: len(code.ids)].copy())


def alignment(bundle: Bundle, a: str, b: str, *, variant: str = "") -> Alignment:
    """Which token of a text is near to which token of another. Raises what embed raises."""
    texts = check_pair(a, b)
    found = tokens(bundle, texts, variant=variant)
    kept = [entry.words[: limits.MAX_ALIGNED_TOKENS] for entry in found]
    first, second = (
        tuple(text[slice(*entry.spans[place])] for place in places)
        for text, entry, places in zip(texts, found, kept, strict=True)
    )
    rows, columns = (_normalised(entry.states[places]) for entry, places in zip(found, kept, strict=True))
    cut = any(len(entry.words) > limits.MAX_ALIGNED_TOKENS for entry in found)
    return Alignment(first, second, np.clip(rows @ columns.T, -1.0, 1.0), cut)


def _normalised(rows: np.ndarray) -> np.ndarray:
    """Rows (n, dim) at length 1; a row of zeros stays one."""
    directions: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
    return directions
