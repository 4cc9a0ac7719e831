"""A small BERT, pre-trained here with masked language modelling: `python -m models.training.bert en` and `zh`.

The paper is models/bert.py. Further departures: 4 layers of 256 (what one core can train in about an hour); blocks of
128 tokens without padding; the word table starts from word vectors where a piece is a whole word that has one, so that
an hour is enough.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import BertConfig, BertForMaskedLM

from models import bert as paper
from models.training import corpus, fit, runs, vectors

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PAD_ID, UNKNOWN_ID, CLS_ID, SEP_ID, MASK_ID = range(5)
MAX_TOKENS = 128
VALID_BLOCKS = 300
SETTINGS = fit.Settings(
    epochs=1,
    batch_size=32,
    learning_rate=1e-3,
    weight_decay=0.01,
    bf16=True,
    group_by_length=False,
    metric="loss",
    max_steps=2000,  # 8.2 M tokens
    extra={"eval_steps": 500, "save_steps": 500, "logging_steps": 100, "warmup_steps": 200},
)


@dataclass(frozen=True)
class Language:
    """What differs between the two encoders."""

    texts: Callable[[], Iterator[str]]  # running text, training sides only
    vocabulary: int
    alphabet: int  # characters that may stand in the vocabulary
    known: Callable[[], dict[str, np.ndarray]]  # word -> vector, to start the table from


def english() -> Iterator[str]:
    """Wikipedia, free books and textbooks, package descriptions, and the training sides of the pair sets."""
    for article in corpus.load("wiki_en", "train")["text"]:
        yield from article.split("\n")
    paragraphs = corpus.load("corpus_en", "train")
    yield from paragraphs[paragraphs["source"] != "reviews"]["text"]  # they are for research alone
    yield from corpus.load("debian_en", "train")["document"]
    for name in ("stsb", "sick", "mrpc"):
        rows = corpus.load(name, "train")
        yield from rows["sentence1"]
        yield from rows["sentence2"]
    rows = corpus.load("nli_en", "train")
    yield from dict.fromkeys(rows["premise"])
    yield from rows["hypothesis"]
    for captions in corpus.load("captions_en", "train")["captions"]:
        yield from captions


def chinese() -> Iterator[str]:
    """Articles, laws, novels, abstracts, news, reviews, questions: modern and older running text."""
    yield from corpus.load("corpus_zh", "train")["text"]
    yield from ("".join(tokens) for tokens in corpus.load("msra_ner_zh", "train")["tokens"])
    for name in ("online_shopping_zh", "hotel_zh", "thucnews_zh", "d2l_zh"):
        yield from corpus.load(name, "train")["text"]
    rows = corpus.load("nli_zh", "train")
    yield from dict.fromkeys(rows["premise"])
    yield from rows["hypothesis"]
    rows = corpus.load("afqmc_zh", "train")
    yield from rows["sentence1"]
    yield from rows["sentence2"]


LANGUAGES = {
    "en": Language(english, vocabulary=8192, alphabet=300, known=vectors.word2vec),
    "zh": Language(chinese, vocabulary=6144, alphabet=4600, known=vectors.chinese),
}


def wordpiece(texts: Iterator[str], language: Language) -> Tokenizer:
    """A WordPiece tokenizer trained on the texts: lower case, a Chinese character is a word."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=language.vocabulary, limit_alphabet=language.alphabet, special_tokens=list(SPECIAL)
    )
    tokenizer.train_from_iterator(texts, trainer)
    return with_template(tokenizer)


