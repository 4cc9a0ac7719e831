"""The sentences that the tab is shipped with, and their grades: all written for it, quoted from no data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.tasks.augment import Kind
from hub.ui.strings import Language


@dataclass(frozen=True)
class Pair:
    """Two sentences to compare, and what a good encoder makes of them.

    Args:
        says: "same": they mean the same, or belong together; "other": nearly the same words mean something else;
            "unrelated": they have nothing to do with each other.
        lesson: the key of the string that explains it.
    """

    title: tuple[str, str]  # English, Chinese
    a: str
    b: str
    says: Literal["same", "other", "unrelated"]
    lesson: str


@dataclass(frozen=True)
class Views:
    """Two ways to change a sentence, and the temperature of the loss, to click."""

    title: tuple[str, str]  # English, Chinese
    first: Kind
    rate1: float
    second: Kind
    rate2: float
    tau: float


# Sixty sentences on as many matters.
SENTENCES: dict[Language, tuple[str, ...]] = {
    "en": (
        "The ferry to the island leaves twice a day.",
        "Interest rates were raised for the third time this year.",
        "She plays the cello in the city orchestra.",
        "A bakery on the corner sells warm bread from six in the morning.",
        "The goalkeeper saved two penalties in the final.",
        "Water boils at a lower temperature on a mountain.",
        "My phone no longer holds a charge for a whole day.",
        "The museum is closed on Mondays.",
        "Farmers are waiting for rain after a dry spring.",
        "He forgot his keys at the office again.",
        "A new bridge will join the two villages.",
        "The court ruled in favour of the tenants.",
        "Bees find their way home by the position of the sun.",
        "The novel tells of three sisters who inherit a farm.",
        "Children under five travel free on all buses.",
        "The patient was given antibiotics for ten days.",
        "A cold wind blew from the north all night.",
        "The software update failed because the disk was full.",
        "Our grandmother taught us how to knit.",
        "The company opened a factory near the harbour.",
        "Mix the flour with two eggs and a little salt.",
        "The telescope found a planet as large as Jupiter.",
        "He runs ten kilometres before breakfast.",
        "The union and the management agreed on higher wages.",
        "A fox crossed the road in front of our car.",
        "The lecture on Roman history begins at noon.",
        "Please return the form before the end of the month.",
        "The soup tastes better with a squeeze of lemon.",
        "Smoke from the forest fires reached the coast.",
        "The old clock in the hall has stopped.",
        "They moved to the countryside to raise their children.",
        "Voters will elect a new mayor on Sunday.",
        "The dentist told him to come back in six months.",
        "Glass can be melted and used again without end.",
        "The train was delayed by a broken signal.",
        "She painted the kitchen yellow.",
        "A virus in the network locked thousands of files.",
        "The coach praised the young players for their patience.",
        "Penguins keep their eggs warm on their feet.",
        "The rent for the flat has doubled in five years.",
        "He speaks four languages and is learning a fifth.",
        "The river floods the meadows every spring.",
        "Our flight was moved to another gate.",
        "The film was shot in one take.",
        "Scientists measured how fast the glacier is melting.",
        "The shop takes back unused goods within two weeks.",
        "My brother repairs old radios in the cellar.",
        "The president will visit the flooded region tomorrow.",
        "Add more memory if the program is slow.",
        "The lighthouse has guided ships since 1850.",
        "Too little sleep makes it hard to concentrate.",
        "The choir sang without a conductor.",
        "A thief broke the window and took the camera.",
        "The cheese ripens in a cave for a year.",
        "Prices for coffee rose after a poor harvest.",
        "The students built a robot that sorts rubbish.",
        "Her horse refused to jump over the last fence.",
        "The lake is frozen and people skate on it.",
        "The password must have at least twelve characters.",
        "He asked the waiter for the bill.",
    ),
    "zh": (
        "开往小岛的渡轮每天只有两班。",
        "央行今年第三次上调了利率。",
        "她在市交响乐团拉大提琴。",
        "街角的面包店早上六点就开始卖热面包。",
        "守门员在决赛中扑出了两个点球。",
        "在高山上，水的沸点会变低。",
        "我的手机已经撑不了一整天了。",
        "博物馆每逢周一闭馆。",
        "春旱过后，农民们都在盼着下雨。",
        "他又把钥匙忘在办公室了。",
        "一座新桥将把两个村子连起来。",
        "法院判租客胜诉。",
        "蜜蜂靠太阳的位置找到回家的路。",
        "这部小说讲的是三姐妹继承一座农场的故事。",
        "五岁以下的儿童乘公交车免票。",
        "医生给病人开了十天的抗生素。",
        "北风刮了一整夜。",
        "磁盘满了，软件更新没有成功。",
        "外婆教会了我们织毛衣。",
        "这家公司在港口附近开了一座工厂。",
        "把面粉、两个鸡蛋和少许盐搅拌均匀。",
        "望远镜发现了一颗和木星一样大的行星。",
        "他每天早饭前跑十公里。",
        "工会和资方就加薪达成了一致。",
        "一只狐狸从我们的车前横穿马路。",
        "罗马史讲座中午开始。",
        "请在月底之前交回表格。",
        "汤里挤一点柠檬汁会更好喝。",
        "山火的浓烟飘到了海边。",
        "大厅里的老钟停了。",
        "他们搬到乡下去抚养孩子。",
        "选民将在周日选出新市长。",
        "牙医让他半年后再来复查。",
        "玻璃可以反复熔化再利用。",
        "信号故障导致列车晚点。",
        "她把厨房刷成了黄色。",
        "网络病毒锁住了上千个文件。",
        "教练称赞年轻队员有耐心。",
        "企鹅把蛋放在脚上保暖。",
        "这套公寓的租金五年翻了一番。",
        "他会四门外语，正在学第五门。",
        "这条河每年春天都会淹没草地。",
        "我们的航班换到了另一个登机口。",
        "这部电影是一镜到底拍成的。",
        "科学家测量了冰川融化的速度。",
        "未使用的商品两周内可以退货。",
        "我哥哥在地下室修旧收音机。",
        "总统明天将前往灾区视察。",
        "程序太慢的话，就加点内存。",
        "这座灯塔从1850年起就为船只指路。",
        "睡眠不足会让人很难集中精力。",
        "合唱团在没有指挥的情况下演唱。",
        "小偷打碎车窗，拿走了相机。",
        "这种奶酪要在山洞里熟成一年。",
        "歉收之后，咖啡价格上涨了。",
        "学生们造了一个会给垃圾分类的机器人。",
        "她的马不肯跳过最后一道栏杆。",
        "湖面结了冰，人们在上面滑冰。",
        "密码至少要有十二个字符。",
        "他请服务员拿账单来。",
    ),
}

# Pairs that say the same in other words.
PARAPHRASES: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("He has been ill since Monday.", "He fell sick on Monday and is not well yet."),
        ("The shop opens at nine.", "You can enter the store from nine o'clock."),
        ("It rained the whole weekend.", "Saturday and Sunday were wet from start to end."),
        ("She quit her job.", "She resigned from her position."),
        ("The film bored me.", "I found the movie dull."),
        ("Dogs are not allowed in the park.", "You may not take your dog into the park."),
        ("The price of petrol has gone up.", "Fuel costs more than before."),
        ("I cannot find my glasses.", "My glasses are lost."),
        ("The team lost the match.", "The team was beaten in the game."),
        ("We had dinner at an Italian restaurant.", "We ate in the evening at an Italian place."),
        ("The baby is asleep.", "The infant is sleeping."),
        ("He drives to work by car.", "He takes the car to get to his office."),
        ("The road is blocked by snow.", "Because of the snow nobody can use the road."),
        ("They got married last year.", "Their wedding was a year ago."),
        ("The computer starts very slowly.", "It takes ages until the computer is ready."),
        ("Please switch off the light.", "Could you turn the lamp off?"),
        ("The meeting was postponed to Friday.", "They moved the meeting to Friday."),
        ("A fire destroyed the old mill.", "The old mill burned down."),
        ("Nobody answered the phone.", "The call was not picked up."),
        ("She is afraid of spiders.", "Spiders frighten her."),
    ),
    "zh": (
        ("他从周一起就病了。", "他周一生的病，到现在还没好。"),
        ("商店九点开门。", "九点起就可以进店购物了。"),
        ("整个周末都在下雨。", "周六和周日的雨就没停过。"),
        ("她辞职了。", "她不在那家公司干了。"),
        ("这部电影很无聊。", "我觉得这片子没什么意思。"),
        ("公园里不准遛狗。", "狗不能带进公园。"),
        ("油价上涨了。", "现在加油比以前贵了。"),
        ("我找不到眼镜了。", "我的眼镜不见了。"),
        ("我们队输了比赛。", "这场球我们没赢。"),
        ("我们在一家意大利餐馆吃了晚饭。", "晚上我们去吃了意大利菜。"),
        ("宝宝睡着了。", "孩子已经进入梦乡。"),
        ("他开车上班。", "他每天自己驾车去公司。"),
        ("大雪封住了道路。", "因为下雪，这条路走不通了。"),
        ("他们去年结婚了。", "他们的婚礼是一年前办的。"),
        ("电脑开机特别慢。", "这台电脑要等很久才能启动。"),
        ("请把灯关掉。", "能不能关一下灯？"),
        ("会议推迟到周五。", "会改到周五开了。"),
        ("大火烧毁了老磨坊。", "那座老磨坊在火灾中没了。"),
        ("没有人接电话。", "电话一直打不通。"),
        ("她害怕蜘蛛。", "蜘蛛会吓到她。"),
    ),
}

# (a, b, grade): 5 the same, 4 the same but for details, 3 the same matter with a difference that counts, 2 not the same
# but shares something, 1 the same field at most, 0 nothing in common. Graded by the writer of this tab.
GRADED: dict[Language, tuple[tuple[str, str, float], ...]] = {
    "en": (
        ("A man is playing the guitar.", "A man plays a guitar.", 5),
        ("The cat sleeps on the sofa.", "A cat is sleeping on the couch.", 5),
        ("The bus was late this morning.", "This morning the bus did not come on time.", 5),
        ("She bought a new car.", "She has purchased a new automobile.", 5),
        ("Two boys are kicking a ball.", "Two boys play football.", 4.5),
        ("The bank raised its fees.", "Customers of the bank now pay higher fees.", 4.5),
        ("A woman cuts an onion.", "A woman is chopping a red onion in the kitchen.", 4),
        ("The mayor opened the new library.", "The new library was opened on Tuesday by the mayor.", 4),
        ("It will rain tomorrow afternoon.", "Rain is expected tomorrow.", 4),
        ("The dog runs after a ball.", "A brown dog is chasing a ball in the snow.", 4),
        ("The company fired 200 workers.", "The company fired 2,000 workers.", 3.5),
        ("He ordered a coffee and a cake.", "He ordered a coffee.", 3.5),
        ("A woman is dancing on a stage.", "A man is dancing on a stage.", 3),
        ("The train to Berlin leaves at eight.", "The train to Hamburg leaves at nine.", 3),
        ("The door is open.", "The door is not open.", 2.5),
        ("The film won three prizes.", "The film won no prize at all.", 2.5),
        ("The child eats an apple.", "The child peels an apple.", 3),
        ("The man bit the dog.", "The dog bit the man.", 2),
        ("A woman plays the piano.", "A man plays the violin.", 2),
        ("He swims in the sea.", "He walks along the beach.", 2),
        ("The football match was cancelled.", "The concert was cancelled.", 2),
        ("The doctor examined the patient.", "The hospital hired new nurses.", 1.5),
        ("Oil prices fell on Monday.", "Shares of airlines rose on Monday.", 1.5),
        ("A boy rides a horse.", "A girl feeds the cows.", 1.5),
        ("She reads a book about birds.", "She writes a letter to her aunt.", 1),
        ("The soup is too salty.", "The restaurant is near the station.", 1),
        ("The bank of the river is steep.", "The bank closes at four.", 0.5),
        ("A plane lands at the airport.", "The onions are frying in the pan.", 0),
        ("The parliament passed the law.", "My shoes are wet.", 0),
        ("He lost his umbrella.", "Volcanoes can cool the climate.", 0),
    ),
    "zh": (
        ("一个男人在弹吉他。", "有个男子正在弹奏吉他。", 5),
        ("猫在沙发上睡觉。", "一只猫睡在沙发上。", 5),
        ("今天早上公交车晚点了。", "公交车今早没有准时到。", 5),
        ("她买了一辆新车。", "她购置了一辆新汽车。", 5),
        ("两个男孩在踢球。", "两个男孩在踢足球。", 4.5),
        ("银行提高了手续费。", "现在银行的客户要付更高的手续费。", 4.5),
        ("一个女人在切洋葱。", "厨房里，一个女人在切一个红洋葱。", 4),
        ("市长为新图书馆揭幕。", "新图书馆周二由市长揭幕。", 4),
        ("明天下午会下雨。", "预计明天有雨。", 4),
        ("狗在追一个球。", "一只棕色的狗在雪地里追球。", 4),
        ("这家公司裁掉了200名员工。", "这家公司裁掉了2000名员工。", 3.5),
        ("他点了一杯咖啡和一块蛋糕。", "他点了一杯咖啡。", 3.5),
        ("一个女人在舞台上跳舞。", "一个男人在舞台上跳舞。", 3),
        ("去北京的火车八点开。", "去上海的火车九点开。", 3),
        ("门开着。", "门没有开。", 2.5),
        ("这部电影得了三个奖。", "这部电影一个奖也没得。", 2.5),
        ("孩子在吃苹果。", "孩子在削苹果。", 3),
        ("人咬了狗。", "狗咬了人。", 2),
        ("一个女人在弹钢琴。", "一个男人在拉小提琴。", 2),
        ("他在海里游泳。", "他沿着海滩散步。", 2),
        ("足球赛取消了。", "音乐会取消了。", 2),
        ("医生给病人做了检查。", "医院招了新护士。", 1.5),
        ("周一油价下跌。", "周一航空股上涨。", 1.5),
        ("男孩骑着马。", "女孩在喂牛。", 1.5),
        ("她在读一本关于鸟的书。", "她在给姑姑写信。", 1),
        ("汤太咸了。", "餐馆离车站很近。", 1),
        ("杜鹃在枝头叫。", "山坡上的杜鹃开花了。", 0.5),
        ("飞机降落在机场。", "锅里正炒着洋葱。", 0),
        ("议会通过了这项法律。", "我的鞋湿了。", 0),
        ("他把伞弄丢了。", "火山喷发会让气候变冷。", 0),
    ),
}

PAIRS: dict[Language, tuple[Pair, ...]] = {
    "en": (
        Pair(
            ("Other words, same meaning", "换词不换意"), "The film bored me.", "I found the movie dull.",
            "same", "lesson_paraphrase",
        ),
        Pair(
            ("Nothing in common", "毫不相干"), "The parliament passed the law.", "My shoes are wet.",
            "unrelated", "lesson_unrelated",
        ),
        Pair(
            ("Same words, roles swapped", "同样的词，角色互换"), "The dog bit the man.", "The man bit the dog.",
            "other", "lesson_roles",
        ),
        Pair(
            ("Love and hate", "喜欢与讨厌"), "I love this film.", "I hate this film.", "other", "lesson_opposite",
        ),
        Pair(
            ("One added “not”", "多一个否定"), "The door is open.", "The door is not open.", "other", "lesson_not",
        ),
        Pair(
            ("One word, two meanings", "一词两义"), "The bank of the river is steep.", "The bank closes at four.",
            "unrelated", "lesson_senses",
        ),
        Pair(
            ("A question and its answer", "问与答"), "When does the museum close?", "The museum is open until six.",
            "same", "lesson_answer",
        ),
    ),
    "zh": (
        Pair(
            ("Other words, same meaning", "换词不换意"), "商店九点开门。", "九点起就可以进店购物了。",
            "same", "lesson_paraphrase",
        ),
        Pair(
            ("Nothing in common", "毫不相干"), "议会通过了这项法律。", "我的鞋湿了。", "unrelated", "lesson_unrelated",
        ),
        Pair(
            ("Same words, roles swapped", "同样的词，角色互换"), "狗咬了人。", "人咬了狗。", "other", "lesson_roles",
        ),
        Pair(
            ("Love and hate", "喜欢与讨厌"), "我喜欢这部电影。", "我讨厌这部电影。", "other", "lesson_opposite",
        ),
        Pair(
            ("One added “not”", "多一个否定"), "门开着。", "门没有开。", "other", "lesson_not",
        ),
        Pair(
            ("One word, two meanings", "一词两义"), "杜鹃在枝头叫。", "山坡上的杜鹃开花了。",
            "unrelated", "lesson_senses",
        ),
        Pair(
            ("A question and its answer", "问与答"), "博物馆几点关门？", "博物馆开到六点。", "same", "lesson_answer",
        ),
    ),
}  # fmt: skip

# Three matters, four sentences each.
LINES: dict[Language, tuple[str, ...]] = {
    "en": (
        "The team won the cup after extra time.",
        "A late goal decided the football final.",
        "The striker scored twice in the second half.",
        "Fans celebrated the victory all night.",
        "Bake the cake for forty minutes.",
        "Beat the eggs with the sugar until pale.",
        "Let the dough rest before you roll it.",
        "Serve the pie warm with cream.",
        "Shares fell after the bank's warning.",
        "Investors fear that interest rates will rise.",
        "The stock market closed lower on Friday.",
        "The central bank left its rate unchanged.",
    ),
    "zh": (
        "球队在加时赛后捧起了奖杯。",
        "一粒迟来的进球决定了足球决赛。",
        "前锋在下半场梅开二度。",
        "球迷彻夜庆祝胜利。",
        "蛋糕要烤四十分钟。",
        "把鸡蛋和糖打发到颜色变浅。",
        "面团擀开之前要先醒一醒。",
        "苹果派趁热配奶油吃。",
        "银行发出预警后，股价下跌。",
        "投资者担心利率会上升。",
        "周五股市收跌。",
        "央行维持利率不变。",
    ),
}

QUERIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "money and the economy",
        "How do animals behave?",
        "something went wrong with my computer",
        "a journey by boat or plane",
        "cooking and food",
    ),
    "zh": ("谁赢了比赛？", "今天吃什么？", "身体不舒服，去看医生", "物价和利率上涨", "房租太贵了"),
}

# The first three are near-duplicates: hard negatives, whose views are taken for each other first.
VIEWED: dict[Language, tuple[str, ...]] = {
    "en": (
        "A man is playing the guitar on the street.",
        "A woman is playing the guitar on the street.",
        "A man is playing chess on the street.",
        "The bank raised its interest rates again.",
    ),
    "zh": (
        "一个男人在街上弹吉他。",
        "一个女人在街上弹吉他。",
        "一个男人在街上下棋。",
        "银行又一次提高了利率。",
    ),
}

VIEWS: tuple[Views, ...] = (
    Views(
        ("The paper's best pair: shuffling and feature cutoff", "论文里最好的组合：打乱与特征裁剪"),
        "shuffle", 1.0, "feature cutoff", 0.2, 0.1,
    ),
    Views(("No augmentation: both views are equal", "不增强：两个视图完全相同"), "none", 0.0, "none", 0.0, 0.1),
    Views(
        ("Too much: half of the words erased in both views", "过头：两个视图都抹去一半的词"),
        "token cutoff", 0.5, "token cutoff", 0.5, 0.1,
    ),
    Views(
        ("Cold, τ = 0.02: the nearest negative takes the push", "低温 τ = 0.02：推力几乎全给最近的负例"),
        "dropout", 0.2, "dropout", 0.2, 0.02,
    ),
    Views(
        ("Warm, τ = 1: all negatives share the push", "高温 τ = 1：推力由所有负例分担"),
        "dropout", 0.2, "dropout", 0.2, 1.0,
    ),
)  # fmt: skip
