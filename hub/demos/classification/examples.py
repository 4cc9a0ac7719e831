"""What can be clicked."""

from __future__ import annotations

from dataclasses import dataclass

from hub.ui.strings import Language


@dataclass(frozen=True)
class Example:
    """A text to click. expects: labels of the models that it is for."""

    text: str
    language: Language
    expects: frozenset[str]
    note: tuple[str, str]


OPINION = frozenset({"positive"})
QUESTION = frozenset({"LOC", "HUM"})
HEADLINE = frozenset({"sports", "finance"})

EXAMPLES = (
    Example("A warm, funny and beautifully acted film.", "en", OPINION, (
        "three words of praise; see in Why how much each is worth.",
        "三个褒义词；在“为什么”里看各自的分量。")),
    Example("It is not a good film, and not even a funny one.", "en", OPINION, (
        "negation. A model that only counts words sees “good” and “funny”; which models fall for it?",
        "否定句。只数词的模型会看到 good 和 funny；哪些模型会上当？")),
    Example("Oh great, another two hours of my life that I will never get back.", "en", OPINION, (
        "sarcasm: the words praise, the sentence does not. A failure for most models.",
        "反讽：字面在夸，意思在骂。大多数模型会判错。")),
    Example("The first half is dull, but the ending is a wonder.", "en", OPINION, (
        "the word “but” turns it: follow the recurrent model word by word.",
        "转折在 but：看循环网络逐词的变化。")),
    Example("The film runs for ninety minutes and was shot in Ohio.", "en", OPINION, (
        "no opinion at all, yet the model must choose: low certainty would be honest.",
        "没有任何评价，但模型必须二选一：不太确定才算诚实。")),
    Example("Where is the longest bridge in the world?", "en", QUESTION, (
        "a question: “where” alone decides.", "问句：单凭 where 就能决定。")),
    Example("What city hosted the games the year my grandmother was born?", "en", QUESTION, (
        "“what” could ask for anything; the noun after it decides.", "what 什么都能问，关键是后面的名词。")),
    Example("质量很好，物流也快，下次还会再来。", "zh", OPINION, (
        "plain praise; each character is one token.", "直接的好评；每个字是一个词元。")),
    Example("说不上好，也谈不上差，就是没什么想再买的感觉。", "zh", OPINION, (
        "“好” and “差” are both negated: where does the model land?", "“好”和“差”都被否定了：模型会判成什么？")),
    Example("真是太“好用”了，用了一天就坏了。", "zh", OPINION, (
        "sarcasm in quotation marks: the last clause tells the truth.", "引号里的反话：最后半句才是真话。")),
    Example("房间小是小了点，但是干净，老板人也热情。", "zh", OPINION, (
        "a complaint, then “但是”: what comes after it counts.", "先抱怨后“但是”：重点在后面。")),
    Example("主队加时赛逆转取胜，晋级决赛", "zh", HEADLINE, (
        "a sports headline; “加时赛” and “决赛” decide.", "体育标题，“加时赛”“决赛”是关键。")),
    Example("球星退役后开公司，首轮融资过亿", "zh", HEADLINE, (
        "sports or finance? The answer may change word by word.", "体育还是财经？逐词看答案怎么变。")),
    Example("这款游戏的股票今天涨停", "zh", HEADLINE, (
        "two sections in one headline: look at the second bar too.", "一条标题两个栏目：也看看第二高的条。")),
)  # fmt: skip
