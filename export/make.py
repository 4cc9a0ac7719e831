"""The one path that every recipe walks: checkpoint -> graphs -> fused -> quantised -> verified -> published."""

from __future__ import annotations

import copy
import datetime
import functools
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime
import torch
from tqdm import tqdm

from export import fuse, golden, publish, quantise, verify
from export import graph as exporting
from export.pytorch import exact
from export.quantise import Feeds, Source
from export.recipe import Evaluation, Graph, Loaded, Recipe, Score, Sizes, Tensors, Trained
from export.recipe import Variant as Wanted
from export.rounding import round_weights
from export.runner import Arrays, Subject
from export.verify import Scored
from hub.card import Card, Metric, Parity, Part, TensorSpec, Variant
from models.training import runs


def make(
    recipe: Recipe,
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
        GateError: an exact file is not the PyTorch module, or no variant may be published. The old bundle stays.
    """
    publish.require_free(bundles, recipe.name)  # now, not after hours of training
    with tqdm(desc=recipe.name, unit="step") as bar:

        def step(what: str) -> None:
            bar.set_postfix_str(what)
            bar.update()

        step("checkpoint")
        with runs.recording() as record:
            trained = load(recipe, checkpoints / recipe.name)
        with publish.replacing(bundles, recipe.name) as folder:
            work = Work(recipe, trained, folder, checkpoints / recipe.name, step, note)
            work.fill()
            step("card")
            card = work.card()
            publish.write_config(folder, card, recipe.config(trained))
            publish.write_training(folder, record)
            card = publish.finish(folder, card)
        step("published")
    return card


def load(recipe: Recipe, checkpoints: Path) -> Trained:
    """Train, or load what is finished; in eval mode, rounded where the recipe says so."""
    trained = recipe.train(checkpoints)
    trained.module.eval().requires_grad_(False)
    if recipe.round_weights:
        round_weights(trained.module)
    return trained


# --- from a module to files -----------------------------------------------------------------------------------------


def build(graph: Graph) -> onnx.ModelProto:
    """The exported graph of a module, fused. Raises ExportError where it is not what is declared."""
    example = tuple(graph.example.items())
    if not graph.double:
        exported = exporting.export(graph.module, graph.inputs, graph.outputs, graph.sample(dict(example)), graph.opset)
        return fuse.run(exported, graph.passes)
    inputs, outputs = _in_double(graph.inputs), _in_double(graph.outputs)
    exported = _double(graph.module, inputs, outputs, graph.sample, example, graph.opset)
    passes = graph.passes if floats_of(graph) == "float64" else (fuse.single, *graph.passes)
    return fuse.run(copy.deepcopy(exported), passes)  # the passes take the weights out of what they get


@functools.lru_cache(maxsize=4)
def _double(
    module: torch.nn.Module,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    sample: Callable[[Sizes], Tensors],
    example: tuple[tuple[str, int], ...],
    opset: int,
) -> onnx.ModelProto:
    """Exported once for both precisions, in float64, so that constants are rounded at most once."""
    inputs_of_trace = {name: exact(values) for name, values in sample(dict(example)).items()}
    return exporting.export(module.eval(), inputs, outputs, inputs_of_trace, opset)


def _in_double(specs: tuple[TensorSpec, ...]) -> tuple[TensorSpec, ...]:
    return tuple(spec.model_copy(update={"dtype": "float64"}) if spec.dtype == "float32" else spec for spec in specs)


def floats_of(graph: Graph) -> Literal["float32", "float64"] | None:
    """The type of a graph's float tensors, None where it has none. Raises ExportError where it mixes them."""
    kinds = {spec.dtype for spec in (*graph.inputs, *graph.outputs) if spec.dtype.startswith("float")}
    if len(kinds) > 1:
        raise exporting.ExportError(f"{graph.name} mixes {' and '.join(sorted(kinds))}: one type of floats in a file")
    return next((kind for kind in ("float32", "float64") if kind in kinds), None)  # type: ignore[return-value]


def build_variant(
    graph: Graph, wanted: Wanted, exported: onnx.ModelProto, calibration: Sequence[Feeds] = ()
) -> onnx.ModelProto:
    """One file of a graph."""
    kept = fuse.keep_outputs(exported, wanted.outputs) if wanted.outputs else exported
    return quantise.run(wanted.make, Source(graph.module, kept, calibration))


def union(groups: Iterable[tuple[TensorSpec, ...]]) -> tuple[TensorSpec, ...]:
    """The tensors of all graphs; one name may have several shapes, each listed once, but it has one meaning.

    Raises ExportError.
    """
    found: dict[tuple[str, tuple[int | str, ...]], TensorSpec] = {}
    meanings: dict[str, str] = {}
    for specs in groups:
        for spec in specs:
            known = meanings.setdefault(spec.name, spec.meaning)
            if known != spec.meaning:
                raise exporting.ExportError(f"{spec.name} means {known!r} and {spec.meaning!r}")
            found.setdefault((spec.name, spec.shape), spec)
    return tuple(found.values())


# --- a bundle on its way --------------------------------------------------------------------------------------------


@dataclass
class Work:
    """What becomes a bundle: its files in a folder, and what the card will say of them."""

    recipe: Recipe
    trained: Trained
    folder: Path
    checkpoints: Path
    step: Callable[[str], None]
    note: Callable[[str], None]
    graphs: list[Graph] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    scored: dict[str, list[Scored]] = field(default_factory=dict)  # variant -> every evaluation that is gated
    exact: dict[str, Subject] = field(default_factory=dict)  # graph -> its exact file
    golden: Arrays = field(default_factory=dict)
    reader: Any = None
    texts: tuple[str, ...] = ()

    def fill(self) -> None:
        """Write everything but the card, the configuration and README.md. Raises GateError, ExportError."""
        recipe = self.recipe
        if recipe.reads:
            self.reader = recipe.reads(recipe, self.trained, self.folder)
            self.texts = recipe.texts or golden.texts(recipe.languages)
            self.golden["texts"] = np.array(self.texts)
        self.graphs = list(recipe.graphs(self.trained))
        pytorch = {graph.name: graph.reference_runner(self.reader) for graph in self.graphs}
        self.step("what PyTorch says")
        evaluations: dict[str, list[tuple[Evaluation, Loaded]]] = {graph.name: [] for graph in self.graphs}
        for evaluation in recipe.evaluations:
            evaluations[evaluation.graph].append((evaluation, evaluation.load(recipe, pytorch)))
        verify.require_decider(recipe)
        for graph in self.graphs:
            self.publish(graph, pytorch[graph.name], evaluations[graph.name])
        self.step("further files")
        recipe.files(self.trained, self.folder, self.exact)
        golden.write(self.folder, golden.shared(self.golden))
        for variant in self.variants:
            if variant.omitted:
                self._take_out(variant)

    def publish(self, graph: Graph, pytorch: Subject, evaluations: Sequence[tuple[Evaluation, Loaded]]) -> None:
        """All files of one graph."""
        self.step(f"export {graph.name}")
        verify.require_reference(graph, pytorch)
        exported = build(graph)
        calibration = graph.calibration(self.reader) if graph.calibration else ()
        texts = self.texts if self.reader is not None and graph.answers else ()
        deciding = [loaded for evaluation, loaded in evaluations if evaluation.split == "valid"]
        mixed = verify.mixed_texts(texts, deciding) if texts else []
        beside = {}
        for wanted in graph.variants:
            proto = build_variant(graph, wanted, exported, calibration)
            beside[wanted.name] = exporting.save(proto, self.folder / wanted.file)
        del exported
        for number, wanted in enumerate(graph.variants):
            self.step(f"verify {wanted.name}")
            subject = graph.open(self.folder / wanted.file, self.reader)
            if number == 0:
                self.exact[graph.name] = subject
            measured = self._measure(graph, wanted, subject, pytorch, mixed, evaluations)
            self._enter(graph, wanted, subject, measured, beside[wanted.name])
            self._remember(graph, wanted, subject, pytorch, texts)

    def _measure(
        self,
        graph: Graph,
        wanted: Wanted,
        subject: Subject,
        pytorch: Subject,
        texts: Sequence[Any],
        evaluations: Sequence[tuple[Evaluation, Loaded]],
    ) -> Measured:
        """One file through all gates. Raises GateError where an exact file does not pass."""
        is_exact = wanted is graph.variants[0]
        far = verify.distance(graph, subject, pytorch)
        if is_exact:
            verify.require_exact(graph, subject, pytorch, texts, far)
        neighbour = verify.neighbour_difference(graph, subject, texts)
        subjects = {**self.exact, graph.name: subject}
        scores = [
            Scored(evaluation.dataset, evaluation.split, evaluation.head, loaded.score(subjects))
            for evaluation, loaded in evaluations
            if evaluation.gated
        ]
        self.scored[wanted.name] = scores
        verify.require_numbers(f"{self.recipe.name}: {wanted.file}", far, neighbour, scores)
        exact_scores = self.scored[graph.variants[0].name]
        wrong = verify.missed(wanted, scores, exact_scores)
        if neighbour is not None and not neighbour <= graph.max_neighbour:
            wrong.append(f"alone from in a batch by {neighbour:.1e}, allowed is {graph.max_neighbour:.0e}")
        if is_exact and wrong:
            raise verify.GateError(f"{self.recipe.name}: {wanted.file}: {'; '.join(wrong)}")
        for one in scores:
            self.metrics += verify.metrics(one, wanted.name)
        if not wrong:
            for evaluation, loaded in evaluations:
                if not evaluation.gated:
                    answers = Scored(evaluation.dataset, evaluation.split, evaluation.head, loaded.score(subjects))
                    self.metrics += verify.metrics(answers, wanted.name)
        return Measured(far, neighbour, scores, exact_scores, wrong, is_exact)

    def _enter(
        self, graph: Graph, wanted: Wanted, subject: Subject, measured: Measured, beside: tuple[str, ...]
    ) -> None:
        """Write a file down for the card."""
        path = self.folder / wanted.file
        size, digest = path.stat().st_size, publish.sha256(path)
        if graph.part:
            if not self.recipe.of_any_size:
                publish.describe(path)
            self.parts.append(
                Part(name=graph.name, file=wanted.file, bytes=size, sha256=digest,
                     inputs=graph.inputs, outputs=graph.outputs)
            )  # fmt: skip
            return
        several = sum(not one.part for one in self.graphs) > 1
        variant = Variant(
            name=wanted.name,
            file=wanted.file,
            bytes=size,
            sha256=digest,
            inputs=tuple(spec.name for spec in graph.inputs) if several else (),
            outputs=subject.outputs,
            floats=floats_of(graph) if several else None,
            data=beside,
            method=wanted.described,
            parity=measured.parity(graph),
            quality=measured.quality,
            quality_drop=measured.drop,
            gate=gate(graph, wanted),
            passed=not measured.wrong,
            batch_independence=measured.neighbour,
            operators=exporting.operators(onnx.load(path, load_external_data=False)),
            omitted=bool(measured.wrong) or not wanted.publish,
        )
        if not variant.omitted and not self.recipe.of_any_size:
            publish.describe(path)  # over the size limit: better now than at the end
        self.variants.append(variant)
        self.note(line(self.recipe.name, variant, measured.wrong))

    def _remember(self, graph: Graph, wanted: Wanted, subject: Subject, pytorch: Subject, texts: Sequence[str]) -> None:
        """The golden inputs and outputs of a file: by PyTorch of an exact one, its own of another."""
        feeds = subject.feeds(texts) if texts else verify.arrays(graph.sample(graph.example))
        if graph.double:
            feeds = {name: v.astype(np.float64) if v.dtype == np.float32 else v for name, v in feeds.items()}
        if wanted is graph.variants[0]:
            outputs = pytorch.run(feeds)
            self.golden |= golden.block(wanted.name, feeds, outputs, verify.bounds(graph, outputs))
        elif not next(one for one in self.variants if one.name == wanted.name).omitted:
            outputs = subject.run(feeds)
            self.golden |= golden.block(wanted.name, feeds, outputs, verify.quantised_bounds(graph, outputs))

    def _take_out(self, variant: Variant) -> None:
        """Of what is not shipped, the file; what passed is kept beside the checkpoints."""
        names = (variant.file, *variant.data)
        size = sum((self.folder / name).stat().st_size for name in names)
        for name in names:
            if variant.passed:
                self.checkpoints.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.folder / name, self.checkpoints / name)
            (self.folder / name).unlink()
        place = self.variants.index(variant)
        self.variants[place] = variant.model_copy(update={"bytes": size, "data": ()})

    def card(self) -> Card:
        """Raises GateError where no variant may be published."""
        recipe = self.recipe
        shipped = [one.name for one in self.variants if one.passed and not one.omitted]
        if not shipped or recipe.default not in ("", *shipped):
            raise verify.GateError(f"{recipe.name}: no variant may be published: {self.variants[-1].gate}")
        default = recipe.default or shipped[-1]
        main = [one for one in self.graphs if not one.part]
        exact_names = [one.variants[0].name for one in main]
        facts = {
            "title": recipe.title,
            "summary": recipe.summary,
            "paper": recipe.paper,
            "departures": recipe.departures,
            "languages": recipe.languages,
            "licenses": recipe.licenses,
            "published": recipe.published,
            "has_read": recipe.has_read,
            "labels": recipe.labels,
            "label_titles": recipe.label_titles,
            "datasets": recipe.datasets,
            "questions": recipe.questions,
            "max_tokens": recipe.max_tokens,
            "base": recipe.base,
            "prompts": recipe.prompts,
            "hint": recipe.hint,
            "hint_tokens": recipe.hint_tokens,
            "chat_template": self.trained.chat_template,
            "special_tokens": self.trained.special_tokens,
            "parameters": sum(parameter.numel() for parameter in self.trained.module.parameters()),
            "inputs": union(one.inputs for one in main),
            "outputs": union(one.outputs for one in main),
            "metrics": (*self.metrics, *recipe.metrics(self.folder)),
            "confusions": tuple(
                table
                for name in dict.fromkeys((*exact_names, default))
                for scored in self.scored[name]
                for table in verify.confusions(scored, name)
            ),
        } | recipe.learnt(self.trained, self.checkpoints)
        return Card(
            name=recipe.name,
            task=recipe.task,
            files=(),
            variants=tuple(self.variants),
            default_variant=default,
            parts=tuple(self.parts),
            versions={
                "torch": torch.__version__.partition("+")[0],
                "onnx": onnx.__version__,
                "onnxruntime": onnxruntime.__version__,
                "opset": str(max(one.opset for one in self.graphs)),
            },
            command=recipe.command or f"python -m export make {recipe.name}",
            created=datetime.date.today().isoformat(),
            **facts,  # type: ignore[arg-type]  # checked by the card
        )


