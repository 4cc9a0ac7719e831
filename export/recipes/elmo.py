"""elmo-*: language models of both directions, whose layers are the vectors of a word in its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from export import golden, probes, quantise, texts
from export.evaluations.directions import Directions
from export.recipe import Gate, Graph, Recipe, Sizes, Tensors, Trained, Variant
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from export.runner import Subject
from hub.card import Paper, Spelling, TensorSpec, Text, TwoWay
from hub.spelling import WordReader
from hub.text import TOKENIZER_FILE
from models.elmo import BiLM, Characters, ELMoConfig
from models.recurrent import as_onnx
from models.training import elmo, words

TOLERANCE = 1e-5
# Random bytes: of hundreds of words they drive LSTMs into chaos, where PyTorch itself is off by 0.3 between float32 and
# float64. Real paragraphs of that length are held against PyTorch by the evaluation.
SHAPES = tuple({"batch": batch, "tokens": tokens} for batch in (1, 2, 7) for tokens in (1, 5, 17, 60))
RISE = Gate("rise", 0.01, "at most 1 % more perplexity than fp32 on every split")
SPELLING = Spelling(
    longest=elmo.SYMBOLS,
    margin=elmo.WIDEST,
    begin_word=elmo.BEGIN_WORD,
    end_word=elmo.END_WORD,
    begin_text=elmo.BEGIN_TEXT,
    end_text=elmo.END_TEXT,
    padding=elmo.PADDING,
    begin_id=elmo.BEGIN_ID,
    end_id=elmo.END_ID,
)
CHARACTERS = SPELLING.model_copy(update={"longest": 1, "margin": 0, "letters": False})
SYMBOLS = TensorSpec(
    name="symbols",
    dtype="int64",
    shape=("words", "symbols"),
    meaning="the different words, each as bytes between marks",
)
INPUTS = (
    SYMBOLS,
    TensorSpec(name="places", dtype="int64", shape=("batch", "tokens"), meaning="which of the words stands where"),
    TensorSpec(name="lengths", dtype="int64", shape=("batch",), meaning="words of each text, its two marks among them"),
)
MEANINGS = ("x_k twice: the word without its sentence", "states of the first LSTMs, forward and backward")


class Layers(nn.Module):
    """What each word is in each layer."""

    def __init__(self, model: BiLM) -> None:
        super().__init__()
        self.model = model
        self.export_context = as_onnx

    def forward(self, symbols: Tensor, places: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """See BiLM.forward."""
        return {f"layer_{number}": layer for number, layer in enumerate(self.model(symbols, places, lengths))}


class Expectation(nn.Module):
    """Which word a state expects next; of both directions, since they share the softmax."""

    def __init__(self, model: BiLM) -> None:
        super().__init__()
        self.model = model

    def forward(self, states: Tensor) -> dict[str, Tensor]:
        """See BiLM.log_probabilities."""
        return {"log_probabilities": self.model.log_probabilities(states)}


class Spelt(nn.Module):
    """How a word's vector comes from its letters."""

    def __init__(self, characters: Characters) -> None:
        super().__init__()
        self.characters = characters

    def forward(self, symbols: Tensor) -> dict[str, Tensor]:
        """See Characters."""
        filters, positions = self.characters.filters(symbols)
        return {"vectors": self.characters.combine(filters), "filters": filters, "positions": positions}


def graphs(trained: Trained) -> list[Graph]:
    """The layers, and the two pieces beside them: what a state expects, and how a word is spelt."""
    model = trained.module
    assert isinstance(model, BiLM)
    config = model.config
    width = config.projection
    meanings = (*MEANINGS, *("of the next LSTMs, with those of the layer below added",) * (config.layers - 1))
    layers = tuple(
        TensorSpec(name=f"layer_{number}", dtype="float32", shape=("batch", "tokens", 2 * width), meaning=meaning)
        for number, meaning in enumerate(meanings)
    )
    states = TensorSpec(
        name="states", dtype="float32", shape=("states", width),
        meaning="of the top layer: the first half of a word's, of what is before it, or the second, of what follows",
    )  # fmt: skip
    log_probabilities = TensorSpec(
        name="log_probabilities",
        dtype="float32",
        shape=("states", config.words),
        meaning="of every word of tokenizer.json",
    )
    said = f"every output within {TOLERANCE:.0e} of PyTorch, of its largest value where that is above 1"
    close = Gate("max_abs_difference", TOLERANCE, said)
    return [
        Graph(
            name="expectation",
            part=True,
            module=Expectation(model),
            inputs=(states,),
            outputs=(log_probabilities,),
            sample=lambda sizes: {"states": torch.randn(sizes["states"], width)},
            example={"states": 3},
            shapes=tuple({"states": count} for count in (1, 2, 40)),
            variants=(Variant("expectation", quantise.stored, file="expectation.onnx", method=texts.FP32.method),),
        ),
        *spelling_of(model.characters, width),
        Graph(
            name="model",
            module=Layers(model),
            inputs=INPUTS,
            outputs=layers,
            answers=tuple(spec.name for spec in layers),
            sample=partial(sample, config),
            shapes=SHAPES,
            tolerance=TOLERANCE,
            scaled=True,
            variants=(replace(texts.FP32, gates=(close,)), replace(texts.INT8_WEIGHTS, gates=(RISE,))),
        ),
    ]  # fmt: skip


