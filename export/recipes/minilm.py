"""minilm-sst2: the strong reference, and the teacher of textcnn-sst2-distilled."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from transformers import BertConfig

from export import texts
from export.evaluations.labels import Labels
from export.recipe import Recipe, Trained
from export.recipes import datasets, sources
from export.recipes.textcnn import ROUNDED
from hub.card import Paper, Published, TensorSpec, Text
from models.minilm import EncoderClassifier
from models.training import corpus, fit, minilm

MAX_TOKENS = 256

# First all phrases that say something: those with an opinion, and the neutral ones that are not short,
PHRASES = fit.Settings(
    epochs=2,
    batch_size=64,
    learning_rate=1e-4,
    weight_decay=0.01,
    warmup_fraction=0.06,
    evaluations_per_epoch=4,
    average=4,
    bf16=True,
)
# then, from the mean of the last checkpoints, the longer ones with an opinion; kept where that is better on valid.
OPINIONS = fit.Settings(
    epochs=1,
    batch_size=64,
    learning_rate=2e-5,
    weight_decay=0.01,
    warmup_fraction=0.06,
    evaluations_per_epoch=5,
    average=4,
    bf16=True,
)
POSITIVE = {0: 0.02, 1: 0.15, 2: 0.5, 3: 0.85, 4: 0.98}  # grade -> probability of "positive"
NEUTRAL = 2
SHORT = 4  # words


def examples(tokenizer: Tokenizer, split: str) -> list[fit.Example]:
    """A split of SST-2 as ids, mask and the two probabilities."""
    rows = corpus.load("sst2", split)
    return _examples(tokenizer, rows["text"].tolist(), rows["label"].tolist())


def graded_examples(tokenizer: Tokenizer, short_opinions: bool, long_neutral: bool) -> list[fit.Example]:
    """The phrases of SST-1: the longer ones with an opinion, and what is asked for beside."""
    rows = corpus.load("sst1_phrases", "train_phrases")
    neutral, long = rows["label"] == NEUTRAL, rows["text"].str.split().str.len() >= SHORT
    kept = (~neutral & long) | (~neutral & short_opinions) | (neutral & long & long_neutral)
    rows = rows[kept]
    return _examples(tokenizer, rows["text"].tolist(), rows["label"].map(POSITIVE).tolist())


def _examples(tokenizer: Tokenizer, read: list[str], positive: list[float]) -> list[fit.Example]:
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch_fast(read)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return [
        {"input_ids": code.ids, "attention_mask": code.attention_mask, "labels": [1.0 - value, float(value)]}
        for code, value in zip(encoded, positive, strict=True)
    ]


def encoder_tokenizer() -> Tokenizer:
    return minilm.without_treebank_spelling(minilm.tokenizer(max_tokens=MAX_TOKENS))


def objective() -> fit.Objective:
    return fit.Objective(EncoderClassifier(minilm.encoder(), classes=2), fit.cross_entropy())


def phrases(folder: Path) -> Trained:
    """The first stage."""
    tokenizer, made = encoder_tokenizer(), objective()
    train_examples = graded_examples(tokenizer, short_opinions=True, long_neutral=True)
    fit.fit(made, train_examples, examples(tokenizer, "valid"), folder, PHRASES)
    return Trained(made.model.eval(), tokenizer)


def train(folder: Path) -> Trained:
    """Both stages; the weights of the one that is better on the validation split."""
    first, made = folder / "phrases", objective()
    before = phrases(first)
    tokenizer = before.tokenizer
    if not (folder / fit.HISTORY_FILE).exists():
        made.load_state_dict(fit.mean_of_last(first / "steps", PHRASES.average))
    train_examples = graded_examples(tokenizer, short_opinions=False, long_neutral=False)
    reached = fit.fit(made, train_examples, examples(tokenizer, "valid"), folder, OPINIONS, follows=first)["best"]
    return Trained(made.model.eval(), tokenizer) if reached > fit.best_of(first) else before


def tiny() -> Trained:
    tokenizer = encoder_tokenizer()
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    return Trained(EncoderClassifier.from_config(2, config).eval(), tokenizer)


def config(trained: Trained) -> dict[str, object]:
    module = trained.module
    assert isinstance(module, EncoderClassifier)
    return {
        **module.encoder.config.to_dict(),
        "architectures": ["BertForSequenceClassification"],
        "id2label": {"0": "negative", "1": "positive"},
        "label2id": {"negative": 0, "positive": 1},
    }


INPUTS = (
    TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="WordPiece ids"),
    TensorSpec(name="attention_mask", dtype="int64", shape=("batch", "tokens"), meaning="1 token, 0 padding"),
)

RECIPES = (
    Recipe(
        name="minilm-sst2",
        task="text-classification",
        title=Text(en="MiniLM, fine-tuned on SST-2", zh="MiniLM，在 SST-2 上微调"),
        summary=Text(
            en="A six-layer Transformer encoder, pre-trained on a billion sentence pairs and fine-tuned on movie "
            "reviews: the strong reference, and the teacher of the distilled TextCNN.",
            zh="六层 Transformer 编码器，先在十亿句对上预训练，再在影评上微调：既是强参照，也是蒸馏版 TextCNN 的老师。",
        ),
        paper=Paper(
            authors="Wang, Wei, Dong, Bao, Yang, Zhou",
            year=2020,
            title="MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers",
            url="https://arxiv.org/abs/2002.10957",
        ),
        departures=(
            "The sentence vector is the mean of the token vectors, as the base encoder was trained, not [CLS].",
            "Fine-tuned on the phrases with the five grades of SST-1 as soft labels, then on the longer ones with an "
            "opinion alone; the mean of the last checkpoints where that is better on valid.",
            'The spelling of the Penn Treebank is undone in the tokenizer ("do n\'t" is "don\'t").',
            ROUNDED,
        ),
        languages=("en",),
        licenses=(sources.MINILM, sources.SST_PHRASES),
        datasets=datasets.described("sst2"),
        labels=("negative", "positive"),
        label_titles={
            "negative": Text(en="negative", zh="负面"),
            "positive": Text(en="positive", zh="正面"),
        },
        train=train,
        tiny=tiny,
        reads=texts.tokenizer,
        max_tokens=MAX_TOKENS,
        graphs=texts.model(
            inputs=INPUTS,
            outputs=(
                TensorSpec(name="logits", dtype="float32", shape=("batch", 2), meaning="in the order of the labels"),
            ),
            variants=(texts.LARGE_FP32, texts.INT8_ENCODER),
            calibration=texts.Calibration("sst2", "train_phrases", 500),
            max_tokens=MAX_TOKENS,
        ),
        evaluations=(Labels("sst2", "valid"), Labels("sst2", "test")),
        published=(
            Published(
                dataset="sst2",
                metric="accuracy",
                value=0.881,
                system="CNN-multichannel",
                source="Kim 2014, Table 2",
            ),
        ),
        config=config,
    ),
)
