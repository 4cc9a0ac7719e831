"""elmo-ner-*, elmo-sst5: what reads the layers of elmo-* beside the words, each with its twin that does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from export import golden, texts
from export.contextual import layers
from export.evaluations.grades import Grades
from export.evaluations.tags import Tags
from export.recipe import Graph, Recipe, Sizes, Tensors, Trained
from export.recipes import sources
from export.recipes.elmo import ELMO
from export.recipes.textcnn import ROUNDED
from export.repeated import over_seeds
from export.runner import Subject
from hub.bundle import LAYERED, Bundle, Bundles, default_folder
from hub.card import LayersOf, Published, Repeated, TensorSpec, Text
from hub.tasks import contextual, grade, tag
from hub.tasks.layered import SHAPES, Arm, LayeredReader
from hub.text import TOKENIZER_FILE
from models.elmo_tasks import Classifier, ReaderConfig, Tagger
from models.recurrent import as_onnx
from models.training import elmo, elmo_tasks, words

MEANINGS = {
    "input_ids": "words of tokenizer.json",
    "shapes": f"how each is written: {', '.join(f'{number} {name}' for number, name in enumerate(SHAPES))}",
    "lengths": "words of each text",
    "layers": "of each word, by the language model",
}


Network = Tagger | Classifier


class Twins(nn.Module):
    """The same network with ELMo and without."""

    def __init__(self, contextual: Network, plain: Network) -> None:
        super().__init__()
        self.contextual, self.plain = contextual, plain
        plain.reader.table = contextual.reader.table  # one and the same, and never trained
        self.export_context = as_onnx
        self.names = tag.EMISSIONS if isinstance(contextual, Tagger) else grade.LOGITS

    def forward(self, input_ids: Tensor, shapes: Tensor, lengths: Tensor, layers: Tensor) -> dict[str, Tensor]:
        """See Tagger and Classifier."""
        return {
            self.names["with"]: self.contextual(input_ids, lengths, shapes, layers),
            self.names["without"]: self.plain(input_ids, lengths, shapes),
        }

    def fields(self) -> dict[Arm, tag.Field]:
        """What is beside the emissions of a tagger."""
        twins: dict[Arm, Network] = {"with": self.contextual, "without": self.plain}
        return {
            arm: tag.Field(*(getattr(twin.crf, part).detach().double().numpy() for part in PARTS))
            for arm, twin in twins.items()
            if isinstance(twin, Tagger)
        }


PARTS = ("transitions", "start", "end")
SCORES_FILE = "scores.json"  # beside the runs: arm -> the figure of each seed on the test split


def graphs(trained: Trained) -> list[Graph]:
    """The twins in one graph: they share the static vectors."""
    module = trained.module
    assert isinstance(module, Twins)
    config, labels = module.contextual.reader.config, module.contextual.output.out_features
    tagger = isinstance(module.contextual, Tagger)
    shapes: dict[str, tuple[int | str, ...]] = {
        "input_ids": ("batch", "tokens"),
        "shapes": ("batch", "tokens"),
        "lengths": ("batch",),
        "layers": (config.layers, "batch", "tokens", config.contextual),
    }
    inputs = tuple(
        TensorSpec(
            name=name, dtype="float32" if name == "layers" else "int64", shape=shapes[name], meaning=MEANINGS[name]
        )
        for name in LAYERED
    )
    outputs = tuple(
        TensorSpec(
            name=name,
            dtype="float32",
            shape=("batch", "tokens", labels) if tagger else ("batch", labels),
            meaning=f"scores of the tags {arm} the layers; field.npz has those of one tag after another"
            if tagger
            else f"of the labels, {arm} the layers",
        )
        for arm, name in module.names.items()
    )
    return [
        Graph(
            name="model",
            module=module,
            inputs=inputs,
            outputs=outputs,
            answers=tuple(spec.name for spec in outputs),
            sample=partial(sample, config),
            variants=(texts.FP32, texts.MEASURED_INT8),
        )
    ]


def sample(config: ReaderConfig, sizes: Sizes) -> Tensors:
    """Random words and layers, one text as long as asked for."""
    shape = (sizes["batch"], sizes["tokens"])
    lengths = torch.randint(1, shape[1] + 1, shape[:1])
    lengths[0] = shape[1]
    return {
        "input_ids": torch.randint(0, config.words, shape),
        "shapes": torch.randint(0, config.shapes, shape),
        "lengths": lengths,
        "layers": torch.randn(config.layers, *shape, config.contextual),
    }


def base_of(name: str) -> Bundle:
    """The published language model. Raises UnknownModelError, BundleError."""
    return Bundles(default_folder()).get(name, contextual.TASK)


def train(task: str, folder: Path) -> Trained:
    """The seed whose network with ELMo is best on the validation split, and its twin; figures of all are kept."""
    plan = elmo_tasks.TASKS[task]
    base = base_of(f"elmo-{plan.language}")
    start = elmo_tasks.begin(plan, partial(layers, base), base.variant().sha256)
    scores: dict[elmo_tasks.Arm, list[float]] = {arm: [] for arm in plan.arms}
    for arm, _, value in elmo_tasks.every_run(plan, start):
        scores[arm].append(value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCORES_FILE).write_text(json.dumps(scores), encoding="utf-8")
    valid = {
        seed: elmo_tasks.score(plan, start, elmo_tasks.train(plan, start, "with", seed), "with", "valid")
        for seed in range(elmo_tasks.SEEDS)
    }
    best = max(valid, key=valid.__getitem__)
    twins = Twins(*(elmo_tasks.train(plan, start, arm, best) for arm in ("with", "without")))
    splitting = elmo.PLANS[plan.language].splitting
    names = sorted(start.vocabulary, key=start.vocabulary.__getitem__)[2:]
    return Trained(twins.eval(), words.with_vocabulary(splitting, names, elmo.LONGEST))


def reads(base: Callable[[], Bundle], recipe: Recipe, trained: Trained, folder: Path) -> LayeredReader:
    """Write tokenizer.json. Raises ValueError where it alone would not do what the recipe declares."""
    assert recipe.max_tokens is not None
    texts.require(recipe.name, trained.tokenizer, recipe.max_tokens)
    texts.save(trained.tokenizer, folder)
    return LayeredReader(Tokenizer.from_file(str(folder / TOKENIZER_FILE)), base())


def field(trained: Trained, folder: Path, _: Mapping[str, Subject]) -> None:
    """Write field.npz, where there are tags."""
    assert isinstance(trained.module, Twins)
    if not isinstance(trained.module.contextual, Tagger):
        return
    values = {
        f"{arm}_{part}": getattr(found, part).astype(np.float32)
        for arm, found in trained.module.fields().items()
        for part in PARTS
    }
    np.savez_compressed(folder / tag.FIELD_FILE, **values)


def learnt(task: str, base: Callable[[], Bundle], trained: Trained, folder: Path) -> dict[str, object]:
    """Which file the layers are of, how they are mixed, and what they add over the seeds."""
    found = base()
    assert isinstance(trained.module, Twins)
    mix = trained.module.contextual.reader.mix
    assert mix is not None
    layers_of = LayersOf(
        bundle=found.name,
        sha256=found.variant().sha256,
        mix=tuple(round(float(value), 4) for value in torch.softmax(mix.w, 0)),
        gamma=round(float(mix.gamma), 4),
    )
    scores = folder / SCORES_FILE
    known = repeated(task, json.loads(scores.read_text(encoding="utf-8"))) if scores.exists() else ()
    return {"layers_of": layers_of, "repeated": known}


def repeated(task: str, scores: Mapping[elmo_tasks.Arm, Sequence[float]]) -> tuple[Repeated, ...]:
    """Means and intervals over the seeds. scores: arm -> the figure of each seed."""
    return over_seeds(FACTS[task]["evaluations"][0].dataset, elmo_tasks.TASKS[task].settings.metric, scores)


def tiny(task: str, size: int, layers: int) -> Trained:
    """Args: size: of a layer's vector. layers: how many there are."""
    plan = elmo_tasks.TASKS[task]
    splitting = elmo.PLANS[plan.language].splitting
    known = words.count(splitting, golden.texts(golden.TEXTS))
    torch.manual_seed(0)
    plain = ReaderConfig(words=len(known) + 2, vectors=4, shapes=len(SHAPES), hidden=5)
    contextual = replace(plain, contextual=size, layers=layers)
    kind = Tagger if plan.tags else Classifier
    twins = Twins(kind(contextual, len(plan.labels)), kind(plain, len(plan.labels))).eval()
    return Trained(twins, words.with_vocabulary(splitting, known, elmo.LONGEST))


