"""What can be clicked on the tab: lists and a file, written for it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.ui.strings import Language


@dataclass(frozen=True)
class Case:
    """A query with graded titles, in the order in which the list begins. title: of the button, in both languages."""

    title: tuple[str, str]
    query: str
    documents: tuple[tuple[str, int], ...]


CASES: dict[str, Case] = {
    "brand": Case(
        ("A brand, and what is only near it (Chinese)", "品牌，与只是在它旁边的店"),
        "大润发",
        (
            ("小龙坎老火锅（大润发店）", 0),
            ("大润发停车场", 1),
            ("优衣库（大润发购物中心店）", 0),
            ("大润发（中山北路店）", 3),
            ("永辉超市（中山北路店）", 0),
            ("大润发（万寿路店）", 3),
        ),
    ),
    "hotel": Case(
        ("A hotel with a city (Chinese)", "酒店加城市"),
        "香格里拉饭店 北京",
        (
            ("桔子香格里拉古城酒店", 0),
            ("上海浦东香格里拉", 1),
            ("香格里拉市第一中学", 0),
            ("香格里拉家园（北京昌平店）", 0),
            ("北京香格里拉大酒店", 3),
        ),
    ),
    "porridge": Case(
        ("A query of one character (Chinese)", "只有一个字的查询"),
        "粥",
        (
            ("粥公子美发（解放路店）", 0),
            ("名创优品（宏状元粥店旁）", 0),
            ("稀饭庄（解放路店）", 2),
            ("海记砂锅粥（解放路店）", 3),
        ),
    ),
    "drill": Case(
        ("A tool, and what belongs to it", "工具与它的配件（英文）"),
        "cordless drill",
        (
            ("Drill bits, set of 13", 0),
            ("Corded hammer drill 710 W", 1),
            ("Cordless phone with two handsets", 0),
            ("Battery powered drill driver 18 V", 3),
            ("Cordless screwdriver 3.6 V", 1),
            ("Cordless drill 12 V, body only", 2),
        ),
    ),
    "flights": Case(
        ("The way there and the way back", "去程与回程（英文）"),
        "flights from london to paris",
        (
            ("Flights from Paris to London", 1),
            ("Flights from London, Ontario", 0),
            ("London to Paris by train", 1),
            ("London to Paris by air: times and fares", 3),
            ("Paris hotels near the airport", 0),
        ),
    ),
    "rivals": Case(
        ("Two that are best, far down", "两个最好的都排在后面（英文）"),
        "starbucks",
        (
            ("Blue Door Coffee", 1),
            ("Corner Books (next to Starbucks)", 0),
            ("Coffee machines for rent", 0),
            ("Tea at Ten", 0),
            ("Starbucks Coffee, Market Street", 3),
            ("Green Mermaid fish bar", 0),
            ("Starbucks Reserve Roastery", 3),
        ),
    ),
}
FIRST: dict[Language, str] = {"en": "drill", "zh": "brand"}

Judged = tuple[str, str, int, float | None]  # query, document, grade, score
# Of a system with scores, and of one that only has an order.
FILES: tuple[tuple[tuple[str, str], tuple[Judged, ...]], ...] = (
    (
        ("Scores of a system, places (Chinese)", "一个系统的分数：地点"),
        (
            ("大润发", "小龙坎老火锅（大润发店）", 0, 0.71),
            ("大润发", "大润发（中山北路店）", 3, 0.93),
            ("大润发", "大润发停车场", 1, 0.8),
            ("大润发", "永辉超市（中山北路店）", 0, 0.15),
            ("粥", "粥公子美发", 0, 0.66),
            ("粥", "海记砂锅粥（解放路店）", 3, 0.61),
            ("粥", "稀饭庄（解放路店）", 2, 0.22),
            ("看牙", "博雅口腔门诊部", 3, 0.84),
            ("看牙", "象牙山庄农家乐", 0, 0.31),
            ("看牙", "市第一人民医院", 1, 0.4),
            ("KFC", "肯德基（火车站店）", 3, 0.77),
            ("KFC", "KTV量贩（火车站店）", 0, 0.35),
            ("KFC", "麦当劳（火车站店）", 0, 0.52),
            ("文一路12号", "文一路120号", 0, 0.88),
            ("文一路12号", "文一路12号", 3, 0.9),
            ("文一路12号", "文二路12号", 0, 0.79),
            ("文一路12号", "文一路12号院3幢", 1, 0.86),
            ("土豆粉", "粉丝土豆炖菜馆", 1, 0.58),
            ("土豆粉", "阿利茄汁土豆粉（步行街店）", 3, 0.87),
            ("土豆粉", "洋芋粉小馆（步行街店）", 2, 0.49),
        ),
    ),
    (
        ("An order of its own, goods", "只有顺序：商品（英文）"),
        (
            ("cordless drill", "Drill bits set of 13", 0, None),
            ("cordless drill", "Battery powered drill driver 18 V", 3, None),
            ("cordless drill", "Corded hammer drill 710 W", 1, None),
            ("iphone charger", "Lightning cable with USB wall adapter", 3, None),
            ("iphone charger", "Apple iPhone 14 128 GB", 0, None),
            ("iphone charger", "Samsung phone charger 25 W", 1, None),
            ("sugar free gum", "Bubble gum with real sugar", 1, None),
            ("sugar free gum", "Chewing gum without sugar", 3, None),
            ("sugar free gum", "Gum free sugar cubes", 0, None),
            ("blackout curtains", "Room darkening drapes", 3, None),
            ("blackout curtains", "Curtain rod black", 0, None),
            ("blackout curtains", "Sheer white curtains", 1, None),
            ("men's running shoes size 10", "Men's running shoes size 8", 1, None),
            ("men's running shoes size 10", "Mens road running trainers US 10", 3, None),
            ("men's running shoes size 10", "Women's running shoes size 10", 0, None),
        ),
    ),
)
