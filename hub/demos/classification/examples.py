"""What can be clicked. A note says what to look at, by the names that the page gives to its parts: {why}, {saliency},
{pooling}, {course}, {race} become these names (`note_of`). It tells no result: those are computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.demos.classification.strings import STRINGS
from hub.ui.strings import Language

PLACES = ("why", "saliency", "pooling", "course", "race")


@dataclass(frozen=True)
class Example:
    """A text to click.

    Args:
        expects: labels of the models that it is for.
        note: what to look at, in English and Chinese.
        explains: the kind of explanation that opens, as on the cards; empty: of the first model.
        split: the models do not agree on it: what the others say of it is shown, too.
    """

    text: str
    language: Language
    expects: frozenset[str]
    note: tuple[str, str]
    explains: Literal["", "pooling", "course"] = ""
    split: bool = False


OPINION = frozenset({"positive", "negative"})
QUESTION = frozenset({"LOC", "HUM"})
HEADLINE = frozenset({"sports", "finance"})

EXAMPLES = (
    Example("A warm, funny and beautifully acted film.", "en", OPINION, (
        "three words of praise. Under {saliency} see how much each of them is worth.",
        "三个褒义词。在{saliency}里看各自的分量。"), explains="pooling"),
    Example("It is not a good film, and not even a funny one.", "en", OPINION, (
        "negation. A model that only counts words sees “good” and “funny”; who sees the “not”? Compare {pooling}.",
        "否定句。只数词的模型会看到 good 和 funny，谁看到了 not？对照{pooling}。"), explains="pooling"),
    Example("Not a dull moment in it.", "en", OPINION, (
        "two words of blame that together are praise. Who understands the double negation?",
        "两个贬义的词合起来是夸奖。谁看懂了双重否定？"), split=True),
    Example("It's not bad at all.", "en", OPINION, (
        "praise by denial: “not bad” is one thought in two words. Who reads it as one?",
        "用否定来夸奖：not bad 两个词是一个意思。谁读懂了？"), split=True),
    Example("A masterpiece? Hardly.", "en", OPINION, (
        "one word takes the other back. Is it in the answer? See {saliency}.",
        "后一个词收回了前一个词。模型的答案里有它吗？看{saliency}。"), split=True),
    Example("Oh great, another two hours of my life that I will never get back.", "en", OPINION, (
        "irony: the words praise, the sentence does not.",
        "反讽：字面在夸，意思在骂。")),
    Example("The first half is dull, but the ending is a wonder.", "en", OPINION, (
        "“but” turns the sentence. {course} shows whether it turns the recurrent model.",
        "but 让句子转向。{course}显示循环网络有没有跟着转。"), explains="course", split=True),
    Example("The film runs for ninety minutes and was shot in Ohio.", "en", OPINION, (
        "no opinion at all, yet the model must choose: near 50 % would be honest.",
        "没有任何评价，但模型必须二选一：接近 50% 才算诚实。")),
    Example("Where is the longest bridge in the world?", "en", QUESTION, (
        "a question, for the models that sort questions. {pooling} shows the words that decide.",
        "问句，交给给问题分类的模型。{pooling}显示起决定作用的词。"), explains="pooling"),
    Example("What city hosted the games the year my grandmother was born?", "en", QUESTION, (
        "“what” could ask for anything. {course} shows at which word the recurrent model is sure.",
        "what 什么都能问。{course}显示循环网络读到哪个词才确定。"), explains="course"),
    Example("大学生宿舍楼将改建为商品房", "zh", HEADLINE, (
        "“大学生” points to education, “商品房” to realty. {saliency} shows what each is worth.",
        "“大学生”指向教育，“商品房”指向房产。在{saliency}里看各自的分量。"), explains="pooling"),
    Example("主队加时赛逆转取胜，晋级决赛", "zh", HEADLINE, (
        "“加时赛” is of sports, “逆转取胜” could be of a game, too. Do all models follow?",
        "“加时赛”属于体育，“逆转取胜”也可能是游戏。三个模型都判对了吗？"), split=True),
    Example("欧冠决赛门票被炒至天价", "zh", HEADLINE, (
        "a match, a price and a word of the stock exchange in one headline. Look at the second bar too.",
        "一条标题里有比赛、有价格、还有“炒”。也看看第二高的条。"), split=True),
    Example("球星退役后开公司，首轮融资过亿", "zh", HEADLINE, (
        "it begins as sports and goes on about money: {course} shows where the recurrent model changes its mind.",
        "开头是体育，后面谈钱：{course}显示循环网络在哪里改变主意。"), explains="course", split=True),
    Example("女排姑娘代言手机", "zh", HEADLINE, (
        "sport, advertising and a product. There may be no right answer.",
        "体育、广告、产品凑在一起，也许没有标准答案。"), split=True),
    Example("质量很好，物流也快，下次还会再来。", "zh", OPINION, (
        "plain praise; each character is one token. {saliency} shows their worth.",
        "直接的好评；每个字是一个词元。{saliency}显示各自的分量。"), explains="pooling"),
    Example("没有不满意的地方。", "zh", OPINION, (
        "two negations are praise. Does the model see both? See {pooling}.",
        "两个否定合起来是夸奖。模型两个都看到了吗？看{pooling}。"), explains="pooling"),
    Example("说不上好，也谈不上差，就是没什么想再买的感觉。", "zh", OPINION, (
        "“好” and “差” are both denied: where does the model land?",
        "“好”和“差”都被否定了：模型会判成什么？")),
    Example("真是太“好用”了，用了一天就坏了。", "zh", OPINION, (
        "irony in quotation marks: the last clause tells the truth.",
        "引号里的反话：最后半句才是真话。")),
    Example("房间小是小了点，但是干净，老板人也热情。", "zh", OPINION, (
        "a complaint, then “但是”: what comes after it should count.",
        "先抱怨，再“但是”：重点应该在后面。")),
)  # fmt: skip


def note_of(example: Example, language: Language) -> str:
    """The note, with the names that the parts of the page have in this language."""
    places = {place: STRINGS.say("quoted", language, name=STRINGS.say(place, language)) for place in PLACES}
    return example.note[language == "zh"].format(**places)


def opening(language: Language) -> Example:
    """The text that the page opens with."""
    return next(example for example in EXAMPLES if example.language == language)
