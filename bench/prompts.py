"""Summaries that a model was never trained to write: with a hint, without, after 0 to 5 examples; beside first words.

Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 3.6, asks for a summary by the words
"TL;DR:" and takes them away again to see that they matter; Brown et al. 2020 (arXiv 2005.14165), section 2, counts
examples instead. Both on dialogues (DialogSum, three references each) and on package descriptions (one).

BENCH_BUNDLE is the folder of a bundle that writes, or of several, of which the first is taken (else HUB_BUNDLES, else
onnx/). BENCH_SAMPLES texts of each test split (200). A row that is finished is kept in .cache/prompts.jsonl, so that an
interrupted run goes on where it was.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.report import table
from hub import limits
from hub.bundle import Bundle, Bundles
from hub.decoder import Decoder, vocab_size
from hub.tasks.few_shot import Shot
from hub.tasks.generate import HINT, TASK
from hub.tasks.prompts import assembled, sentences
from hub.tasks.rouge import KINDS, rouge
from hub.text import TOKENIZER_FILE, PromptTokenizer
from models.training import corpus

RESULTS = Path(".cache/prompts.jsonl")
SAMPLES = 200
ROWS = 8  # answers that are written together
NEW = 48  # tokens of an answer at most
SHOTS = (0, 1, 3, 5)
SHOT_TOKENS = 100  # of an example's text at most: five of them leave room for the text that is asked about
LEAST_ROOM = 64  # tokens of a text; with less room the way is not measured
WORDS = 8
HEADS = ("", "ROUGE-1", "ROUGE-2", "ROUGE-L", "standard error of ROUGE-1", "words", "empty")


@dataclass(frozen=True)
class Task:
    """A data set as questions with references, and its splits."""

    dataset: str
    examples: str  # the split that they come from
    instruction: str  # of the few-shot prompts
    references: Callable[[pd.Series], list[str]]


TASKS = (
    Task(
        "dialogsum", "valid", "Summarize the dialogue in one sentence.", lambda row: [str(one) for one in row.summaries]
    ),
    Task("debian_en", "train", "Describe the software package in one short line.", lambda row: [str(row.summary)]),
)


@dataclass(frozen=True)
class Question:
    """A text, and what people wrote about it."""

    text: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Scores:
    """One way on one data set: means over its texts, ROUGE × 100."""

    mean: dict[str, float]  # the mean of the references
    error: float  # standard error of the ROUGE-1 in `mean`
    words: float
    empty: int
    cut: int  # prompts that were cut to the context


def scored(questions: Sequence[Question], answers: Sequence[str], cut: int = 0) -> Scores:
    pairs = list(zip(questions, answers, strict=True))
    means = {
        kind: np.array([np.mean([rouge(answer, one)[kind] for one in asked.references]) for asked, answer in pairs])
        for kind in KINDS
    }
    return Scores(
        mean={kind: 100 * float(values.mean()) for kind, values in means.items()},
        error=100 * float(means["rouge1"].std(ddof=1)) / len(pairs) ** 0.5 if len(pairs) > 1 else 0.0,
        words=float(np.mean([len(answer.split()) for answer in answers])),
        empty=sum(not answer for answer in answers),
        cut=cut,
    )


def first_line(text: str) -> str:
    """The first line that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


