"""Small GPT-2 models, pre-trained here: `python -m models.training.gpt tldr-en` and `poetry-zh`.

The paper is models/gpt.py: Radford et al. 2019, whose section numbers stand below. The tokenizer is byte-level BPE
(section 2.2).

Both read whole texts first ("blocks" or "poems": every token is predicted). The summariser then reads documents that
end in the hint of section 3.6, "TL;DR:", and is asked for the summary alone ("pairs"), at last for the document too,
by half ("both"): else it forgets how to write one. At the end it is rewarded for what it writes itself ("rewarded",
models/rewarded.py).

Departures: 4 layers of 256 (what a core can train in an hour or two). So few tokens do not form the heads that copy,
which a summary needs: the summariser starts with such heads (models/copying.py), and a part of its blocks repeats an
earlier passage. The summaries are learnt with supervision, where the paper only asks for them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import GPT2Config, GPT2LMHeadModel, OpenAIGPTConfig, OpenAIGPTLMHeadModel, PreTrainedModel

from models import rewarded
from models.copying import start_copying
from models.gpt import IGNORED, Decoder, GPTConfig, NextToken
from models.training import corpus, fit, runs

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
END = "<|endoftext|>"
END_ID = 0
HINT = "\nTL;DR:"  # section 3.6
CONTEXT = 512
VALID_BLOCKS = 48
ECHOES = 0.4  # of the blocks hold a passage twice
SWAPS = 0.3  # of the rarer words that a document and its summary share
COMMON = 600  # tokens before this are bytes, syllables and the most frequent words
COPYING: dict[str, Any] = {"sharp": (3.0, 1.0), "carried": 0.08, "copied": 0.5}  # of start_copying, with pre-norm
READ, SUMMARY = 192, 64  # tokens of a document that are read, and of its summary that are asked for

ADAM = {"adam_beta2": 0.98, "optim": "adamw_torch_fused"}

Pair = tuple[str, str]  # what is given, what is to be written
Split = tuple[list[fit.Example], list[fit.Example]]  # training, validation


# --- text ---------------------------------------------------------------------------------------------------------


def byte_level(
    texts: Iterator[str], vocabulary: int, *, special: Sequence[str] = (END,), lower: bool = False
) -> Tokenizer:
    """Byte-level BPE (section 2.2), trained on the texts; a Chinese character is never merged with its neighbour."""
    tokenizer = Tokenizer(models.BPE())
    if lower:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # the characters themselves: an escape \U would be read as letters, and "f" and "A" stand alone
            pre_tokenizers.Split(Regex("[\u3400-\u9fff\U00020000-\U0003ffff]"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def blocks(tokenizer: Tokenizer, texts: Sequence[str], length: int = CONTEXT) -> np.ndarray:
    """The texts one after the other, END between them, cut into blocks: uint16 (blocks, length + 1)."""
    parts = []
    for start in range(0, len(texts), 8192):
        for code in tokenizer.encode_batch_fast(list(texts[start : start + 8192])):
            parts.append(np.array([*code.ids, END_ID], np.uint16))
    stream = np.concatenate(parts)
    return stream[: len(stream) // (length + 1) * (length + 1)].reshape(-1, length + 1)


def with_echoes(rows: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Blocks of which a share repeats a passage of 24 to 128 tokens further on."""
    rng = np.random.default_rng(seed)
    made = rows.copy()
    length = rows.shape[1]
    for index in np.flatnonzero(rng.random(len(made)) < share):
        size = int(rng.integers(24, 129))
        source = int(rng.integers(0, length - 2 * size))
        target = int(rng.integers(source + size, length - size + 1))
        made[index, target : target + size] = made[index, source : source + size]
    return made


def predicted(ids: Sequence[int], given: int = 0, auxiliary: bool = False) -> fit.Example:
    """An example that asks for every token after the first ``given`` ones (and never for the first).

    auxiliary: the given ones count too, by AUXILIARY.
    """
    known = max(given - 1, 0)
    example = {"input_ids": list(ids[:-1]), "labels": [IGNORED] * known + list(ids[1 + known :])}
    if auxiliary:
        example["auxiliary"] = list(ids[1 : 1 + known])
    return example


def collate(examples: Sequence[fit.Example]) -> dict[str, Tensor]:
    """Pad to the longest on the right, where the causal mask hides the padding."""
    longest = max(len(example["input_ids"]) for example in examples)
    batch = {}
    for key in dict.fromkeys(key for example in examples for key in example):
        padded = np.full((len(examples), longest), END_ID if key == "input_ids" else IGNORED, np.int64)
        for row, example in zip(padded, examples, strict=True):
            values = example.get(key, ())
            row[: len(values)] = values
        batch[key] = torch.from_numpy(padded)
    return batch


