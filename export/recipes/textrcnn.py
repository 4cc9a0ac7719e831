"""TextRCNN: textrcnn-sst2 and textrcnn-thucnews-zh."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from export import texts
from export.recipe import Recipe, Trained
from export.recipes import sources, textcnn
from hub.card import Paper, Pooling, TensorSpec, Text
from models.textrcnn import TextRCNN, TextRCNNConfig
from models.training import fit, vectors, words

PAPER = Paper(
    authors="Lai, Xu, Liu, Zhao",
    year=2015,
    title="Recurrent Convolutional Neural Networks for Text Classification",
    url="https://ojs.aaai.org/index.php/AAAI/article/view/9513",
)
DEPARTURES = (
    "An LSTM in each direction instead of the plain recurrence of equations 1 and 2, whose gradient vanishes.",
    "Left of the first word and right of the last one the context is zero; in the paper it is learnt.",
    "Dropout on the word vectors and before the last layer; Adam instead of plain gradient descent.",
    textcnn.ROUNDED,
)
INPUTS = (
    TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="0 is padding"),
    TensorSpec(name="attention_mask", dtype="int64", shape=("batch", "tokens"), meaning="1 token, 0 padding"),
)


@dataclass(frozen=True)
class Shape:
    """What differs between the recipes beside the data."""

    data: textcnn.Data
    context: int = 100
    latent: int = 100
    dropout: float = 0.4
    departures: tuple[str, ...] = ()  # beside DEPARTURES


def masked(examples: list[fit.Example]) -> list[fit.Example]:
    """The same examples with the attention_mask that a recurrent model needs."""
    return [{**example, "attention_mask": [1] * len(example["input_ids"])} for example in examples]


def train(shape: Shape, folder: Path) -> Trained:
    data = shape.data
    tokenizer, known = textcnn.vocabulary(data)
    torch.manual_seed(data.settings.seed)
    config = TextRCNNConfig(
        vocabulary=tokenizer.get_vocab_size(),
        classes=data.classes,
        context=shape.context,
        latent=shape.latent,
        dropout=shape.dropout,
    )
    module = TextRCNN(config, vectors.table(tokenizer.get_vocab(), known))
    objective = fit.Objective(module, fit.cross_entropy(data.label_smoothing))
    train_examples = [row for split in data.train for row in masked(textcnn.examples(tokenizer, data, split))]
    fit.fit(objective, train_examples, masked(textcnn.examples(tokenizer, data, "valid")), folder, data.settings)
    return Trained(module.eval(), tokenizer)


def tiny(shape: Shape) -> Trained:
    splitting = words.chinese() if shape.data.chinese else words.english()
    tokenizer = words.with_vocabulary(splitting, [chr(code) for code in range(0x61, 0x7B)], textcnn.MAX_TOKENS)
    torch.manual_seed(0)
    module = TextRCNN(TextRCNNConfig(tokenizer.get_vocab_size(), shape.data.classes, 8, 5, shape.latent))
    return Trained(module.eval(), tokenizer)


def learnt(trained: Trained, _: Path) -> dict[str, object]:
    module = trained.module
    assert isinstance(module, TextRCNN)
    bias = tuple(module.classifier.bias.tolist())
    return {"explanation": Pooling(windows=(1,) * module.config.latent, bias=bias)}


def outputs(classes: int, features: int) -> tuple[TensorSpec, ...]:
    logits, positions, contributions = textcnn.outputs(classes, features)
    return logits, positions.model_copy(update={"meaning": "the word that won the maximum of a feature"}), contributions


def recipe(shape: Shape, **facts: Any) -> Recipe:
    return replace(
        textcnn.recipe(shape.data, **facts),
        paper=PAPER,
        departures=(*DEPARTURES, *shape.departures),
        train=partial(train, shape),
        tiny=partial(tiny, shape),
        graphs=texts.model(
            inputs=INPUTS,
            outputs=outputs(shape.data.classes, shape.latent),
            variants=(texts.FP32, texts.MEASURED_INT8),
            max_tokens=textcnn.MAX_TOKENS,
        ),
        learnt=learnt,
    )


SST2 = Shape(
    data=replace(
        textcnn.SST2, settings=fit.Settings(epochs=4, batch_size=64, learning_rate=1e-3, evaluations_per_epoch=2)
    ),
    dropout=0.5,
    departures=(
        "200-d word vectors and contexts of 100 instead of 50-d ones of both kinds.",
        "Two classes instead of the five grades of SST, learnt from its labelled phrases.",
    ),
)
THUCNEWS = Shape(
    data=replace(
        textcnn.THUCNEWS, settings=fit.Settings(epochs=7, batch_size=128, learning_rate=2e-3, evaluations_per_epoch=1)
    ),
    context=128,
    latent=256,
    dropout=0.5,
    departures=(
        "One token is one character, with published 200-d character vectors: no word segmenter is needed.",
        "Contexts of 128 and a latent vector of 256 instead of 50 and 100; labels smoothed by 0.1.",
    ),
)

RECIPES = (
    recipe(
        SST2,
        name="textrcnn-sst2",
        title=Text(en="TextRCNN on SST-2", zh="TextRCNN（SST-2 影评情感）"),
        summary=Text(
            en="Each word is read together with all that stands left and right of it; the strongest sense wins.",
            zh="每个词都连同它左边和右边的全部上下文一起读；最强的语义胜出。",
        ),
        licenses=(sources.SST, sources.OWN_VECTORS),
        labels=("negative", "positive"),
        label_titles=textcnn.SENTIMENT_TITLES,
        published=textcnn.published("sst2", textcnn.KIM_SST2, "Kim 2014, Table 2"),
    ),
    recipe(
        THUCNEWS,
        name="textrcnn-thucnews-zh",
        title=Text(en="TextRCNN on Chinese headlines", zh="TextRCNN（新闻标题分类）"),
        summary=Text(
            en="The section of a Chinese news headline, each character read in its whole context.",
            zh="判断新闻标题的栏目；每个字都放在整句上下文里读。",
        ),
        licenses=(sources.THUCNEWS, sources.CHARACTER_VECTORS),
        labels=textcnn.NEWS_LABELS,
        label_titles=textcnn.NEWS_TITLES,
        published=textcnn.published(
            "thucnews_zh",
            {"TextRCNN, 180k training headlines": 0.9154},
            "Chinese-Text-Classification-Pytorch, character model",
        ),
    ),
)