@dataclass(frozen=True)
class Measured:
    """What was found of one file."""

    far: verify.Distance
    neighbour: float | None
    scores: list[Scored]
    exact: list[Scored]
    wrong: list[str]  # gates that it does not keep
    is_exact: bool

    @property
    def decider(self) -> tuple[Score, Score] | None:
        """The first evaluation on a validation split: of this file, and of the exact one."""
        pairs = zip(self.scores, self.exact, strict=True)
        return next(((ours.score, full.score) for ours, full in pairs if ours.split == "valid"), None)

    @property
    def quality(self) -> float | None:
        return self.decider[0].quality if self.decider else None

    @property
    def drop(self) -> float | None:
        """Points below the exact file."""
        return self.decider[0].figure("drop", self.decider[1]) if self.decider else None

    def parity(self, graph: Graph) -> Parity:
        found = {name: value for name, value in verify.parity(self.scores).items() if name in Parity.model_fields}
        # Random ids are outside what the scales of a quantised file are made for: real texts tell what is lost.
        largest = max(found.get("max_abs_difference", 0.0), self.far.absolute if self.is_exact or not found else 0.0)
        found["max_abs_difference"] = largest
        if graph.double:
            found["max_relative_difference"] = self.far.relative
        return Parity(**found)


def gate(graph: Graph, wanted: Wanted) -> str:
    """What a file has to keep to be published, for a reader."""
    if graph.double:
        return f"every output within {graph.tolerance:.0e} of PyTorch in float64, relative to its length"
    parts = [one.said for one in wanted.gates if one.said]
    if not parts and wanted is graph.variants[0]:
        parts = [f"every output within {graph.tolerance:.0e} of PyTorch"]
    if graph.answers:
        parts.append(f"alone within {graph.max_neighbour:.0e} of in a batch")
    return "; ".join(parts)