def collate_answers(examples: Sequence[fit.Example]) -> dict[str, Any]:
    """Texts padded on the left, so that all answers begin at one place, labels on the right; see models/rewarded.py."""
    ids, labels = ([torch.tensor(example[key]) for example in examples] for key in ("input_ids", "labels"))
    there = [torch.ones_like(one) for one in ids]
    left = partial(pad_sequence, batch_first=True, padding_side="left")
    return {
        "input_ids": left(ids),
        "attention_mask": left(there),
        "labels": pad_sequence(labels, batch_first=True, padding_value=IGNORED),
        "references": [example["references"] for example in examples],
    }


def asked(
    tokenizer: Tokenizer, pairs: Sequence[Pair], swaps: float = 0.0, seed: int = 0, auxiliary: bool = False
) -> list[fit.Example]:
    """Each pair as document, hint, summary, END: the summary and END are predicted, by AUXILIARY the document too.

    swaps: share of the rarer tokens that document and summary have in common which are replaced, alike in both, by any
    other token. What stands for them can then only be copied, as the names that Hermann et al. 2015 (arXiv 1506.03340)
    take out of their texts.
    """
    rng = np.random.default_rng(seed)
    hint = tokenizer.encode(HINT).ids
    documents = tokenizer.encode_batch_fast([document for document, _ in pairs])
    summaries = tokenizer.encode_batch_fast([" " + summary for _, summary in pairs])
    made = []
    for document, summary in zip(documents, summaries, strict=True):
        read, wanted = document.ids[:READ], summary.ids[: SUMMARY - 1]
        shared = sorted(token for token in set(read) & set(wanted) if token >= COMMON)
        chosen = [token for token in shared if rng.random() < swaps]
        others = rng.integers(COMMON, tokenizer.get_vocab_size(), len(chosen)).tolist()
        swap = dict(zip(chosen, others, strict=True))
        prompt = [*(swap.get(token, token) for token in read), *hint]
        ids = [*prompt, *(swap.get(token, token) for token in wanted), END_ID]
        made.append(predicted(ids, len(prompt), auxiliary))
    return made


def answered(tokenizer: Tokenizer, pairs: Sequence[Pair], swaps: float = 0.0, seed: int = 0) -> list[fit.Example]:
    """Each pair as document and hint, which the model answers itself, and the summary that the answer is held to.

    swaps: see asked.
    """
    made: list[fit.Example] = []
    for one in asked(tokenizer, pairs, swaps, seed):
        known = one["labels"].count(IGNORED)
        prompt, wanted = one["input_ids"][: known + 1], one["labels"][known:]
        made.append({"input_ids": prompt, "labels": wanted, "references": tokenizer.decode(wanted).strip()})
    return made


# --- English: documents and their summaries -----------------------------------------------------------------------


def free_text(split: str) -> list[str]:
    """Books, textbooks and the factbook of corpus_en, paragraph by paragraph: what is free for all uses."""
    rows = corpus.load("corpus_en", split)
    return list(rows[rows["source"] != "reviews"]["text"])


def summary_pairs(split: str) -> list[Pair]:
    """Package descriptions and abstracts of papers, each with a line that sums it up."""
    packages = corpus.load("debian_en", split)
    papers = corpus.load("scitldr", split)
    made = list(zip(packages["document"], packages["summary"], strict=True))
    made += [(row["document"], str(row["summaries"][0])) for _, row in papers.iterrows()]
    return [(document.strip(), summary.strip()) for document, summary in made]


def as_text(pair: Pair) -> str:
    return f"{pair[0]}{HINT} {pair[1]}"


def read_english(tokenizer: Tokenizer) -> Split:
    """Blocks of documents with their summaries and as many of running text, in random order, some with echoes."""
    rng = np.random.default_rng(0)
    documents = blocks(tokenizer, [as_text(pair) for pair in summary_pairs("train")])
    running = rng.permutation(blocks(tokenizer, free_text("train")))[: len(documents)]
    made = rng.permutation(np.concatenate([running, documents]))
    valid = blocks(tokenizer, [as_text(pair) for pair in summary_pairs("valid")])[:VALID_BLOCKS]
    return [predicted(row) for row in with_echoes(made, ECHOES)], [predicted(row) for row in valid]


def ask_english(tokenizer: Tokenizer, seed: int = 0, auxiliary: bool = False) -> Split:
    """Every training pair as it is, and once more with swaps."""
    pairs = summary_pairs("train")
    plain, swapped = asked(tokenizer, pairs, auxiliary=auxiliary), asked(tokenizer, pairs, SWAPS, seed)
    return [*plain, *swapped], asked(tokenizer, summary_pairs("valid"))