def spelling_of(characters: nn.Module, width: int) -> list[Graph]:
    """How a word is spelt, where it has letters."""
    if not isinstance(characters, Characters):
        return []
    filters = characters.projection.in_features
    outputs = (
        TensorSpec(name="vectors", dtype="float32", shape=("words", width), meaning="x_k"),
        TensorSpec(name="filters", dtype="float32", shape=("words", filters), meaning="what each filter found at best"),
        TensorSpec(name="positions", dtype="int64", shape=("words", filters), meaning="where its window begins there"),
    )
    sizes = tuple({"words": count, "symbols": size} for count in (1, 3, 9) for size in (elmo.WIDEST + 3, elmo.SYMBOLS))
    return [
        Graph(
            name="spelling",
            part=True,
            module=Spelt(characters),
            inputs=(SYMBOLS,),
            outputs=outputs,
            sample=lambda sizes: {"symbols": symbols(sizes["words"], sizes["symbols"])},
            example={"words": 3, "symbols": 11},
            shapes=sizes,
            variants=(Variant("spelling", quantise.stored, file="spelling.onnx", method=texts.FP32.method),),
        )
    ]


def symbols(count: int, width: int) -> Tensor:
    """Random words of every length that has room for the widest filter behind it."""
    rows = torch.full((count, width), elmo.PADDING)
    for row in rows:
        size = int(torch.randint(1, width - elmo.WIDEST, ()))
        row[0], row[size + 1] = elmo.BEGIN_WORD, elmo.END_WORD
        row[1 : size + 1] = torch.randint(0, 256, (size,))
    return rows


def sample(config: ELMoConfig, sizes: Sizes) -> Tensors:
    """Texts of random words, one of them as long as asked for."""
    batch, tokens = sizes["batch"], sizes["tokens"]
    count = min(batch * tokens, 60) + 1
    lengths = torch.randint(1, tokens + 1, (batch,))
    lengths[0] = tokens
    return {
        "symbols": symbols(count, 21) if config.filters else torch.randint(0, config.symbols, (count, 1)),
        "places": torch.randint(0, count, (batch, tokens)),
        "lengths": lengths,
    }


def reader(recipe: Recipe, trained: Trained, folder: Path) -> WordReader:
    """Write tokenizer.json. Raises ValueError where it alone would not do what the recipe declares."""
    assert recipe.max_tokens is not None
    texts.require(recipe.name, trained.tokenizer, recipe.max_tokens)
    texts.save(trained.tokenizer, folder)
    return WordReader(folder / TOKENIZER_FILE, recipe.max_tokens, spelling(trained))


def train(name: str, folder: Path) -> Trained:
    """Train, go on, or load what is finished."""
    return Trained(*elmo.pretrain(name, folder))


def sizes(trained: Trained, _: Path) -> dict[str, object]:
    """How the card tells a page what the network looks like, and how it is fed."""
    model = trained.module
    assert isinstance(model, BiLM)
    shown = {name: getattr(model.config, name) for name in TwoWay.model_fields}
    return {"spelling": spelling(trained), "two_way": TwoWay(**shown)}


def spelling(trained: Trained) -> Spelling:
    """By letters, or by a table."""
    return SPELLING if trained.module.config.filters else CHARACTERS  # type: ignore[union-attr]


def tiny(name: str) -> Trained:
    splitting = elmo.PLANS[name].splitting
    known = words.count(splitting, golden.texts(golden.TEXTS))
    torch.manual_seed(0)
    size = len(known) + 4
    config = ELMoConfig(words=size, filters=((1, 4), (2, 4), (7, 8)), cell=12, projection=6, cutoffs=(10, 20))
    if elmo.PLANS[name].chinese:
        config = replace(config, filters=(), symbols=size)
    tokenizer = words.with_vocabulary(splitting, (elmo.BEGIN, elmo.END, *known), elmo.LONGEST)
    return Trained(BiLM(config).eval(), tokenizer)


def english_probes(_: Trained, folder: Path, graphs: Mapping[str, Subject]) -> None:
    """Write probes.npz."""
    probes.write(probes.english(probes.reading(graphs["model"])), folder)


