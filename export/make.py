"""The one path that every recipe walks: checkpoint -> graph -> fused -> quantised -> verified -> published."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from tqdm import tqdm

from export import fuse, golden, graph, lab, publish, quantise, verify
from export.lab import Contents
from export.recipe import AnyRecipe, Lab, QuestionEvaluation, Recipe, Trained, Writer, sample_inputs
from export.recipe import Variant as Wanted
from export.rounding import round_weights
from export.runner import Runner, encode
from export.writer import WriterWork
from hub.card import Card, Metric, Parity, Part, Variant
from hub.session import open_session
from hub.text import TOKENIZER_FILE, TextEncoder
from models.training import corpus, runs

METHOD = "torch.onnx.export (dynamo); word tables stored in 8 bits, other weights as float16, where that is exact"
FP32 = Wanted("fp32", quantise.unchanged, file="model.onnx", method=METHOD)


@dataclass(frozen=True)
class Graphs:
    """The files of a bundle before they are measured."""

    fp32: onnx.ModelProto  # all outputs, tables stored as float16 where that is exact
    quantised: dict[str, onnx.ModelProto]  # variant -> graph, only the outputs to keep
    pieces: dict[str, onnx.ModelProto]  # name -> graph


def build(recipe: Recipe, trained: Trained, calibration: list[dict]) -> Graphs:
    """The graphs of a recipe from a module in eval mode.

    Args:
        calibration: one text each, unpadded: input name -> int64 (1, tokens).

    Raises:
        ExportError: the graph is not what the recipe declares.
    """
    vocabulary = trained.tokenizer.get_vocab_size()
    sample = sample_inputs(recipe, *graph.SAMPLE_SHAPE, vocabulary)
    exported = graph.export(trained.module, recipe.inputs, recipe.outputs, sample)
    fused = fuse.run(exported, fuse.PASSES)
    source = quantise.Source(trained.module, fuse.keep_outputs(fused, recipe.kept or recipe.answers), calibration)
    quantised = {wanted.name: quantise.run(wanted.make, source) for wanted in recipe.variants}
    pieces = {}
    for piece in recipe.pieces:
        made = graph.export(
            piece.module(trained.module), piece.inputs, piece.outputs, piece.sample(trained.module, sample)
        )
        pieces[piece.name] = fuse.run(fuse.run(made, fuse.PASSES), fuse.STORAGE)
    return Graphs(fuse.run(fused, fuse.STORAGE), quantised, pieces)


def make(
    recipe: AnyRecipe,
    bundles: Path,
    checkpoints: Path,
    *,
    note: Callable[[str], None] = tqdm.write,
) -> Card:
    """Train or load, export, verify and publish one recipe as bundles/NAME.

    Args:
        checkpoints: the recipe trains in checkpoints/NAME, or only loads what is finished there. A file that passed
            but is over the size limit of the bundle is kept there, as checkpoints/NAME/model.onnx.
        note: gets a line per variant.

    Raises:
        OccupiedError: bundles/NAME is something else than a bundle.
        GateError: the fp32 file is not the PyTorch module, or no variant may be published. The old bundle stays.
    """
    publish.require_free(bundles, recipe.name)  # now, not after hours of training
    folder_of_checkpoints = checkpoints / recipe.name
    work: lab.Work | WriterWork | TextWork
    if isinstance(recipe, Lab):
        work = lab.Work(recipe)
    elif isinstance(recipe, Writer):
        work = WriterWork(recipe, folder_of_checkpoints)
    else:
        work = TextWork(recipe, folder_of_checkpoints)
    with tqdm(total=work.steps + 2, desc=recipe.name, unit="step") as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        bar.set_postfix_str("checkpoint")
        with runs.recording() as trained:
            work.load()
        with publish.replacing(bundles, recipe.name) as folder:
            contents = work.fill(folder, step, note)
            step("card")
            card = Card(
                name=recipe.name,
                task=recipe.task,
                title=recipe.title,
                summary=recipe.summary,
                paper=recipe.paper,
                departures=recipe.departures,
                languages=recipe.languages,  # type: ignore[arg-type]  # checked by the card
                licenses=recipe.licenses,
                published=recipe.published,
                has_read=recipe.has_read,
                files=(),
                versions={
                    "torch": torch.__version__.partition("+")[0],
                    "onnx": onnx.__version__,
                    "onnxruntime": onnxruntime.__version__,
                    "opset": str(work.opset),
                },
                command=(recipe.command if isinstance(recipe, Writer) else "")
                or f"python -m export make {recipe.name}",
                created=datetime.date.today().isoformat(),
                **contents.card,  # type: ignore[arg-type]  # checked by the card
            )
            publish.write_config(folder, card, contents.config)
            publish.write_training(folder, trained)
            card = publish.finish(folder, card)
        step("published")
    return card


class TextWork:
    """What a model that reads text puts into its bundle: graphs, tokenizer, golden outputs, and what was measured."""

    def __init__(self, recipe: Recipe, checkpoints: Path) -> None:
        self.recipe = recipe
        self.checkpoints = checkpoints
        self.steps = 3 + len(recipe.variants)
        self.opset = graph.OPSET

    def load(self) -> None:
        """Train, or load what is finished."""
        self.trained = self.recipe.train(self.checkpoints)
        _require_tokenizer(self.recipe, self.trained)
        self.trained.module.eval().requires_grad_(False)
        if self.recipe.round_weights:
            round_weights(self.trained.module)

    def fill(self, folder: Path, step: Callable[[str], None], note: Callable[[str], None]) -> Contents:
        """Write everything but the card, the configuration and README.md. Raises GateError."""
        recipe, trained = self.recipe, self.trained
        trained.tokenizer.save(str(folder / TOKENIZER_FILE))
        if recipe.tokenizer_config:
            text = json.dumps(recipe.tokenizer_config, indent=2) + "\n"
            (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")
        encoder = TextEncoder(folder / TOKENIZER_FILE, recipe.max_tokens)
        step("graphs")
        graphs = build(recipe, trained, calibration_feeds(recipe, encoder))
        step("what PyTorch says")
        splits = [verify.load(evaluation, recipe, trained, encoder) for evaluation in recipe.evaluations]
        onnx.save(graphs.fp32, folder / FP32.file)
        for wanted in recipe.variants:
            onnx.save(graphs.quantised[wanted.name], folder / wanted.file)
        runners: dict[str, Runner] = {}
        variants: list[Variant] = []
        metrics: list[Metric] = []
        results: dict[str, list[verify.Score]] = {}
        for wanted in (FP32, *recipe.variants):
            step(f"verify {wanted.name}")
            runner = runners[wanted.name] = Runner(folder / wanted.file, encoder)
            variant, results[wanted.name] = _measure(recipe, trained, splits, wanted, runner, folder, variants)
            variants.append(variant)
            note(_line(recipe, variant))
            for split, result in zip(splits, results[wanted.name], strict=True):
                metrics += verify.metrics(split, wanted.name, result)
        default = next((v.name for v in reversed(variants) if v.passed and not v.omitted), None)
        if default is None:
            raise verify.GateError(f"{recipe.name}: no variant may be published: {variants[-1].gate}")
        quantised = {v.name: runners[v.name] for v in variants if not v.omitted and v.name != FP32.name}
        arrays = verify.golden_arrays(recipe, trained, encoder, quantised)
        parts = _parts(recipe, trained, graphs, folder, arrays)
        golden.write(folder, arrays)
        for variant in variants:
            if variant.omitted:
                if variant.passed:
                    self.checkpoints.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(folder / variant.file, self.checkpoints / variant.file)
                (folder / variant.file).unlink()
        card = {
            "parameters": sum(parameter.numel() for parameter in trained.module.parameters()),
            "inputs": recipe.inputs,
            "outputs": recipe.outputs,
            "labels": recipe.labels,
            "label_titles": recipe.label_titles,
            "max_tokens": recipe.max_tokens,
            "explanation": recipe.explanation(trained.module) if recipe.explanation else None,
            "variants": tuple(variants),
            "default_variant": default,
            "parts": parts,
            "questions": recipe.questions,
            "base": recipe.base,
            "frequent_tokens": recipe.frequent_tokens(self.checkpoints),
            "metrics": tuple(metrics),
            "confusions": tuple(
                table
                for name in dict.fromkeys((FP32.name, default))
                for split, result in zip(splits, results[name], strict=True)
                if split.evaluation.split == "test"
                for table in verify.confusions(split, name, result)
            ),
        }
        return Contents(card, recipe.config(trained.module))


def _parts(
    recipe: Recipe, trained: Trained, graphs: Graphs, folder: Path, arrays: dict[str, np.ndarray]
) -> tuple[Part, ...]:
    """Write the parts of the model; add to ``arrays`` what PyTorch gives for them. Raises GateError."""
    sample = sample_inputs(recipe, *graph.SAMPLE_SHAPE, trained.tokenizer.get_vocab_size())
    made = []
    for piece in recipe.pieces:
        path = folder / piece.file
        onnx.save(graphs.pieces[piece.name], path)
        feeds = {name: values.numpy() for name, values in piece.sample(trained.module, sample).items()}
        expected = verify.torch_outputs(Trained(piece.module(trained.module), trained.tokenizer), feeds)
        session = open_session(path, threads=1)
        found = dict(zip(session.outputs, session.run(feeds, session.outputs), strict=True))
        if wrong := golden.differences(expected, found, verify.MAX_DIFFERENCE):
            raise verify.GateError(f"{recipe.name}: {piece.file} is not the PyTorch module: {'; '.join(wrong)}")
        arrays |= verify.piece_arrays(piece.name, feeds, expected)
        made.append(
            Part(
                name=piece.name,
                file=piece.file,
                bytes=path.stat().st_size,
                sha256=publish.sha256(path),
                inputs=piece.inputs,
                outputs=piece.outputs,
            )
        )
    return tuple(made)


def calibration_feeds(recipe: Recipe, encoder: TextEncoder) -> list[dict]:
    """The texts that fix the scales of static quantisation, drawn with a fixed seed: one each, unpadded."""
    dataset, split, count = recipe.calibration
    rows = corpus.load(dataset, split)
    column = next(
        (e.text for e in recipe.evaluations if e.dataset == dataset and not isinstance(e, QuestionEvaluation)), "text"
    )
    texts = rows[column].sample(min(count, len(rows)), random_state=0)
    names = [spec.name for spec in recipe.inputs]
    return [encode(encoder, [str(text)], names) for text in texts if str(text).strip()]


def _measure(
    recipe: Recipe,
    trained: Trained,
    splits: list[verify.AnySplit],
    wanted: Wanted,
    runner: Runner,
    folder: Path,
    before: list[Variant],
) -> tuple[Variant, list[verify.Score]]:
    """One file through all gates. Raises GateError where the fp32 file is not the PyTorch module."""
    full = wanted.name == FP32.name
    headline = verify.headline(splits)
    texts = verify.mixed_texts(recipe, splits)
    difference = verify.shape_difference(recipe, trained, runner)
    if full:
        verify.require_same(recipe, trained, runner, texts)
    neighbour = verify.neighbour_difference(runner, texts, recipe.answers)
    scores = [split.score(runner.rows(split.texts, [split.output])[split.output]) for split in splits]
    on_valid = [s for s, split in zip(scores, splits, strict=True) if split.evaluation.split == "valid"]
    quality, cosines = scores[splits.index(headline)].quality, scores[splits.index(headline)].cosines
    drop = 0.0 if full else 100 * ((before[0].quality or 0.0) - quality)
    # Random ids are outside what the scales of a quantised file are made for: real texts tell what is lost.
    difference = max([one.difference for one in on_valid] + [difference] * full)
    if full and (difference > verify.MAX_DIFFERENCE or neighbour > verify.MAX_NEIGHBOUR):
        raise verify.GateError(
            f"{recipe.name}: the fp32 {recipe.answers[0]} differs from PyTorch by {difference:.1e} "
            f"(allowed {verify.MAX_DIFFERENCE:.0e}), "
            f"alone from in a batch by {neighbour:.1e} (allowed {verify.MAX_NEIGHBOUR:.0e})"
        )
    close = cosines is None or (cosines.mean() >= verify.MIN_MEAN_COSINE and cosines.min() >= verify.MIN_COSINE)
    passed = neighbour <= verify.MAX_NEIGHBOUR and (full or (drop <= wanted.max_drop + 1e-9 and close))
    path = folder / wanted.file
    variant = Variant(
        name=wanted.name,
        file=wanted.file,
        bytes=path.stat().st_size,
        sha256=publish.sha256(path),
        outputs=tuple(runner.outputs),
        method=wanted.described,
        parity=Parity(
            max_abs_difference=difference,
            label_flips=sum(one.flips for one in on_valid),
            texts=sum(len(split.texts) for split in splits if split.evaluation.split == "valid"),
            mean_cosine=None if cosines is None else float(cosines.mean()),
            min_cosine=None if cosines is None else float(cosines.min()),
        ),
        quality=quality,
        quality_drop=drop,
        gate=(
            f"every output within {verify.MAX_DIFFERENCE:.0e} of PyTorch"
            if full
            else f"at most {wanted.max_drop} points below fp32 on {headline.evaluation.dataset}, valid"
            + ("" if cosines is None else f"; cosine to PyTorch: mean {verify.MIN_MEAN_COSINE}, {verify.MIN_COSINE}")
        )
        + f"; alone within {verify.MAX_NEIGHBOUR:.0e} of in a batch",
        passed=passed,
        batch_independence=neighbour,
        operators=graph.operators(onnx.load(path)),
        omitted=not passed or not (recipe.publish_fp32 if full else wanted.publish),
    )
    if not variant.omitted:
        publish.describe(path)  # over the size limit: better now than at the end
    return variant, scores


def _line(recipe: Recipe, variant: Variant) -> str:
    fate = "ok" if not variant.omitted else "measured, not shipped" if variant.passed else "NOT PASSED, not shipped"
    parity = variant.parity
    like = f"flips {parity.label_flips}/{parity.texts}"
    if parity.mean_cosine is not None:
        like = f"cosine {parity.mean_cosine:.4f}, lowest {parity.min_cosine:.4f} of {parity.texts}"
    return (
        f"{recipe.name:24} {variant.name:5} {variant.bytes / 1e6:6.2f} MB  quality {100 * (variant.quality or 0):.2f} "
        f"({variant.quality_drop or 0:+.2f})  max diff {parity.max_abs_difference:.1e}  "
        f"{like}  batch {variant.batch_independence:.0e}  {fate}"
    )


def _require_tokenizer(recipe: Recipe, trained: Trained) -> None:
    """Raises ValueError where tokenizer.json alone would not do what the recipe declares."""
    padding, truncation = trained.tokenizer.padding, trained.tokenizer.truncation
    if not padding or padding["pad_id"] != 0 or padding["length"] is not None or padding["direction"] != "right":
        raise ValueError(f"{recipe.name}: the tokenizer pads with {padding}; needed: id 0, right, to the longest")
    if not truncation or truncation["max_length"] != recipe.max_tokens:
        raise ValueError(f"{recipe.name}: the tokenizer truncates with {truncation}; needed: to {recipe.max_tokens}")