def line(name: str, variant: Variant, wrong: Sequence[str]) -> str:
    """One file, for the terminal."""
    parity, figures = variant.parity, [f"max diff {variant.parity.max_abs_difference:.1e}"]
    if variant.quality is not None:
        figures.insert(0, f"quality {variant.quality:.4f}")
    if variant.quality_drop is not None:
        figures.append(f"drop {variant.quality_drop:+.2f}")
    if parity.texts and parity.mean_cosine is None:
        figures.append(f"flips {parity.label_flips}/{parity.texts}")
    if parity.mean_cosine is not None:
        figures.append(f"cosine {parity.mean_cosine:.4f}, lowest {parity.min_cosine:.4f}")
    if parity.mean_kl is not None:
        figures.append(f"KL {parity.mean_kl:.1e}, first choice {parity.top1_agreement:.2%} of {parity.tokens:,}")
    if parity.max_relative_difference is not None:
        figures.append(f"relative difference {parity.max_relative_difference:.1e}")
    if variant.batch_independence is not None:
        figures.append(f"batch {variant.batch_independence:.0e}")
    fate = (
        f"NOT PASSED, not shipped: {'; '.join(wrong)}" if wrong else "measured, not shipped" * variant.omitted or "ok"
    )
    return f"{name:24} {variant.name:12} {variant.bytes / 1e6:6.2f} MB  {'  '.join(figures)}  {fate}"
