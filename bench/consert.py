"""ConSERT: Spearman × 100 of every way to train it, beside its base. With --train what is missing is trained (an hour).

Each row is measured by PyTorch on whole test sets; the figures of the published bundles, measured on the ONNX files,
are on their cards. The augmentation pairs are compared on 2,000 sentences each, the ways of supervision on a quarter of
the inference pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from bench.report import MISSING, left_out, table
from export.recipe import Trained
from export.recipes import consert as recipes
from export.recipes import registry
from export.recipes.consert import CHINESE, JOINT, UNSUPERVISED, Plan, mini, trained
from hub.text import batches, feeds
from models import consert
from models.training import bert, corpus, minilm, pairs

CHECKPOINTS = Path(".cache/checkpoints")
TABLE = CHECKPOINTS / "consert-table"
SENTENCES = 2_000
FREQUENT = (10, 36, 100)  # tokens left out of the average
SETS = {
    "en": (("stsb", "valid"), ("stsb", "test"), ("sick", "test"), *((year, "test") for year in recipes.YEARS)),
    "zh": (("stsb_zh", "valid"), ("stsb_zh", "test"), ("afqmc_zh", "test"), ("lcqmc_zh", "test"), ("pawsx_zh", "test")),
}

STRONG = "the same, joint (consert-minilm)"
SCORED = (STRONG,)  # trained on the scores of STS-B

Row = tuple[str, Callable[[], Trained], Callable[[Trained], pairs.Embed]]


@torch.inference_mode()
def embed(made: Trained, texts: Sequence[str], without: Sequence[int] = ()) -> np.ndarray:
    """float32 (texts, width), of length 1; ``without``: ids that are left out of the average."""
    made.tokenizer.no_padding()
    ids = [code.ids for code in made.tokenizer.encode_batch_fast(list(texts))]
    found: list[np.ndarray] = [np.empty(0)] * len(ids)
    left_out = torch.tensor(list(without), dtype=torch.int64)
    for rows in batches([len(row) for row in ids]):
        given = feeds([ids[row] for row in rows], ("input_ids", "attention_mask"))
        tokens, mask = (torch.from_numpy(given[name]) for name in ("input_ids", "attention_mask"))
        with torch.autocast("cpu", torch.bfloat16):
            states = made.module(tokens, mask)["token_embeddings"].float()  # (B, T, H)
        kept = (mask * ~torch.isin(tokens, left_out))[:, :, None].float() if without else mask[:, :, None].float()
        kept = torch.where(kept.sum(1, keepdim=True) > 0, kept, mask[:, :, None].float())  # nothing left: all of it
        for row, vector in zip(rows, torch.nn.functional.normalize((states * kept).sum(1), dim=-1), strict=True):
            found[row] = vector.numpy()
    return np.stack(found)


def plain(made: Trained) -> pairs.Embed:
    return lambda texts: embed(made, texts)


def without_frequent(language: str, count: int) -> Callable[[Trained], pairs.Embed]:
    def by(made: Trained) -> pairs.Embed:
        tokens = bert.frequent_tokens(CHECKPOINTS / f"bert-mini-{language}", count)
        ids = [made.tokenizer.get_vocab()[token] for token in tokens] + [bert.CLS_ID, bert.SEP_ID]
        return lambda texts: embed(made, texts, ids)

    return by


def last_two(language: str) -> Trained:
    model, tokenizer = bert.pretrain(language, CHECKPOINTS / f"bert-mini-{language}")
    return Trained(consert.SentenceEncoder(model.bert, layers=2).eval(), tokenizer)


def base(language: str) -> Trained:
    """The encoder that both begin with, as it was pre-trained."""
    encoder, tokenizer = mini(language)(CHECKPOINTS)
    return Trained(encoder.eval(), tokenizer)


def published(name: str) -> Callable[[], Trained]:
    recipe = registry()[name]
    train = recipe.train
    return lambda: train(CHECKPOINTS / name)


def untouched() -> Trained:
    encoder, tokenizer = recipes.pretrained(minilm.base_path())(CHECKPOINTS)
    return Trained(encoder.eval(), tokenizer)


def planned(name: str, plan: Plan) -> Callable[[], Trained]:
    return lambda: recipes.train(plan, TABLE / name)


def rows(language: str) -> list[Row]:
    """Name, how to get the encoder, how to embed with it."""
    mine: list[Row] = [
        ("base, average of the last layer", lambda: base(language), plain),
        ("base, average of the last two layers", lambda: last_two(language), plain),
    ]
    for count in FREQUENT:
        mine.append(
            (
                f"base without its {count} most frequent tokens",
                lambda: base(language),
                without_frequent(language, count),
            )
        )
    if language == "zh":
        unsupervised = replace(
            CHINESE, pairs=lambda: pairs.same(pairs.unlabelled("zh")[:12_000]), temperature=0.1, start=mini_zh
        )
        return [
            *mine,
            ("ConSERT, unsupervised", planned("zh-unsupervised", unsupervised), plain),
            ("ConSERT, joint (consert-zh)", published("consert-zh"), plain),
        ]
    few = replace(UNSUPERVISED, pairs=lambda: pairs.same(pairs.unlabelled("en")[:SENTENCES]), start=mini_in_table)
    few = replace(few, settings=replace(few.settings, evaluations_per_epoch=1))
    for views in combinations_with_replacement(consert.UNSUPERVISED, 2):
        name = " + ".join(str(view) for view in views)
        mine.append((f"unsupervised, {name}", planned(name.replace(" ", ""), replace(few, views=views)), plain))
    supervised = replace(JOINT, pairs=lambda: pairs.inference("en")[::4], start=mini_in_table)
    attacked = replace(supervised, views=(consert.ADVERSARIAL, consert.FEATURE_CUTOFF))
    short = replace(UNSUPERVISED, pairs=lambda: pairs.same(pairs.unlabelled("en")[:SENTENCES]))
    short = replace(short, settings=replace(short.settings, learning_rate=5e-5))
    return [
        *mine,
        ("unsupervised (consert-en)", published("consert-en"), plain),
        ("inference alone, joint with contrast", planned("inference", supervised), plain),
        ("the same, one view attacked", planned("attacked", attacked), plain),
        ("sup-unsup", planned("sup-unsup", replace(short, start=trained("inference", supervised))), plain),
        ("joint (consert-joint-en)", published("consert-joint-en"), plain),
        ("all-MiniLM-L6-v2, untouched", untouched, plain),
        (STRONG, published("consert-minilm"), plain),
        ("joint-unsup", planned("joint-unsup", replace(short, start=joint_in_table)), plain),
    ]


def mini_in_table(folder: Path) -> tuple[consert.SentenceEncoder, Tokenizer]:
    return mini("en")(folder.parent)


def mini_zh(folder: Path) -> tuple[consert.SentenceEncoder, Tokenizer]:
    return mini("zh")(folder.parent)


def joint_in_table(folder: Path) -> tuple[consert.SentenceEncoder, Tokenizer]:
    return trained("consert-joint-en", JOINT)(folder.parent)


def heads(language: str) -> list[str]:
    """Of the columns. "apart": only the pairs that are not in the training split of STS-B."""
    sets = [f"{name} {split}" for name, split in SETS[language]]
    return ["", *sets, "mean of the tests", *(f"{year} apart" for year in recipes.YEARS if language == "en")]


def measured(language: str, reasons: dict[str, Exception]) -> list[list[object]]:
    """One row for each way, in points; what is missing and why is put into ``reasons``."""
    sets = [pairs.scored(*of) for of in SETS[language]]
    for year in recipes.YEARS if language == "en" else ():  # the same without what is in the training split of STS-B
        kept = corpus.load(year, "test")["in_stsb"] != "train"
        sets.append([pair for pair, keep in zip(pairs.scored(year, "test"), kept, strict=True) if keep])
    texts = list(dict.fromkeys(text for scored in sets for pair in scored for text in (pair.first, pair.second)))
    place = {text: row for row, text in enumerate(texts)}
    whole = len(SETS[language])
    found: list[list[object]] = []
    for name, get, by in rows(language):
        try:
            made = get()
            embedded = by(made)
        except MISSING as error:
            reasons[name] = error
            continue
        made.module.eval()
        vectors = embedded(texts)  # each sentence once: the sets share many

        def known(some: Sequence[str], vectors: np.ndarray = vectors) -> np.ndarray:
            return vectors[[place[text] for text in some]]

        # STS12 to STS15 share pairs with the training split of STS-B: not told where its scores were used.
        told = [not (name in SCORED and of[0] in recipes.YEARS) for of in SETS[language]]
        told += [name not in SCORED] * (len(sets) - whole)
        points = [
            100 * pairs.correlation(known, scored) if says else np.nan for scored, says in zip(sets, told, strict=True)
        ]
        cells = ["–" if np.isnan(value) else f"{value:.1f}" for value in points]
        mean = "–" if name in SCORED else f"**{float(np.mean(points[1:whole])):.1f}**"
        found.append([name, *cells[:whole], mean, *cells[whole:]])
        print(*found[-1], flush=True)
    return found


def run() -> str:
    parts = []
    for language in SETS:
        reasons: dict[str, Exception] = {}
        found = measured(language, reasons)
        parts.append(table(f"ConSERT, {language}: Spearman × 100", heads(language), found) + left_out(reasons))
    return "\n\n".join(parts)