class Answers:
    """The model: greedy answers to many prompts, several written together.

    Args:
        bundle: one that writes; its default variant is asked.
    """

    def __init__(self, bundle: Bundle) -> None:
        card = bundle.card
        assert card.decoding is not None  # the card's own check
        self.tokenizer = PromptTokenizer(bundle.path(TOKENIZER_FILE))
        self.context = min(card.decoding.context, limits.MAX_CONTEXT)
        self.ends = frozenset(card.decoding.end)
        session = bundle.session(large=True)
        self._decoder = Decoder(session, card.decoding, vocab_size(card), ROWS, self.context)

    def fitted(self, prompt: Callable[[str], str], text: str) -> tuple[str, bool]:
        """As much of the text as a prompt can hold beside its answer, and whether something was cut off."""
        kept, whole = self.tokenizer.ids(text), text
        while (excess := len(self.tokenizer.ids(prompt(text))) + NEW - self.context) > 0:
            kept = kept[:-excess]
            text = self.tokenizer.texts(kept)
        return text, text is not whole

    def room(self, prompt: Callable[[str], str]) -> int:
        """Tokens that are left for a text."""
        return self.context - NEW - len(self.tokenizer.ids(prompt("")))

    def __call__(self, jobs: Iterable[Sequence[list[int]]]) -> list[list[str]]:
        """The first line of the answer to each prompt.

        Args:
            jobs: prompts that begin alike, each list for one row of the cache: what they share is read once. The next
                job in a row begins where the last one still agrees with it.
        """
        decoder, waiting = self._decoder, iter(enumerate(jobs))
        found: dict[int, list[str]] = {}
        rows = {row: _Row(waiting, self.tokenizer) for row in range(ROWS)}
        while True:
            for row, one in rows.items():
                while one.prompt is None and one.take():
                    assert one.prompt is not None
                    # The last token is read anew, as its logits are wanted.
                    decoder.cut(row, min(decoder.shared(row, one.prompt), len(one.prompt) - 1))
                    logits = decoder.extend(row, one.prompt[len(decoder.held[row]) :])[-1]
                    self._add(one, logits, found)
            active = [row for row, one in rows.items() if one.prompt is not None]
            if not active:
                return [found[number] for number in sorted(found)]
            step = decoder.step(active, [rows[row].made[-1] for row in active])
            for row, logits in zip(active, step, strict=True):
                self._add(rows[row], logits, found)

    def _add(self, one: _Row, logits: np.ndarray, found: dict[int, list[str]]) -> None:
        token = int(logits.argmax())
        ended = token in self.ends
        if not ended:
            one.made.append(token)
            one.text += one.decode(token)
        if ended or len(one.made) == NEW or "\n" in one.text.lstrip():
            found.setdefault(one.number, []).append(first_line(one.text))
            one.prompt = None


class _Row:
    """What one row of the cache is at."""

    def __init__(self, waiting: Iterator[tuple[int, Sequence[list[int]]]], tokenizer: PromptTokenizer) -> None:
        self.prompt: list[int] | None = None
        self.made: list[int] = []
        self.text, self.decode = "", tokenizer.decoding()
        self.number = -1
        self._waiting, self._tokenizer = waiting, tokenizer
        self._job: Iterator[list[int]] = iter(())

    def take(self) -> bool:
        """The next prompt of the job, or of the next job; whether there is one."""
        self.made, self.prompt = [], next(self._job, None)
        self.text, self.decode = "", self._tokenizer.decoding()
        while self.prompt is None:
            following = next(self._waiting, None)
            if following is None:
                return False
            self.number, self._job = following[0], iter(following[1])
            self.prompt = next(self._job, None)
        return True


def shots_of(task: Task, tokenizer: PromptTokenizer) -> list[Shot]:
    """As many short examples as the longest prompt has, always the same ones."""
    rows = corpus.load(task.dataset, task.examples).sample(frac=1.0, random_state=0)
    made: list[Shot] = []
    for row in rows.itertuples():
        if len(made) < max(SHOTS) and len(tokenizer.ids(str(row.document))) <= SHOT_TOKENS:
            made.append((str(row.document), task.references(row)[0]))  # type: ignore[arg-type]
    return made


def questions_of(task: Task, count: int) -> list[Question]:
    rows = corpus.load(task.dataset, "test").sample(count, random_state=0)
    return [Question(str(row.document), tuple(task.references(row))) for row in rows.itertuples()]  # type: ignore[arg-type]


def leads(questions: Sequence[Question]) -> dict[str, Scores]:
    """What costs nothing: the beginning of the text."""
    ways: dict[str, Callable[[str], str]] = {
        "first sentence (Lead-1)": lambda text: " ".join(sentences(text)[:1]),
        "first three sentences (Lead-3)": lambda text: " ".join(sentences(text)[:3]),
        f"first {WORDS} words": lambda text: " ".join(text.split()[:WORDS]),
    }
    return {name: scored(questions, [way(asked.text) for asked in questions]) for name, way in ways.items()}


def with_hint(text: str) -> str:
    return text.rstrip() + HINT


def hinted(model: Answers, questions: Sequence[Question]) -> dict[str, Scores]:
    """Without and with the hint, the text read once for both."""
    fitted = [model.fitted(with_hint, asked.text) for asked in questions]
    answers = model([[model.tokenizer.ids(way(text)) for way in (str.rstrip, with_hint)] for text, _ in fitted])
    cut = sum(was for _, was in fitted)
    return {
        "without the hint": scored(questions, [pair[0] for pair in answers], cut),
        "with the hint": scored(questions, [pair[1] for pair in answers], cut),
    }


