"""Small GPT-2 models, pre-trained here: `python -m models.training.gpt tldr-en` and `poetry-zh`.

Paper: Radford, Wu, Child, Luan, Amodei, Sutskever 2019, "Language Models are Unsupervised Multitask Learners". The
architecture (pre-norm, section 2.3) is transformers' GPT2LMHeadModel, the tokenizer byte-level BPE (section 2.2).

Both read whole texts first ("blocks" or "poems": every token is predicted). The summariser then reads documents that
end in the hint of section 3.6, "TL;DR:", and is asked for the summary alone ("pairs"), at last for the document too,
by half ("both"): else it forgets how to write one. At the end it is rewarded for what it writes itself ("rewarded",
models/rewarded.py).

Departures: 4 layers of 256 (what a core can train in an hour or two). So few tokens do not form the heads that copy,
which a summary needs (the induction heads of Olsson et al. 2022, arXiv 2209.11895): the summariser starts with such
heads, and a part of its blocks repeats an earlier passage. The summaries are learnt with supervision, where the paper
only asks for them.
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
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedModel

from models import rewarded
from models.training import corpus, fit

FOLDER = corpus.ROOT / ".cache" / "checkpoints"
END = "<|endoftext|>"
END_ID = 0
HINT = "\nTL;DR:"  # section 3.6
IGNORED = fit.IGNORED
CONTEXT = 512
VALID_BLOCKS = 48
ECHOES = 0.4  # of the blocks hold a passage twice
AUXILIARY = 0.5  # weight of what is predicted beside the summary
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
            Stage("rewarded", partial(answer_english, seed=2), REWARDED, collate=rewarded.collate),
        ),
    ),
    "poetry-zh": Plan(
        vocabulary=8192,
        words=lambda: (prompt + text for prompt, text in poems("train")),
        stages=(Stage("poems", read_poems, POEMS),),
    ),
}


# --- training -----------------------------------------------------------------------------------------------------


class NextToken(PreTrainedModel):
    """The loss of a causal language model, of the tokens that are asked for: the others cost no output layer.

    Mixed into a model of transformers, which the Trainer knows how to save with its tied table.
    """

    def forward(self, input_ids: Tensor, labels: Tensor, auxiliary: Tensor | None = None) -> dict[str, Tensor]:
        """input_ids, labels: int64 (batch, tokens); a label is the next token, or IGNORED. Returns the mean loss.

        auxiliary: further labels, whose mean loss is added by AUXILIARY (equation 5 of Radford et al. 2018).
        """
        hidden = self.transformer(input_ids=input_ids)[0]  # type: ignore[operator]  # (B, T, H)
        loss = self._loss(hidden, labels)
        if auxiliary is not None:
            loss = loss + AUXILIARY * self._loss(hidden, auxiliary)
        return {"loss": loss}

    def _loss(self, hidden: Tensor, labels: Tensor) -> Tensor:
        wanted = labels != IGNORED
        logits = self.lm_head(hidden[wanted])  # (asked, vocabulary)
        return nn.functional.cross_entropy(logits.float(), labels[wanted])


class LanguageModel(NextToken, GPT2LMHeadModel):
    """GPT-2 in training."""

    tokenizer: Tokenizer

    def forward(
        self, input_ids: Tensor, labels: Tensor, auxiliary: Tensor | None = None,
        attention_mask: Tensor | None = None, references: Sequence[str] = (),
    ) -> dict[str, Tensor]:  # fmt: skip
        """With references: the loss of the model's own answers, see models/rewarded.py; else that of NextToken."""
        if attention_mask is None:
            return super().forward(input_ids, labels, auxiliary)
        return {"loss": rewarded.loss(self, input_ids, attention_mask, labels, references, self.written, END_ID)}

    def written(self, ids: list[int]) -> str:
        """The summary among the tokens: its first line, as the hub reads it."""
        return self.tokenizer.decode(ids).partition("\n")[0].strip()


def configuration(vocabulary: int, *, layers: int = 4, hidden: int = 256, context: int = CONTEXT) -> GPT2Config:
    return GPT2Config(
        vocab_size=vocabulary, n_positions=context, n_embd=hidden, n_layer=layers, n_head=hidden // 64 or 1,
        activation_function="gelu_pytorch_tanh",  # that of the paper, in one operator
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=END_ID, eos_token_id=END_ID,
    )  # fmt: skip


