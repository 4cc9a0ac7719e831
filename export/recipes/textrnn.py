"""TextRNN: textrnn-uniform, textrnn-coupled, textrnn-shared for four English tasks, textrnn-thucnews-zh for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from export import texts
from export.evaluations.labels import Labels
from export.recipe import Graph, Recipe, Trained
from export.recipes import datasets, sources, textcnn, textrcnn
from hub.card import Course, Paper, Published, TensorSpec, Text
from models.multitask import JointObjective
from models.textrnn import Architecture, LanguageModel, TextRNN, TextRNNConfig
from models.training import corpus, fit, vectors, words
from models.training.multitask import accuracies, labels_of

PAPER = Paper(
    authors="Liu, Qiu, Huang",
    year=2016,
    title="Recurrent Neural Network for Text Classification with Multi-Task Learning",
    url="https://arxiv.org/abs/1605.05101",
)
HEADS = (("sst1", 5), ("sst2", 2), ("subj", 2), ("trec", 6))
GRADE_TO_CLASS = {0: 0, 1: 0, 3: 1, 4: 1}  # SST-1 -> SST-2, which leaves the neutral grade out
NEUTRAL = 2
SHORT = 4  # words
LABELS: dict[str, tuple[str, ...]] = {
    "sst1": ("very negative", "negative", "neutral", "positive", "very positive"),
    "sst2": ("negative", "positive"),
    "subj": ("subjective", "objective"),
    "trec": tuple(textcnn.QUESTION_TITLES),
}
TITLES = {
    **textcnn.SENTIMENT_TITLES,
    **textcnn.QUESTION_TITLES,
    "very negative": Text(en="very negative", zh="非常负面"),
    "neutral": Text(en="neutral", zh="中性"),
    "very positive": Text(en="very positive", zh="非常正面"),
    "objective": Text(en="objective", zh="客观"),
    "subjective": Text(en="subjective", zh="主观"),
}


JOINT = fit.Settings(epochs=3, batch_size=64, learning_rate=1e-3, evaluations_per_epoch=2, average=4, bf16=True)
TUNED = fit.Settings(epochs=1, batch_size=64, learning_rate=3e-4, evaluations_per_epoch=3, bf16=True)


@dataclass(frozen=True)
class Plan:
    """One architecture and its stages."""

    architecture: Architecture
    heads: tuple[tuple[str, int], ...] = HEADS
    hidden: int = 100
    dropout: float = 0.4
    short_neutral: bool = False  # learn from neutral phrases of one to three words, too
    repeats: int = 5  # times that Subj and TREC come in an epoch: there are far more phrases of SST
    joint: fit.Settings = JOINT
    # Then only what belongs to one task moves; kept where the validation split says so.
    tuned: fit.Settings | None = TUNED
    # First the shared layer learns to predict the next and the previous word.
    language_model: fit.Settings | None = None


def vocabulary() -> tuple[Tokenizer, dict[str, Any]]:
    """Words of the training texts of all tasks first, then the most frequent ones that have a vector."""
    known = vectors.english()
    counts = words.count(words.english(), training_texts())
    own = [word for word, n in counts.most_common() if n > 1 or word in known]
    names = list(dict.fromkeys([*own[: textcnn.MAX_WORDS], *known]))[: textcnn.MAX_WORDS]
    return words.with_vocabulary(words.english(), names, textcnn.MAX_TOKENS), known


def training_texts() -> list[str]:
    """Of all tasks, without labels; whole sentences of SST only."""
    phrases = corpus.load("sst1_phrases", "train_phrases")
    parts = [phrases[phrases["is_sentence"]]["text"], subj("train")["text"], corpus.load("trec", "train")["text"]]
    return [text for part in parts for text in part]


def subj(split: str) -> Any:
    """Subj; its training split without the sentences that SST measures on."""
    rows = corpus.load("subj", split)
    return rows[~rows["in_sst_heldout"].astype(bool)] if split == "train" else rows


def examples(
    tokenizer: Tokenizer,
    heads: tuple[tuple[str, int], ...],
    split: str,
    repeats: int = 1,
    short_neutral: bool = False,
) -> list[fit.Example]:
    """All texts that have a label of one of the heads; in training a phrase of SST has those of both.

    Args:
        repeats: how often Subj and TREC come.
    """
    labelled: list[tuple[str, dict[str, int]]] = []
    if split == "train":
        rows = corpus.load("sst1_phrases", "train_phrases")
        if not short_neutral:
            rows = rows[(rows["label"] != NEUTRAL) | (rows["text"].str.split().str.len() >= SHORT)]
        for text, grade in zip(rows["text"], rows["label"], strict=True):
            polarity = {"sst2": GRADE_TO_CLASS[grade]} if grade in GRADE_TO_CLASS else {}
            labelled.append((text, {"sst1": grade, **polarity}))
    else:
        for name in ("sst1", "sst2"):
            rows = corpus.load(name, split)
            labelled += [(text, {name: label}) for text, label in zip(rows["text"], rows["label"], strict=True)]
    for name, rows in (("subj", subj(split)), ("trec", corpus.load("trec", split))):
        part = [(text, {name: label}) for text, label in zip(rows["text"], rows["label"], strict=True)]
        labelled += part * repeats
    asked = {name for name, _ in heads}
    labelled = [(text, known) for text, known in labelled if asked & set(known)]
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch_fast([text for text, _ in labelled])
    tokenizer.enable_padding(pad_id=words.PAD_ID, pad_token=words.PAD)
    return textrcnn.masked(
        [
            {"input_ids": code.ids, "labels": labels_of(heads, known)}
            for code, (_, known) in zip(encoded, labelled, strict=True)
            if code.ids
        ]
    )


def train(plan: Plan, folder: Path) -> Trained:
    """The stages of the paper: (the shared layer as a language model,) all tasks together, each task by itself."""
    tokenizer, known = vocabulary()
    torch.manual_seed(plan.joint.seed)
    config = TextRNNConfig(
        tokenizer.get_vocab_size(), plan.heads, plan.architecture, hidden=plan.hidden, dropout=plan.dropout
    )
    module = TextRNN(config, vectors.table(tokenizer.get_vocab(), known))
    train_examples = examples(tokenizer, plan.heads, "train", plan.repeats, plan.short_neutral)
    valid = examples(tokenizer, plan.heads, "valid")
    before = folder / "language-model" if plan.language_model else None
    if plan.language_model and before:
        pre_train(module, tokenizer, before, plan.language_model)
    measure = accuracies(plan.heads)
    objective = JointObjective(module, plan.heads)
    best = fit.fit(objective, train_examples, valid, folder / "joint", plan.joint, measure, follows=before)["best"]
    if plan.tuned:
        joint = {name: value.clone() for name, value in module.state_dict().items()}
        module.only_of_tasks()
        tuned = fit.fit(
            objective, train_examples, valid, folder / "tuned", plan.tuned, measure, follows=folder / "joint"
        )["best"]
        if tuned < best:
            module.load_state_dict(joint)
    return Trained(module.eval(), tokenizer)


def pre_train(module: TextRNN, tokenizer: Tokenizer, folder: Path, settings: fit.Settings) -> None:
    """The shared layer of a module learns to predict the neighbouring words, in place.

    The word vectors stay: they come from a hundred times as much text.
    """
    tokenizer.no_padding()
    rows = [code.ids for code in tokenizer.encode_batch_fast(training_texts()) if len(code.ids) > 1]
    tokenizer.enable_padding(pad_id=words.PAD_ID, pad_token=words.PAD)
    made = textrcnn.masked([{"input_ids": ids, "labels": 0} for ids in rows])
    module.embedding.requires_grad_(False)
    fit.fit(LanguageModel(module), made[len(made) // 20 :], made[: len(made) // 20], folder, settings, None)
    module.embedding.requires_grad_(True)


def tiny(plan: Plan) -> Trained:
    tokenizer = words.with_vocabulary(words.english(), [chr(code) for code in range(0x61, 0x7B)], textcnn.MAX_TOKENS)
    torch.manual_seed(0)
    config = TextRNNConfig(
        tokenizer.get_vocab_size(), plan.heads, plan.architecture, dimensions=8, own_dimensions=4, hidden=6
    )
    return Trained(TextRNN(config).eval(), tokenizer)


def train_single(data: textcnn.Data, folder: Path) -> Trained:
    """One task, an LSTM in each direction."""
    tokenizer, known = textcnn.vocabulary(data)
    torch.manual_seed(data.settings.seed)
    config = TextRNNConfig(
        tokenizer.get_vocab_size(),
        (("", data.classes),),
        "single",
        hidden=SINGLE_HIDDEN,
        dropout=data.dropout,
        bidirectional=True,
    )
    module = TextRNN(config, vectors.table(tokenizer.get_vocab(), known))
    objective = fit.Objective(module, fit.cross_entropy(data.label_smoothing))
    train_examples = [row for split in data.train for row in textrcnn.masked(textcnn.examples(tokenizer, data, split))]
    valid = textrcnn.masked(textcnn.examples(tokenizer, data, "valid"))
    fit.fit(objective, train_examples, valid, folder, data.settings)
    return Trained(module.eval(), tokenizer)


def tiny_single(data: textcnn.Data) -> Trained:
    tokenizer = words.with_vocabulary(words.chinese(), [chr(code) for code in range(0x61, 0x7B)], textcnn.MAX_TOKENS)
    torch.manual_seed(0)
    config = TextRNNConfig(
        tokenizer.get_vocab_size(), (("", data.classes),), "single", dimensions=8, hidden=6, bidirectional=True
    )
    return Trained(TextRNN(config).eval(), tokenizer)


def learnt(_: Trained, __: Path) -> dict[str, object]:
    return {"explanation": Course()}


def outputs(heads: tuple[tuple[str, int], ...]) -> tuple[TensorSpec, ...]:
    suffixes = [(f"_{name}" if name else "", classes) for name, classes in heads]
    return (
        *(
            TensorSpec(
                name=f"logits{suffix}", dtype="float32", shape=("batch", classes), meaning="in the order of the labels"
            )
            for suffix, classes in suffixes
        ),
        *(
            TensorSpec(
                name=f"token_logits{suffix}",
                dtype="float32",
                shape=("batch", "tokens", classes),
                meaning="what the classifier says of the state after each token",
            )
            for suffix, classes in suffixes
        ),
    )


def graphs(heads: tuple[tuple[str, int], ...]) -> Callable[[Trained], list[Graph]]:
    return texts.model(
        inputs=textrcnn.INPUTS,
        outputs=outputs(heads),
        variants=(texts.FP32, texts.MEASURED_INT8),
        max_tokens=textcnn.MAX_TOKENS,
    )


LIU = (
    Published(dataset="sst1", metric="accuracy", value=0.496, system="multi-task, best", source="Liu et al. 2016"),
    Published(dataset="sst2", metric="accuracy", value=0.879, system="multi-task, best", source="Liu et al. 2016"),
    Published(dataset="subj", metric="accuracy", value=0.941, system="multi-task, best", source="Liu et al. 2016"),
    Published(dataset="sst1", metric="accuracy", value=0.459, system="single-task LSTM", source="Liu et al. 2016"),
    Published(dataset="sst2", metric="accuracy", value=0.858, system="single-task LSTM", source="Liu et al. 2016"),
    Published(dataset="subj", metric="accuracy", value=0.916, system="single-task LSTM", source="Liu et al. 2016"),
)
DEPARTURES = (
    "200-d word vectors of our own and a hidden size of 100 instead of 64 and 50; dropout on the vectors and before "
    "the last layer; Adam instead of Adagrad.",
    "The gates do not read the cell state: the LSTM of the paper (Graves 2013) has such peepholes.",
    "The fourth task is TREC questions instead of IMDB. SST is learnt from its labelled phrases.",
    "In fine-tuning only what belongs to a task moves, so that one graph holds all tasks; it is kept where the mean "
    "accuracy on the validation splits rises.",
    "Of Subj, fold 0 is the test split and fold 1 the validation split (the paper: ten folds); training leaves out its "
    "sentences that SST tests on.",
    textcnn.AVERAGED,
    textcnn.ROUNDED,
)


def departures(plan: Plan) -> tuple[str, ...]:
    """Those of all, and what the mixture of the tasks makes different."""
    mixed = (
        "A batch mixes the tasks instead of holding one at a time: a task weighs by its number of examples, those of "
        f"Subj and TREC taken {plan.repeats} times."
    )
    short = () if plan.short_neutral else ("Neutral phrases of one to three words are left out.",)
    return (*DEPARTURES, mixed, *short)


LICENSES = (
    sources.SST,
    sources.SUBJ,
    sources.TREC,
    sources.OWN_VECTORS,
)


def recipe(plan: Plan, **facts: Any) -> Recipe:
    """What the three architectures share, with their own facts."""
    fields: dict[str, Any] = {
        "task": "text-classification",
        "paper": PAPER,
        "departures": departures(plan),
        "languages": ("en",),
        "licenses": LICENSES,
        "labels": LABELS,
        "label_titles": TITLES,
        "datasets": datasets.described("sst2", "sst1", "subj", "trec"),
        "train": partial(train, plan),
        "tiny": partial(tiny, plan),
        "reads": texts.tokenizer,
        "max_tokens": textcnn.MAX_TOKENS,
        "graphs": graphs(plan.heads),
        "evaluations": tuple(
            Labels(name, split, head=name) for split in ("valid", "test") for name in ("sst2", "sst1", "subj", "trec")
        ),
        "learnt": learnt,
        "published": LIU,
    }
    return Recipe(**{**fields, **facts})


SINGLE_HIDDEN = 128
UNIFORM = Plan("uniform", short_neutral=True, repeats=3, joint=replace(JOINT, epochs=2, evaluations_per_epoch=3))
COUPLED = Plan("coupled", dropout=0.5, repeats=3, joint=replace(JOINT, epochs=2))
SHARED = Plan(
    "shared",
    language_model=fit.Settings(epochs=1, batch_size=32, learning_rate=2e-3, metric="loss", bf16=True),
)
THUCNEWS = replace(
    textcnn.THUCNEWS,
    dropout=0.5,
    settings=fit.Settings(epochs=7, batch_size=128, learning_rate=2e-3, average=4),
)

RECIPES = (
    recipe(
        UNIFORM,
        name="textrnn-uniform",
        title=Text(en="TextRNN, uniform layer", zh="TextRNN 统一层"),
        summary=Text(
            en="Four tasks, one LSTM: each task has word vectors of its own beside the shared ones.",
            zh="四个任务共用一个 LSTM：每个任务在共享词向量旁边另有自己的词向量。",
        ),
    ),
    recipe(
        COUPLED,
        name="textrnn-coupled",
        title=Text(en="TextRNN, coupled layer", zh="TextRNN 耦合层"),
        summary=Text(
            en="Four tasks, an LSTM for each: gates decide how much of the others' states a task reads.",
            zh="四个任务各有一个 LSTM：由门控决定读取其他任务多少状态。",
        ),
    ),
    recipe(
        SHARED,
        name="textrnn-shared",
        title=Text(en="TextRNN, shared layer", zh="TextRNN 共享层"),
        summary=Text(
            en="Four tasks: a bidirectional LSTM shared by all, and for each task an LSTM that reads it.",
            zh="四个任务：一个共享的双向 LSTM，每个任务再用自己的 LSTM 去读它。",
        ),
        departures=(
            *departures(SHARED),
            "The shared layer is first trained as a language model, as in the paper, on the training texts; here its "
            "softmax is tied to the word vectors, which stay as they are.",
        ),
    ),
    replace(
        textcnn.recipe(
            THUCNEWS,
            name="textrnn-thucnews-zh",
            title=Text(en="TextRNN on Chinese headlines", zh="TextRNN（新闻标题分类）"),
            summary=Text(
                en="The section of a Chinese news headline, read character by character in both directions.",
                zh="判断新闻标题的栏目；逐字从两个方向读。",
            ),
            licenses=(sources.THUCNEWS, sources.CHARACTER_VECTORS),
            labels=textcnn.NEWS_LABELS,
            label_titles=textcnn.NEWS_TITLES,
            published=textcnn.published(
                "thucnews_zh",
                {"TextRNN, 180k training headlines": 0.9112},
                "Chinese-Text-Classification-Pytorch, character model",
            ),
        ),
        paper=PAPER,
        departures=(
            "One task alone: the single-task LSTM of the paper, here in both directions; the answer is of both ends.",
            "One token is one character, with published 200-d character vectors: no word segmenter is needed.",
            "The gates do not read the cell state: the LSTM of the paper (Graves 2013) has such peepholes.",
            "Dropout on the vectors and before the last layer; labels smoothed by 0.1; Adam instead of Adagrad.",
            textcnn.AVERAGED,
            textcnn.ROUNDED,
        ),
        train=partial(train_single, THUCNEWS),
        tiny=partial(tiny_single, THUCNEWS),
        graphs=graphs((("", THUCNEWS.classes),)),
        learnt=learnt,
    ),
)
