"""bert-mini-*: what ConSERT starts from; consert-*: what it makes of them; consert-minilm: of a strong encoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig

from export import golden, texts
from export.evaluations.pairs import Pairs
from export.recipe import Graph, Recipe, Sizes, Tensors, Trained
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from hub.card import License, Paper, Published, TensorSpec, Text
from models import consert
from models.consert import Augmentation, Consert, SentenceEncoder
from models.training import bert, fit, minilm, pairs, runs

Start = Callable[[Path], tuple[SentenceEncoder, Tokenizer]]  # from the folder of all checkpoints


@dataclass(frozen=True)
class Plan:
    """What is trained on what, from where."""

    start: Start
    pairs: Callable[[], list[pairs.Pair]]
    valid: str  # the scored set whose validation split chooses the checkpoint
    settings: fit.Settings
    views: tuple[Augmentation, Augmentation] = (consert.SHUFFLE, consert.FEATURE_CUTOFF)
    temperature: float = 0.1


def train(plan: Plan, folder: Path) -> Trained:
    """Train, go on, or load what is finished."""
    runs.require(folder)
    torch.manual_seed(plan.settings.seed)
    encoder, tokenizer = plan.start(folder.parent)
    objective = Consert(encoder, plan.views, plan.temperature)
    valid = pairs.scored(plan.valid, "valid")
    pairs.fit_consert(objective, tokenizer, plan.pairs(), valid, folder, plan.settings)
    return Trained(encoder.eval(), tokenizer)


# --- where to start -----------------------------------------------------------------------------------------------


def mini(language: str) -> Start:
    """The encoder of models/training/bert.py, without its dropout: the augmentations alone make the views."""

    def start(checkpoints: Path) -> tuple[SentenceEncoder, Tokenizer]:
        model, tokenizer = bert.pretrain(language, checkpoints / f"bert-mini-{language}")
        return without_dropout(SentenceEncoder(model.bert)), tokenizer

    return start


def pretrained(base: str, max_tokens: int = bert.MAX_TOKENS) -> Start:
    """A folder, or an id of the Hub."""

    def start(_: Path) -> tuple[SentenceEncoder, Tokenizer]:
        return without_dropout(SentenceEncoder(minilm.encoder(base))), minilm.tokenizer(base, max_tokens)

    return start


def trained(name: str, plan: Plan) -> Start:
    """Where another plan ends: its checkpoints are in the folder ``name``."""

    def start(checkpoints: Path) -> tuple[SentenceEncoder, Tokenizer]:
        made = train(plan, checkpoints / name)
        assert isinstance(made.module, SentenceEncoder)
        return made.module, made.tokenizer

    return start


def without_dropout(encoder: SentenceEncoder) -> SentenceEncoder:
    """In place."""
    for part in encoder.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    return encoder


# --- plans --------------------------------------------------------------------------------------------------------

SMALL = fit.Settings(
    epochs=1, batch_size=96, learning_rate=2e-4, warmup_fraction=0.05, evaluations_per_epoch=8, bf16=True
)
LARGE = replace(SMALL, batch_size=128, learning_rate=4e-4)
UNSUPERVISED = Plan(
    start=mini("en"),
    pairs=lambda: pairs.same(pairs.unlabelled("en")[:40_000]),
    valid="stsb",
    settings=SMALL,
)
JOINT = replace(
    UNSUPERVISED,
    pairs=lambda: pairs.inference("en")[::3] + pairs.paraphrases_en(captions_each=1),
    settings=LARGE,
    temperature=0.05,
)
STRONG = Plan(
    start=pretrained(minilm.base_path()),
    pairs=lambda: (
        pairs.inference("en")[::16] + pairs.paraphrases_en(captions_each=1)[::16] + 2 * pairs.scored("stsb", "train")
    ),
    valid="stsb",
    settings=replace(SMALL, batch_size=64, learning_rate=3e-5),
    temperature=0.05,
)
CHINESE = replace(
    JOINT,
    start=mini("zh"),
    pairs=lambda: pairs.inference("zh")[::2] + pairs.paraphrases_zh() + pairs.same(pairs.unlabelled("zh")[:20_000]),
    valid="stsb_zh",
)

# --- facts --------------------------------------------------------------------------------------------------------

YEARS = ("sts12", "sts13", "sts14", "sts15")
EVALUATIONS = {
    "en": (
        Pairs("stsb", "valid"),
        Pairs("stsb", "test"),
        Pairs("sick", "test"),
        *(Pairs(year, "test") for year in YEARS),
    ),
    "zh": (
        Pairs("stsb_zh", "valid"),
        Pairs("stsb_zh", "test"),
        *(Pairs(name, "test") for name in ("afqmc_zh", "lcqmc_zh", "pawsx_zh")),
    ),
}
BERT_BASE = {"sts12": 35.20, "sts13": 59.53, "sts14": 49.37, "sts15": 63.39, "stsb": 48.18, "sick": 58.60}
UNSUPERVISED_BASE = {"sts12": 64.64, "sts13": 78.49, "sts14": 69.07, "sts15": 79.72, "stsb": 73.97, "sick": 67.31}


def published(values: dict[str, float], system: str, source: str) -> tuple[Published, ...]:
    return tuple(
        Published(dataset=dataset, metric="spearman", value=round(value / 100, 4), system=system, source=source)
        for dataset, value in values.items()
    )


PUBLISHED = {
    "en": published(BERT_BASE, "BERT-base, average of the tokens", "Yan et al. 2021, Table 2")
    + published(UNSUPERVISED_BASE, "ConSERT, BERT-base, unsupervised", "Yan et al. 2021, Table 2"),
    "zh": published({"stsb_zh": 60.86, "lcqmc_zh": 59.89, "pawsx_zh": 9.35}, "RoBERTa-wwm-ext", "ConSERT repository")
    + published({"stsb_zh": 72.82, "lcqmc_zh": 67.34, "pawsx_zh": 9.36}, "ConSERT on it", "ConSERT repository"),
}
TOKENIZER_CONFIG: dict[str, object] = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "do_lower_case": True,
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


CONSERT = Paper(
    authors="Yan, Li, Wang, Zhang, Wu, Xu",
    year=2021,
    title="ConSERT: A Contrastive Framework for Self-Supervised Sentence Representation Transfer",
    url="https://arxiv.org/abs/2105.11741",
)
BERT = Paper(
    authors="Devlin, Chang, Lee, Toutanova",
    year=2019,
    title="BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
    url="https://arxiv.org/abs/1810.04805",
)
MINI_DEPARTURES = (
    "4 layers of 256, 4 heads: what two cores can train in about an hour.",
    "Masked language modelling alone, on blocks of 128 tokens; 20 % of the tokens are asked for.",
    "The word table starts from word vectors where a piece is a whole word that has one.",
    ROUNDED,
)
DEPARTURES = (
    "The base is a small BERT trained here, not BERT-base.",
    "Token shuffling and cutoff leave [CLS] and [SEP] alone; a feature is cut off by sentence.",
    ROUNDED,
)
OWN_SENTENCES = (
    "One epoch over 40,000 sentences of our own (STS-B, SICK, MRPC, NLI, captions) with a learning rate of 2e-4; the "
    "authors' code takes ten over the unlabelled sentences of STS12 to STS16, STS-B and SICK, with 5e-7."
)
ONE_EPOCH = "One epoch with a learning rate of 4e-4."
NATURAL_VIEWS = (
    " are views of NT-Xent beside the augmented ones, contradicted sentences its further negatives; temperature 0.05."
)
JOINT_DEPARTURE = f"Entailed sentences and captions of one picture{NATURAL_VIEWS}"
JOINT_DEPARTURE_ZH = f"Entailed sentences and questions that ask the same{NATURAL_VIEWS}"
CLASSIFIER_DEPARTURE = (
    "The classifier of inference reads the sentence vectors at √H times their length of 1, and the encoder has no "
    "dropout of its own, with labelled pairs too."
)
STRONG_DEPARTURES = (
    "The base is all-MiniLM-L6-v2.",
    JOINT_DEPARTURE,
    "The scores of the training split of STS-B are ranked as well (CoSENT loss), so STS12 to STS15, which share pairs "
    "with it, are not reported.",
    CLASSIFIER_DEPARTURE,
    ROUNDED,
)
VIEWS = f"The views are {UNSUPERVISED.views[0]} and {UNSUPERVISED.views[1]}, the best pair of the paper (Figure 4)."

# --- recipes ------------------------------------------------------------------------------------------------------

INPUTS = (
    TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="WordPiece ids"),
    TensorSpec(name="attention_mask", dtype="int64", shape=("batch", "tokens"), meaning="1 token, 0 padding"),
)


def outputs(width: int) -> tuple[TensorSpec, ...]:
    return (
        TensorSpec(name="embedding", dtype="float32", shape=("batch", width), meaning="of the sentence, length 1"),
        TensorSpec(
            name="token_embeddings",
            dtype="float32",
            shape=("batch", "tokens", width),
            meaning="states of the last layer; their mean, at length 1, is the embedding",
        ),
    )


class EmbeddingLayer(nn.Module):
    """The part before what gets augmented."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, position_ids: Tensor) -> dict[str, Tensor]:
        """int64 (B, T) each. Returns embeddings float32 (B, T, H)."""
        return {"embeddings": self.encoder.embed(input_ids, position_ids)}


