"""What a Writer puts into its bundle: decoder graphs with a shared cache, held against transformers.

The path itself is export/make.py. The gates: logits as PyTorch's at every prompt, read in one piece and in several;
64 greedy tokens as `generate` gives them; a row of a batch as alone; and of each quantised variant, how far its
distribution of the next token is from PyTorch's on running text, and what that costs in perplexity.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer

from export import decoder as exporting
from export import fuse, fuse_decoder, golden, graph, publish, verify
from export.lab import Contents
from export.quantise import Source, unchanged
from export.recipe import AnswerEvaluation, Pretrained, TextEvaluation, Variant, Writer
from hub import limits
from hub.bundle import Bundle
from hub.card import PERPLEXITY, Card, Decoding, Metric, Parity
from hub.card import Variant as Published
from hub.decoder import Decoder
from hub.session import Sessions, open_session
from hub.tasks.generate import Engine, Request
from hub.text import TOKENIZER_FILE, PromptTokenizer, open_ended

FP32 = Variant(
    "fp32",
    unchanged,
    file="model.onnx",
    method="torch.onnx.export (dynamo), attention as GroupQueryAttention on a shared cache",
)
GREEDY = 64  # tokens that are compared with generate
CHUNK = 256  # tokens of running text that are read at a time
MAX_ROW = 1e-4  # logits of a text written alone against in a batch: they are sums over the whole model
MAX_PERPLEXITY_DIFFERENCE = 1e-3  # relative, of the fp32 file to PyTorch
TIE = 1e-3  # two logits nearer than this may change places with another order of sums


@dataclass(frozen=True)
class Reading:
    """Running text as a decoder reads it, and what PyTorch says of it: log-probabilities are in nats."""

    evaluation: TextEvaluation
    ids: list[list[int]]  # a piece of a text each, at most the context

    @property
    def tokens(self) -> int:
        """Tokens that are predicted: all but the first of each piece."""
        return sum(len(piece) - 1 for piece in self.ids)


@dataclass
class Compared:
    """Sums over the tokens of a Reading."""

    tokens: int = 0
    loss: float = 0.0
    reference_loss: float = 0.0
    kl: float = 0.0
    same: int = 0
    difference: float = 0.0

    @property
    def perplexity(self) -> float:
        return float(np.exp(self.loss / self.tokens))

    @property
    def reference_perplexity(self) -> float:
        return float(np.exp(self.reference_loss / self.tokens))


class WriterWork:
    """A decoder on its way into a folder."""

    def __init__(self, recipe: Writer, checkpoints: Path) -> None:
        self.recipe, self.checkpoints = recipe, checkpoints
        self.steps = 2 + len(recipe.variants)
        self.opset = exporting.OPSET

    def load(self) -> None:
        """Train, or load what is finished."""
        self.pretrained = self.recipe.train(self.checkpoints)
        self.pretrained.model.eval().requires_grad_(False)

    def fill(self, folder: Path, step: Callable[[str], None], note: Callable[[str], None]) -> Contents:
        """Write everything but the card, the configuration and README.md. Raises GateError."""
        recipe, model = self.recipe, self.pretrained.model
        tokenizer = _plain(self.pretrained.tokenizer)
        tokenizer.save(str(folder / TOKENIZER_FILE))
        prompts = PromptTokenizer(folder / TOKENIZER_FILE)
        ids = [prompts.ids(text) for text in recipe.prompts]
        step("graphs")
        module = exporting.Decoder(model, recipe.context).eval()
        decoding = Decoding(
            layers=module.layers, kv_heads=module.kv_heads, head_size=module.head_size, context=module.max_length,
            end=tuple(_id_of(tokenizer, token) for token in recipe.end),
        )  # fmt: skip
        exported = build(module)
        beside = {FP32.name: graph.save(exported, folder / FP32.file)}
        for wanted in recipe.variants:
            quantised = wanted.make(Source(module, exported, ()))
            beside[wanted.name] = graph.save(quantised, folder / wanted.file)
        del exported
        readings = [read(evaluation, prompts, decoding.context) for evaluation in recipe.evaluations]
        variants: list[Published] = []
        metrics: list[Metric] = []
        arrays: dict[str, np.ndarray] = {"texts": np.array(recipe.prompts)}
        arrays |= {f"ids/{number}": np.array(one) for number, one in enumerate(ids)}
        for wanted in (FP32, *recipe.variants):
            step(f"verify {wanted.name}")
            path = folder / wanted.file
            full = wanted.name == FP32.name

            def opened(rows: int, path: Path = path) -> Decoder:
                return Decoder(open_session(path, threads=1), decoding, module.vocab_size, rows, decoding.context)

            found = [compare(opened(1), model, reading) for reading in readings]
            neighbour = neighbour_difference(opened, ids)
            if full:
                require_greedy(opened(1), self.pretrained, ids, decoding)
            variant = _described(recipe, wanted, path, beside[wanted.name], found[0], neighbour)
            variants.append(variant)
            note(_line(recipe, variant, found[0], folder))
            outputs = golden.after_prompts(opened(1), ids)
            if full:
                arrays |= {f"pytorch/{name}": values for name, values in torch_after_prompts(model, ids).items()}
                arrays["tolerance/fp32"] = np.array(golden.FP32_TOLERANCE * _scale(outputs))
            else:
                arrays |= {f"{wanted.name}/{name}": values for name, values in outputs.items()}
                arrays[f"tolerance/{wanted.name}/logits"] = np.array(golden.QUANTISED_TOLERANCE * _scale(outputs))
            metrics += [
                Metric(
                    dataset=reading.evaluation.dataset, split=reading.evaluation.split, metric=PERPLEXITY,
                    value=one.perplexity, variant=wanted.name,
                )
                for reading, one in zip(readings, found, strict=True)
            ]  # fmt: skip
        metrics += measured(recipe, folder, module, decoding, variants)
        default = next((one.name for one in reversed(variants) if one.passed and not one.omitted), None)
        if default is None:
            raise verify.GateError(f"{recipe.name}: no variant may be published: {variants[-1].gate}")
        golden.write(folder, arrays)
        published = [self._kept(folder, variant) if variant.omitted else variant for variant in variants]
        card = {
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "inputs": module.inputs,
            "outputs": module.outputs,
            "max_tokens": decoding.context,
            "decoding": decoding,
            "prompts": recipe.suggested,
            "chat_template": self.pretrained.chat_template,
            "special_tokens": self.pretrained.special_tokens,
            "hint": recipe.hint,
            "hint_tokens": recipe.hint_tokens,
            "variants": tuple(published),
            "default_variant": default,
            "metrics": tuple(metrics),
        }
        return Contents(card, json.loads(model.config.to_json_string()))

    def _kept(self, folder: Path, variant: Published) -> Published:
        """Take what is not shipped out of the bundle; what passed is kept beside the checkpoints."""
        names = (variant.file, *variant.data)
        size = sum((folder / name).stat().st_size for name in names)
        for name in names:
            if variant.passed:
                self.checkpoints.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / name, self.checkpoints / name)
            (folder / name).unlink()
        return variant.model_copy(update={"bytes": size, "data": ()})


def build(module: exporting.Decoder) -> onnx.ModelProto:
    """The fp32 graph. Raises ExportError."""
    exported = graph.export(module, module.inputs, module.outputs, module.sample(), exporting.OPSET)
    return fuse.run(exported, fuse_decoder.PASSES)


def _plain(tokenizer: Tokenizer) -> Tokenizer:
    """A copy for prompts: they come one by one, nothing of them is cut off, and they go on."""
    made = Tokenizer.from_str(tokenizer.to_str())
    open_ended(made)
    return made


def _id_of(tokenizer: Tokenizer, token: str | int) -> int:
    found = tokenizer.token_to_id(token) if isinstance(token, str) else token
    if found is None:
        raise ValueError(f"the tokenizer has no token {token!r}, which should end an answer")
    return int(found)


# --- answers, by the engine that serves -----------------------------------------------------------------------------


def measured(
    recipe: Writer, folder: Path, module: exporting.Decoder, decoding: Decoding, variants: Sequence[Published]
) -> list[Metric]:
    """What every variant that passed answers to the requests of the recipe. Raises GateError, HubError."""
    if not recipe.answers:
        return []
    passed = tuple(one.model_copy(update={"omitted": False}) for one in variants if one.passed)
    beside = [name for one in passed for name in one.data]
    card = Card.model_construct(
        name=recipe.name, task=recipe.task, inputs=module.inputs, outputs=module.outputs,
        max_tokens=decoding.context, decoding=decoding,
        hint=recipe.hint, hint_tokens=recipe.hint_tokens, variants=passed, default_variant=passed[0].name,
        files=tuple(publish.describe(folder / name) for name in (TOKENIZER_FILE, *beside)),
    )  # fmt: skip
    bundle = Bundle(folder, card, Sessions())
    found = []
    for variant in passed:
        engine = Engine(bundle, variant.name)
        for wanted in recipe.answers:
            found += [
                Metric(dataset=wanted.dataset, split=wanted.split, metric=name, value=value, variant=variant.name)
                for name, value in scored(wanted, engine).items()
            ]
    return found


def scored(wanted: AnswerEvaluation, engine: Engine) -> dict[str, float]:
    """Metric -> value. Raises GateError where an answer was cut off by the clock."""
    return wanted.score(answered(engine, wanted.requests(engine)))


def answered(engine: Engine, requests: Sequence[Request]) -> list[str]:
    """The answers in their order; as many at a time as the engine has rows for."""
    found: list[str] = []
    waiting: deque = deque()
    for request in [*requests, None]:
        while waiting and (request is None or len(waiting) == limits.MAX_STREAMS):
            stream = waiting.popleft()
            found.append(stream.text())
            if stream.end.reason in ("cancelled", "time"):
                raise verify.GateError(f"answer {len(found)} of {engine.name} was not finished: {stream.end.reason}")
        if request is not None:
            waiting.append(engine.start(request))
    return found


# --- against PyTorch ----------------------------------------------------------------------------------------------


def read(evaluation: TextEvaluation, tokenizer: PromptTokenizer, context: int) -> Reading:
    """The texts in pieces of at most the context, each read from its beginning."""
    whole = [tokenizer.ids(text) for text in evaluation.texts()]
    pieces = [one[start : start + context] for one in whole for start in range(0, len(one), context)]
    return Reading(evaluation, [piece for piece in pieces if len(piece) > 1])


def compare(decoder: Decoder, model: torch.nn.Module, reading: Reading) -> Compared:
    """A file and PyTorch on the same text, token by token."""
    made = Compared()
    for piece in reading.ids:
        decoder.cut(0, 0)
        with torch.inference_mode():
            expected = model(torch.tensor([piece])).logits[0].float()  # (tokens, vocabulary)
        for start in range(0, len(piece) - 1, CHUNK):
            part = piece[start : min(start + CHUNK, len(piece) - 1)]
            found = torch.from_numpy(decoder.extend(0, part, range(len(part))))
            wanted = expected[start : start + len(part)]
            following = torch.tensor(piece[start + 1 : start + 1 + len(part)])[:, None]
            ours, theirs = found.double().log_softmax(-1), wanted.double().log_softmax(-1)
            made.tokens += len(part)
            made.loss -= float(ours.gather(1, following).sum())
            made.reference_loss -= float(theirs.gather(1, following).sum())
            made.kl += float((theirs.exp() * (theirs - ours)).sum())
            made.same += int((found.argmax(-1) == wanted.argmax(-1)).sum())
            made.difference = max(made.difference, float((found - wanted).abs().max()))
    return made


def neighbour_difference(opened: Callable[[int], Decoder], prompts: list[list[int]], steps: int = 8) -> float:
    """max |logits of a text alone - of the same text in a batch with others|, while they are written together."""

    def written(group: list[list[int]]) -> list[list[np.ndarray]]:
        decoder = opened(len(group))
        last = [decoder.extend(row, ids)[-1] for row, ids in enumerate(group)]
        seen: list[list[np.ndarray]] = [[] for _ in group]
        for number in range(steps):
            logits = decoder.step(range(len(group)), [ids[number % len(ids)] for ids in group])
            for row, values in enumerate(logits):
                seen[row].append(values.copy())
        return [[first, *later] for first, later in zip(last, seen, strict=True)]

    together = written(prompts)
    alone = [written([ids])[0] for ids in prompts]
    return max(
        float(np.abs(one - other).max())
        for row, single in zip(together, alone, strict=True)
        for one, other in zip(row, single, strict=True)
    )


def torch_after_prompts(model: torch.nn.Module, prompts: list[list[int]]) -> dict[str, np.ndarray]:
    """As golden.after_prompts, by PyTorch."""
    with torch.inference_mode():
        return {
            f"logits_{number}": model(torch.tensor([ids])).logits[:, -1].float().numpy()
            for number, ids in enumerate(prompts)
        }


def require_greedy(decoder: Decoder, pretrained: Pretrained, prompts: list[list[int]], decoding: Decoding) -> None:
    """The greedy answers of transformers' generate, token by token. Raises GateError.

    Where the two most probable tokens are so near that another order of sums may exchange them, the rest of that answer
    is not compared.
    """
    for ids in prompts:
        count = min(GREEDY, decoding.context - len(ids))
        with torch.inference_mode(), graph.quiet():
            made = pretrained.model.generate(  # type: ignore[operator]
                torch.tensor([ids]), max_new_tokens=count, do_sample=False, num_beams=1, use_cache=True,
                eos_token_id=list(decoding.end) or None, pad_token_id=0, repetition_penalty=1.0,
            )[0, len(ids):].tolist()  # fmt: skip
        decoder.cut(0, 0)
        logits = decoder.extend(0, ids)[-1]
        for place, token in enumerate(made):
            best = np.partition(logits, -2)[-2:]
            if int(logits.argmax()) != token:
                if best[1] - best[0] < TIE:
                    break
                raise verify.GateError(
                    f"token {place} of a greedy answer is {int(logits.argmax())}, generate says {token}"
                )
            if token in decoding.end or place == len(made) - 1:
                break
            logits = decoder.step([0], [token])[0]


def gate(wanted: Variant) -> str:
    """What a variant has to keep to be published, for a reader."""
    if wanted.name == FP32.name:
        return f"perplexity within {MAX_PERPLEXITY_DIFFERENCE:.0e} of PyTorch's; {GREEDY} greedy tokens as generate's"
    return f"KL to PyTorch at most {wanted.max_kl} nats, perplexity at most {wanted.max_rise:.0%} above"


def _described(
    recipe: Writer, wanted: Variant, path: Path, beside: tuple[str, ...], found: Compared, neighbour: float
) -> Published:
    full = wanted.name == FP32.name
    kl, rise = found.kl / found.tokens, found.perplexity / found.reference_perplexity - 1
    near = neighbour <= MAX_ROW
    if full and (abs(rise) > MAX_PERPLEXITY_DIFFERENCE or not near):
        raise verify.GateError(
            f"{recipe.name}: the fp32 perplexity is {rise:+.1e} off PyTorch's (allowed "
            f"{MAX_PERPLEXITY_DIFFERENCE:.0e}), a row alone {neighbour:.1e} from in a batch (allowed {MAX_ROW:.0e})"
        )
    passed = near and (full or (kl <= wanted.max_kl and rise <= wanted.max_rise))
    proto = onnx.load(path, load_external_data=False)
    return Published(
        name=wanted.name,
        file=path.name,
        bytes=path.stat().st_size,
        sha256=publish.sha256(path),
        outputs=tuple(value.name for value in proto.graph.output),
        data=beside,
        method=wanted.described,
        parity=Parity(
            max_abs_difference=found.difference,
            tokens=found.tokens,
            mean_kl=kl,
            top1_agreement=found.same / found.tokens,
        ),
        quality=found.perplexity,
        gate=gate(wanted),
        passed=passed,
        batch_independence=neighbour,
        operators=graph.operators(proto),
        omitted=not passed or not (recipe.publish_fp32 if full else wanted.publish),
    )


def _scale(outputs: dict[str, np.ndarray]) -> float:
    return max(1.0, max(float(np.abs(values).max()) for values in outputs.values()))


def _line(recipe: Writer, variant: Published, found: Compared, folder: Path) -> str:
    fate = "ok" if not variant.omitted else "measured, not shipped" if variant.passed else "NOT PASSED, not shipped"
    size = sum((folder / name).stat().st_size for name in (variant.file, *variant.data))
    return (
        f"{recipe.name:24} {variant.name:5} {size / 1e6:6.2f} MB  perplexity {found.perplexity:.3f} (PyTorch "
        f"{found.reference_perplexity:.3f})  KL {found.kl / found.tokens:.1e}  first choice "
        f"{found.same / found.tokens:.2%} of {found.tokens:,}  batch {variant.batch_independence:.0e}  {fate}"
    )