def few_shot(model: Answers, task: Task, questions: Sequence[Question], shots: Sequence[Shot]) -> Scores | None:
    """After these examples; None where they leave no room for a text."""

    def prompt(text: str) -> str:
        return assembled(task.instruction, shots, text)

    if model.room(prompt) < LEAST_ROOM:
        return None
    fitted = [model.fitted(prompt, asked.text) for asked in questions]
    answers = model([[model.tokenizer.ids(prompt(text))] for text, _ in fitted])
    return scored(questions, [one[0] for one in answers], sum(was for _, was in fitted))


def chosen() -> Bundle:
    """The bundle that is measured. Raises LookupError where there is none."""
    given = os.environ.get("BENCH_BUNDLE", "")
    folder = Path(given) if given else None
    if folder and (folder / "card.json").is_file():
        return Bundles(folder.resolve().parent).get(folder.resolve().name, TASK)
    found = Bundles(folder).of_task(TASK)
    if not found:
        raise LookupError("prompts: there is no bundle that writes; set BENCH_BUNDLE to the folder of one")
    return found[0]


def measured(bundle: Bundle, task: Task, count: int, model: Answers) -> Iterator[tuple[str, Scores | None]]:
    """Each way and its scores, as they come; those that are kept come at once."""
    questions = questions_of(task, count)
    yield from leads(questions).items()
    variant = bundle.variant()
    key = [2, variant.sha256, task.dataset, count, NEW, SHOT_TOKENS, task.instruction]
    known = {}
    if RESULTS.exists():
        lines = [json.loads(line) for line in RESULTS.read_text().splitlines()]
        known = {line["way"]: line["scores"] for line in lines if line["key"] == key}

    def kept(ways: Sequence[str], make: Callable[[], dict[str, Scores | None]]) -> Iterator[tuple[str, Scores | None]]:
        if not all(way in known for way in ways):
            RESULTS.parent.mkdir(exist_ok=True)
            with RESULTS.open("a") as file:
                for way, scores in make().items():
                    known[way] = asdict(scores) if scores else None
                    print(json.dumps({"key": key, "way": way, "scores": known[way]}), file=file)
        for way in ways:
            yield way, Scores(**known[way]) if known[way] else None

    yield from kept(("without the hint", "with the hint"), lambda: dict(hinted(model, questions)))
    shots = shots_of(task, model.tokenizer)
    for count_of_shots in SHOTS:
        way = f"{count_of_shots} example{'s' * (count_of_shots != 1)}"
        chosen_shots = shots[:count_of_shots]
        yield from kept((way,), lambda w=way, s=chosen_shots: {w: few_shot(model, task, questions, s)})  # type: ignore[misc]


def line(way: str, scores: Scores | None) -> list[object]:
    """A row of the table."""
    if scores is None:
        return [way, "the examples do not fit the context", *[""] * (len(HEADS) - 2)]
    points = [f"{scores.mean[kind]:.1f}" for kind in KINDS]
    return [way, *points, f"{scores.error:.1f}", f"{scores.words:.0f}", scores.empty]


def shortened(ways: Mapping[str, Scores | None]) -> str:
    """Which prompts were cut to the context, a line below the table; nothing where none was."""
    cuts = [f"{scores.cut} of {way}" for way, scores in ways.items() if scores and scores.cut]
    return f"\n\nPrompts that were cut to the context: {', '.join(cuts)}." if cuts else ""


def run() -> str:
    try:
        bundle = chosen()
    except LookupError as error:
        return str(error)
    count = int(os.environ.get("BENCH_SAMPLES") or SAMPLES)
    model = Answers(bundle)
    parts = []
    for task in TASKS:
        rows, ways = [], {}
        for way, scores in measured(bundle, task, count, model):
            ways[way] = scores
            rows.append(line(way, scores))
            print(f"{task.dataset}: {' | '.join(map(str, rows[-1]))}", file=sys.stderr, flush=True)
        title = (
            f"{bundle.name} {bundle.card.default_variant}, {task.dataset} test, {count} texts: the first line of a "
            f"greedy answer of at most {NEW} tokens; ROUGE × 100, the mean of the references; examples from "
            f"{task.examples}, after “{task.instruction}”"
        )
        parts.append(table(title, HEADS, rows) + shortened(ways))
    return "\n\n".join(parts)
