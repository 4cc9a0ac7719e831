"""xlnet-*: one module that is asked for tokens in any order, trained by three objectives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from export import golden, texts, verify
from export.evaluations.orders import Hidden
from export.evaluations.probed import PartsOfSpeech
from export.recipe import Gate, Graph, Recipe, Sizes, Tensors, Trained
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from export.repeated import over_seeds
from export.runner import Subject
from hub.card import Orders, Paper, Repeated, TensorSpec, Text
from hub.orders import OrderReader
from hub.tasks.permutation import TASK
from hub.text import TOKENIZER_FILE
from models.training import bert, corpus, xlnet, xlnet_tasks
from models.xlnet import LanguageModel, MaskedLanguageModel, XLNetConfig

TOLERANCE = 2e-5
RISE = Gate("rise", float(np.expm1(0.02)), "at most 0.02 nats a token above fp32 on every split")
SHAPES = tuple(
    {"batch": batch, "tokens": tokens, "targets": targets, "memory": memory}
    for batch, memory in ((1, 0), (2, 3), (7, 0))
    for tokens, targets in ((2, 1), (8, 8), (17, 3), (126, 21))
)


class Asked(nn.Module):
    """The language model with what explains it."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor,
        perm_mask: Tensor,
        target_mapping: Tensor,
        mems: Tensor,
        placed: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """See models.xlnet.LanguageModel.forward."""
        logits, streams = self.model(input_ids, token_type_ids, perm_mask, target_mapping, mems, placed)
        found = {"logits": logits, "content_attention": torch.stack(streams.content_attention)}
        if streams.query_attention:
            found["query_attention"] = torch.stack(streams.query_attention)
        return {**found, "new_mems": torch.stack(streams.mems)}


def graphs(trained: Trained) -> list[Graph]:
    """One graph: tokens, masks and targets in, logits and both attentions out."""
    model = trained.module
    assert isinstance(model, LanguageModel)
    config, masked = model.body.config, isinstance(model, MaskedLanguageModel)
    layers, size = config.layers, config.hidden_size
    inputs = {
        "input_ids": ("int64", ("batch", "tokens"), "tokens of tokenizer.json"),
        "token_type_ids": ("int64", ("batch", "tokens"), "segments; only whether two are the same matters"),
        "perm_mask": ("float32", ("batch", "tokens", "tokens"), "1: token i may not see token j"),
        "target_mapping": ("float32", ("batch", "targets", "tokens"), "1 where each target stands"),
        "mems": ("float32", (layers, "batch", "memory", size), "new_mems of the tokens before; memory may be 0"),
        "placed": ("float32", ("batch", "targets"), "0: where it stands is hidden from the target"),
    }
    if masked:
        del inputs["placed"]
    outputs = {
        "logits": (("batch", "targets", config.vocabulary), "of the token at each target"),
        "content_attention": ((layers, "batch", config.heads, "tokens", "seen"), "memory first, then the tokens"),
        "query_attention": ((layers, "batch", config.heads, "targets", "seen"), "of the targets"),
        "new_mems": ((layers, "batch", "tokens", size), "what each layer reads of these tokens"),
    }
    if masked:
        del outputs["query_attention"]
    found = tuple(
        TensorSpec(name=name, dtype="float32", shape=shape, meaning=meaning)
        for name, (shape, meaning) in outputs.items()
    )
    close = Gate(
        "max_abs_difference", TOLERANCE, f"every output within {TOLERANCE:.0e} of PyTorch, of its largest value"
    )
    return [
        Graph(
            name="model",
            module=Asked(model),
            inputs=tuple(
                TensorSpec(name=name, dtype=dtype, shape=shape, meaning=meaning)  # type: ignore[arg-type]
                for name, (dtype, shape, meaning) in inputs.items()
            ),
            outputs=found,
            answers=("logits",),
            sample=partial(sample, config, tuple(inputs)),
            example={"batch": 3, "tokens": 11, "targets": 5, "memory": 7},
            shapes=SHAPES,
            tolerance=TOLERANCE,
            scaled=True,
            variants=(
                replace(texts.FP32, gates=(close,), publish=False),
                replace(texts.INT8_WEIGHTS, gates=(RISE,)),
            ),
            proofs=() if masked else (partial(no_leak, config),),
        )
    ]


