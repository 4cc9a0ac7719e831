"""What recipes of models that write text share: a decoder graph with a shared cache, held against transformers.

The gates: logits as PyTorch's at every prompt and on running text, read in one piece and in several; 64 greedy tokens
as `generate` gives them; a row of a batch as alone; and of each quantised variant, how far its distribution of the
next token is from PyTorch's on running text, and what that costs in perplexity.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from transformers import GenerationConfig, PreTrainedModel

from export import decoder as exporting
from export import fuse_decoder, graph, publish, texts, verify
from export.evaluations.answers import Answers
from export.evaluations.running_text import RunningText
from export.fuse_decoder import BLOCK, BLOCK4
from export.make import build
from export.pytorch import TorchDecoder
from export.quantise import int4_blocks, int8_blocks, unchanged
from export.recipe import Gate, Graph, Recipe, Sizes, Tensors, Trained, Variant
from export.runner import DecoderRunner, Subject
from hub import weights
from hub.bundle import Bundle
from hub.card import Card, Decoding, Parity
from hub.card import Variant as Published
from hub.decoder import Decoder
from hub.session import Sessions, open_session
from hub.tasks.generate import Engine
from hub.text import TOKENIZER_FILE, PromptTokenizer, open_ended

GREEDY = 64  # tokens that are compared with generate
MAX_ROW = 1e-4  # logits of a text written alone against in a batch: they are sums over the whole model
MAX_PERPLEXITY_DIFFERENCE = 1e-3  # relative, of the fp32 file to PyTorch
TIE = 1e-3  # two logits nearer than this may change places with another order of sums

FP32 = Variant(
    "fp32",
    unchanged,
    file="model.onnx",
    method="torch.onnx.export (dynamo), attention as GroupQueryAttention on a shared cache",
    gates=(
        Gate("difference", verify.MAX_DIFFERENCE, f"logits within {verify.MAX_DIFFERENCE:.0e} of PyTorch's largest"),
        Gate(
            "perplexity_difference",
            MAX_PERPLEXITY_DIFFERENCE,
            f"perplexity within {MAX_PERPLEXITY_DIFFERENCE:.0e} of PyTorch's; {GREEDY} greedy tokens as generate's",
        ),
    ),
)


def losses(kl: float, rise: float) -> tuple[Gate, ...]:
    """What a quantised decoder may lose: nats a token of PyTorch's distribution to its own, and perplexity."""
    return (
        Gate("mean_kl", kl, f"KL to PyTorch at most {kl} nats"),
        Gate("rise", rise, f"perplexity at most {rise:.0%} above, on every split"),
    )


# Text that differs as little as in 4 bits is still that of the same model; in 8 bits it can be had closer.
INT8 = Variant(
    "int8",
    int8_blocks,
    method=f"weights in 8 bits, a scale for {BLOCK} of them (MatMulNBits), the tied table stored once",
    gates=losses(0.01, 0.01),
)
INT4 = Variant(
    "int4",
    int4_blocks,
    file="model_q4.onnx",
    method=f"weights in 4 bits, a scale and a least value for {BLOCK4} of them (MatMulNBits and the sums of the inputs "
    "over each block), the tied table in 8 bits, stored once",
    gates=losses(0.03, 0.02),
)


def writer(
    *,
    end: tuple[str | int, ...],
    texts: tuple[str, ...],
    evaluations: tuple[RunningText | Answers, ...],
    variants: tuple[Variant, ...] = (FP32, INT8),
    context: int | None = None,
    hint: str = "",
    hint_tokens: int = 0,
    **facts: Any,
) -> Recipe:
    """A model that writes text token by token.

    Args:
        end: tokens after which an answer is complete; one that the tokenizer lacks by its id.
        texts: prompts, of which greedy answers are compared with PyTorch's.
        context: tokens of the cache; None: what the model was made for.
        facts: further fields of Recipe; ``train`` gives a causal model of transformers with its tokenizer.
    """
    asked = Asked(facts["name"], facts["task"], end, context, hint, hint_tokens)
    return Recipe(
        texts=texts,
        evaluations=evaluations,
        graphs=partial(graphs, asked, variants),
        learnt=partial(learnt, asked),
        reads=tokenizer,
        config=lambda trained: json.loads(trained.module.config.to_json_string()),  # type: ignore[union-attr, operator]
        round_weights=False,
        hint=hint,
        hint_tokens=hint_tokens,
        **facts,
    )


class Asked:
    """What a decoder is made with beside its weights."""

    def __init__(
        self, name: str, task: str, end: tuple[str | int, ...], context: int | None, hint: str, hint_tokens: int
    ) -> None:
        self.name, self.task, self.end, self.context = name, task, end, context
        self.hint, self.hint_tokens = hint, hint_tokens

    def decoding(self, module: exporting.Decoder, tokenizer: Tokenizer) -> Decoding:
        """Raises ValueError where the tokenizer lacks a token that should end an answer."""
        return Decoding(
            layers=module.layers, kv_heads=module.kv_heads, head_size=module.head_size, context=module.max_length,
            end=tuple(_id_of(tokenizer, token) for token in self.end),
        )  # fmt: skip


def graphs(asked: Asked, variants: tuple[Variant, ...], trained: Trained) -> list[Graph]:
    """The one graph of a decoder."""
    module = _module(asked, trained)
    decoding = asked.decoding(module, trained.tokenizer)
    return [decoder_graph(module, variants, partial(Written, asked, module, decoding), decoding.end)]


