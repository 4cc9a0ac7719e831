"""TextCNN on English and Chinese sets: textcnn-sst2, textcnn-trec, textcnn-shopping-zh, textcnn-thucnews-zh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from export import texts
from export.evaluations.labels import Labels
from export.recipe import Recipe, Trained, Variant
from export.recipes import datasets, sources
from hub.card import Paper, Pooling, Published, TensorSpec, Text
from models.textcnn import Mode, TextCNN, TextCNNConfig
from models.training import corpus, fit, vectors, words

MAX_TOKENS = 256
MAX_WORDS = 16_000

PAPER = Paper(
    authors="Kim",
    year=2014,
    title="Convolutional Neural Networks for Sentence Classification",
    url="https://arxiv.org/abs/1408.5882",
)
SENTIMENT_TITLES = {"negative": Text(en="negative", zh="负面"), "positive": Text(en="positive", zh="正面")}

ROUNDED = (
    "Rounded for storage before anything was measured: word vectors to 8 bits with one scale each, other large weights "
    "to float16."
)
AVERAGED = "The weights are the mean of the last checkpoints, where that is better on the validation split."
DEPARTURES = (
    "200-d word vectors of our own, word2vec on 36 million words beside a sentence encoder's answer to each word; the "
    "paper takes 300-d word2vec ones from 100 billion words.",
    "Adam instead of Adadelta: fewer epochs for the same accuracy.",
    "Every text is padded on both sides, as in the author's code, so that no answer depends on the batch.",
    ROUNDED,
)
DEPARTURES_ZH = (
    "One token is one character, with published 200-d character vectors: no word segmenter is needed.",
    *DEPARTURES[1:],
)


@dataclass(frozen=True)
class Data:
    """What a TextCNN is trained on."""

    dataset: str
    train: tuple[str, ...]  # splits
    classes: int
    chinese: bool = False
    mode: Mode = "non-static"
    windows: tuple[int, ...] = (3, 4, 5)
    feature_maps: int = 100
    pair_buckets: int = 0
    dropout: float = 0.5
    input_dropout: float = 0.0
    label_smoothing: float = 0.0
    graded: bool = False  # SST: learn how positive a phrase is, neutral ones included; see graded_examples
    settings: fit.Settings = field(default_factory=fit.Settings)


def vocabulary(data: Data) -> tuple[Tokenizer, dict[str, np.ndarray]]:
    """The tokenizer, and the vectors of its words.

    Words of the training texts first, then the most frequent ones that have a vector: a word that only the test
    texts hold is then still known.
    """
    splitting = words.chinese() if data.chinese else words.english()
    known = vectors.chinese() if data.chinese else vectors.english()
    read = [text for split in data.train for text in corpus.load(data.dataset, split)["text"]]
    counts = words.count(splitting, read)
    own = [word for word, n in counts.most_common() if n > 1 or word in known]
    names = list(dict.fromkeys([*own[:MAX_WORDS], *known]))[:MAX_WORDS]
    return words.with_vocabulary(splitting, names, MAX_TOKENS), known


def examples(tokenizer: Tokenizer, data: Data, split: str) -> list[fit.Example]:
    """A split as unpadded ids and labels."""
    rows = corpus.load(data.dataset, split)
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch_fast(rows["text"].tolist())
    tokenizer.enable_padding(pad_id=words.PAD_ID, pad_token=words.PAD)
    return [
        {"input_ids": code.ids, "labels": label} for code, label in zip(encoded, rows["label"], strict=True) if code.ids
    ]


GRADES = (0.0, 0.2, 0.5, 0.8, 1.0)  # probability of "positive" for very negative … very positive


def graded_examples(tokenizer: Tokenizer) -> list[fit.Example]:
    """All phrases of the training trees with the probabilities of the two classes that their grade stands for."""
    graded = Data(dataset="sst1_phrases", train=("train_phrases",), classes=5)
    return [
        {**example, "labels": [1 - GRADES[example["labels"]], GRADES[example["labels"]]]}
        for example in examples(tokenizer, graded, "train_phrases")
    ]


def soft_labels(outputs: dict[str, Tensor], labels: Tensor) -> Tensor:
    """Cross-entropy against probabilities, float (batch, classes)."""
    return nn.functional.cross_entropy(outputs["logits"], labels.float())


def build(data: Data, tokenizer: Tokenizer, known: dict[str, np.ndarray]) -> TextCNN:
    config = TextCNNConfig(
        vocabulary=tokenizer.get_vocab_size(),
        classes=data.classes,
        windows=data.windows,
        feature_maps=data.feature_maps,
        pair_buckets=data.pair_buckets,
        dropout=data.dropout,
        input_dropout=data.input_dropout,
        mode=data.mode,
    )
    torch.manual_seed(data.settings.seed)
    return TextCNN(config, None if data.mode == "rand" else vectors.table(tokenizer.get_vocab(), known))


def train(data: Data, folder: Path) -> Trained:
    tokenizer, known = vocabulary(data)
    module = build(data, tokenizer, known)
    train_examples = [example for split in data.train for example in examples(tokenizer, data, split)]
    valid_examples = examples(tokenizer, data, "valid")
    loss = fit.cross_entropy(data.label_smoothing)
    if data.graded:
        train_examples, loss = graded_examples(tokenizer), soft_labels
        valid_examples = [{**row, "labels": np.eye(data.classes)[row["labels"]].tolist()} for row in valid_examples]
    fit.fit(fit.Objective(module, loss), train_examples, valid_examples, folder, data.settings)
    return Trained(module.eval(), tokenizer)


def tiny(data: Data) -> Trained:
    splitting = words.chinese() if data.chinese else words.english()
    tokenizer = words.with_vocabulary(splitting, [chr(code) for code in range(0x61, 0x7B)], MAX_TOKENS)
    config = TextCNNConfig(
        tokenizer.get_vocab_size(), data.classes, dimensions=8, feature_maps=data.feature_maps, mode=data.mode
    )
    torch.manual_seed(0)
    module = TextCNN(config)
    return Trained(module.eval(), tokenizer)


def learnt(trained: Trained, _: Path) -> dict[str, object]:
    module = trained.module
    assert isinstance(module, TextCNN)
    return {"explanation": Pooling(windows=module.feature_windows, bias=tuple(module.classifier.bias.tolist()))}


def outputs(classes: int, features: int) -> tuple[TensorSpec, ...]:
    return (
        TensorSpec(name="logits", dtype="float32", shape=("batch", classes), meaning="in the order of the labels"),
        TensorSpec(
            name="pool_positions",
            dtype="int64",
            shape=("batch", features),
            meaning="token where the winning window of a feature starts; below 0 or past the text: in the padding",
        ),
        TensorSpec(
            name="pool_contributions",
            dtype="float32",
            shape=("batch", features, classes),
            meaning="what a feature adds to each logit; with the bias they sum to the logits",
        ),
    )


INPUTS = (TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="0 is padding"),)


def published(dataset: str, rows: dict[str, float], source: str) -> tuple[Published, ...]:
    return tuple(
        Published(dataset=dataset, metric="accuracy", value=v, system=s, source=source) for s, v in rows.items()
    )


def recipe(
    data: Data,
    train_: Callable[[Data, Path], Trained] = train,
    calibration: texts.Calibration | None = None,
    int8: Variant = texts.INT8_CONVOLUTION,
    **facts: Any,
) -> Recipe:
    """What all TextCNN recipes share, with their own facts."""
    fields: dict[str, Any] = {
        "task": "text-classification",
        "paper": PAPER,
        "departures": DEPARTURES_ZH if data.chinese else DEPARTURES,
        "languages": ("zh",) if data.chinese else ("en",),
        "datasets": datasets.described(data.dataset),
        "train": partial(train_, data),
        "tiny": partial(tiny, data),
        "reads": texts.tokenizer,
        "max_tokens": MAX_TOKENS,
        "graphs": texts.model(
            inputs=INPUTS,
            outputs=outputs(data.classes, data.feature_maps * len(data.windows)),
            variants=(texts.FP32, int8),
            calibration=calibration or texts.Calibration(data.dataset, data.train[-1], 400),
            max_tokens=MAX_TOKENS,
        ),
        "evaluations": (Labels(data.dataset, "valid"), Labels(data.dataset, "test")),
        "learnt": learnt,
    }
    return Recipe(**{**fields, **facts})


SST2 = Data(
    dataset="sst2",
    train=("train_phrases",),
    classes=2,
    input_dropout=0.2,
    graded=True,
    settings=fit.Settings(epochs=2, batch_size=64, learning_rate=1e-3, evaluations_per_epoch=3, bf16=True, average=4),
)
TREC = Data(
    dataset="trec",
    train=("train",),
    classes=6,
    settings=fit.Settings(epochs=10, learning_rate=1e-3, bf16=True, average=5),
)
SHOPPING = Data(
    dataset="online_shopping_zh",
    train=("train",),
    classes=2,
    chinese=True,
    settings=fit.Settings(epochs=3, batch_size=64, learning_rate=1e-3, evaluations_per_epoch=2, bf16=True),
)
THUCNEWS = Data(
    dataset="thucnews_zh",
    train=("train",),
    classes=10,
    chinese=True,
    windows=(2, 3, 4),
    feature_maps=150,
    pair_buckets=30_000,
    input_dropout=0.25,
    label_smoothing=0.1,
    settings=fit.Settings(epochs=6, batch_size=128, learning_rate=1e-3, bf16=True, average=4),
)
NEWS_LABELS = (
    "finance", "realty", "stocks", "education", "science", "society", "politics", "sports", "game", "entertainment",
)  # fmt: skip
NEWS_TITLES = dict(
    zip(
        NEWS_LABELS,
        (
            Text(en=en, zh=zh)
            for en, zh in zip(
                NEWS_LABELS,
                ("财经", "房产", "股票", "教育", "科技", "社会", "时政", "体育", "游戏", "娱乐"),
                strict=True,
            )
        ),
        strict=True,
    )
)
QUESTION_TITLES = {
    "DESC": Text(en="description", zh="描述"),
    "ENTY": Text(en="entity", zh="实体"),
    "ABBR": Text(en="abbreviation", zh="缩写"),
    "HUM": Text(en="person", zh="人物"),
    "NUM": Text(en="number", zh="数字"),
    "LOC": Text(en="place", zh="地点"),
}
KIM_SST2 = {"CNN-rand": 0.827, "CNN-static": 0.868, "CNN-non-static": 0.872, "CNN-multichannel": 0.881}
KIM_TREC = {"CNN-rand": 0.912, "CNN-static": 0.928, "CNN-non-static": 0.936, "CNN-multichannel": 0.922}

RECIPES = (
    recipe(
        SST2,
        name="textcnn-sst2",
        title=Text(en="TextCNN on SST-2", zh="TextCNN（SST-2 影评情感）"),
        summary=Text(
            en="Is a film review positive or negative? Windows of 3, 4 and 5 words, 100 features each, trained on all "
            "labelled phrases.",
            zh="影评是褒是贬？3、4、5 个词的窗口各 100 个特征，在全部带标签的短语上训练。",
        ),
        departures=(
            *DEPARTURES,
            "Trained on all phrases with their grade as a probability (neutral phrases as one half), as SST has five "
            "grades; dropout 0.2 on the word vectors too.",
            AVERAGED,
        ),
        licenses=(sources.SST, sources.OWN_VECTORS),
        labels=("negative", "positive"),
        label_titles=SENTIMENT_TITLES,
        published=published("sst2", KIM_SST2, "Kim 2014, Table 2"),
    ),
    recipe(
        TREC,
        int8=texts.MEASURED_CONVOLUTION,
        name="textcnn-trec",
        departures=(*DEPARTURES, AVERAGED),
        title=Text(en="TextCNN on TREC questions", zh="TextCNN（TREC 问句分类）"),
        summary=Text(
            en="What does a question ask for: a person, a place, a number, an entity, a description, an abbreviation?",
            zh="一个问句在问什么：人物、地点、数字、实体、描述，还是缩写？",
        ),
        licenses=(
            sources.TREC,
            sources.OWN_VECTORS,
        ),
        labels=tuple(QUESTION_TITLES),
        label_titles=QUESTION_TITLES,
        published=published("trec", KIM_TREC, "Kim 2014, Table 2"),
    ),
    recipe(
        SHOPPING,
        name="textcnn-shopping-zh",
        title=Text(en="TextCNN on Chinese shop reviews", zh="TextCNN（网购评论情感）"),
        summary=Text(
            en="Is a Chinese product review positive or negative? Ten kinds of goods, from books to computers.",
            zh="网购评论是好评还是差评？覆盖书籍、电脑、酒店等十类商品。",
        ),
        licenses=(
            sources.SHOPPING,
            sources.CHARACTER_VECTORS,
        ),
        labels=("negative", "positive"),
        label_titles=SENTIMENT_TITLES,
    ),
    recipe(
        THUCNEWS,
        int8=texts.MEASURED_CONVOLUTION,
        name="textcnn-thucnews-zh",
        title=Text(en="TextCNN on Chinese headlines", zh="TextCNN（新闻标题分类）"),
        summary=Text(
            en="Which of ten sections does a Chinese news headline belong to?",
            zh="一条新闻标题属于十个栏目中的哪一个？",
        ),
        departures=(
            *DEPARTURES_ZH,
            "Beside its own vector a character has one of the pair it makes with the next (30,000 hashed rows of 64): "
            "two characters are a word more often than one.",
            "Windows of 2, 3 and 4 characters, 150 feature maps each; dropout 0.25 on the vectors too; labels smoothed "
            "by 0.1.",
            AVERAGED,
        ),
        licenses=(sources.THUCNEWS, sources.CHARACTER_VECTORS),
        labels=NEWS_LABELS,
        label_titles=NEWS_TITLES,
        published=published(
            "thucnews_zh",
            {"TextCNN, 180k training headlines": 0.9122},
            "Chinese-Text-Classification-Pytorch, character model",
        ),
    ),
)