def sample(config: XLNetConfig, names: Sequence[str], sizes: Sizes) -> Tensors:
    """Random tokens in random orders, the first of them seen by all."""
    batch, tokens, targets = sizes["batch"], sizes["tokens"], sizes["targets"]
    ranks = torch.rand(batch, tokens)
    ranks[:, 0] = -1
    hidden = (ranks[:, :, None] <= ranks[:, None]).float()
    hidden[:, :, 0] = 0
    places = torch.rand(batch, tokens).argsort(1)[:, :targets]
    found = {
        "input_ids": torch.randint(0, config.vocabulary, (batch, tokens)),
        "token_type_ids": torch.randint(0, 3, (batch, tokens)),
        "perm_mask": hidden,
        "target_mapping": nn.functional.one_hot(places, tokens).float(),
        "mems": torch.randn(config.layers, batch, sizes["memory"], config.hidden_size),
        "placed": torch.ones(batch, targets),
    }
    return {name: found[name] for name in names}


def no_leak(config: XLNetConfig, subject: Subject, _: Subject, __: Sequence[str]) -> None:
    """Every token of an order is exchanged in turn: an answer moves if and only if the mask lets it be seen.

    Raises GateError.
    """
    torch.manual_seed(0)
    tokens = 7
    for _round in range(5):
        drawn = sample(config, subject.inputs, {"batch": 1, "tokens": tokens, "targets": tokens, "memory": 0})
        drawn["target_mapping"] = torch.eye(tokens)[None]
        mask = drawn["perm_mask"][0].numpy()
        ids = drawn["input_ids"].repeat(tokens + 1, 1)
        for place in range(tokens):
            ids[place + 1, place] = (ids[0, place] + 1) % config.vocabulary
        rows = {name: values.repeat_interleave(tokens + 1, int(name == "mems")) for name, values in drawn.items()}
        logits = subject.run(verify.arrays(rows | {"input_ids": ids}), ["logits"])["logits"]
        moved = np.abs(logits[1:] - logits[0]).max(2).T > 0
        if (moved != (mask == 0)).any():
            raise verify.GateError(f"an answer moved where the mask forbids it, or stood still: {moved.astype(int)}")


def reader(name: str, recipe: Recipe, trained: Trained, folder: Path) -> OrderReader:
    """Write tokenizer.json. Raises ValueError where it alone would not do what the recipe declares."""
    assert recipe.max_tokens is not None
    texts.require(recipe.name, trained.tokenizer, recipe.max_tokens)
    texts.save(trained.tokenizer, folder)
    return OrderReader(folder / TOKENIZER_FILE, recipe.max_tokens, orders(name, trained))


def orders(name: str, trained: Trained) -> Orders:
    """How the graph is asked."""
    model = trained.module
    assert isinstance(model, LanguageModel)
    config = model.body.config
    return Orders(
        objective=xlnet.PLANS[name].objective,
        mask_id=bert.MASK_ID,
        cls_segment=xlnet.CLS_SEGMENT,
        layers=config.layers,
        heads=config.heads,
        hidden_size=config.hidden_size,
    )


def train(name: str, folder: Path) -> Trained:
    """Train, go on, or load what is finished."""
    model, tokenizer = xlnet.pretrain(name, folder)
    tokenizer.enable_truncation(xlnet.LONGEST)
    return Trained(model, tokenizer)


def learnt(name: str, trained: Trained, folder: Path) -> dict[str, object]:
    """How the graph is asked, and what its weights are worth where it is fine-tuned."""
    scores = folder / xlnet_tasks.SCORES_FILE
    repeated: tuple[Repeated, ...] = ()
    if scores.exists():
        found = json.loads(scores.read_text(encoding="utf-8"))
        repeated = tuple(row for task, arms in found.items() for row in over_seeds(task, "accuracy", arms))
    return {"orders": orders(name, trained), "repeated": repeated}


def tiny(name: str) -> Trained:
    plan = xlnet.PLANS[name]
    language = replace(bert.LANGUAGES[plan.language], vocabulary=260, alphabet=80)
    tokenizer = bert.wordpiece(iter(golden.texts(golden.TEXTS)), language)
    tokenizer.enable_truncation(xlnet.LONGEST)
    torch.manual_seed(0)
    small = {"hidden_size": 16, "layers": 2, "heads": 2, "intermediate_size": 32, "initializer_range": 0.3}
    kind = MaskedLanguageModel if plan.objective == "masked" else LanguageModel
    return Trained(kind(XLNetConfig(tokenizer.get_vocab_size(), **small)).eval(), tokenizer)  # type: ignore[arg-type]


def paragraphs(dataset: str, split: str) -> list[str]:
    """Running text of a split."""
    return [line for text in corpus.load(dataset, split)["text"] for line in text.split("\n") if line.strip()]


