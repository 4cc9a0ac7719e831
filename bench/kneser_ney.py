"""A 5-gram language model with modified Kneser-Ney smoothing on the text that elmo-* was trained on, same vocabulary.

Chen and Goodman 1999, as KenLM estimates it (Heafield, Pouzyrevsky, Clark, Koehn 2013): its programs `lmplz` and
`query` must be on the PATH, or in the folder that the setting HUB_KENLM names. Each paragraph is a line; words outside
the vocabulary are one word of their own, as for ELMo, and the end of a paragraph is predicted too. The backward model
reads the same lines from their ends. A vocabulary that was cut has no rare words, of which KenLM estimates the
discounts of 1-grams: its usual ones stand in for them (--discount_fallback).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from bench.report import MISSING, left_out, table
from hub.bundle import default_folder
from hub.card import PERPLEXITY, Card
from hub.text import TOKENIZER_FILE
from models.training import elmo

ORDER, SPLIT = 5, "test"


def program(name: str) -> str:
    """Raises FileNotFoundError that says where it comes from."""
    found = shutil.which(name, path=os.environ.get("HUB_KENLM") or None)
    if not found:
        raise FileNotFoundError(
            f"the program {name} of KenLM (https://github.com/kpu/kenlm) is neither on the PATH nor in HUB_KENLM"
        )
    return found


def lines(tokenizer: Tokenizer, texts: Sequence[str], backward: bool) -> Iterable[str]:
    """Each text as the words of the vocabulary."""
    for start in range(0, len(texts), 8192):
        for code in tokenizer.encode_batch(list(texts[start : start + 8192]), add_special_tokens=False):
            if code.tokens:
                yield " ".join(code.tokens[::-1] if backward else code.tokens) + "\n"


def perplexity(tokenizer: Tokenizer, train: Sequence[str], test: Sequence[str], backward: bool) -> float:
    """Of the test texts, their ends among what is predicted."""
    estimate, query = program("lmplz"), program("query")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, texts in (("train.txt", train), ("test.txt", test)):
            with (folder / file).open("w", encoding="utf-8") as opened:
                opened.writelines(lines(tokenizer, texts, backward))
        with (folder / "train.txt").open("rb") as text, (folder / "model.arpa").open("wb") as model:
            subprocess.run(
                [estimate, "-o", str(ORDER), "--discount_fallback", "-S", "40%", "-T", name], stdin=text, stdout=model,
                stderr=subprocess.DEVNULL, check=True,
            )  # fmt: skip
        with (folder / "test.txt").open("rb") as text:
            said = subprocess.run(
                [query, "-v", "summary", str(folder / "model.arpa")], stdin=text, capture_output=True, check=True
            )
    found = re.search(rb"Perplexity including OOVs:\s*([\d.]+)", said.stdout)
    if not found:
        raise ValueError(f"{query} said no perplexity: {said.stdout[:200]!r}")
    return float(found.group(1))


def figure(card: Card, dataset: str, direction: str) -> str:
    """Of the card's default file."""
    return next(
        row.shown
        for row in card.metrics
        if (row.dataset, row.split, row.metric, row.variant)
        == (dataset, SPLIT, f"{PERPLEXITY}_{direction}", card.default_variant)
    )


def run() -> str:
    rows, reasons = [], {}
    for language, plan in elmo.PLANS.items():
        name, folder = f"elmo-{language}", default_folder() / f"elmo-{language}"
        try:
            card = Card.read(folder)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            tokenizer.no_padding()
            train = elmo.drawn(plan, elmo.all_texts(plan))
            test = list(elmo.texts(plan, *plan.valid, SPLIT))
            for direction in ("forward", "backward"):
                found = perplexity(tokenizer, train, test, direction == "backward")
                rows.append([name, direction, f"{found:.1f}", figure(card, plan.valid[0], direction)])
        except MISSING as error:
            reasons[name] = error
    title = f"Perplexity on the {SPLIT} split, beside a {ORDER}-gram model of the same text and words"
    head = ("model", "direction", "n-grams, Kneser-Ney", "LSTMs over letters")
    return table(title, head, rows) + left_out(reasons)
