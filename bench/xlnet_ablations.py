"""What each part of XLNet's training is worth: taken away one by one, at one budget, beside the paper's Table 6.

Small: 2 layers of 128, blocks of 64 tokens, 1,000 batches of 32, three seeds. Figures: -log p of hidden tokens of
held-out text, nats (the same tokens for all, asked for as XLNet is), and its difference to the whole, seed by seed,
with intervals of 95 %. A model that was trained with a mistake is asked without it. `--train`: an hour of two cores.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from bench.report import table
from export.evaluations.orders import questions
from export.repeated import half
from hub.card import Orders
from hub.orders import feeds
from models.training import xlnet
from models.training.bert import MASK_ID
from models.training.xlnet import FOLDER, Plan

SEEDS = 3
TOKENS, STEPS = 64, 1_000
BLOCKS = 300
WHOLE = Plan(
    "en",
    config={"hidden_size": 128, "layers": 2, "heads": 4, "intermediate_size": 512},
    tokens=TOKENS,
    settings=replace(
        xlnet.PLANS["xlnet-en"].settings,
        max_steps=STEPS,
        learning_rate=2e-3,
        extra={"eval_steps": 500, "save_steps": 500, "logging_steps": 250, "warmup_steps": 100},
    ),
)
PLANS = {
    "whole (K = 6)": WHOLE,
    "no memory": replace(WHOLE, memory=False),
    "no spans": replace(WHOLE, spans=False),
    "one-directional data": replace(WHOLE, bidirectional=False),
    **{f"K = {partial}": replace(WHOLE, partial=partial) for partial in (1, 2, 3, 4, 5, 7)},
    "places hidden from the queries": replace(WHOLE, placed=False),
    "<mask> in the content stream": replace(WHOLE, real=False),
}
TABLE_6 = {  # XLNet-Base (K = 6) and what is taken away: RACE, SQuAD2.0 F1, MNLI m/mm, SST-2
    "whole (K = 6)": "66.66, 80.98, 85.63/85.12, 93.35",
    "K = 7": "66.05, 81.33, 85.84/85.43, 92.66",
    "no memory": "65.55, 80.15, 85.32/85.05, 92.78",
    "no spans": "65.95, 80.61, 85.49/85.02, 93.12",
    "one-directional data": "66.34, 80.65, 85.31/84.99, 92.66",
}


def measured(name: str, plan: Plan, seed: int) -> float:
    """-log p of hidden tokens of the blocks that no run has learnt from, nats."""
    own = replace(plan, settings=replace(plan.settings, seed=seed))
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    model, _ = xlnet.pretrain("xlnet-en", FOLDER / "xlnet-ablations" / f"{slug}-{seed}", own)
    config = model.body.config
    orders = Orders(
        objective="permutation", mask_id=MASK_ID, cls_segment=xlnet.CLS_SEGMENT, layers=config.layers,
        heads=config.heads, hidden_size=config.hidden_size,
    )  # fmt: skip
    _, _, held_out = xlnet.examples_of(plan)
    draw = np.random.default_rng(0)
    losses = []
    for start in range(0, BLOCKS, 50):
        blocks = [one["input_ids"][:TOKENS].astype(np.int64) for one in held_out[start : start + 50]]
        asked = [questions(block, draw) for block in blocks]
        given = {key: torch.from_numpy(values) for key, values in feeds(asked, orders).items()}
        given["placed"] = torch.full_like(given["placed"], float(plan.placed))
        with torch.no_grad():
            logits, _ = model(**given)
        right = torch.tensor([[one.ids[place] for place in one.targets] for one in asked])
        losses.append(torch.nn.functional.cross_entropy(logits.flatten(0, 1), right.flatten(), reduction="none"))
    return float(torch.cat(losses).mean())


def run() -> str:
    found = {name: [measured(name, plan, seed) for seed in range(SEEDS)] for name, plan in PLANS.items()}
    whole = next(iter(found.values()))
    rows: list[list[object]] = []
    for name, values in found.items():
        over = np.subtract(values, whole)
        shown = "" if values is whole else f"{over.mean():+.3f} ± {half(over):.3f}"
        rows.append([name, f"{np.mean(values):.3f} ± {half(values):.3f}", shown, TABLE_6.get(name, "")])
    head = ("trained", "-log p, nats", "over the whole", "the paper: RACE, SQuAD2.0, MNLI, SST-2")
    return table("Parts of XLNet's training", head, rows)
