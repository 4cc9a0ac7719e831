"""The rankers of short videos: what their files do on the test days beside the bars, and their time beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from bench.funnel import shown
from bench.report import MISSING, against, interleaved, left_out, table
from export.recipe import Graph
from export.recipes import registry
from export.recipes.funnel_video import Videos, sample
from hub.bundle import Bundle, Bundles
from hub.tasks import ranking as task
from hub.tasks.ranking import FINE, TREES
from models.ranking import RankerConfig
from models.training import runs
from models.training.funnel_video import FOLDER

CANDIDATES, EVENTS = 200, 20  # of a list beside PyTorch
BARS = {("is_click", "auc"): 0.75, ("is_click", "gauc"): 0.64}
ECE, KEPT, TIMES, EAGER = 0.02, 0.9, 5.0, 3.0
CUT = 20


def run() -> str:
    parts: list[str] = []
    reasons: dict[str, Exception] = {}
    for bundle in Bundles().of_task(task.TASK):
        for measure in (quality, calibration, ladder, speed):
            try:
                parts.append(measure(bundle))
            except MISSING as error:
                reasons[f"{bundle.name}, {measure.__name__}"] = error
    return "\n\n".join(parts) + left_out(reasons)


def quality(bundle: Bundle) -> str:
    """AUC and GAUC of every arm, and the graph above LightGBM."""
    found = task.tables_of(bundle)
    rows: list[list[object]] = []
    for row in found.quality:
        if row.part == "all" or row.arm in (FINE, TREES):
            bars = {name: BARS.get((row.task, name)) for name in ("auc", "gauc")}
            values = {"auc": row.auc, "gauc": row.gauc}
            cells = [
                "–" if value is None
                else against(value, bar, form=".4f") if bar and row.arm == FINE and row.part == "all"
                else f"{value:.4f}"
                for (name, value), bar in zip(values.items(), bars.values(), strict=True)
            ]  # fmt: skip
            rows.append([row.task, row.part, row.arm, row.rows, row.users, *cells])
    text = table("Fine ranking", ("goal", "part", "arm", "rows", "users with both", "AUC", "GAUC"), rows)
    gaps: list[list[object]] = [[row.task, shown(row.auc), shown(row.gauc)] for row in found.gaps]
    return text + "\n\n" + table("The graph above LightGBM", ("goal", "AUC", "GAUC"), gaps)


def calibration(bundle: Bundle) -> str:
    """ECE and KL of each curve."""
    rows: list[list[object]] = []
    for row in task.tables_of(bundle).calibration:
        judged = (row.task, row.arm) == ("is_click", "scaled")
        ece = against(row.ece, ECE, most=True, form=".4f") if judged else f"{row.ece:.4f}"
        rows.append([row.task, row.arm, f"{row.temperature:.3f}", ece, f"{1e3 * row.divergence:.2f}"])
    return table("Calibration", ("goal", "curve", "T", "ECE", "KL, 1/1000 nat"), rows)


def ladder(bundle: Bundle) -> str:
    """Every rung, by both measures, and what it adds."""
    found, ranking = task.tables_of(bundle), task.rankers_of(bundle).ranking
    place = found.cuts.index(CUT)
    texts: list[str] = []
    for drawn in dict.fromkeys(row.drawn for row in found.ladder):
        rows: list[list[object]] = [
            [row.name, *(shown(part[place]) for part in (row.overlap, row.positives, row.kept)),
             f"{found.milliseconds[row.name]:.3f}" if row.name in found.milliseconds else "–"]
            for row in found.ladder if row.drawn == drawn
        ]  # fmt: skip
        head = ("ranker", f"overlap@{CUT}", f"positives@{CUT}", "kept of the fine one's", f"ms, {found.candidates}")
        texts.append(table(f"What was not shown is drawn: {drawn}; {found.lists:,} lists", head, rows))
        steps: list[list[object]] = [
            [row.name, shown(row.overlap[place]), shown(row.positives[place])]
            for row in found.steps if row.drawn == drawn
        ]  # fmt: skip
        texts.append(table(f"What a rung adds at {CUT}, {drawn}", ("rung", "overlap", "positives"), steps))
        near = max(ranking.students, key=lambda one: found.rung(drawn, one.variant).overlap[place].value).variant
        kept = against(found.rung(drawn, near).kept[place].value, KEPT, form=".4f")
        quick = against(found.milliseconds[FINE] / found.milliseconds[near], TIMES, unit=" x")
        texts.append(f"{near}, the nearest to the fine ranker, keeps {kept} of its recall, {quick}")
    over: list[list[object]] = [
        [row.name, row.drawn, *(f"{a.value:.3f} / {b.value:.3f}" for a, b in zip(row.overlap, row.kept, strict=True))]
        for row in found.ladder
        if row.name != FINE
    ]
    cuts = tuple(str(cut) for cut in found.cuts)
    texts.append(table("Overlap / kept of the fine ranker's recall, over K", ("ranker", "drawn", *cuts), over))
    return "\n\n".join(texts)


def speed(bundle: Bundle) -> str:
    """Every graph beside PyTorch eager, one thread; the vectors of the videos are there."""
    recipe = registry()[bundle.name]
    with runs.only_finished():
        trained = recipe.train(FOLDER)
    assert isinstance(trained.module, Videos)
    torch.set_num_threads(1)
    rows: list[list[object]] = []
    for graph in recipe.graphs(trained):
        if graph.name == task.rankers_of(bundle).ranking.vectors:
            continue
        seconds = _against_eager(bundle, graph, trained.module.fine.config)
        times = seconds["torch"] / seconds["onnx"]
        told = against(times, EAGER, unit=" x") if graph.name == FINE else f"{times:.1f} x"
        rows.append([graph.name, f"{1e3 * seconds['onnx']:.3f}", f"{1e3 * seconds['torch']:.3f}", told])
    return table(f"{CANDIDATES} candidates, one thread, ms", ("graph", "onnxruntime", "torch eager", "times"), rows)


def _against_eager(bundle: Bundle, graph: Graph, config: RankerConfig) -> dict[str, float]:
    inputs = sample(config, graph.inputs, {"batch": 1, "candidates": CANDIDATES, "events": EVENTS})
    session = bundle.session(graph.name)
    feeds = session.cast({name: value.numpy() for name, value in inputs.items()})
    systems: dict[str, Callable[[], object]] = {
        "torch": partial(_eager, graph.module, list(inputs.values())),
        "onnx": partial(session.run, feeds, ["logits"]),
    }
    return interleaved(systems, rounds=5, seconds=0.2)


@torch.no_grad()
def _eager(model: torch.nn.Module, inputs: list[torch.Tensor]) -> object:
    return model(*inputs)