def with_template(tokenizer: Tokenizer) -> Tokenizer:
    """[CLS] text [SEP], padded to the longest, truncated; in place."""
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", SEP_ID), ("[CLS]", CLS_ID))
    tokenizer.enable_padding(pad_id=PAD_ID, pad_token="[PAD]")
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def blocks(tokenizer: Tokenizer, texts: Sequence[str], seed: int = 0) -> np.ndarray:
    """The texts as [CLS] … [SEP] blocks of MAX_TOKENS ids, in random order: uint16 (blocks, tokens).

    Neighbouring texts share a block, a [SEP] between them.
    """
    tokenizer.no_truncation()
    tokenizer.no_padding()
    parts: list[np.ndarray] = []
    for start in range(0, len(texts), 8192):
        for code in tokenizer.encode_batch_fast(texts[start : start + 8192], add_special_tokens=False):
            parts.append(np.array([*code.ids, SEP_ID], np.uint16))
    with_template(tokenizer)
    stream = np.concatenate(parts)
    inside = MAX_TOKENS - 2
    rows = stream[: len(stream) // inside * inside].reshape(-1, inside)
    made = np.pad(rows, ((0, 0), (1, 1)), constant_values=SEP_ID)
    made[:, 0] = CLS_ID
    return np.random.default_rng(seed).permutation(made)


def masked(vocabulary: int) -> Callable[[Sequence[fit.Example]], dict[str, Tensor]]:
    """A collator that asks for other tokens each time a block is seen."""

    def collate(examples: Sequence[fit.Example]) -> dict[str, Tensor]:
        blocks = torch.from_numpy(np.stack([example["input_ids"] for example in examples]).astype(np.int64))  # (B, T)
        read, labels = paper.masked(blocks, vocabulary, len(SPECIAL), MASK_ID)
        return {"input_ids": read, "labels": labels}

    return collate


def configuration(vocabulary: int) -> BertConfig:
    return BertConfig(
        vocab_size=vocabulary,
        hidden_size=256,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=1024,
        max_position_embeddings=MAX_TOKENS,
        type_vocab_size=2,
        pad_token_id=PAD_ID,
    )


def start_table(model: BertForMaskedLM, vocabulary: dict[str, int], known: dict[str, np.ndarray]) -> None:
    """Put word vectors, at the scale of BERT's initialisation, where the vocabulary has the word; in place."""
    weight = model.bert.embeddings.word_embeddings.weight
    vectors_of = np.stack(list(known.values())[:5000])
    scale = 2 * model.config.initializer_range / float(vectors_of.std())
    with torch.no_grad():
        for word, index in vocabulary.items():
            if word in known and index >= len(SPECIAL):
                vector = torch.tensor(known[word]) * scale
                weight[index, : len(vector)] = vector


def packed(name: str, folder: Path) -> tuple[Tokenizer, np.ndarray]:
    """The tokenizer of a language, and its texts as blocks, uint16 (blocks, MAX_TOKENS); made once, kept there."""
    language = LANGUAGES[name]
    folder.mkdir(parents=True, exist_ok=True)
    file, rows = folder / "tokenizer.json", folder / "blocks.npy"
    texts = [text for text in language.texts() if text.strip()]
    if not runs.kept(rows, texts):
        tokenizer = wordpiece(iter(texts), language)
        tokenizer.save(str(file))
        made = blocks(tokenizer, texts)
        print(f"{name}: {len(texts):,} texts, {made.size:,} tokens, {tokenizer.get_vocab_size():,} pieces", flush=True)
        aside = rows.with_suffix(".tmp.npy")
        np.save(aside, made)
        aside.rename(rows)
    return Tokenizer.from_file(str(file)), np.load(rows, mmap_mode="r")


def pretrain(name: str, folder: Path, settings: fit.Settings = SETTINGS) -> tuple[BertForMaskedLM, Tokenizer]:
    """The encoder of a language with its tokenizer; a finished run is only loaded, an unfinished one gone on with."""
    runs.require(folder)
    tokenizer, made = packed(name, folder)
    torch.manual_seed(settings.seed)
    model = paper.MaskedLanguageModel(configuration(tokenizer.get_vocab_size()))
    start_table(model, tokenizer.get_vocab(), LANGUAGES[name].known())
    examples = [{"input_ids": row} for row in made]
    collate = masked(tokenizer.get_vocab_size())
    fit.fit(model, examples[VALID_BLOCKS:], examples[:VALID_BLOCKS], folder, settings, metrics=None, collate=collate)
    return model.eval(), tokenizer


def frequent_tokens(folder: Path, count: int = 100) -> tuple[str, ...]:
    """The most frequent pieces of the training text, the most frequent first, [CLS] and its like left out."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = np.bincount(np.load(folder / "blocks.npy", mmap_mode="r").ravel(), minlength=tokenizer.get_vocab_size())
    found[: len(SPECIAL)] = 0
    return tuple(str(tokenizer.id_to_token(int(index))) for index in np.argsort(-found, kind="stable")[:count])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=sorted(LANGUAGES))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    run = FOLDER / f"bert-mini-{arguments.language}"
    pretrain(arguments.language, run)
    print(fit.curve(run, SETTINGS.batch_size * MAX_TOKENS))