def answer_english(tokenizer: Tokenizer, seed: int = 0) -> Split:
    """As ask_english: with swaps, as the summaries of what it has read three times are known by heart.

    Of the validation pairs every second one: each is answered at every evaluation.
    """
    pairs = summary_pairs("train")
    learnt = [*answered(tokenizer, pairs), *answered(tokenizer, pairs, SWAPS, seed)]
    return learnt, answered(tokenizer, summary_pairs("valid")[::2])


# --- Chinese: poems -----------------------------------------------------------------------------------------------

FORMS = ("五绝", "七绝", "五律", "七律", "词")


def prompt_of(form: str, title: str) -> str:
    """What a poem is asked for with: its form and its title."""
    return f"{form}《{title}》\n"


def poems(split: str) -> list[Pair]:
    """(form and title, poem) of the forms that have a name."""
    rows = corpus.load("poetry_zh", split)
    rows = rows[rows["form"].isin(FORMS)]
    return [
        (prompt_of(form, title.strip()), text.strip())
        for form, title, text in zip(rows["form"], rows["title"], rows["text"], strict=True)
    ]


def read_poems(tokenizer: Tokenizer) -> Split:
    """A poem an example; title, poem and END are predicted."""

    def made(split: str, count: int | None = None) -> list[fit.Example]:
        texts = [prompt + text for prompt, text in poems(split)][:count]
        return [predicted([*code.ids[: CONTEXT - 1], END_ID]) for code in tokenizer.encode_batch_fast(texts)]

    return made("train"), made("valid", 1000)


# --- plans --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stage:
    """One pass of training over its examples."""

    name: str
    examples: Callable[[Tokenizer], Split]
    settings: fit.Settings
    dropout: float = 0.0
    collate: Callable[[Sequence[fit.Example]], dict[str, Any]] = collate


@dataclass(frozen=True)
class Plan:
    """What differs between the two models."""

    vocabulary: int
    words: Callable[[], Iterator[str]]  # texts that the tokenizer is made from
    stages: tuple[Stage, ...]
    copying: bool = False  # starts with heads that copy


READING = fit.Settings(  # of running text
    epochs=1,
    batch_size=8,
    learning_rate=1.5e-3,
    weight_decay=0.05,
    schedule="cosine",
    bf16=True,
    group_by_length=False,
    metric="loss",
    max_steps=1200,  # 4.9 M tokens
    optimizer="muon",
    extra={"eval_steps": 300, "save_steps": 300, "logging_steps": 100, "warmup_steps": 100, **ADAM},
)
ASKING = replace(  # of summaries
    READING,
    epochs=2.2,
    batch_size=24,
    learning_rate=1e-3,
    group_by_length=True,
    max_steps=-1,
    extra={"warmup_steps": 100, **ADAM},
)
BOTH = replace(ASKING, epochs=1, learning_rate=6e-4, evaluations_per_epoch=2, extra={"warmup_steps": 50, **ADAM})
REWARDED = replace(  # by what it writes itself
    BOTH,
    batch_size=32,
    learning_rate=1.5e-4,
    weight_decay=0.0,
    schedule="linear",
    max_steps=500,
    optimizer="adamw",
    average=6,
    extra={"eval_steps": 50, "save_steps": 50, "logging_steps": 10, "warmup_steps": 20, **ADAM},
)
POEMS = replace(
    READING,
    epochs=2,
    batch_size=48,
    group_by_length=True,
    max_steps=1900,  # 6.3 M tokens
    optimizer="adamw",
)

PLANS = {
    "tldr-en": Plan(
        vocabulary=8192,
        words=lambda: iter([*free_text("train")[::3], *(as_text(pair) for pair in summary_pairs("train"))]),
        copying=True,
        stages=(
            Stage("blocks", read_english, READING),
            Stage("pairs", ask_english, ASKING, dropout=0.1),
            Stage("both", partial(ask_english, seed=1, auxiliary=True), BOTH, dropout=0.1),
            Stage("rewarded", partial(answer_english, seed=2), REWARDED, collate=collate_answers),
        ),
    ),
    "poetry-zh": Plan(
        vocabulary=8192,
        words=lambda: (prompt + text for prompt, text in poems("train")),
        stages=(Stage("poems", read_poems, POEMS),),
    ),
}


# --- training -----------------------------------------------------------------------------------------------------


class Summariser(NextToken):
    """The summariser in training: next tokens, or with references the reward of its own answers."""

    def __init__(self, decoder: Decoder, tokenizer: Tokenizer) -> None:
        super().__init__(decoder)
        self.tokenizer = tokenizer

    def forward(
        self, input_ids: Tensor, labels: Tensor, auxiliary: Tensor | None = None,
        attention_mask: Tensor | None = None, references: Sequence[str] = (),
    ) -> dict[str, Tensor]:  # fmt: skip
        """With references: the loss of models/rewarded.py; else that of NextToken."""
        if attention_mask is None:
            return super().forward(input_ids, labels, auxiliary)
        return {
            "loss": rewarded.loss(self.decoder, input_ids, attention_mask, labels, references, self.written, END_ID)
        }

    def written(self, ids: list[int]) -> str:
        """The summary among the tokens: its first line, as the hub reads it."""
        return self.tokenizer.decode(ids).partition("\n")[0].strip()


