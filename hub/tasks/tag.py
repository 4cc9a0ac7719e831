"""Tags of words: named entities in a text, with the layers of a language model beside the words, and without.

Peters et al. 2018 (ELMo), section 3.3; the field is that of Lample et al. 2016, section 2.2: of the tags of a text,
log p = the sum of the emissions of y_k at k + that of the transitions from y_k-1 to y_k - log Z.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hub.bundle import Bundle, Bundles
from hub.kept import Kept
from hub.tasks import contextual
from hub.tasks.layered import ARMS, LARGE, Arm, LayeredReader, check_arm, layered_reader
from hub.text import batches, check_texts

TASK = "tagging"
FIELD_FILE = "field.npz"
TOGETHER = 64  # texts whose layers are held at a time

Progress = Callable[[int, int], None]  # (done, total)
EMISSIONS: dict[Arm, str] = {"with": "emissions", "without": "emissions_without"}


@dataclass(frozen=True)
class Entity:
    """Words of one kind that belong together."""

    kind: str  # "PER"
    text: str
    start: int  # characters of the text
    end: int  # exclusive
    probability: float  # that just these words are one entity of this kind


@dataclass(frozen=True)
class Tagged:
    """A text and what was found in it."""

    text: str
    entities: list[Entity]
    truncated: bool  # the text has more words than are read


# --- the field ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """A conditional random field: float64 (tags, tags) from and to, (tags) of the first and of the last."""

    transitions: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def decode(self, emissions: np.ndarray) -> list[int]:
        """The most probable tags of a text, float (words, tags), by Viterbi's algorithm."""
        best = self.start + emissions[0]
        pointers = []
        for row in emissions[1:]:
            scores = best[:, None] + self.transitions
            pointers.append(scores.argmax(0))
            best = scores.max(0) + row
        tags = [int((best + self.end).argmax())]
        for pointer in reversed(pointers):
            tags.append(int(pointer[tags[-1]]))
        return tags[::-1]

    def log_partition(self, emissions: np.ndarray) -> float:
        """log of the sum over all tags of a text; what must not be has an emission of minus infinity."""
        alpha = self.start + emissions[0]
        for row in emissions[1:]:
            alpha = _log_sum(alpha[:, None] + self.transitions, 0) + row
        return float(_log_sum(alpha + self.end, 0))

    def probability(self, emissions: np.ndarray, place: int, tags: Sequence[int]) -> float:
        """That these tags stand from a place on, whatever stands elsewhere."""
        fixed = emissions.copy()
        for offset, tag in enumerate(tags):
            kept = fixed[place + offset, tag]
            fixed[place + offset] = -np.inf
            fixed[place + offset, tag] = kept
        return float(np.exp(min(0.0, self.log_partition(fixed) - self.log_partition(emissions))))


def _log_sum(values: np.ndarray, axis: int) -> np.ndarray:
    largest = np.maximum(values.max(axis), -1e300)
    with np.errstate(divide="ignore"):
        found: np.ndarray = largest + np.log(np.exp(values - np.expand_dims(largest, axis)).sum(axis))
    return found


def spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """(first, end, kind) of each entity of tags in IOBES; one that does not begin or end as it should is none."""
    found: list[tuple[int, int, str]] = []
    start: tuple[int, str] | None = None
    for place, tag in enumerate(tags):
        mark, _, kind = tag.partition("-")
        if mark == "S":
            found.append((place, place + 1, kind))
        if mark == "E" and start is not None and start[1] == kind:
            found.append((start[0], place + 1, kind))
        if mark == "B":
            start = (place, kind)
        elif mark != "I" or (start is not None and start[1] != kind):
            start = None
    return found


# --- a bundle -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tagger:
    """A bundle with what it reads."""

    bundle: Bundle
    reader: LayeredReader
    fields: dict[Arm, Field]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.bundle.card.heads[""]


_fields: Kept[tuple[str, str], dict[Arm, Field]] = Kept(4)


def opened(bundles: Bundles, name: object) -> Tagger:
    """A tagger, with the language model that is there now. Raises UnknownModelError, BundleError."""
    bundle = bundles.get(name, TASK)
    key = (str(bundle.folder), bundle.variant().sha256)
    fields = _fields.get(key, lambda: fields_of(bundle))
    return Tagger(bundle, layered_reader(bundles, bundle), fields)


def fields_of(bundle: Bundle) -> dict[Arm, Field]:
    """Of both twins. Raises BundleError, UnknownModelError."""
    try:
        with np.load(bundle.path(FIELD_FILE), allow_pickle=False) as stored:
            return {
                arm: Field(*(stored[f"{arm}_{part}"].astype(np.float64) for part in ("transitions", "start", "end")))
                for arm in ARMS
            }
    except (KeyError, ValueError, OSError) as error:
        raise bundle.disable(f"{FIELD_FILE} does not hold the fields of both twins") from error


def tag(
    tagger: Tagger, texts: Sequence[str], *, arm: Arm = "with", variant: str = "", large: bool | None = None
) -> list[Tagged]:
    """The entities of each text, in the order of the texts.

    Raises InputError (not a text, no word in it, too long, too many), UnknownModelError (variant), BundleError.
    """
    return tag_checked(tagger, check_texts(texts), arm, variant, large)


def tag_checked(
    tagger: Tagger,
    texts: Sequence[str],
    arm: Arm = "with",
    variant: str = "",
    large: bool | None = None,
    progress: Progress | None = None,
) -> list[Tagged]:
    """The same for texts that hub.text has checked already; progress is called with the texts done and all."""
    check_arm(arm)
    wide = len(texts) >= LARGE if large is None else large
    found: list[Tagged] = []
    for start in range(0, len(texts), TOGETHER):  # the layers of a text take a thousand times its room
        found += _tag_some(tagger, texts[start : start + TOGETHER], arm, variant, wide)
        if progress:
            progress(len(found), len(texts))
    return found


def _tag_some(tagger: Tagger, texts: Sequence[str], arm: Arm, variant: str, large: bool) -> list[Tagged]:
    readings = contextual.read_checked(tagger.reader.base, texts, large=large)
    session = tagger.bundle.session(variant, large=large)
    found: list[Tagged | None] = [None] * len(texts)
    for batch in batches([len(reading.words) for reading in readings]):
        feeds = tagger.reader.feeds_of([readings[row] for row in batch], session.inputs)
        (emissions,) = session.run(feeds, [EMISSIONS[arm]])
        for row, values in zip(batch, emissions, strict=True):
            own = values[: len(readings[row].words)].astype(np.float64)
            found[row] = _tagged(readings[row], own, tagger.fields[arm], tagger.labels)
    return [one for one in found if one is not None]


def _tagged(reading: contextual.Reading, emissions: np.ndarray, field: Field, labels: Sequence[str]) -> Tagged:
    ids = field.decode(emissions)
    places = reading.words.spans
    entities = [
        Entity(
            kind,
            reading.text[places[first][0] : places[end - 1][1]],
            places[first][0],
            places[end - 1][1],
            field.probability(emissions, first, ids[first:end]),
        )
        for first, end, kind in spans([labels[index] for index in ids])
    ]
    return Tagged(reading.text, entities, reading.words.truncated)
