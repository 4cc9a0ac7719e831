"""Sentences to measure with, so that no bench needs a data set."""

from __future__ import annotations

from collections.abc import Sequence

ENGLISH = (
    "A quiet film that trusts its audience and earns every tear.",
    "The plot makes no sense, and the jokes are older than the cast.",
    "Not bad, but not good either: two hours that could have been one.",
    "What a wonderful surprise!",
    "Dull.",
    "How far is it from the earth to the moon, and who measured it first?",
    "The acting is fine; the script, sadly, gives nobody anything to do until the very last scene.",
    "I laughed, I cried, and then I bought another ticket for the next evening and took my mother along.",
)
CHINESE = (
    "房间很干净,服务也很周到,下次还会再来。",
    "物流太慢了,包装还破了一个角,很失望。",
    "股市今日小幅上涨,成交量有所放大",
    "不好吃。",
    "国家队在最后一分钟攻入一球,惊险晋级决赛",
    "屏幕清晰,电池耐用,就是拍照差了一点,总的来说对得起这个价格。",
    "新款手机下月发布,售价尚未公布",
    "书的内容很好,但是印刷质量一般,有几页的字都看不清楚。",
)


def sentences(languages: Sequence[str], count: int) -> list[str]:
    """Texts of one to five sentences, in a fixed order."""
    known = CHINESE if "zh" in languages and "en" not in languages else ENGLISH
    lengths = (1, 2, 1, 3, 1, 5, 2)
    return [
        " ".join(known[(start + offset) % len(known)] for offset in range(lengths[start % len(lengths)]))
        for start in range(count)
    ]
