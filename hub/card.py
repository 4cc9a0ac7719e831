"""Card: the typed content of card.json. The hub is driven by cards alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CARD_FILE = "card.json"
PERPLEXITY = "perplexity"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]  # inside the bundle folder, no path

Count = Annotated[int, Field(ge=0)]
Some = Annotated[int, Field(ge=1, le=100_000_000)]  # a size that a model can have

# Task -> the fields that a card of it cannot do without; of a task that is not here, none.
NEEDS: dict[str, tuple[str, ...]] = {
    "text-classification": ("labels", "max_tokens"),
    "sentence-similarity": ("max_tokens",),
    "text-generation": ("max_tokens", "decoding"),
    "contextual-classification": ("labels", "max_tokens", "layers_of"),
    "tagging": ("labels", "max_tokens", "layers_of"),
    "word-vectors": ("max_tokens", "spelling", "two_way"),
    "input-transformation": ("labels", "max_tokens", "questions"),
    "permutation": ("max_tokens", "orders"),
    "funnel": ("funnel",),
    "ranking": ("ranking",),
}


@dataclass(frozen=True)
class Unit:
    """What the values of a metric can be, and how one is shown: times scale, before its sign."""

    low: float
    high: float
    scale: float
    sign: str = ""

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high and math.isfinite(value)

    def shown(self, value: float, digits: int = 2) -> str:
        return f"{self.scale * value:.{digits}f}"


SHARE = Unit(0, 1, 100, "%")
UNITS = {  # of each metric that is not a share
    PERPLEXITY: Unit(1, math.inf, 1),
    "spearman": Unit(-1, 1, 100),
    "nats": Unit(-math.inf, math.inf, 1),
}


def unit_of(metric: str) -> Unit:
    """The unit of a metric, by the beginning of its name: "spearman_without_stsb_train" is a correlation too."""
    return next((unit for name, unit in UNITS.items() if metric.startswith(name)), SHARE)


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)  # JSON has no such numbers


class Text(Record):
    """One string of the interface in both languages."""

    en: str
    zh: str


class Paper(Record):
    authors: str
    year: int
    title: str
    url: str


class License(Record):
    """What was used, where it comes from and under which licence."""

    name: str  # "SST-2", "all-MiniLM-L6-v2"
    role: Literal["weights", "base weights", "data", "word vectors"]
    source: str
    license: str


class TensorSpec(Record):
    """A named input or output of the graph; a dynamic axis is written by its name."""

    name: str
    dtype: Literal["float32", "float64", "float16", "int64", "int32", "bool"]
    shape: tuple[Count | str, ...]
    meaning: str = ""


class Parity(Record):
    """The ONNX file against the PyTorch module, over several shapes and inputs: on the logits, else on every output."""

    max_abs_difference: float
    max_relative_difference: float | None = None  # |found - expected| / |expected| of a whole output, the worst one
    label_flips: int = 0  # on the validation split
    texts: int = 0  # of the validation split that were compared; 0: it reads no text
    mean_cosine: float | None = None  # of the embeddings of those texts to PyTorch's, where there are embeddings
    min_cosine: float | None = None
    tokens: int = 0  # of running text that were compared, where the bundle writes
    mean_kl: float | None = (
        None  # nats: PyTorch's distribution of the next token against this file's, over those tokens
    )
    top1_agreement: float | None = None  # share of them whose most probable token is PyTorch's


class File(Record):
    """A file of the bundle: tokenizer.json, config.json, golden.npz, README.md, and each variant's."""

    file: FileName
    bytes: Count
    sha256: Sha256


class Variant(File):
    """One ONNX file of the bundle."""

    name: str  # "fp32", "int8", ...
    inputs: tuple[str, ...] = ()  # those of the card that this file takes; empty: all
    outputs: tuple[str, ...]  # the outputs this file has; explanations may be in fp32 only
    floats: Literal["float32", "float64"] | None = None  # the type of its float tensors, where not the card's
    data: tuple[FileName, ...] = ()  # files beside it that hold its weights: a single one would be too large
    method: str  # how it was made, for a reader
    parity: Parity
    quality: float | None = None  # the headline metric on the validation split, this variant
    quality_drop: float | None = None  # points (x100) below fp32 on the validation split
    gate: str = ""  # "at most 0.3 points below fp32", for a reader
    passed: bool = True
    batch_independence: float | None = None  # max |logits alone - logits in a mixed batch|; None: no batch of texts
    operators: dict[str, int] = {}  # operator -> count
    omitted: bool = False  # True: measured, not shipped, to save room; `command` makes it