class EncoderBody(nn.Module):
    """The part after it."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, embeddings: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """float32 (B, T, H), int64 (B, T). See SentenceEncoder.encode."""
        return self.encoder.encode(embeddings, attention_mask)


def pieces(width: int, whole: Graph, trained: Trained) -> list[Graph]:
    """The part before what ConSERT augments, and the part after it."""
    encoder = trained.module
    assert isinstance(encoder, SentenceEncoder)
    matrix = TensorSpec(
        name="embeddings",
        dtype="float32",
        shape=("batch", "tokens", width),
        meaning="words, positions and token type, normalised: the matrix that ConSERT augments",
    )
    positions = TensorSpec(
        name="position_ids", dtype="int64", shape=("batch", "tokens"), meaning="0, 1, 2, …; token shuffling permutes it"
    )

    def with_positions(sizes: Sizes) -> Tensors:
        ids = whole.sample(sizes)["input_ids"]
        return {"input_ids": ids, "position_ids": torch.arange(ids.shape[1]).expand_as(ids).contiguous()}

    def embedded(sizes: Sizes) -> Tensors:
        read = whole.sample(sizes)
        with torch.no_grad():
            embeddings = encoder.embed(read["input_ids"])
        return {"embeddings": embeddings, "attention_mask": read["attention_mask"]}

    return [
        texts.piece("embedding-layer", EmbeddingLayer(encoder), (INPUTS[0], positions), (matrix,), with_positions),
        texts.piece("encoder-body", EncoderBody(encoder), (matrix, INPUTS[1]), outputs(width), embedded),
    ]


def graphs(width: int, max_tokens: int, dataset: str, parts: bool) -> Callable[[Trained], list[Graph]]:
    return texts.model(
        inputs=INPUTS,
        outputs=outputs(width),
        variants=(texts.LARGE_FP32, texts.INT8_SENTENCES),
        kept=("embedding", "token_embeddings"),
        calibration=texts.Calibration(dataset, "train", 600, "sentence1"),
        max_tokens=max_tokens,
        pieces=partial(pieces, width) if parts else texts.whole,
    )


def tokenizer_config(max_tokens: int, _: Trained, folder: Path, __: object) -> None:
    text = json.dumps(TOKENIZER_CONFIG | {"model_max_length": max_tokens}, indent=2) + "\n"
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")


def config(trained: Trained) -> dict[str, object]:
    module = trained.module
    assert isinstance(module, SentenceEncoder)
    return {**module.bert.config.to_dict(), "architectures": ["BertModel"], "model_type": "bert"}


def tiny() -> Trained:
    tokenizer = bert.wordpiece(iter(golden.texts(golden.TEXTS)), bert.LANGUAGES["zh"])
    shape = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=bert.MAX_TOKENS,
    )
    return Trained(SentenceEncoder.from_config(shape).eval(), tokenizer)


def recipe(
    name: str,
    plan: Plan | None,
    *,
    title: Text,
    summary: Text,
    language: str,
    departures: tuple[str, ...],
    licenses: tuple[License, ...],
    width: int = 256,
    max_tokens: int = bert.MAX_TOKENS,
    base: str = "",
    frequent: str = "",  # the recipe whose training text the frequent tokens are of
    parts: bool = False,
    paper: Paper = CONSERT,
    evaluations: tuple[Pairs, ...] = (),
) -> Recipe:
    """plan None: the encoder of models/training/bert.py as it is."""

    def make(folder: Path) -> Trained:
        if plan:
            return train(plan, folder)
        model, tokenizer = bert.pretrain(language, folder)
        return Trained(SentenceEncoder(model.bert), tokenizer)

    scored = "stsb" if language == "en" else "stsb_zh"

    def learnt(_: Trained, checkpoints: Path) -> dict[str, object]:
        return {"frequent_tokens": bert.frequent_tokens(checkpoints.parent / frequent)} if frequent else {}

    def rebase(other: str) -> Recipe:
        start = pretrained(other, max_tokens)
        wide = BertConfig.from_pretrained(other).hidden_size
        made = replace(plan or UNSUPERVISED, start=start)
        return replace(
            found,
            train=(lambda folder: train(made, folder)) if plan else (lambda folder: Trained(*start(folder))),
            graphs=graphs(wide, max_tokens, scored, parts),
            base="",
            learnt=lambda trained, checkpoints: {},
            departures=(*departures, f"The base encoder is {other}."),
            of_any_size=True,
            command=f"python -m export make {name} --base {Path(other).name if Path(other).exists() else other}",
        )

    found = Recipe(
        name=name,
        task="sentence-similarity",
        title=title,
        summary=summary,
        paper=paper,
        departures=departures,
        languages=(language,),
        licenses=licenses,
        train=make,
        tiny=tiny,
        reads=texts.tokenizer,
        max_tokens=max_tokens,
        graphs=graphs(width, max_tokens, scored, parts),
        evaluations=evaluations or EVALUATIONS[language],
        published=PUBLISHED[language],
        config=config,
        files=partial(tokenizer_config, max_tokens),
        learnt=learnt,
        base=base,
        rebase=rebase,
    )
    return found


RECIPES = (
    recipe(
        "bert-mini-en",
        None,
        title=Text(en="Small BERT, English", zh="小型 BERT（英文）"),
        summary=Text(
            en="Four layers of 256, pre-trained with masked language modelling alone: the mean of its tokens says "
            "little about a sentence. ConSERT starts from here.",
            zh="4 层、宽 256，只做过掩码语言模型预训练：它的词元平均值并不能很好地表示句子。ConSERT 由此出发。",
        ),
        language="en",
        departures=MINI_DEPARTURES,
        licenses=(sources.OWN, *sources.ENGLISH_TEXT),
        frequent="bert-mini-en",
        paper=BERT,
    ),
    recipe(
        "consert-en",
        UNSUPERVISED,
        title=Text(en="ConSERT, unsupervised, English", zh="ConSERT 无监督（英文）"),
        summary=Text(
            en="The small BERT after contrast between augmented views of unlabelled sentences: no score, no label.",
            zh="小型 BERT 再用无标注句子的增强视图做对比学习：不用任何分数或标签。",
        ),
        language="en",
        departures=(*DEPARTURES, VIEWS, OWN_SENTENCES),
        licenses=(sources.OWN, *sources.ENGLISH_TEXT),
        base="bert-mini-en",
        frequent="bert-mini-en",
        parts=True,
    ),
    recipe(
        "consert-joint-en",
        JOINT,
        title=Text(en="ConSERT, joint, English", zh="ConSERT 联合训练（英文）"),
        summary=Text(
            en="The small BERT after contrast and natural language inference together, with captions of the same "
            "picture as natural paraphrases.",
            zh="小型 BERT 同时做对比学习与自然语言推理训练，并把同一图片的不同描述当作天然复述。",
        ),
        language="en",
        departures=(*DEPARTURES, JOINT_DEPARTURE, CLASSIFIER_DEPARTURE, ONE_EPOCH),
        licenses=(sources.OWN, *sources.ENGLISH_TEXT, sources.TRIPLETS),
        base="bert-mini-en",
        frequent="bert-mini-en",
    ),
    recipe(
        "consert-minilm",
        STRONG,
        title=Text(en="ConSERT on MiniLM, English", zh="基于 MiniLM 的 ConSERT（英文）"),
        summary=Text(
            en="A strong six-layer sentence encoder, trained further the joint way: the best of the English ones here.",
            zh="强大的六层句子编码器再做联合训练：本站最好的英文句子编码器。",
        ),
        language="en",
        departures=STRONG_DEPARTURES,
        licenses=(sources.MINILM, sources.STSB_SCORES, sources.NLI, sources.TRIPLETS, sources.CAPTIONS),
        width=384,
        evaluations=EVALUATIONS["en"][:3],
    ),
    recipe(
        "bert-mini-zh",
        None,
        title=Text(en="Small BERT, Chinese", zh="小型 BERT（中文）"),
        summary=Text(
            en="Four layers of 256 over characters, pre-trained with masked language modelling alone.",
            zh="4 层、宽 256、以字为单位，只做过掩码语言模型预训练。",
        ),
        language="zh",
        departures=MINI_DEPARTURES,
        licenses=(sources.OWN, *sources.CHINESE_TEXT),
        frequent="bert-mini-zh",
        paper=BERT,
    ),
    recipe(
        "consert-zh",
        CHINESE,
        title=Text(en="ConSERT, Chinese", zh="ConSERT（中文）"),
        summary=Text(
            en="The small Chinese BERT after contrast and natural language inference together.",
            zh="小型中文 BERT 同时做对比学习与自然语言推理训练。",
        ),
        language="zh",
        departures=(*DEPARTURES, JOINT_DEPARTURE_ZH, CLASSIFIER_DEPARTURE, ONE_EPOCH),
        licenses=(sources.OWN, *sources.CHINESE_TEXT, sources.CNLI),
        base="bert-mini-zh",
        frequent="bert-mini-zh",
    ),
)