XLNET = Paper(
    authors="Yang, Dai, Yang, Carbonell, Salakhutdinov, Le",
    year=2019,
    title="XLNet: Generalized Autoregressive Pretraining for Language Understanding",
    url="https://arxiv.org/abs/1906.08237",
)
SMALL = (
    "4 layers of 256 and 4 heads (the paper: 24 of 1,024 and 16), the WordPiece vocabulary of the small BERT (the "
    "paper: SentencePiece of 32,000), blocks of 128 tokens (512).",
    "25 million tokens, each read once; the paper reads 32.9 billion tokens several times. No dropout, since none is "
    "read twice.",
    "A token that may see nothing gets zero from its attention; in the released code it sees everything.",
    "[CLS] comes first, as in the small BERT, and is seen by all; in the released code it comes last.",
)
SPANS = "One token of six is asked for, in spans of 1 to 5 tokens; a span may begin inside a word."
OBJECTIVES = {
    "permutation": (
        SPANS,
        "Memory: half of the batches are read as two segments of 64 tokens, the first one the memory of the second; "
        "the paper carries 256 of 512 tokens on from block to block.",
    ),
    "forward": (SPANS, "Trained from left to right: what the paper's objective is for one order alone."),
    "masked": ("Trained as BERT is: [MASK] at 8 of 10 targets, another token at one, itself at one; no query stream.",),
}
FACTS = {
    "xlnet-en": (
        Text(en="XLNet, English, trained here", zh="XLNet，英文，本站训练"),
        Text(
            en="A language model of every order of the words: it says how probable a token is, whichever others are "
            "known.",
            zh="适用于任意词序的语言模型：无论已知哪些词，都能说出某个词元的概率。",
        ),
    ),
    "xlnet-zh": (
        Text(en="XLNet, Chinese, trained here", zh="XLNet，中文，本站训练"),
        Text(
            en="A language model of every order of the characters: it says how probable one is, whichever others are "
            "known.",
            zh="适用于任意字序的语言模型：无论已知哪些字，都能说出某个字的概率。",
        ),
    ),
    "xlnet-ar-en": (
        Text(en="The same network, left to right, English", zh="同一网络，自左向右，英文"),
        Text(
            en="XLNet's network, trained to predict each token from what is before it: to be compared with it.",
            zh="与 XLNet 相同的网络，训练目标是只凭前文预测：用来和它比较。",
        ),
    ),
    "xlnet-mlm-en": (
        Text(en="The same network, masked as BERT is, English", zh="同一网络，BERT 式遮盖，英文"),
        Text(
            en="XLNet's network, trained to restore masked tokens independently of each other: to be compared with it.",
            zh="与 XLNet 相同的网络，训练目标是各自独立地还原被遮盖的词元：用来和它比较。",
        ),
    ),
}
HELD_OUT = {"en": "wiki_en", "zh": "corpus_zh"}
PROBED = {"en": sources.PROBED[0], "zh": sources.PROBED_ZH[0]}
TREEBANKS = {"en": "pos_en_ewt", "zh": "pos_zh_gsd"}


def recipe(name: str) -> Recipe:
    """One of the four."""
    plan, (title, summary) = xlnet.PLANS[name], FACTS[name]
    english = plan.language == "en"
    held_out = HELD_OUT[plan.language]
    return Recipe(
        name=name,
        task=TASK,
        title=title,
        summary=summary,
        has_read=Text(
            en="25 million tokens, each once: "
            + (
                "English Wikipedia, free books and textbooks, sentences."
                if english
                else "articles, laws, novels, news."
            ),
            zh="2500 万词元，各读一遍："
            + ("英文维基百科、自由授权的图书与教材、各类句子。" if english else "文章、法律、小说、新闻等。"),
        ),
        paper=XLNET,
        departures=(*SMALL, *OBJECTIVES[plan.objective], ROUNDED),
        languages=(plan.language,),  # type: ignore[arg-type]
        licenses=(*(sources.ENGLISH_TEXT if english else sources.CHINESE_TEXT[1:]), PROBED[plan.language], sources.OWN),
        max_tokens=xlnet.LONGEST,
        texts=golden.TEXTS[plan.language][1:3],  # each has logits of the whole vocabulary
        train=partial(train, name),
        tiny=partial(tiny, name),
        reads=partial(reader, name),
        graphs=graphs,
        learnt=partial(learnt, name),
        evaluations=(
            Hidden(held_out, "valid", partial(paragraphs, held_out, "valid")),
            Hidden(held_out, "test", partial(paragraphs, held_out, "test")),
            PartsOfSpeech(TREEBANKS[plan.language]),
        ),
    )


RECIPES = tuple(map(recipe, xlnet.PLANS))