def chinese_probes(_: Trained, folder: Path, graphs: Mapping[str, Subject]) -> None:
    """Write probes.npz."""
    probes.write(probes.chinese(probes.reading(graphs["model"])), folder)


def paragraphs(name: str, split: str, every: int = 1) -> list[str]:
    """Of the held-out text of a plan."""
    plan = elmo.PLANS[name]
    return list(elmo.texts(plan, *plan.valid, split))[::every]


ELMO = Paper(
    authors="Peters, Neumann, Iyyer, Gardner, Clark, Lee, Zettlemoyer",
    year=2018,
    title="Deep Contextualized Word Representations",
    url="https://arxiv.org/abs/1802.05365",
)

RECIPES = (
    Recipe(
        name="elmo-en",
        task="word-vectors",
        title=Text(en="ELMo, English, trained here", zh="ELMo，英文，本站训练"),
        summary=Text(
            en="Two language models that read a sentence from both ends, word by word and each word by its letters. "
            "Their layers give each word a vector that depends on its sentence.",
            zh="两个语言模型从两端逐词读句子，每个词按字母读入。它们的各层给每个词一个随句子而变的向量。",
        ),
        has_read=Text(
            en="20 million words, each once: English Wikipedia, free books and textbooks, descriptions of software.",
            zh="两千万词，各读一遍：英文维基百科、自由授权的图书与教材、软件说明。",
        ),
        paper=ELMO,
        departures=(
            "5.6 million parameters: 512 filters, one highway layer, cells of 512, projections of 128 (the "
            "paper: 2,048, two, 4,096, 512). No clipping of cells and projections.",
            "20 million words, each once; the paper reads about 800 million, ten times. No dropout, since no text is "
            "read twice; Adam instead of Adagrad.",
            "20,000 words are predicted, by an adaptive softmax, which is exact (Grave et al. 2017); the paper "
            "predicts 793,471 and samples while it trains.",
            "The states begin anew with each paragraph, so that a text's vectors depend on nothing before it.",
            ROUNDED,
        ),
        languages=("en",),
        licenses=(sources.WIKIPEDIA, sources.BOOKS, sources.DEBIAN, *sources.PROBED, sources.OWN),
        max_tokens=elmo.LONGEST,
        train=partial(train, "en"),
        tiny=partial(tiny, "en"),
        reads=reader,
        graphs=graphs,
        learnt=sizes,
        default="fp32",  # what reads the layers is trained on the exact ones
        files=english_probes,
        evaluations=(
            Directions("wiki_en", "valid", partial(paragraphs, "en", "valid", elmo.LOOKED_AT)),
            Directions("wiki_en", "test", partial(paragraphs, "en", "test")),
        ),
    ),
    Recipe(
        name="elmo-zh",
        task="word-vectors",
        title=Text(en="ELMo, Chinese, trained here", zh="ELMo，中文，本站训练"),
        summary=Text(
            en="Two language models that read a Chinese text from both ends, character by character. Their layers give "
            "each character a vector that depends on its sentence.",
            zh="两个语言模型从两端逐字读中文。它们的各层给每个字一个随句子而变的向量。",
        ),
        has_read=Text(
            en="13 million characters, each once: articles, laws, novels, abstracts, news, reviews, questions.",
            zh="一千三百万字，各读一遍：文章、法律、小说、摘要、新闻、评论、问句。",
        ),
        paper=ELMO,
        departures=(
            "A character stands in a table: it has no letters for convolutions to read. One that the table of 6,000 "
            "lacks is read as unknown.",
            "Cells of 512, projections of 128 (the paper: 4,096, 512). No clipping of cells and projections.",
            "13 million characters, each once; no dropout, since no text is read twice; Adam instead of Adagrad.",
            "6,000 characters are predicted, by an adaptive softmax, which is exact (Grave et al. 2017).",
            "The states begin anew with each paragraph, so that a text's vectors depend on nothing before it.",
            ROUNDED,
        ),
        languages=("zh",),
        licenses=(*sources.CHINESE_TEXT[1:], *sources.PROBED_ZH, sources.OWN),
        max_tokens=elmo.LONGEST,
        train=partial(train, "zh"),
        tiny=partial(tiny, "zh"),
        reads=reader,
        graphs=graphs,
        learnt=sizes,
        default="fp32",  # what reads the layers is trained on the exact ones
        files=chinese_probes,
        evaluations=(
            Directions("corpus_zh", "valid", partial(paragraphs, "zh", "valid", elmo.LOOKED_AT)),
            Directions("corpus_zh", "test", partial(paragraphs, "zh", "test")),
        ),
    ),
)