def decoder_graph(
    module: exporting.Decoder,
    variants: tuple[Variant, ...] = (FP32,),
    opened: Callable[[Path, Any], Subject] = DecoderRunner,  # type: ignore[assignment]
    end: tuple[int, ...] = (),
) -> Graph:
    """How a decoder is exported, and held against the model that it is of."""

    def sample(_: Sizes) -> Tensors:
        return module.sample()

    def pytorch(_: Graph, reader: PromptTokenizer) -> TorchDecoder:
        return TorchDecoder(module.model, reader, module.max_length)

    return Graph(
        name="model",
        module=module,
        inputs=module.inputs,
        outputs=module.outputs,
        sample=sample,
        shapes=(),  # its prompts are read in pieces of every length instead
        answers=("logits",),
        variants=variants,
        scaled=True,
        max_neighbour=MAX_ROW,
        passes=fuse_decoder.PASSES,
        opset=exporting.OPSET,
        open=opened,
        pytorch=pytorch,
        proofs=(partial(require_greedy, end),),
    )


def learnt(asked: Asked, trained: Trained, _: Path) -> dict[str, object]:
    """Fields of the card that the model says."""
    module = _module(asked, trained)
    decoding = asked.decoding(module, trained.tokenizer)
    return {"max_tokens": decoding.context, "decoding": decoding}


def _module(asked: Asked, trained: Trained) -> exporting.Decoder:
    assert isinstance(trained.module, PreTrainedModel)
    return exporting.Decoder(trained.module, asked.context).eval()


def tokenizer(_: Recipe, trained: Trained, folder: Path) -> PromptTokenizer:
    """Write tokenizer.json for prompts: they come one by one, nothing of them is cut off, and they go on."""
    plain = Tokenizer.from_str(trained.tokenizer.to_str())
    open_ended(plain)
    texts.save(plain, folder)
    return PromptTokenizer(folder / TOKENIZER_FILE)


def _id_of(tokenizer: Tokenizer, token: str | int) -> int:
    found = tokenizer.token_to_id(token) if isinstance(token, str) else token
    if found is None:
        raise ValueError(f"the tokenizer has no token {token!r}, which should end an answer")
    return int(found)


class Written(DecoderRunner):
    """A file of a decoder before its bundle has a card, and the engine that will serve it."""

    def __init__(
        self, asked: Asked, module: exporting.Decoder, decoding: Decoding, file: Path, reader: PromptTokenizer
    ) -> None:
        def opened(path: Path, rows: int) -> Decoder:
            return Decoder(open_session(path, threads=1), decoding, module.vocab_size, rows, decoding.context)

        super().__init__(file, reader, opened)
        self._asked, self._module, self._decoding = asked, module, decoding

    def engine(self) -> Engine:
        """Raises HubError where the file cannot be served."""
        folder, asked = self.file.parent, self._asked
        beside = tuple(weights.locations(self.file))
        variant = Published(
            name=self.file.stem, outputs=self.outputs, data=beside, method="", parity=Parity(max_abs_difference=0),
            **publish.entry(self.file).model_dump(),
        )  # fmt: skip
        card = Card.model_construct(
            name=asked.name, task=asked.task, inputs=self._module.inputs, outputs=self._module.outputs,
            max_tokens=self._decoding.context, decoding=self._decoding, hint=asked.hint, hint_tokens=asked.hint_tokens,
            variants=(variant,), default_variant=variant.name,
            files=tuple(publish.entry(folder / name) for name in (TOKENIZER_FILE, *beside)),
        )  # fmt: skip
        return Engine(Bundle(folder, card, Sessions()), variant.name)


def require_greedy(end: tuple[int, ...], subject: Subject, pytorch: Subject, texts: Sequence[str]) -> None:
    """The greedy answers of transformers' generate, token by token. Raises verify.GateError.

    Where the two most probable tokens are so near that another order of sums may exchange them, the rest of that answer
    is not compared. What the publisher sets for generation (penalties, forced tokens) is not asked of the file.
    """
    assert isinstance(subject, DecoderRunner) and isinstance(pytorch, TorchDecoder)
    decoder = subject.opened()
    for text in texts:
        ids = subject.reader.ids(text)
        count = min(GREEDY, pytorch.context - len(ids))
        plain = GenerationConfig(
            max_new_tokens=count, do_sample=False, num_beams=1, use_cache=True, eos_token_id=list(end) or None,
            pad_token_id=0,
        )  # fmt: skip
        answer = greedy(pytorch.model, ids, plain)
        decoder.cut(0, 0)
        logits = decoder.extend(0, ids)[-1]
        for place, token in enumerate(answer):
            best = np.partition(logits, -2)[-2:]
            if int(logits.argmax()) != token:
                if best[1] - best[0] < TIE:
                    break
                raise verify.GateError(
                    f"token {place} of a greedy answer is {int(logits.argmax())}, generate says {token}"
                )
            if token in end or place == len(answer) - 1:
                break
            logits = decoder.step([0], [token])[0]


def greedy(model: PreTrainedModel, ids: list[int], settings: GenerationConfig) -> list[int]:
    """What generate writes after a prompt by these settings alone, without those that came with the model."""
    published, model.generation_config = model.generation_config, settings
    try:
        with torch.inference_mode(), graph.quiet():
            written = model.generate(torch.tensor([ids]), generation_config=settings)  # type: ignore[operator]
    finally:
        model.generation_config = published
    return [int(token) for token in written[0, len(ids) :]]


def exported(module: exporting.Decoder) -> onnx.ModelProto:
    """The fp32 graph of a decoder. Raises ExportError."""
    return build(decoder_graph(module))
