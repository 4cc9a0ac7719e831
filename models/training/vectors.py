"""Word vectors: made by us (`python -m models.training.vectors`), and read by name.

English: word2vec, skip-gram with negative sampling (Mikolov et al. 2013, arXiv 1310.4546), with gensim, on English
Wikipedia, free books, textbooks and reviews, and the training texts of the English classification sets (36 M tokens),
side by side with what a pre-trained sentence encoder says of each word alone (models/training/minilm.py), cut to 200
dimensions. Chinese character vectors are the published ones (Tencent AI Lab, Song et al. 2018, reduced to one
character a row).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from models.training import corpus, words

FOLDER = corpus.ROOT / ".cache" / "vectors"
DIMENSIONS = 200
WORDS_FILE, WORD2VEC_FILE, ENCODER_FILE, ENGLISH_FILE = "words.txt", "vectors.npy", "encoder.npy", "english.npy"
DEVIATION = 0.25  # of the components, as Kim draws unknown words from U(-0.25, 0.25)
MINIMUM_COUNT = 4  # a rarer word has too few contexts to place it


def texts() -> Iterable[str]:
    """All English running text at hand; of the labelled sets their training sides only, without labels."""
    for article in corpus.load("wiki_en", "train")["text"]:
        yield from article.split("\n")
    yield from corpus.load("corpus_en", "train")["text"]
    yield from corpus.load("sst1", "train")["text"]
    yield from corpus.load("subj", "train")["text"]
    yield from corpus.load("trec", "train")["text"]


def prepare(target: Path) -> int:
    """Write the texts, split into tokens, a line each; returns the number of tokens."""
    tokenizer = words.english()
    lines = [text for text in texts() if text.strip()]
    counts = words.count(tokenizer, lines, MINIMUM_COUNT)
    tokenizer = words.with_vocabulary(tokenizer, (word for word, _ in counts.most_common()), 100_000)
    tokenizer.no_padding()
    inverse = {index: word for word, index in tokenizer.get_vocab().items()}
    total = 0
    aside = target.with_suffix(".tmp")
    with aside.open("w", encoding="utf-8") as file:
        for start in range(0, len(lines), 8192):
            for code in tokenizer.encode_batch_fast(lines[start : start + 8192]):
                kept = [inverse[index] for index in code.ids if index != words.UNKNOWN_ID]
                file.write(" ".join(kept) + "\n")
                total += len(kept)
    aside.rename(target)
    return total


def train(workers: int, epochs: int) -> None:
    """Train word2vec and store it, most frequent word first."""
    from gensim.models import Word2Vec

    sentences = FOLDER / "sentences.txt"
    if not sentences.exists():
        print(f"{prepare(sentences):,} tokens in {sentences}")
    model = Word2Vec(
        corpus_file=str(sentences),
        vector_size=DIMENSIONS,
        window=5,
        min_count=MINIMUM_COUNT,
        sg=1,
        negative=6,
        sample=1e-4,
        epochs=epochs,
        workers=workers,
    )
    (FOLDER / WORDS_FILE).write_text("\n".join(model.wv.index_to_key), encoding="utf-8")
    _store(WORD2VEC_FILE, model.wv.vectors)


def make(workers: int, epochs: int) -> None:
    """Everything that ``english`` needs; what is there already is kept."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / WORD2VEC_FILE).exists():
        train(workers, epochs)
    if not (FOLDER / ENCODER_FILE).exists():
        _store(ENCODER_FILE, encode(list(word2vec())))
    if not (FOLDER / ENGLISH_FILE).exists():
        sides = unit(_stored(WORD2VEC_FILE)), unit(_stored(ENCODER_FILE))
        joined = principal(np.concatenate(sides, axis=1))
        _store(ENGLISH_FILE, joined * (DEVIATION / joined.std()))


def _store(file: str, made: np.ndarray) -> None:
    aside = FOLDER / f"{file}.tmp.npy"
    np.save(aside, made.astype(np.float32))
    aside.rename(FOLDER / file)


def word2vec() -> dict[str, np.ndarray]:
    """Word -> float32 (200), our own, most frequent first.

    Raises FileNotFoundError where the vectors were not trained yet.
    """
    made = _stored(WORD2VEC_FILE)
    return dict(zip((FOLDER / WORDS_FILE).read_text(encoding="utf-8").split("\n"), made, strict=True))


