"""The GPT-2 models of models/training/gpt.py: a summariser that was taught the hint of the paper, and a poet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from export.evaluations.answers import Answers
from export.evaluations.running_text import RunningText
from export.recipe import Trained
from export.recipes import sources
from export.recipes.textcnn import AVERAGED
from export.writer import FP32, INT8, writer
from hub.card import Paper, Text
from hub.tasks import rouge
from hub.tasks.generate import Engine, Request
from hub.tasks.sampling import Sampling
from models.gpt import Decoder
from models.training import corpus, gpt

PAPER = Paper(
    authors="Radford, Wu, Child, Luan, Amodei, Sutskever",
    year=2019,
    title="Language Models are Unsupervised Multitask Learners",
    url="https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf",
)
SMALL = (
    "4 layers of 256 instead of 12 of 768 and more, 512 tokens of context instead of 1,024, a vocabulary of 8,192 "
    "instead of 50,257: what one processor core can train in an hour or two."
)
RUNNING_TEXTS = 150  # of a split, for the perplexity
POEMS = 200
DRAWN = Sampling(temperature=0.8, top_p=0.9)  # how poems are drawn

# --- summaries


Referenced = list[tuple[str, list[str]]]  # a document, its reference summaries


def packages(split: str) -> Referenced:
    """Package descriptions, one summary each."""
    rows = corpus.load("debian_en", split)
    return [(document, [summary]) for document, summary in zip(rows["document"], rows["summary"], strict=True)]


def papers(split: str) -> Referenced:
    """Abstracts, one summary or several each."""
    rows = corpus.load("scitldr", split)
    return [
        (document, [str(one) for one in summaries])
        for document, summaries in zip(rows["document"], rows["summaries"], strict=True)
    ]


def packages_as_text(split: str) -> list[str]:
    """Descriptions with their summaries, as the model read them."""
    rows = corpus.load("debian_en", split).sample(RUNNING_TEXTS, random_state=0)
    return [gpt.as_text((one, other)) for one, other in zip(rows["document"], rows["summary"], strict=True)]


def mean_rouge(answers: Sequence[str], read: Referenced) -> dict[str, float]:
    """Metric -> mean; of several references the best one counts, as the authors of SciTLDR do."""
    found = [rouge.best(answer, wanted) for answer, (_, wanted) in zip(answers, read, strict=True)]
    return {kind: sum(one[kind] for one in found) / len(found) for kind in rouge.KINDS}


def summaries(dataset: str, split: str, read: Callable[[str], Referenced]) -> Answers:
    """ROUGE of summaries as the hub asks for them."""

    def requests(engine: Engine) -> list[Request]:
        return [engine.summary(document) for document, _ in read(split)]

    return Answers(dataset, split, requests, lambda answers: mean_rouge(answers, read(split)))


# --- poems

SHAPES = {"五绝": (4, 5), "七绝": (4, 7), "五律": (8, 5), "七律": (8, 7)}  # form -> lines, characters of a line


def of_form(poem: str, form: str) -> bool:
    """Whether a poem has the lines of its form, and each line its characters."""
    count, length = SHAPES[form]
    lines = [line for line in re.split(r"[\uff0c\u3002\uff01\uff1f\uff1b\u3001\uff1a\s]+", poem) if line]
    return len(lines) == count and all(re.fullmatch(rf"[\u3400-\u9fff]{{{length}}}", line) for line in lines)


def asked_for() -> list[tuple[str, str]]:
    """(form, title) of poems that the model has not read, as many of each form."""
    rows = corpus.load("poetry_zh", "test")
    each = POEMS // len(SHAPES)
    return [
        (form, title.strip())
        for form in SHAPES
        for title in rows[rows["form"] == form]["title"].sample(each, random_state=0)
    ]


def poem_requests(_: Engine) -> list[Request]:
    return [
        Request(gpt.prompt_of(form, title), 100, DRAWN.model_copy(update={"seed": seed}))
        for seed, (form, title) in enumerate(asked_for())
    ]


def right_form(poems: list[str]) -> dict[str, float]:
    right = [of_form(poem, form) for poem, (form, _) in zip(poems, asked_for(), strict=True)]
    return {"right_form": sum(right) / len(right)}


def poems_as_text(split: str) -> list[str]:
    return [prompt + poem for prompt, poem in gpt.poems(split)[:RUNNING_TEXTS]]


# --- recipes


def train(name: str, folder: Path) -> Trained:
    decoder, tokenizer = gpt.pretrain(name, folder)
    return Trained(gpt.as_transformers(decoder), tokenizer)


def tiny(texts: tuple[str, ...]) -> Trained:
    """A few hundred random parameters, no data."""
    tokenizer = gpt.byte_level(iter(texts), 300)
    torch.manual_seed(0)
    config = gpt.configuration(tokenizer.get_vocab_size(), layers=2, hidden=16, context=64)
    return Trained(gpt.as_transformers(Decoder(config)), tokenizer)


STORY = "Once upon a time, in a small village by the sea,"
PACKAGE = (
    "This program reads the log files of a web server and draws how many visitors came at each hour. It needs no "
    "database and remembers where it stopped."
)
POEMS_TO_ASK = tuple(
    gpt.prompt_of(form, title)
    for form, title in (("五绝", "春夜"), ("七绝", "江南"), ("五律", "山居"), ("七律", "登高"), ("词", "浣溪沙"))
)

VARIANTS = (replace(FP32, publish=False), INT8)

RECIPES = (
    writer(
        name="gpt-tldr-en",
        task="text-generation",
        title=Text(en="GPT-2 (small), taught TL;DR", zh="GPT-2 小模型（学过 TL;DR 摘要）"),
        summary=Text(
            en="A 5-million-parameter GPT-2 that read books and package descriptions, then summaries after “TL;DR:”.",
            zh="五百万参数的 GPT-2：先读书籍和软件包说明，再学在“TL;DR:”之后写摘要。",
        ),
        has_read=Text(
            en="4.9 million tokens of books, textbooks, package descriptions and abstracts, then 29,217 documents with "
            "their summaries, again and again: some 22 million tokens.",
            zh="490 万词元的书籍、教科书、软件包说明和论文摘要，然后反复读 29,217 篇带摘要的文档，约 2,200 万词元。",
        ),
        paper=PAPER,
        departures=(
            SMALL,
            "It starts with heads that copy (the circuit of Elhage et al. 2021), and a part of the blocks repeats an "
            "earlier passage: so few tokens do not form such heads.",
            "The summaries are learnt with supervision, where the paper only asks for them; the document counts in the "
            "last of these passes alone, by half. Every pair is read as it is and once more with words that both share "
            "swapped for others, which can only be copied.",
            "At the end it draws summaries itself, and those with more ROUGE-L than the others become more probable "
            "(Paulus, Xiong, Socher 2018, arXiv 1705.04304): it was trained for the figure that it is measured by. "
            "The losses are mixed as L_rl + 0.1 L_ml, where that paper has γ L_rl + (1 - γ) L_ml.",
            "Muon instead of Adam for the matrices of the layers, but for that end.",
            AVERAGED,
        ),
        languages=("en",),
        licenses=(sources.OWN, sources.BOOKS, sources.DEBIAN, sources.SCITLDR),
        train=partial(train, "tldr-en"),
        tiny=partial(tiny, (STORY, PACKAGE)),
        end=(gpt.END,),
        texts=(STORY, PACKAGE + gpt.HINT, "Water boils at a lower temperature on a mountain because"),
        prompts=(STORY, "A good teacher is", "This package contains the"),
        hint=gpt.HINT,
        hint_tokens=gpt.READ,
        evaluations=(
            RunningText("debian_en", "valid", partial(packages_as_text, "valid")),
            RunningText("debian_en", "test", partial(packages_as_text, "test")),
            summaries("debian_en", "test", packages),
            summaries("scitldr", "test", papers),
        ),
        variants=VARIANTS,
    ),
    writer(
        name="gpt-poetry-zh",
        task="text-generation",
        title=Text(en="GPT-2 (small), Chinese poems", zh="GPT-2 小模型（古诗词）"),
        summary=Text(
            en="Writes classical Chinese poems: give the form and a title, “七绝《江南》”, and a line break.",
            zh="写古典诗词：给出体裁和题目，例如“七绝《江南》”，再换行。",
        ),
        has_read=Text(
            en="75,030 classical Chinese poems, each with its form and title in front: 5.2 million tokens, read 1.2 "
            "times.",
            zh="75,030 首古典诗词，每首前面是体裁和题目：520 万词元，读了 1.2 遍。",
        ),
        paper=PAPER,
        departures=(
            SMALL,
            "A character is never merged with its neighbour, so that a token is a character and rare ones are bytes.",
            "Only poems, each with its form and title in front.",
        ),
        languages=("zh",),
        licenses=(sources.OWN, sources.POETRY),
        train=partial(train, "poetry-zh"),
        tiny=partial(tiny, POEMS_TO_ASK),
        end=(gpt.END,),
        texts=POEMS_TO_ASK[:3],
        prompts=POEMS_TO_ASK,
        evaluations=(
            RunningText("poetry_zh", "valid", partial(poems_as_text, "valid")),
            RunningText("poetry_zh", "test", partial(poems_as_text, "test")),
            Answers("poetry_zh", "test", poem_requests, right_form),
        ),
        variants=VARIANTS,
    ),
)