class Decoding(Record):
    """A decoder: it appends to the keys and values of the tokens so far, in buffers that it is given.

    For each layer the graph has the inputs ``past_key_N`` and ``past_value_N`` and the outputs ``present_key_N`` and
    ``present_value_N``, float32 (batch, kv_heads, cache, head_size). Past and present are one buffer.
    """

    layers: Annotated[int, Field(ge=1, le=10_000)]
    kv_heads: Annotated[int, Field(ge=1, le=10_000)]
    head_size: Annotated[int, Field(ge=1, le=10_000)]
    context: Some  # tokens of prompt and answer together
    end: tuple[Count, ...]  # ids after which an answer is complete


class Spelling(Record):
    """How a text becomes what the graph reads, where words are read by their bytes, so that any word can be read.

    Each different word is a row of ``symbols`` int64 (words, symbols): a mark, its UTF-8 bytes, a mark, padding; or, of
    a model without letters, its id alone.
    ``places`` int64 (batch, tokens) says which of them stands where, between the words that begin and end a text;
    ``lengths`` int64 (batch) how many there are of each text, these two among them.
    """

    longest: Annotated[int, Field(ge=1, le=1_000)]  # symbols of a word, its marks among them; the rest is cut off
    margin: Count  # padding that the longest word of all keeps, up to `longest`: the widest filter reads so far
    begin_word: Count
    end_word: Count
    begin_text: Count  # the only symbol of the word that begins a text
    end_text: Count
    padding: Count
    begin_id: Count  # of the same two words in the vocabulary of what is predicted
    end_id: Count
    letters: bool = True  # False: a word is one symbol, its id; what is said of letters above has no meaning


class TwoWay(Record):
    """The sizes of a language model of both directions over characters (Peters et al. 2018), as a page draws it."""

    symbol_size: Some
    filters: tuple[tuple[Some, Some], ...]  # letters that it reads, how many there are of that kind; none: a table
    highways: Count
    cell: Some
    projection: Some
    layers: Some  # of LSTMs, in each direction
    words: Some  # that are predicted


class Orders(Record):
    """A language model that is asked for some of a text's tokens, each of which may see others (Yang et al. 2019).

    Inputs: ``input_ids`` and ``token_type_ids`` int64 (batch, tokens), ``perm_mask`` float32 (batch, tokens, tokens), 1
    where i may not see j, ``target_mapping`` float32 (batch, targets, tokens), a 1 where each target stands, ``mems``
    float32 (layers, batch, memory, hidden_size) of the tokens before, ``placed`` float32 (batch, targets), 0 where a
    target's place is to be hidden from it. The output ``logits`` is float32 (batch, targets, vocabulary).
    """

    objective: Literal["permutation", "forward", "masked"]  # of training; "masked": mask_id has to stand at the targets
    mask_id: Count
    cls_segment: Count  # the segment of the token that begins a text
    layers: Some
    heads: Some
    hidden_size: Some


class Recalling(Record):
    """A channel of recall: one graph, from what was taken to the best items that were not."""

    name: str  # of its variant
    group: str  # of features that its ranks belong to
    weight: float  # log(1 + rank) times it speaks against an item, where channels are merged


class Funnel(Record):
    """A recommender of several stages, each a graph (recall, coarse ranking, fine ranking, re-ranking).

    A channel takes ``items`` int64 and ``ages`` float32 (batch, history): what was taken, each once, the newest last,
    -1 for padding in front, and how many days ago. It gives ``best`` int64 (batch, count), ``values`` their scores, and
    ``own`` int64 (batch, history), the ranks of the taken among themselves. Rankers take ``times`` float32 besides, in
    how many baskets each was, ``candidates`` int64 (batch, candidates), ``ranks`` float32 (batch, candidates,
    channels), ``count`` where a channel has it not; the fine one also ``known`` float32 (batch, subsets, groups), 0
    for a group of features that is left out. They give ``logits`` float32 (batch, candidates), the fine one (batch,
    subsets, candidates).
    """

    items: Some
    count: Some  # that a channel hands over
    channels: tuple[Recalling, ...]
    groups: tuple[str, ...]  # of features, in the order of ``known``
    popular: str  # the channel for who has taken nothing
    coarse: str  # variants
    fine: str
    reranker: str
    until: str  # the day up to which it has learnt, ISO
    days: Some  # the weeks after it, of which the fine ranker's probability speaks