def start_copying(model: PreTrainedModel, *, sharp: tuple[float, float], carried: float, copied: float) -> None:
    """Give a fresh model heads that copy, in place: so few tokens do not form them.

    The circuit of Elhage et al. 2021 ("A Mathematical Framework for Transformer Circuits"): a head of layer 0 looks at
    the token before and writes it beside the token itself; two heads of layer 1 look for places whose token before is
    the token at hand, and write what stands there. The embedding is laid out for that, in quarters: the token in two,
    then the token before, then its position as sines. Training is free to change all of it.

    sharp, carried, copied: how large the query and the key of the first head are, and how strongly it and the others
    write. What fits depends on where the layers normalise.
    """
    width = model.config.n_embd // 4  # of a quarter, and of a head
    before, place = slice(2 * width, 3 * width), slice(3 * width, 4 * width)
    one = torch.eye(width)
    frequencies = (torch.arange(width // 2) + 0.5) / (width // 2) * np.pi  # evenly: distances are told apart sharply
    frequencies = frequencies[torch.randperm(width // 2, generator=torch.Generator().manual_seed(0))]
    angles = torch.arange(model.config.n_positions)[:, None] * frequencies
    cosines, sines = frequencies.cos().diag(), frequencies.sin().diag()
    turned = torch.cat([torch.cat([cosines, -sines], 1), torch.cat([sines, cosines], 1)])  # a position by -1
    body: Any = model.base_model
    with torch.no_grad():
        words, positions = (table.weight for table in body.children() if isinstance(table, nn.Embedding))
        words[:, 2 * width :] *= 0.1
        positions *= 0.1
        positions[:, place] = 0.04 * torch.cat([angles.cos(), angles.sin()], 1)
        previous, induction = (body.h[layer].attn for layer in (0, 1))
        query, key = (place, sharp[0] * turned), (place, sharp[1] * one)
        _set_head(previous, 0, query, key, (slice(0, width), one), (before, carried * one))
        for head in range(2):
            part = slice(head * width, (head + 1) * width)
            asked, found = (slice(0, width), 3 * one), (before, one)
            _set_head(induction, head, asked, found, (part, one), (part, copied * one))


def _set_head(attention: Any, head: int, *parts: tuple[slice, Tensor]) -> None:
    """Query, key and value read these parts of the embedding through these matrices, the output writes one."""
    size, width = len(attention.c_proj.weight), len(parts[0][1])
    columns = slice(head * width, (head + 1) * width)
    for number, (part, matrix) in enumerate(parts[:3]):
        weights = attention.c_attn.weight[:, number * size : (number + 1) * size]
        weights[:, columns] = 0
        weights[part, columns] = matrix
    attention.c_proj.weight[columns] = 0
    attention.c_proj.weight[columns, parts[3][0]] = parts[3][1]


def set_dropout(model: nn.Module, probability: float) -> None:
    """On the residual branches and the embeddings; in place. That of the attention would cost its fast path."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout) and not name.endswith("attn_dropout"):
            module.p = probability


def tokenizer_of(plan: Plan, file: Path) -> Tokenizer:
    """Made once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        byte_level(plan.words(), plan.vocabulary).save(str(file))
    return Tokenizer.from_file(str(file))


def pretrain(name: str, folder: Path) -> tuple[GPT2LMHeadModel, Tokenizer]:
    """The model of a plan; a finished stage is only loaded, an unfinished one gone on with."""
    plan = PLANS[name]
    tokenizer = tokenizer_of(plan, folder / "tokenizer.json")
    torch.manual_seed(0)
    model = LanguageModel(configuration(tokenizer.get_vocab_size()))
    model.tokenizer = tokenizer
    model.set_attn_implementation("eager")  # the fastest on a CPU with so short texts
    if plan.copying:
        start_copying(model, **COPYING)
    for stage in plan.stages:
        train(model, stage, folder, tokenizer)
    trained = GPT2LMHeadModel(model.config)
    trained.load_state_dict(model.state_dict())
    return trained.eval(), tokenizer


def train(model: NextToken, stage: Stage, folder: Path, tokenizer: Tokenizer) -> None:
    """One stage, in place, in folder/NAME; a finished one is only loaded, an unfinished one gone on with."""
    inside = folder / stage.name
    learnt, valid = ([], []) if (inside / fit.HISTORY_FILE).exists() else stage.examples(tokenizer)
    if learnt:
        tokens = sum(len(example["input_ids"]) for example in learnt)
        print(f"{folder.name}, {stage.name}: {len(learnt):,} examples, {tokens:,} tokens", flush=True)
    set_dropout(model, stage.dropout)
    fit.fit(model, learnt, valid, inside, stage.settings, metrics=None, collate=stage.collate)


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
