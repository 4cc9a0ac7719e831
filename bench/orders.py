"""One yardstick for all models of any order: -log p of hidden tokens of held-out text, with intervals over its blocks.

Every model is given the same visible tokens. Means in nats with intervals of 95 %, by a bootstrap over the blocks; the
differences are of the same tokens. Below: what fine-tuning from each is worth, by the cards.
"""

from __future__ import annotations

import numpy as np

from bench.report import MISSING, against, left_out, table
from export.evaluations import orders as evaluation
from export.recipes.xlnet import HELD_OUT, paragraphs
from export.runner import Runner, reader_of
from hub.bundle import Bundle, Bundles
from hub.orders import OrderReader
from hub.tasks.permutation import TASK, orders_of

DRAWS = 2_000
WORSE = 0.1  # nats that the permutation model may lose to the masked one


def measured(bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """-log p of hidden tokens, a mean of each block, and the gap of a pair of each: float64 (blocks) both."""
    reader = reader_of(bundle.folder, bundle.card)
    assert isinstance(reader, OrderReader)
    runner = Runner(bundle.path(bundle.variant().file), reader)
    rows = evaluation.blocks(reader, paragraphs(HELD_OUT[bundle.card.languages[0]], "test"))
    draw = np.random.default_rng(0)
    asked = [evaluation.questions(block, draw) for block in rows]
    orders = orders_of(bundle)
    nats = np.array([one.mean() for one in evaluation.losses(runner, orders, asked)])
    return nats, evaluation.gap(runner, orders, rows)


def interval(values: np.ndarray) -> str:
    """The mean with an interval of 95 %."""
    draw = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[draw].mean(1), (0.025, 0.975))
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def run() -> str:
    found: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    reasons: dict[str, Exception] = {}
    bundles = Bundles().of_task(TASK)
    for bundle in bundles:
        try:
            found[bundle.name] = measured(bundle)
        except MISSING as error:
            reasons[bundle.name] = error
    kind = {bundle.name: orders_of(bundle).objective for bundle in bundles}
    masked = next((name for name in found if kind[name] == "masked"), "")
    rows: list[list[object]] = []
    for name, (nats, gap) in found.items():
        same = masked and name != masked and len(nats) == len(found[masked][0])
        behind = nats - found[masked][0] if same else None
        bar = ""
        if behind is not None:
            bar = interval(behind)
            if kind[name] == "permutation":
                bar += f", {against(float(behind.mean()), WORSE, most=True, form='.3f')}"
        rows.append([name, interval(nats), bar, "0 by construction" if kind[name] == "masked" else interval(gap)])
    head = ("model", "-log p of hidden tokens", f"over {masked or 'masked'}", "gap of two neighbours")
    tuned = [
        [bundle.name, one.dataset, one.arm, one.shown, one.gain_shown if one.arm == "with" else ""]
        for bundle in bundles
        for one in bundle.card.repeated
    ]
    parts = [table("One token of six hidden, nats", head, rows)]
    if tuned:
        parts.append(
            table(
                "Fine-tuned: from random weights (without), from its own (with)",
                ("model", "task", "", "accuracy", "gain"),
                tuned,
            )
        )
    return "\n\n".join(parts) + left_out(reasons)
