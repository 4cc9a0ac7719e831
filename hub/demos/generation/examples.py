"""What can be clicked: data, written for this page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.tasks.few_shot import Shot
from hub.tasks.prompts import Way

Title = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Start:
    """A beginning to be continued. changed: settings that are not the usual ones. way: "bare", or "chat"."""

    title: Title
    prompt: str
    changed: Mapping[str, float] = field(default_factory=dict)
    way: Way = "bare"


STORY = "Once upon a time, in a small village by the sea,"
# Of a model that continues any text.
STARTS = (
    Start(("A story begins", "故事开头"), STORY, {"seed": 9}),
    Start(("The same, greedy", "同上，贪心"), STORY, {"temperature": 0}),
    Start(("The same, beam search", "同上，束搜索"), STORY, {"beams": 4, "max_new_tokens": 30}),
    Start(("The same, too hot", "同上，温度过高"), STORY, {"temperature": 1.8, "top_p": 1}),
    Start(("A fact", "一个事实"), "The capital of France is", {"temperature": 0, "max_new_tokens": 20}),
)
# And of one that answers in a template, besides.
QUESTIONS = (
    Start(
        ("The same as a question, in the chat template", "同上，改成提问，用对话模板"),
        "What is the capital of France? Answer in one sentence.", {"temperature": 0, "max_new_tokens": 40}, way="chat",
    ),
    Start(
        ("Advice, in the chat template", "一条建议，用对话模板"),
        "Give three tips for sleeping well.", {"temperature": 0}, way="chat",
    ),
)  # fmt: skip
# Of a model that is shown prompts of its own form: the first of these once more, in other ways.
WAYS: tuple[tuple[Title, Mapping[str, float]], ...] = (
    (
        ("The same, greedy, no three tokens twice", "同上，贪心，三个词元不重复"),
        {"temperature": 0, "no_repeat_ngram": 3},
    ),
    (("The same, beam search", "同上，束搜索"), {"beams": 4, "max_new_tokens": 30, "no_repeat_ngram": 3}),
    (("The same, too hot", "同上，温度过高"), {"temperature": 1.8, "top_p": 1}),
)


@dataclass(frozen=True)
class Task:
    """Examples, and new inputs with what is expected of them."""

    title: Title
    task: str  # the instruction
    shots: tuple[Shot, ...]
    questions: tuple[Shot, ...]


PLURALS = (("mouse", "mice"), ("child", "children"), ("goose", "geese"), ("man", "men"))
MORE_PLURALS = (
    ("foot", "feet"), ("tooth", "teeth"), ("woman", "women"), ("wolf", "wolves"), ("city", "cities"),
    ("knife", "knives"),
)  # fmt: skip

FEW = (
    Task(("Plurals, by examples alone", "复数，只给示例"), "", PLURALS, MORE_PLURALS),
    Task(("The same, with an instruction", "同上，加任务说明"), "Write the plural of the word.", PLURALS, MORE_PLURALS),
    Task(
        ("Capitals", "首都"),
        "Name the capital of the country.",
        (("France", "Paris"), ("Japan", "Tokyo"), ("Egypt", "Cairo"), ("Spain", "Madrid")),
        (("Italy", "Rome"), ("Russia", "Moscow"), ("Germany", "Berlin"), ("Greece", "Athens"), ("Cuba", "Havana"),
         ("Austria", "Vienna")),
    ),
    Task(
        ("Past tense", "过去式"),
        "Write the past tense of the verb.",
        (("go", "went"), ("see", "saw"), ("take", "took"), ("write", "wrote")),
        (("eat", "ate"), ("give", "gave"), ("come", "came"), ("drink", "drank"), ("know", "knew"), ("speak", "spoke")),
    ),
    Task(
        ("Good or bad?", "褒还是贬？"),
        "Is the review positive or negative?",
        (("A warm, funny film.", "positive"), ("Two hours that I want back.", "negative"),
         ("The actors are wonderful.", "positive"), ("Dull, loud and far too long.", "negative")),
        (("The plot makes no sense at all.", "negative"), ("I laughed from start to finish.", "positive"),
         ("A waste of a good cast.", "negative"), ("Beautiful pictures and a moving story.", "positive"),
         ("I left before the end.", "negative"), ("One of the best films of the year.", "positive")),
    ),
    Task(
        ("Opposites", "反义词"),
        "Write the opposite of the word.",
        (("hot", "cold"), ("big", "small"), ("early", "late"), ("open", "closed")),
        (("wet", "dry"), ("happy", "sad"), ("fast", "slow"), ("light", "dark"), ("rich", "poor"), ("full", "empty")),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Article:
    """A text and what somebody might write about it."""

    title: Title
    text: str
    reference: str


ARTICLES = (
    Article(
        ("A ferry line is closed", "渡轮停航"),
        "The island council decided on Tuesday to close the night ferry at the end of the month. Only nine "
        "passengers a day had used it during the winter, and repairs of the forty-year-old ship would have cost two "
        "million. Fishermen protested, because the first morning boat comes too late for the market on the mainland. "
        "The mayor promised a smaller boat from next spring, if the region pays half of it.",
        "The island closes its night ferry because of few passengers and high repair costs.",
    ),
    Article(
        ("A package description", "软件包说明"),
        "This program reads the log files of a web server and draws how many visitors came at each hour. It needs no "
        "database, remembers where it stopped, and can compare two weeks side by side. Reports are written as plain "
        "HTML pages that can be put on any server. It understands the log formats of Apache, nginx and lighttpd.",
        "A web server log analyser that writes HTML reports.",
    ),
    Article(
        ("Bees in the city", "城里的蜜蜂"),
        "For three summers, biologists counted bees in the gardens of twelve towns and in the fields around them. "
        "In the towns they found almost twice as many kinds as in the fields, where only maize and rape grow. Even "
        "balconies with a few herbs were visited. The researchers advise towns to mow their lawns less often and to "
        "leave dead wood where it lies.",
        "Bees are more diverse in towns than in the fields around them.",
    ),
    Article(
        ("The library stays open", "图书馆照常开放"),
        "The town library will stay open until ten in the evening from September on. During exams, students had "
        "often waited in front of full reading rooms. Two new employees are paid by the university, which has no "
        "reading room of its own since its main building is being rebuilt. Lending of books still ends at seven.",
        "The town library will stay open later so that students can use its reading rooms.",
    ),
    Article(
        ("A bridge of wood", "一座木桥"),
        "Engineers have opened the longest bridge of wood in the country. It carries walkers and cyclists over the "
        "river and the motorway, 210 metres long and without a single support in the water. The beams were glued "
        "from local spruce and lifted into place in one night. Sensors inside report how damp the wood is, so that "
        "it can be repaired before it rots.",
        "The country's longest wooden bridge has opened for walkers and cyclists.",
    ),
    Article(
        ("Sleep and memory", "睡眠与记忆"),
        "In the experiment, forty volunteers learned pairs of words in the evening. Half of them slept for eight "
        "hours, the others had to stay awake until the next morning. Two days later, when all had slept well again, "
        "those who had slept in the first night remembered a third more of the pairs. The authors conclude that the "
        "first night after learning matters most.",
        "People who sleep after learning remember more of what they have learned.",
    ),
)


@dataclass(frozen=True)
class Posed:
    """The texts of a question, in the order of hub.tasks.transforms.FIELDS."""

    title: Title
    texts: tuple[str, ...]


# By the kind of the question.
POSED: dict[str, tuple[Posed, ...]] = {
    "classification": (
        Posed(("A warm review", "一条好评"), ("A warm , funny film that never loses its nerve .",)),
        Posed(("A cold one", "一条差评"), ("The plot makes no sense and the jokes fall flat .",)),
        Posed(("Not so clear", "不太好判断"), ("It has its moments , but they are few .",)),
    ),
    "entailment": (
        Posed(
            ("It follows", "可以推出"),
            (
                "Two dogs are running through the snow.",
                "Some animals are outside.",
            ),
        ),
        Posed(
            ("The contrary", "恰好相反"),
            (
                "A man is playing a guitar.",
                "There is no man playing a guitar.",
            ),
        ),
        Posed(
            ("Nobody can tell", "说不准"),
            (
                "A woman is cutting an onion.",
                "A woman is cooking dinner for her friends.",
            ),
        ),
    ),
    "similarity": (
        Posed(
            ("The same, in other words", "换一种说法"),
            (
                "The company said on Friday that profits fell by ten percent.",
                "Profits fell ten percent, the company said Friday.",
            ),
        ),
        Posed(
            ("Same words, another sense", "用词相近，意思不同"),
            (
                "The bank bought the insurer for two billion dollars.",
                "The insurer bought the bank for two billion dollars.",
            ),
        ),
    ),
    "choice": (
        Posed(
            ("Why?", "为什么？"),
            (
                "The grass was wet.",
                "It had rained in the night.",
                "The sun was shining.",
            ),
        ),
        Posed(
            ("What came of it?", "结果如何？"),
            (
                "The man dropped the glass on the floor.",
                "The glass broke.",
                "The glass was filled with water.",
            ),
        ),
    ),
}