def _stored(file: str) -> np.ndarray:
    if not (FOLDER / file).exists():
        raise FileNotFoundError(
            f"no {file} in {FOLDER}: make the word vectors with `python -m models.training.vectors`"
        )
    return np.load(FOLDER / file)


def input_table() -> dict[str, np.ndarray]:
    """Word -> float32 (200): the mean of its pieces in the encoder's input table (models/training/minilm.py)."""
    from models.training import minilm

    names = list(word2vec())
    tokenizer = minilm.tokenizer()
    tokenizer.no_padding()
    table = minilm.encoder().embeddings.word_embeddings.weight.detach().numpy()
    codes = tokenizer.encode_batch_fast(names, add_special_tokens=False)
    unknown = int(tokenizer.token_to_id("[UNK]") or 0)
    means = np.stack([table[np.array(code.ids or [unknown])].mean(0) for code in codes])
    return dict(zip(names, principal(means), strict=True))


def encode(names: Sequence[str], batch_size: int = 256) -> np.ndarray:
    """What the encoder says of each word alone, float32 (words, 384): the mean of its last states."""
    import torch
    from tqdm import tqdm

    from models.training import minilm

    tokenizer = minilm.tokenizer()
    model = minilm.encoder()
    order = sorted(range(len(names)), key=lambda index: len(names[index]))
    made = np.zeros((len(names), model.config.hidden_size), np.float32)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in tqdm(range(0, len(order), batch_size), desc="encoder", unit="batch"):
            rows = order[start : start + batch_size]
            codes = tokenizer.encode_batch([names[row] for row in rows])
            mask = torch.tensor([code.attention_mask for code in codes])  # (B, T)
            states = model(torch.tensor([code.ids for code in codes]), mask).last_hidden_state.float()  # (B, T, 384)
            weight = mask[:, :, None].float()
            made[rows] = ((states * weight).sum(1) / weight.sum(1)).numpy()
    return made


def encoder() -> dict[str, np.ndarray]:
    """Word -> float32 (200): ``encode``, cut to 200 dimensions by principal components."""
    return dict(zip(word2vec(), principal(unit(_stored(ENCODER_FILE))), strict=True))


def english() -> dict[str, np.ndarray]:
    """Word -> float32 (200), most frequent first: ``word2vec`` and ``encode`` at unit length, side by side, cut to 200.

    Concatenation and SVD of Yin and Schütze 2016, "Learning Word Meta-Embeddings", section 4. The best of those that
    `python -m bench.vectors` compares.
    """
    return dict(zip(word2vec(), _stored(ENGLISH_FILE), strict=True))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Each row at an l2 norm of 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)


def principal(vectors: np.ndarray, fitted_on: int = 20_000) -> np.ndarray:
    """The 200 principal components, float32, of the covariance of the first (most frequent) rows."""
    centred = vectors - vectors[:fitted_on].mean(0)
    _, axes = np.linalg.eigh(np.cov(centred[:fitted_on], rowvar=False))
    return (centred @ axes[:, : -DIMENSIONS - 1 : -1]).astype(np.float32)


def chinese() -> dict[str, np.ndarray]:
    """Character -> float32 (200)."""
    rows = corpus.load("char_vectors_zh_200d")
    return {token: np.asarray(vector, np.float32) for token, vector in zip(rows["token"], rows["vector"], strict=True)}


def table(vocabulary: dict[str, int], known: dict[str, np.ndarray], seed: int = 0) -> np.ndarray:
    """The embedding table of a vocabulary, float32 (words, dimensions).

    A word without a vector is drawn from U(-a, a) with a such that its variance is that of the known ones
    (Kim 2014, section 3.1); padding is zero.
    """
    dimensions = len(next(iter(known.values())))
    deviation = float(np.std(np.stack(list(known.values())[:5000])))
    bound = deviation * 3**0.5
    made = np.random.default_rng(seed).uniform(-bound, bound, (len(vocabulary), dimensions)).astype(np.float32)
    for word, index in vocabulary.items():
        if word in known:
            made[index] = known[word]
    made[words.PAD_ID] = 0
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    make(arguments.workers, arguments.epochs)
    print(f"{len(english()):,} words, {DIMENSIONS} dimensions, in {FOLDER}")
