"""textcnn-sst2-distilled: the graph of textcnn-sst2, taught by minilm-sst2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from tokenizers import Tokenizer

from export.recipe import Trained
from export.recipes import minilm, sources, textcnn
from export.texts import MEASURED_CONVOLUTION, Calibration
from hub.card import Text
from models.distill import soft_cross_entropy
from models.training import corpus, distill, fit

SENTENCES = 70_000  # of reviews: all of the film reviews first
TEMPERATURE = 2.0
DATA = replace(
    textcnn.SST2,
    dropout=0.3,  # soft labels on twice the texts regularise by themselves
    settings=fit.Settings(
        epochs=6, batch_size=128, learning_rate=1.5e-3, evaluations_per_epoch=2, bf16=True, average=4
    ),
)


def train(data: textcnn.Data, folder: Path) -> Trained:
    tokenizer, known = textcnn.vocabulary(data)
    module = textcnn.build(data, tokenizer, known)
    objective = fit.Objective(module, soft_cross_entropy(TEMPERATURE))
    valid = [
        {**row, "labels": [1.0 - row["labels"], float(row["labels"])]}
        for row in textcnn.examples(tokenizer, data, "valid")
    ]
    fit.fit(objective, taught(tokenizer, folder), valid, folder, data.settings)
    return Trained(module.eval(), tokenizer)


def taught(tokenizer: Tokenizer, folder: Path) -> list[fit.Example]:
    """Phrases and review sentences with the teacher's logits."""
    held_out = pd.concat([corpus.load("sst2", "valid")["text"], corpus.load("sst2", "test")["text"]])
    texts = distill.transfer_texts(held_out, SENTENCES)
    teacher = minilm.train(folder.parent / "minilm-sst2")
    logits = distill.teacher_logits(teacher.module, teacher.tokenizer, texts, folder / "teacher")
    tokenizer.no_padding()
    encoded = tokenizer.encode_batch_fast(texts)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    return [
        {"input_ids": code.ids, "labels": row} for code, row in zip(encoded, logits.tolist(), strict=True) if code.ids
    ]


RECIPES = (
    textcnn.recipe(
        DATA,
        train,
        Calibration("sst2", "train", 400),  # whole sentences: they reach further than phrases
        MEASURED_CONVOLUTION,
        name="textcnn-sst2-distilled",
        title=Text(en="TextCNN on SST-2, distilled", zh="TextCNN（SST-2，蒸馏）"),
        summary=Text(
            en="The same small graph as textcnn-sst2, taught by the soft answers of MiniLM: as fast, more accurate.",
            zh="与 textcnn-sst2 同样小的图，由 MiniLM 的软标签教出来：一样快，更准。",
        ),
        departures=(
            *textcnn.DEPARTURES,
            "Trained on the soft answers of minilm-sst2 (Hinton et al. 2015, temperature 2) to the "
            f"SST phrases, neutral ones included, the sentences of Subj, and {SENTENCES:,} review sentences; dropout "
            "0.3. The labels themselves are not used.",
            textcnn.AVERAGED,
        ),
        licenses=(
            sources.SST,
            sources.UNLABELLED_REVIEWS,
            sources.SUBJ_TEXTS,
            sources.TEACHER,
            sources.OWN_VECTORS,
        ),
        labels=("negative", "positive"),
        label_titles=textcnn.SENTIMENT_TITLES,
        published=textcnn.published("sst2", textcnn.KIM_SST2, "Kim 2014, Table 2"),
    ),
)