class Student(Record):
    """A coarse ranker that has learnt from the fine one."""

    variant: str
    kind: Literal["towers", "cold"]  # request and item apart, or in one network
    rung: str  # of the ladder: what it has learnt from, besides what those below it have


class Ranking(Record):
    """Rankers of candidates by what is known of request, item and both; one is fine, the others are its students.

    ``vectors`` turns ``ids`` int64 (batch, candidates), 0 for none, into ``vectors`` float32 (batch, candidates, size).
    A ranker takes ``user_ids`` int64 (batch, facts), ``request`` float32 (batch, numbers), ``scene`` int64 (batch); of
    candidates ``item_ids`` int64 (batch, candidates, facts), the id first, ``item_vectors``, ``item`` and ``pair``
    float32 (batch, candidates, numbers); of the past ``history_ids`` int64 (batch, histories, events, facts), the
    latest first, ``history_vectors``, and ``history_mask`` float32 (batch, histories, events). A student gives
    ``logits`` float32 (batch, candidates); the fine one has a row of them for each task, and ``gates`` and
    ``attention`` besides.
    """

    fine: str  # variants
    vectors: str
    students: tuple[Student, ...]  # of each kind, the lowest rung first
    tasks: tuple[str, ...]
    histories: tuple[str, ...]
    scenes: tuple[Count, ...]  # those with rows enough to be looked at
    features: dict[Literal["request", "item", "pair"], tuple[str, ...]]  # what each number is

    def student(self, kind: str, rung: str) -> Student:
        """Raises KeyError where there is none."""
        for student in self.students:
            if (student.kind, student.rung) == (kind, rung):
                return student
        raise KeyError(f"{kind}, {rung}")


class LayersOf(Record):
    """The bundle whose layers a model reads beside the words: those of its default file, of which it was trained."""

    bundle: str
    sha256: Sha256
    mix: tuple[float, ...] = ()  # s_j, the weights of the layers that the model has learnt; their sum is 1
    gamma: float = 1.0  # the mix is multiplied with it


class Question(Record):
    """What a head is asked, and by which input transformation of Radford et al. 2018, section 3.3.

    The tokenizer frames a text, or a pair of texts, with its special tokens. ``classification``: a text.
    ``entailment``: premise and hypothesis. ``similarity``: both orders, whose logits are added up. ``choice``: the
    context with each answer; the graph gives one logit for each.
    """

    kind: Literal["classification", "entailment", "similarity", "choice"]
    title: Text


class Part(File):
    """A piece of the fp32 model as a graph of its own, for what reaches inside; one after the other they are it."""

    name: str  # "embedding-layer", "encoder-body"
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


class DataSet(Record):
    """What a visitor reads of a data set, and sentences of ours for it: none of them is from the data set itself."""

    title: Text  # "SST-2: film reviews, negative or positive"
    texts: Text  # what its texts are: "Film reviews"
    sentences: dict[str, tuple[str, ...]] = {}  # right label -> sentences

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """(sentence, right label), the labels taking turns."""
        rows = zip_longest(*([(text, label) for text in texts] for label, texts in self.sentences.items()))
        return [pair for row in rows for pair in row if pair is not None]


class Metric(Record):
    """A figure measured on the ONNX file; its value is what the metric's unit (`unit_of`) says."""

    dataset: str
    split: str
    metric: str
    value: float
    variant: str
    head: str = ""  # of a multi-task model

    @property
    def unit(self) -> Unit:
        return unit_of(self.metric)

    @property
    def possible(self) -> bool:
        """Whether the metric can have this value."""
        return self.unit.holds(self.value)

    @property
    def shown(self) -> str:
        """The value as a reader expects it, in its unit."""
        return self.unit.shown(self.value)


