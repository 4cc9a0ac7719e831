"""What can be clicked on the tab: sentences written for it, quoted from no data set."""

from __future__ import annotations

from hub.ui.strings import Language

SENTENCES: dict[Language, tuple[str, ...]] = {
    "en": (
        "New York is a city",
        "the river flows into the sea",
        "the king and the queen had three children",
        "water boils at one hundred degrees",
    ),
    "zh": ("纽约是一座城市", "长江流入东海", "今天天气很好", "他在大学里学习数学"),
}
SHORT: dict[Language, tuple[str, ...]] = {
    "en": ("New York is a city", "the cat sat down", "once upon a time", "from time to time"),
    "zh": ("纽约是城市", "今天天气好", "我爱北京", "一年有四季"),
}
PAIRS: dict[Language, tuple[tuple[str, int], ...]] = {  # a sentence, and the place of the first of the two
    "en": (
        ("New York is a city", 1),
        ("he was born in Los Angeles", 5),
        ("the United States of America", 2),
        ("the prime minister said no", 2),
        ("as well as the others", 2),
    ),
    "zh": (("纽约是一座城市", 1), ("他在北京大学学习", 3), ("他们说不知道", 1), ("今天的天气很好", 4)),
}
LONG: dict[Language, tuple[str, ...]] = {
    "en": (
        "The lighthouse stands on a rock in the sea. It was built of granite in the last century, when many ships were "
        "lost on this coast. The keeper of the lighthouse lived there with his family. Every evening he lit the lamp, "
        "and every morning he put it out. In winter the storms were so strong that no boat could reach the rock for "
        "weeks. Today the lamp of the lighthouse is electric, and nobody lives on the rock any more.",
        "A computer program is a list of instructions. The computer reads the instructions one after another and does "
        "what they say. A program that contains an error may stop, or it may give a wrong result. Finding the error is "
        "often harder than writing the program. Therefore programs are tested before they are used.",
    ),
    "zh": (
        "这座灯塔建在海中的一块岩石上。它是上个世纪用石头建成的，那时许多船只在这片海岸失事。看守灯塔的人和家人住在那里。"
        "每天晚上他点亮灯，每天早上再把灯熄灭。冬天的风暴很大，几个星期都没有船能靠近岩石。如今灯塔的灯是电灯，岩石上再也没有人住了。",
        "计算机程序是一系列指令。计算机一条一条地读取指令，并按照指令工作。程序里如果有错误，就可能停下来，也可能给出错误的结果。"
        "找出错误往往比写程序更难，所以程序在使用之前要经过测试。",
    ),
}
PARTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "where do they live\nthey live in a small house",
        "where do they live\nthey live in a small house\nthe house is in the city",
    ),
    "zh": ("他们住在哪里\n他们住在一间小房子里", "他们住在哪里\n他们住在一间小房子里\n房子在城市里"),
}
