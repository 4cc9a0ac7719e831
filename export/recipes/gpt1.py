"""GPT-1 of models/training/gpt1.py: one body, a head for each task, and the input transformations that ask them."""

from __future__ import annotations

from pathlib import Path

import torch

from export import texts
from export.evaluations.labels import Labels
from export.evaluations.questions import Questions
from export.recipe import Recipe, Trained
from export.recipes import sources
from export.recipes.textcnn import ROUNDED
from hub.card import Paper, Published, Question, TensorSpec, Text
from models.training import gpt, gpt1

PAPER = Paper(
    authors="Radford, Narasimhan, Salimans, Sutskever",
    year=2018,
    title="Improving Language Understanding by Generative Pre-Training",
    url="https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf",
)
TITLES = {
    "sst2": Text(en="SST-2: is a film review good or bad?", zh="SST-2：影评是褒是贬？"),
    "sick": Text(en="SICK: does one caption follow from another?", zh="SICK：一句描述能否由另一句推出？"),
    "rte": Text(en="RTE: does a statement follow from the news?", zh="RTE：新闻能否推出这个说法？"),
    "mrpc": Text(en="MRPC: do two sentences say the same?", zh="MRPC：两句话意思相同吗？"),
    "copa": Text(en="COPA: which is the cause or effect?", zh="COPA：哪一个是原因或结果？"),
}
LABEL_TITLES = {
    "negative": Text(en="negative", zh="负面"),
    "positive": Text(en="positive", zh="正面"),
    "contradiction": Text(en="contradiction", zh="矛盾"),
    "entailment": Text(en="entailment", zh="蕴含"),
    "neutral": Text(en="neutral", zh="中立"),
    "not_entailment": Text(en="no entailment", zh="不蕴含"),
    "different": Text(en="different", zh="意思不同"),
    "paraphrase": Text(en="the same", zh="意思相同"),
    "choice1": Text(en="answer 1", zh="答案 1"),
    "choice2": Text(en="answer 2", zh="答案 2"),
}
SHIPPED = gpt1.Arm()  # pre-trained, with the auxiliary objective


def train(folder: Path) -> Trained:
    return Trained(*gpt1.fine_tune(SHIPPED, folder))


def tiny() -> Trained:
    """A few hundred random parameters, no data."""
    tokenizer = gpt.byte_level(iter(["a warm film", "a cold day"]), 280, special=gpt1.SPECIAL, lower=True)
    torch.manual_seed(0)
    config = gpt1.configuration(tokenizer.get_vocab_size(), layers=2, hidden=16)
    return Trained(gpt1.transforms(config).eval(), gpt1.with_template(tokenizer))


def evaluation(task: gpt1.Task, split: str) -> Labels | Questions:
    if task.kind == "classification":
        return Labels(task.name, split, task.fields[0], task.label, task.name)
    return Questions(task.name, split, task.fields, task.name, task.label)


RECIPES = (
    Recipe(
        name="gpt1-transforms",
        task="input-transformation",
        title=Text(en="GPT-1 (small) with five heads", zh="GPT-1 小模型（五个任务头）"),
        summary=Text(
            en="One pre-trained body reads five tasks, each turned into token sequences; a linear head answers.",
            zh="同一个预训练主体读五种任务：每种都改写成词元序列，由一个线性头给出答案。",
        ),
        has_read=Text(
            en="9.8 million tokens of captions, film and product reviews, news, books and textbooks; then the "
            "questions of the five tasks, three times.",
            zh="980 万词元的图片说明、影评、商品评论、新闻、书籍和教科书；然后把五个任务的题目读了三遍。",
        ),
        paper=PAPER,
        departures=(
            "4 layers of 256 instead of 12 of 768, 256 tokens of context instead of 512, byte-level BPE on lower-case "
            "text with a vocabulary of 8,192.",
            "Pre-trained on reviews, captions, news, books and textbooks instead of BooksCorpus, with Muon instead of "
            "Adam for the matrices of the layers.",
            "It starts with heads that copy (the circuit of Elhage et al. 2021), and a part of the blocks repeats an "
            "earlier passage: so few tokens do not form such heads, and two sentences are compared by them.",
            "One body is fine-tuned on all tasks together instead of a copy for each, so that one small file shows all "
            "transformations; with a learning rate of 3e-4 instead of 6.25e-5.",
            "COPA is asked without a word on whether the cause or the effect is wanted: this copy of the data does not "
            "mark it. Its figure is not to be compared.",
            ROUNDED,
            "In 8 bits one more of COPA's 100 validation questions is answered wrongly: 1.0 point, where a larger "
            "split may lose 0.3.",
        ),
        languages=("en",),
        licenses=(
            sources.OWN,
            sources.BOOKS,
            sources.REVIEWS,
            sources.CAPTIONS,
            sources.NEWS,
            sources.SST2,
            sources.SICK_LABELS,
            sources.RTE,
            sources.MRPC_LABELS,
            sources.COPA,
        ),
        labels={task.name: task.labels for task in gpt1.TASKS},
        label_titles=LABEL_TITLES,
        questions={task.name: Question(kind=task.kind, title=TITLES[task.name]) for task in gpt1.TASKS},
        train=train,
        tiny=tiny,
        reads=texts.tokenizer,
        max_tokens=gpt1.CONTEXT,
        graphs=texts.model(
            inputs=(
                TensorSpec(
                    name="input_ids", dtype="int64", shape=("batch", "tokens"), meaning="as the tokenizer frames them"
                ),
                TensorSpec(
                    name="attention_mask", dtype="int64", shape=("batch", "tokens"), meaning="1 for a token, 0 behind"
                ),
            ),
            outputs=tuple(
                TensorSpec(
                    name=f"logits_{task.name}",
                    dtype="float32",
                    shape=("batch", task.head.outputs),
                    meaning="of one sequence, from the state at the extract token",
                )
                for task in gpt1.TASKS
            ),
            variants=(texts.LARGE_FP32, texts.INT8_WEIGHTS),
            max_tokens=gpt1.CONTEXT,
        ),
        evaluations=tuple(
            evaluation(task, split) for task in gpt1.TASKS for split in dict.fromkeys(("valid", task.test))
        ),
        published=tuple(
            Published(dataset=name, metric=metric, value=value, system=system, source="Radford et al. 2018, Table 5")
            for system, values in (
                ("GPT-1, 117 M parameters", (0.913, 0.823, 0.56)),
                ("GPT-1 without pre-training", (0.84, 0.794, 0.538)),
                ("GPT-1 without the auxiliary objective", (0.92, 0.849, 0.544)),
            )
            for (name, metric), value in zip(
                (("sst2", "accuracy"), ("mrpc", "f1"), ("rte", "accuracy")), values, strict=True
            )
        ),
    ),
)