class Published(Record):
    """A figure of a paper, beside ours."""

    dataset: str
    metric: str
    value: float
    system: str  # "CNN-non-static"
    source: str  # "Kim 2014, Table 2"

    @property
    def shown(self) -> str:
        """The value in the unit of its metric; papers give one decimal, or two."""
        return unit_of(self.metric).shown(self.value).removesuffix("0")


Seeded = Literal["without", "with", "second"]


class Repeated(Record):
    """A figure on the test split of networks trained from several seeds, the same but for one thing: its arm.

    Of what reads a language model: without its layers, with them beside the words, and at a second place too. Of a
    language model: fine-tuned from random weights, and from its own.
    """

    dataset: str
    metric: str
    arm: Seeded
    values: Annotated[tuple[float, ...], Field(min_length=2)]  # of each seed
    half: float  # their mean ± half is an interval of 95 %, by Student's t
    gain: float = 0.0  # over "without", the mean of the differences of each seed
    gain_half: float = 0.0

    @property
    def mean(self) -> float:
        return sum(self.values) / len(self.values)

    @property
    def shown(self) -> str:
        """The mean with its interval, × 100."""
        return f"{100 * self.mean:.2f} ± {100 * self.half:.2f}"

    @property
    def gain_shown(self) -> str:
        """The gain with its interval, in points."""
        return f"{100 * self.gain:+.2f} ± {100 * self.gain_half:.2f}"


class Confusion(Record):
    """Counts on a test split: rows are the true labels, columns the predicted ones, in the order of the labels."""

    dataset: str
    split: str
    variant: str
    head: str = ""
    counts: tuple[tuple[Count, ...], ...]


class Pooling(Record):
    """Explanation by max-over-time pooling: the logit is exactly bias + the sum of the features' contributions.

    The graph has the outputs ``pool_positions`` int64 (batch, features), the token index where the winning window
    starts (it may lie in the padding: then the feature won on no word), and ``pool_contributions`` float32
    (batch, features, classes).
    """

    kind: Literal["pooling"] = "pooling"
    windows: tuple[Some, ...]  # tokens in the window of each feature
    bias: tuple[float, ...]  # per class


class Course(Record):
    """Explanation by the states of a recurrent network, word by word.

    The graph has one output ``token_logits`` (multi-task: ``token_logits_<head>``), float32 (batch, tokens, classes):
    what the classifier says of the state after each token.
    """

    kind: Literal["course"] = "course"