def configuration(vocabulary: int, *, layers: int = 4, hidden: int = 256, context: int = CONTEXT) -> GPTConfig:
    return GPTConfig(vocabulary, "pre", context, layers, hidden, heads=hidden // 64 or 1)


def set_dropout(model: nn.Module, probability: float) -> None:
    """On the residual branches and the embeddings; in place."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = probability


def as_transformers(decoder: Decoder) -> PreTrainedModel:
    """The same weights in transformers' class, GPT-2 for pre-norm and GPT-1 for post-norm: what the exporter reads."""
    config = decoder.config
    shape: dict[str, Any] = dict(
        vocab_size=config.vocabulary, n_positions=config.context, n_embd=config.hidden, n_layer=config.layers,
        n_head=config.heads, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    if config.norm == "pre":
        model: Any = GPT2LMHeadModel(
            GPT2Config(**shape, activation_function="gelu_pytorch_tanh", bos_token_id=END_ID, eos_token_id=END_ID)
        )
        tables = ("wte", "wpe")
    else:
        model = OpenAIGPTLMHeadModel(OpenAIGPTConfig(**shape))
        tables = ("tokens_embed", "positions_embed")
    body = model.transformer
    with torch.no_grad():
        for name, table in zip(tables, (decoder.tokens, decoder.positions), strict=True):
            getattr(body, name).weight.copy_(table.weight)
        for theirs, ours in zip(body.h, decoder.blocks, strict=True):
            theirs.ln_1.load_state_dict(ours.attention_norm.state_dict())
            theirs.ln_2.load_state_dict(ours.feed_forward_norm.state_dict())
            for layer, linear in (
                (theirs.attn.c_attn, ours.attention.qkv),
                (theirs.attn.c_proj, ours.attention.output),
                (theirs.mlp.c_fc, ours.feed_forward[0]),
                (theirs.mlp.c_proj, ours.feed_forward[2]),
            ):
                layer.weight.copy_(linear.weight.T)  # theirs are stored (in, out)
                layer.bias.copy_(linear.bias)
        if config.norm == "pre":
            body.ln_f.load_state_dict(decoder.final_norm.state_dict())
    return model.eval()


def tokenizer_of(plan: Plan, file: Path) -> Tokenizer:
    """Made once. Raises RunError where it is there and was made of other texts."""
    if not runs.kept(file, plan.words()):
        byte_level(plan.words(), plan.vocabulary).save(str(file))
    return Tokenizer.from_file(str(file))


def pretrain(name: str, folder: Path) -> tuple[Decoder, Tokenizer]:
    """The model of a plan; a finished stage is only loaded, an unfinished one is resumed."""
    plan = PLANS[name]
    for stage in plan.stages:
        runs.require(folder / stage.name)
    tokenizer = tokenizer_of(plan, folder / "tokenizer.json")
    torch.manual_seed(0)
    decoder = Decoder(configuration(tokenizer.get_vocab_size()))
    if plan.copying:
        start_copying(decoder, **COPYING)
    before: Path | None = None
    for stage in plan.stages:
        before = train(Summariser(decoder, tokenizer), stage, folder, tokenizer, before)
    return decoder.eval(), tokenizer


def train(model: NextToken, stage: Stage, folder: Path, tokenizer: Tokenizer, before: Path | None = None) -> Path:
    """One stage, in place, in folder/NAME, which is returned; a finished one is only loaded.

    before: the folder of the stage that it goes on from.
    """
    inside = folder / stage.name
    learnt, valid = stage.examples(tokenizer)
    tokens = sum(len(example["input_ids"]) for example in learnt)
    print(f"{folder.name}, {stage.name}: {len(learnt):,} examples, {tokens:,} tokens", flush=True)
    set_dropout(model, stage.dropout)
    fit.fit(model, learnt, valid, inside, stage.settings, metrics=None, collate=stage.collate, follows=before)
    return inside


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=sorted(PLANS))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    run = FOLDER / f"gpt-{arguments.model}"
    _, made = pretrain(arguments.model, run)
    for stage in PLANS[arguments.model].stages:
        learnt = stage.examples(made)[0]
        tokens = sum(len(example["input_ids"]) for example in learnt) / len(learnt) * stage.settings.batch_size
        print(f"{stage.name}\n\n{fit.curve(run / stage.name, tokens)}\n")