def in_the_paper(dataset: str, metric: str, without: float, with_elmo: float) -> tuple[Published, ...]:
    """The paper's own baseline, and what ELMo made of it."""
    source = "Peters et al. 2018, Table 1"
    return (
        Published(dataset=dataset, metric=f"{metric}_without", value=without, system="baseline", source=source),
        Published(dataset=dataset, metric=metric, value=with_elmo, system="baseline with ELMo", source=source),
    )


FACTS: dict[str, dict[str, Any]] = {
    "ner-en": {
        "task": tag.TASK,
        "title": Text(en="Named entities with ELMo, English", zh="ELMo 命名实体识别，英文"),
        "summary": Text(
            en="Finds persons, organisations, places and other names in English text, with the vectors of ELMo beside "
            "static ones; its twin without ELMo is in the same file.",
            zh="找出英文文本中的人名、机构、地点和其他名称：静态词向量之外再用 ELMo 的向量；"
            "同一文件里还有不用 ELMo 的孪生模型。",
        ),
        "languages": ("en",),
        "licenses": (sources.WIKIPEDIA, sources.BOOKS, sources.DEBIAN, sources.CONLL, sources.OWN),
        "published": in_the_paper("conll2003", "f1", 0.9015, 0.9222),
        "evaluations": (Tags("ner-en", "conll2003", "valid"), Tags("ner-en", "conll2003", "test")),
    },
    "ner-zh": {
        "task": tag.TASK,
        "title": Text(en="Named entities with ELMo, Chinese", zh="ELMo 命名实体识别，中文"),
        "summary": Text(
            en="Finds persons, organisations and places in Chinese text, character by character, with the vectors of "
            "ELMo beside static ones; its twin without ELMo is in the same file.",
            zh="逐字找出中文文本中的人名、机构和地点：静态字向量之外再用 ELMo 的向量；"
            "同一文件里还有不用 ELMo 的孪生模型。",
        ),
        "languages": ("zh",),
        "has_read": Text(
            en="6,000 sentences of the training split, drawn by lot, six times.",
            zh="训练集中随机抽取的 6000 句，读六遍。",
        ),
        "licenses": (*sources.CHINESE_TEXT, sources.MSRA, sources.OWN),
        "evaluations": (Tags("ner-zh", "msra_ner_zh", "valid"), Tags("ner-zh", "msra_ner_zh", "test")),
    },
    "sst5": {
        "task": grade.TASK,
        "title": Text(en="Five grades of film reviews with ELMo", zh="ELMo 影评五级情感"),
        "summary": Text(
            en="Grades a sentence of a film review from very negative to very positive, with the vectors of ELMo "
            "beside static ones; its twin without ELMo is in the same file.",
            zh="给影评句子打分，从非常负面到非常正面：静态词向量之外再用 ELMo 的向量；"
            "同一文件里还有不用 ELMo 的孪生模型。",
        ),
        "label_titles": {
            "very negative": Text(en="very negative", zh="非常负面"),
            "negative": Text(en="negative", zh="负面"),
            "neutral": Text(en="neutral", zh="中性"),
            "positive": Text(en="positive", zh="正面"),
            "very positive": Text(en="very positive", zh="非常正面"),
        },
        "has_read": Text(
            en="8,544 sentences, and their parts of ten words and more, graded too: 41,282 texts, three times.",
            zh="8544 个句子，以及其中不少于十个词、同样标有等级的片段：共 41282 条文本，读三遍。",
        ),
        "languages": ("en",),
        "licenses": (sources.WIKIPEDIA, sources.BOOKS, sources.DEBIAN, sources.SST_PHRASES, sources.OWN),
        "published": in_the_paper("sst1", "accuracy", 0.514, 0.547),
        "evaluations": (Grades("sst5", "sst1", "valid"), Grades("sst5", "sst1", "test")),
    },
}


def recipe(task: str, base: Callable[[], Bundle]) -> Recipe:
    """What reads a language model. base: its published bundle."""
    plan = elmo_tasks.TASKS[task]
    pooled = "A class is read from the largest state over the words; the paper has a biattentive network."
    return Recipe(
        name=f"elmo-{task}",
        paper=ELMO,
        departures=(
            "One LSTM layer of 150 in each direction, where the paper has two of 200; beside its static vector a word "
            "has one for how it is written, and no network over its letters: those ELMo reads.",
            "The layers are normalised before they are mixed.",
            *(() if plan.tags else (pooled,)),
            ROUNDED,
        ),
        labels=plan.labels,
        max_tokens=elmo.LONGEST,
        train=partial(train, task),
        tiny=partial(tiny, task, 12, 3),
        reads=partial(reads, base),
        graphs=graphs,
        files=field,
        learnt=partial(learnt, task, base),
        **FACTS[task],
    )


RECIPES = tuple(recipe(task, partial(base_of, f"elmo-{plan.language}")) for task, plan in elmo_tasks.TASKS.items())