class Card(Record):
    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    task: str  # "text-classification"
    title: Text
    summary: Text
    paper: Paper
    departures: tuple[str, ...]  # from the paper, each with its reason; empty: none
    languages: tuple[Literal["en", "zh"], ...]
    licenses: tuple[License, ...]
    parameters: Count
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    labels: tuple[str, ...] | dict[str, tuple[str, ...]] = ()  # in the order of the logits; multi-task: head -> labels
    label_titles: dict[str, Text] = {}  # how a label is shown, where its name is not enough
    datasets: dict[str, DataSet] = {}  # of those that its figures name, what a visitor reads of them
    max_tokens: Some | None = None  # the tokenizer truncates beyond this; None: the bundle reads no text
    explanation: Annotated[Pooling | Course, Field(discriminator="kind")] | None = None
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    default_variant: str
    parts: tuple[Part, ...] = ()
    decoding: Decoding | None = None
    spelling: Spelling | None = None
    two_way: TwoWay | None = None
    layers_of: LayersOf | None = None
    orders: Orders | None = None
    funnel: Funnel | None = None
    ranking: Ranking | None = None
    has_read: Text | None = None  # what the model has read, and how much: a sentence
    prompts: tuple[str, ...] = ()  # to try, in the form that the model was trained on
    chat_template: str = ""  # jinja, as the model was published with; empty: it was not taught to answer messages
    special_tokens: dict[str, str] = {}  # what the template calls them -> token: "bos_token", "eos_token"
    hint: str = ""  # what a text must end in to be summarised, where the model was trained on one
    hint_tokens: Annotated[int, Field(ge=0)] = 0  # of such a text, the most that it was trained on; 0: any number
    questions: dict[str, Question] = {}  # head -> how it is asked
    base: str = ""  # the bundle whose weights the training of this one started from
    frequent_tokens: tuple[str, ...] = ()  # of the training text, the most frequent first
    files: tuple[File, ...]
    metrics: tuple[Metric, ...]
    published: tuple[Published, ...] = ()
    repeated: tuple[Repeated, ...] = ()  # what an arm adds, over seeds: the files are those of one seed
    confusions: tuple[Confusion, ...] = ()
    versions: dict[str, str]  # torch, onnx, onnxruntime, opset
    command: str  # made by
    created: str  # ISO date

    @model_validator(mode="after")
    def _has_what_its_task_needs(self) -> Self:
        lacking = [name for name in NEEDS.get(self.task, ()) if _empty(getattr(self, name))]
        if lacking:
            raise ValueError(f"a card of the task {self.task!r} has no {lacking[0]}")
        if self.reads_text and any(variant.batch_independence is None for variant in self.variants):
            raise ValueError("a variant that reads text has no batch_independence")
        return self

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for what, names in (
            ("variant", [variant.name for variant in self.variants]),
            ("part", [part.name for part in self.parts]),
            ("file", [entry.file for entry in (*self.variants, *self.parts, *self.files)]),
            *((f"label of {head or 'the model'}", list(labels)) for head, labels in self.heads.items()),
        ):
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise ValueError(f"the {what} {twice!r} is there twice")
        if self.task == "text-classification":
            self._counts_its_labels()
        if self.task == "input-transformation" and set(self.questions) != set(self.heads):
            raise ValueError("labels and questions name different heads")
        return self

    def _counts_its_labels(self) -> None:
        """Raises ValueError where what is there for each label is not there for all, or for more."""
        widths = {spec.name: spec.shape[-1] for spec in self.outputs if spec.shape}
        for head, labels in self.heads.items():
            if len(labels) < 2:
                raise ValueError(f"a classifier has at least two labels, not {len(labels)}")
            width = widths.get(logits_name(head))
            if isinstance(width, int) and width != len(labels):
                raise ValueError(f"{len(labels)} labels, but {width} logits in {logits_name(head)!r}")
        if isinstance(self.explanation, Pooling) and len(self.explanation.bias) != len(next(iter(self.heads.values()))):
            raise ValueError(f"{len(self.explanation.bias)} biases of the explanation for another number of labels")
        for entry in self.confusions:
            size = len(self.heads.get(entry.head, ()))
            if len(entry.counts) != size or any(len(row) != size for row in entry.counts):
                raise ValueError(f"a confusion matrix of {entry.dataset} is not {size} by {size}")

    @property
    def reads_text(self) -> bool:
        """Whether the bundle has a tokenizer."""
        return self.max_tokens is not None

    @property
    def heads(self) -> dict[str, tuple[str, ...]]:
        """Head -> labels; a single-task model has the one head "", a bundle without labels none."""
        if isinstance(self.labels, dict):
            return self.labels
        return {"": self.labels} if self.labels else {}

    def scores_of(self, head: str) -> str:
        """The output with a value for each label of a head: its logits, or of a tagger those of each word."""
        names = [spec.name for spec in self.outputs]
        logits = logits_name(head)
        return logits if logits in names or not names else names[0]

    def size(self, variant: Variant) -> int:
        """Bytes of a variant's file and of those that hold its weights."""
        return variant.bytes + sum(entry.bytes for entry in self.files if entry.file in variant.data)

    def inputs_of(self, variant: Variant) -> tuple[str, ...]:
        """The names of the inputs that a file takes, in their order."""
        return variant.inputs or tuple(spec.name for spec in self.inputs)

    def part(self, name: str) -> Part:
        """Raises KeyError for a name that the card does not list."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def variant(self, name: str) -> Variant:
        """Raises KeyError for a name that the card does not list."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise KeyError(name)

    @classmethod
    def read(cls, folder: Path) -> Card:
        """Raises OSError, or pydantic.ValidationError where the content is not a card."""
        return cls.model_validate_json((folder / CARD_FILE).read_bytes())

    def write(self, folder: Path) -> None:
        (folder / CARD_FILE).write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _empty(value: object) -> bool:
    return value is None or value == () or (isinstance(value, dict) and not (value and all(value.values())))


def logits_name(head: str) -> str:
    """The output that holds the logits of a head ("" for a single-task model)."""
    return f"logits_{head}" if head else "logits"
