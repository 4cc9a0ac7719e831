"""Very small bundles with the conventions of every bundle, made in milliseconds with onnx and numpy alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from hub.card import (
    Card,
    Course,
    DataSet,
    File,
    Metric,
    Paper,
    Parity,
    Part,
    Pooling,
    Question,
    TensorSpec,
    Text,
    Variant,
)

WORDS = ["[PAD]", "[UNK]", "good", "fine", "bad", "poor", "the", "film", "is", "a", "very", "not", "story", "and"]
MAX_TOKENS = 40
WINDOWS = (1, 1, 2, 2)
BIAS = (0.25, -0.25)
HEADS = {"sentiment": ("negative", "positive"), "topic": ("film", "story", "other")}
IDS = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
MASK = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "tokens"])


def pooling_graph(explained: bool) -> onnx.ModelProto:
    """Max over time of two features of words and two of pairs of words; a padding id never wins.

    Outputs: logits (batch, 2) and, where explained, pool_positions and pool_contributions.
    """
    random = np.random.default_rng(0)
    tables = random.uniform(-0.9, 0.9, (3, len(WORDS), 2)).astype(np.float32)  # words, first of a pair, second
    tables[:, 0] = -1.0
    weights = random.normal(size=(len(WINDOWS), 2)).astype(np.float32) * 3
    constants = {
        "words": tables[0],
        "first": tables[1],
        "second": tables[2],
        "weights": weights,
        "bias": np.array(BIAS, np.float32),
        "one_pad": np.array([0, 0, 0, 1], np.int64),  # each text gets one, so that a single word has a pair
        "from_second": np.array([1], np.int64),
        "end": np.array([2**40], np.int64),
        "tokens_axis": np.array([1], np.int64),
        "features_axis": np.array([2], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["words", "input_ids"], ["singles"]),
        node("Pad", ["input_ids", "one_pad"], ["padded"]),
        node("Slice", ["padded", "from_second", "end", "tokens_axis"], ["next_ids"]),
        node("Gather", ["first", "input_ids"], ["firsts"]),
        node("Gather", ["second", "next_ids"], ["seconds"]),
        node("Add", ["firsts", "seconds"], ["pairs"]),
        node("Concat", ["singles", "pairs"], ["features"], axis=2),  # (batch, tokens, 4)
        node("ReduceMax", ["features", "tokens_axis"], ["pooled"], keepdims=0),
        node("Unsqueeze", ["pooled", "features_axis"], ["column"]),
        node("Mul", ["column", "weights"], ["pool_contributions"]),  # (batch, 4, 2)
        node("ArgMax", ["features"], ["pool_positions"], axis=1, keepdims=0),
        node("ReduceSum", ["pool_contributions", "tokens_axis"], ["summed"], keepdims=0),
        node("Add", ["summed", "bias"], ["logits"]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])]
    if explained:
        outputs += [
            helper.make_tensor_value_info("pool_positions", TensorProto.INT64, ["batch", len(WINDOWS)]),
            helper.make_tensor_value_info("pool_contributions", TensorProto.FLOAT, ["batch", len(WINDOWS), 2]),
        ]
    return _model(nodes, [IDS], outputs, constants)


def course_graph(explained: bool) -> onnx.ModelProto:
    """A state that adds up word by word, and two heads that read it; needs the attention mask."""
    random = np.random.default_rng(1)
    constants = {
        "table": random.normal(0, 0.1, (len(WORDS), 3)).astype(np.float32),
        "tokens_axis": np.array([1], np.int64),
        "axis": np.array(1, np.int64),
        "last_axis": np.array([2], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["raw"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "last_axis"], ["column"]),
        node("Mul", ["raw", "column"], ["steps"]),
        node("CumSum", ["steps", "axis"], ["states"]),
        node("ReduceSum", ["steps", "tokens_axis"], ["state"], keepdims=0),
    ]
    outputs = []
    for head, labels in HEADS.items():
        constants[f"weights_{head}"] = random.normal(size=(3, len(labels))).astype(np.float32)
        nodes.append(node("MatMul", ["state", f"weights_{head}"], [f"logits_{head}"]))
        nodes.append(node("MatMul", ["states", f"weights_{head}"], [f"token_logits_{head}"]))
        outputs.append(helper.make_tensor_value_info(f"logits_{head}", TensorProto.FLOAT, ["batch", len(labels)]))
        if explained:
            shape = ["batch", "tokens", len(labels)]
            outputs.append(helper.make_tensor_value_info(f"token_logits_{head}", TensorProto.FLOAT, shape))
    return _model(nodes, [IDS, MASK], outputs, constants)


QUESTIONS = {  # head -> kind of its transformation, labels
    "mood": ("classification", ("negative", "positive")),
    "follows": ("entailment", ("entailment", "neutral", "contradiction")),
    "alike": ("similarity", ("different", "same")),
    "cause": ("choice", ("answer1", "answer2")),
}


def questions_graph() -> onnx.ModelProto:
    """Heads that read a sum in which earlier words count more, so that the order of two texts matters."""
    random = np.random.default_rng(2)
    size = len(WORDS) + len(FRAME)
    constants = {
        "table": random.normal(0, 0.2, (size, 3)).astype(np.float32),
        "tokens_axis": np.array([1], np.int64),
        "axis": np.array(1, np.int64),
        "last_axis": np.array([2], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Gather", ["table", "input_ids"], ["raw"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "last_axis"], ["column"]),
        node("Mul", ["raw", "column"], ["steps"]),
        node("CumSum", ["steps", "axis"], ["states"]),
        node("Mul", ["states", "column"], ["kept"]),
        node("ReduceSum", ["kept", "tokens_axis"], ["state"], keepdims=0),
    ]
    outputs = []
    for head, (kind, labels) in QUESTIONS.items():
        width = 1 if kind == "choice" else len(labels)
        constants[f"weights_{head}"] = random.normal(size=(3, width)).astype(np.float32)
        nodes.append(node("MatMul", ["state", f"weights_{head}"], [f"logits_{head}"]))
        outputs.append(helper.make_tensor_value_info(f"logits_{head}", TensorProto.FLOAT, ["batch", width]))
    return _model(nodes, [IDS, MASK], outputs, constants)


def _model(nodes: list, inputs: list, outputs: list, constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    initializers = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.enable_padding(pad_id=0, pad_token="[PAD]")
    made.enable_truncation(MAX_TOKENS)
    return made


def make_pooling(folder: Path, name: str = "pooling") -> Path:
    """A single-task bundle with the variants fp32 and int8 (logits only, the default)."""
    graphs = {"fp32": pooling_graph(True), "int8": pooling_graph(False)}
    sentences = {"negative": ("the film is bad", "a poor story"), "positive": ("a very good film", "fine")}
    tiny = DataSet(title=Text(en="Tiny texts", zh="微型文本"), texts=Text(en="Texts", zh="文本"), sentences=sentences)
    explanation = Pooling(windows=WINDOWS, bias=BIAS)
    return _write(folder / name, graphs, HEADS["sentiment"], explanation, datasets={"tiny": tiny})


def make_course(folder: Path, name: str = "course") -> Path:
    """A multi-task bundle that reads word by word."""
    return _write(folder / name, {"fp32": course_graph(True), "int8": course_graph(False)}, HEADS, Course())


FRAME = ("<start>", "<delimiter>", "<extract>")


def make_questions(folder: Path, name: str = "questions") -> Path:
    """A bundle with a head for each input transformation of GPT-1."""
    framed = tokenizer()
    framed.add_special_tokens(list(FRAME))
    start, delimiter, extract = FRAME
    framed.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {extract}",
        pair=f"{start} $A {delimiter} $B {extract}",
        special_tokens=[(token, framed.token_to_id(token)) for token in FRAME],
    )
    facts = {
        "task": "input-transformation",
        "questions": {
            head: Question(kind=kind, title=Text(en=f"About {head}", zh=f"关于 {head}"))  # type: ignore[arg-type]
            for head, (kind, _) in QUESTIONS.items()
        },
        "metrics": (Metric(dataset="tiny", split="test", metric="accuracy", value=0.5, variant="int8", head="mood"),),
    }
    graphs = {"fp32": questions_graph(), "int8": questions_graph()}
    labels = {head: labels for head, (_, labels) in QUESTIONS.items()}
    return _write(folder / name, graphs, labels, None, framed, **facts)


def lab_graph(kind: int) -> onnx.ModelProto:
    """loss = sum of (point − target)², its gradient, and the point one step further down; kind: TensorProto.FLOAT, …"""
    node, value = helper.make_node, helper.make_tensor_value_info
    nodes = [
        node("Sub", ["point", "target"], ["error"]),
        node("Mul", ["error", "error"], ["squares"]),
        node("ReduceSum", ["squares"], ["loss"], keepdims=0),
        node("Add", ["error", "error"], ["gradient"]),
        node("Mul", ["rate", "gradient"], ["change"]),
        node("Sub", ["point", "change"], ["next_point"]),
    ]
    inputs = [value("point", kind, ["size"]), value("target", kind, ["size"]), value("rate", kind, [])]
    outputs = [value("loss", kind, []), value("gradient", kind, ["size"]), value("next_point", kind, ["size"])]
    return _model(nodes, inputs, outputs, {})


def make_lab(folder: Path, name: str = "lab", task: str = "descent") -> Path:
    """A bundle that reads no text: the same graph in float32 and float64, and an array."""
    folder = folder / name
    folder.mkdir(parents=True)
    graphs = {"single": lab_graph(TensorProto.FLOAT), "double": lab_graph(TensorProto.DOUBLE)}
    for variant, graph in graphs.items():
        onnx.save(graph, folder / f"{variant}.onnx")
    np.savez(folder / "data.npz", start=np.array([3.0, -2.0]))
    (folder / "README.md").write_text(f"# {name}\n")
    shapes: dict[str, tuple[str, ...]] = {"loss": (), "rate": ()}
    specs = [
        tuple(TensorSpec(name=one, dtype="float32", shape=shapes.get(one, ("size",))) for one in names)
        for names in (("point", "target", "rate"), ("loss", "gradient", "next_point"))
    ]
    Card(
        name=name,
        task=task,
        title=Text(en="Tiny lab", zh="微型实验"),
        summary=Text(en="For the tests.", zh="测试用。"),
        paper=Paper(authors="Nobody", year=2020, title="Tiny", url="https://example.org/tiny"),
        departures=(),
        languages=("en", "zh"),
        licenses=(),
        parameters=0,
        inputs=specs[0],
        outputs=specs[1],
        variants=tuple(
            Variant(
                **describe(folder / f"{variant}.onnx"),  # type: ignore[arg-type]
                name=variant,
                outputs=("loss", "gradient", "next_point"),
                floats=floats,  # type: ignore[arg-type]
                method="by hand",
                parity=Parity(max_abs_difference=0.0, max_relative_difference=0.0),
            )
            for variant, floats in (("single", "float32"), ("double", "float64"))
        ),
        default_variant="single",
        files=tuple(File(**describe(folder / file)) for file in ("data.npz", "README.md")),  # type: ignore[arg-type]
        metrics=(),
        versions={"onnx": onnx.__version__},
        command="by hand",
        created="2026-01-01",
    ).write(folder)
    return folder


ENCODER_WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "a", "is", ".", "cat", "dog", "sleeps", "barks", "rain", "falls"),
    *("我", "你", "的", "猫", "狗", "睡", "雨"),
]
DIM = 6


def _embeddings() -> tuple[list, dict[str, np.ndarray]]:
    """input_ids, position_ids -> embeddings float32 (batch, tokens, DIM)."""
    random = np.random.default_rng(5)
    constants = {
        "table": random.normal(size=(len(ENCODER_WORDS), DIM)).astype(np.float32),
        "places": random.normal(0, 0.2, (MAX_TOKENS, DIM)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Gather", ["places", "position_ids"], ["at"]),
        helper.make_node("Add", ["words", "at"], ["embeddings"]),
    ]
    return nodes, constants


def _body(common: float) -> tuple[list, dict[str, np.ndarray]]:
    """embeddings, attention_mask -> token_embeddings, embedding; common: what all tokens share."""
    random = np.random.default_rng(6)
    constants = {
        "mix": random.normal(0, 0.7, (DIM, DIM)).astype(np.float32),
        "common": np.full(DIM, common, np.float32),
        "tokens_axis": np.array([1], np.int64),
        "last_axis": np.array([2], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("MatMul", ["embeddings", "mix"], ["mixed"]),
        node("Add", ["mixed", "common"], ["token_embeddings"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "last_axis"], ["column"]),
        node("Mul", ["token_embeddings", "column"], ["kept"]),
        node("ReduceSum", ["kept", "tokens_axis"], ["sum"], keepdims=0),
        node("ReduceSum", ["column", "tokens_axis"], ["count"], keepdims=0),
        node("Div", ["sum", "count"], ["mean"]),
        node("LpNormalization", ["mean"], ["embedding"], axis=1, p=2),
    ]
    return nodes, constants


def _floats(name: str, *shape: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def encoder_graphs(common: float) -> dict[str, onnx.ModelProto]:
    """The whole encoder as model.onnx, and its two parts."""
    matrix = _floats("embeddings", "batch", "tokens", DIM)
    outputs = [_floats("embedding", "batch", DIM), _floats("token_embeddings", "batch", "tokens", DIM)]
    places = helper.make_tensor_value_info("position_ids", TensorProto.INT64, ["batch", "tokens"])
    (first, tables), (body, weights) = _embeddings(), _body(common)
    counted = [
        helper.make_node("Sub", ["input_ids", "input_ids"], ["zeros"]),
        helper.make_node("Add", ["zeros", "one"], ["ones"]),
        helper.make_node("CumSum", ["ones", "axis"], ["position_ids"], exclusive=1),
    ]
    counting = {"one": np.array(1, np.int64), "axis": np.array(1, np.int64)}
    return {
        "model.onnx": _model([*counted, *first, *body], [IDS, MASK], outputs, {**counting, **tables, **weights}),
        "embedding-layer.onnx": _model(first, [IDS, places], [matrix], tables),
        "encoder-body.onnx": _model(body, [matrix, MASK], outputs, weights),
    }


def encoder_tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(ENCODER_WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.enable_truncation(MAX_TOKENS)
    return made


def make_encoder(
    folder: Path, name: str, *, common: float = 0.0, base: str = "", language: str = "en", parts: bool = True
) -> Path:
    """A sentence encoder with the variant fp32; common: how collapsed it is."""
    folder = folder / name
    folder.mkdir(parents=True)
    graphs = encoder_graphs(common)
    for file, graph in graphs.items():
        onnx.save(graph, folder / file)
    encoder_tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "README.md").write_text(f"# {name}\n")
    Card(
        name=name,
        task="sentence-similarity",
        title=Text(en=f"Tiny {name}", zh=f"微型 {name}"),
        summary=Text(en="For the tests.", zh="测试用。"),
        paper=Paper(authors="Nobody", year=2020, title="Tiny", url="https://example.org/tiny"),
        departures=(),
        languages=(language,),  # type: ignore[arg-type]
        licenses=(),
        parameters=100,
        inputs=_specs(graphs["model.onnx"].graph.input),
        outputs=_specs(graphs["model.onnx"].graph.output),
        max_tokens=MAX_TOKENS,
        variants=(
            Variant(
                **describe(folder / "model.onnx"),  # type: ignore[arg-type]
                name="fp32",
                outputs=("embedding", "token_embeddings"),
                method="by hand",
                parity=Parity(max_abs_difference=0.0, texts=1),
                quality=0.5,
                quality_drop=0.0,
                batch_independence=0.0,
            ),
        ),
        default_variant="fp32",
        parts=tuple(
            Part(
                **describe(folder / f"{part}.onnx"),  # type: ignore[arg-type]
                name=part,
                inputs=_specs(graphs[f"{part}.onnx"].graph.input),
                outputs=_specs(graphs[f"{part}.onnx"].graph.output),
            )
            for part in ("embedding-layer", "encoder-body")
        )
        if parts
        else (),
        base=base,
        frequent_tokens=("the", ".", "a", "is", "的", "我"),
        files=tuple(File(**describe(folder / file)) for file in ("tokenizer.json", "README.md")),  # type: ignore[arg-type]
        metrics=(
            Metric(dataset="tiny", split="test", metric="spearman", value=0.5, variant="fp32"),
            Metric(dataset="tiny", split="valid", metric="spearman", value=0.4, variant="fp32"),
        ),
        versions={"onnx": onnx.__version__},
        command="by hand",
        created="2026-01-01",
    ).write(folder)
    return folder


def make_encoders(folder: Path) -> Path:
    """A collapsed base, what was trained from it, one that has no parts and no base, and a Chinese pair."""
    make_encoder(folder, "base", common=3.0)
    make_encoder(folder, "trained", common=0.1, base="base")
    make_encoder(folder, "plain", common=1.0, base="elsewhere", parts=False)
    make_encoder(folder, "base-zh", common=3.0, language="zh")
    make_encoder(folder, "trained-zh", common=0.1, base="base-zh", language="zh")
    return folder


def describe(path: Path) -> dict[str, object]:
    """The fields of hub.card.File."""
    content = path.read_bytes()
    return {"file": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def relist(folder: Path) -> None:
    """Write the new sizes and hashes into the card, as someone would who alters a bundle with care."""
    content = json.loads((folder / "card.json").read_text())
    for entry in [*content["files"], *content["variants"], *content["parts"]]:
        entry.update(describe(folder / entry["file"]))
    (folder / "card.json").write_text(json.dumps(content))


def change_card(folder: Path, **changes: object) -> None:
    """Change fields of a card without a check."""
    content = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(content | changes))


def _specs(values: Iterable[onnx.ValueInfoProto]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(
            name=value.name,
            dtype="int64" if value.type.tensor_type.elem_type == TensorProto.INT64 else "float32",
            shape=tuple(axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim),
        )
        for value in values
    )


def _write(
    folder: Path,
    graphs: dict[str, onnx.ModelProto],
    labels: tuple[str, ...] | dict[str, tuple[str, ...]],
    explanation: Pooling | Course | None,
    reading: Tokenizer | None = None,
    **facts: Any,
) -> Path:
    folder.mkdir(parents=True)
    files = {"fp32": "model.onnx", "int8": "model_quantized.onnx"}
    for variant, graph in graphs.items():
        onnx.save(graph, folder / files[variant])
    (reading or tokenizer()).save(str(folder / "tokenizer.json"))
    (folder / "README.md").write_text(f"# {folder.name}\n")
    common: dict[str, Any] = {
        "task": "text-classification",
        "metrics": (Metric(dataset="tiny", split="test", metric="accuracy", value=0.5, variant="int8"),),
    }
    Card(
        name=folder.name,
        title=Text(en=f"Tiny {folder.name}", zh=f"微型 {folder.name}"),
        summary=Text(en="For the tests.", zh="测试用。"),
        paper=Paper(authors="Nobody", year=2020, title="Tiny", url="https://example.org/tiny"),
        departures=(),
        languages=("en",),
        licenses=(),
        parameters=100,
        inputs=_specs(graphs["fp32"].graph.input),
        outputs=_specs(graphs["fp32"].graph.output),
        labels=labels,
        max_tokens=MAX_TOKENS,
        explanation=explanation,
        variants=tuple(
            Variant(
                **describe(folder / files[name]),  # type: ignore[arg-type]
                name=name,
                outputs=tuple(value.name for value in graph.graph.output),
                method="by hand",
                parity=Parity(max_abs_difference=0.0, label_flips=0, texts=1),
                batch_independence=0.0,
            )
            for name, graph in graphs.items()
        ),
        default_variant="int8",
        files=tuple(File(**describe(folder / name)) for name in ("tokenizer.json", "README.md")),  # type: ignore[arg-type]
        versions={"onnx": onnx.__version__},
        command="by hand",
        created="2026-01-01",
        **{**common, **facts},
    ).write(folder)
    return folder
