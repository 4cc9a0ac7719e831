"""What cards say of the data sets of the classifiers: their titles, and sentences of ours with their right labels.

The sentences show what a model gets wrong, and are there to be classified many at once. They are not the test sets, nor
taken from any data set.
"""

from __future__ import annotations

from hub.card import DataSet, Text

Sentences = dict[str, tuple[str, ...]]  # label -> sentences

SST2: Sentences = {
    "positive": (
        "A warm, funny and beautifully acted film.",
        "I laughed until it hurt, and then I cried.",
        "One of the best films of the year.",
        "The cast is a delight from the first scene to the last.",
        "A small story, told with great care.",
        "Not a dull moment in it.",
        "It is too long, too loud, and I loved every minute.",
        "You will not regret seeing it.",
        "The first half is dull, but the ending is a wonder.",
        "There is nothing wrong with it.",
        "Far from perfect, but full of heart.",
        "It takes its time and earns every tear.",
        "The jokes land, and so does the sadness.",
        "Bring your children: you will enjoy it more than they do.",
        "I cannot remember when I last had so much fun in a cinema.",
        "The camera work alone is worth the ticket.",
        "A quiet triumph.",
        "It never talks down to its audience.",
        "Hardly a masterpiece, but hard to dislike.",
        "I went in expecting nothing and came out smiling.",
    ),
    "negative": (
        "It is not a good film, and not even a funny one.",
        "A masterpiece? Hardly.",
        "The dialogue sounds as if a machine had written it.",
        "The plot makes no sense at all.",
        "A waste of a wonderful cast.",
        "It has everything a great film needs except a story.",
        "The best thing about it is the popcorn.",
        "As funny as a funeral.",
        "The trailer was wonderful; the film is not.",
        "I wanted to love it, but I could not.",
        "Boring, noisy and far too long.",
        "The jokes are older than the actors.",
        "Beautiful to look at, and empty.",
        "It could have been a great film.",
        "Even the director seems to have lost interest.",
        "The acting is superb, but the film is a bore.",
        "I checked my watch every five minutes.",
        "A sequel that nobody asked for.",
        "Oh great, another two hours of my life that I will never get back.",
        "Sentimental nonsense from start to finish.",
    ),
}

SST1: Sentences = {
    "very negative": (
        "The worst film that I have ever seen.",
        "An unbearable, insulting mess.",
        "Painfully stupid from beginning to end.",
        "A complete disaster in every way.",
        "Utterly worthless.",
    ),
    "negative": (
        "The plot is thin and the jokes fall flat.",
        "It drags in the middle and never recovers.",
        "A bit of a disappointment.",
        "Not much fun.",
        "The film is too slow.",
    ),
    "neutral": (
        "The film runs for ninety minutes and was shot in Ohio.",
        "It is the third part of a series.",
        "Some will like it, others will not.",
        "It has its good moments and its bad ones.",
        "The story is set in a small town by the sea.",
    ),
    "positive": (
        "A pleasant film with some good jokes.",
        "The cast is likeable and the story holds up.",
        "Worth seeing.",
        "It has charm.",
        "Well made and often moving.",
    ),
    "very positive": (
        "One of the greatest films ever made.",
        "An absolute masterpiece, brilliant in every way.",
        "Breathtaking, hilarious and deeply moving.",
        "The best film of the year by far.",
        "A magnificent and unforgettable experience.",
    ),
}

SUBJ: Sentences = {
    "objective": (
        "A young doctor returns to the village where he was born.",
        "Two brothers inherit a farm and a debt from their father.",
        "In 1943 a train with three hundred prisoners leaves for the east.",
        "She finds a letter that her mother never sent.",
        "A detective follows the thief from London to Cairo.",
        "When the war ends, the soldiers have to find their way home.",
        "He promises his wife to give up the sea.",
        "The bank is robbed on the day of the wedding.",
        "Four students spend the summer in a house by the lake.",
        "A stranger offers the boy a ride in his truck.",
        "The king sends his youngest daughter to a convent.",
        "After the accident, she remembers nothing of the last year.",
    ),
    "subjective": (
        "A warm, funny and beautifully acted film.",
        "The dialogue is as flat as the scenery.",
        "It asks for patience and rewards it richly.",
        "I have rarely been so bored.",
        "The director has a fine eye for faces.",
        "This is a comedy without a single good joke.",
        "Both leads are better than the script deserves.",
        "The film's charm wears thin after half an hour.",
        "A clever thriller that trusts its audience.",
        "It is hard to care about anyone in it.",
        "Visually stunning, emotionally empty.",
        "The ending is moving in a way that nobody expects.",
    ),
}

TREC: Sentences = {
    "ABBR": (
        "What does NASA stand for?",
        "What is the abbreviation for kilometre?",
        "What does the acronym UNESCO mean?",
        "What does HTML stand for?",
        "What is the full form of CPU?",
    ),
    "DESC": (
        "What is an atom?",
        "Why is the sky blue?",
        "How do bees make honey?",
        "What is the difference between a frog and a toad?",
        "What does the word serendipity mean?",
        "How does a telephone work?",
        "Why do cats purr?",
    ),
    "ENTY": (
        "What color is an emerald?",
        "What language is spoken in Brazil?",
        "What animal has the longest neck?",
        "What do you call a group of geese?",
        "What instrument did Mozart play?",
        "What is the fastest fish in the sea?",
        "Which metal is liquid at room temperature?",
    ),
    "HUM": (
        "Who wrote Hamlet?",
        "Who was the first woman in space?",
        "What was the name of the first man on the moon?",
        "Which company makes the iPhone?",
        "Who is where when the clock strikes ten?",
        "Name the painter of the Mona Lisa.",
        "What team won the World Cup in 1966?",
    ),
    "NUM": (
        "How far is the moon?",
        "When did the Berlin Wall fall?",
        "How many legs does a spider have?",
        "What is the boiling point of water?",
        "How old is the universe?",
        "What year did the Titanic sink?",
        "How much does an elephant weigh?",
    ),
    "LOC": (
        "Where is the longest bridge in the world?",
        "What is the capital of Mongolia?",
        "Which country has the most lakes?",
        "What city hosted the games the year my grandmother was born?",
        "On which river does Vienna lie?",
        "What is the highest mountain in Africa?",
        "In which country was the author of the longest novel born?",
    ),
}

SHOPPING: Sentences = {
    "positive": (
        "质量很好，物流也快，下次还会再来。",
        "房间小是小了点，但是干净，老板人也热情。",
        "苹果又脆又甜，家里人都爱吃。",
        "手机反应很快，拍照也清楚。",
        "没有不满意的地方。",
        "不得不说，真的很好用。",
        "挑不出毛病。",
        "早知道这么好就多买两个了。",
        "后悔没有早点买。",
        "衣服面料舒服，尺码也合适。",
        "书的印刷清晰，包装完好。",
        "给妈妈买的，她特别喜欢。",
        "洗完头发很顺，味道也好闻。",
        "酒店离地铁站近，早餐丰盛。",
        "价格不贵，用着放心。",
        "客服很耐心，问题很快解决了。",
        "第三次回购了，一如既往地好。",
        "水果新鲜，个头也大。",
        "本来没抱希望，结果出乎意料地好。",
        "不比专柜的差，还便宜不少。",
    ),
    "negative": (
        "真是太“好用”了，用了一天就坏了。",
        "不是不好用，就是太贵，不值这个价。",
        "质量不差，就是味道不怎么样。",
        "谁买谁后悔。",
        "说好的三天到，等了十天。",
        "后悔买了。",
        "屏幕有划痕，像是别人退回来的。",
        "苹果烂了一半，客服也不理人。",
        "衣服洗了一次就掉色。",
        "房间有霉味，隔音也差。",
        "充了一晚上的电还没满。",
        "图片很漂亮，收到的完全是两回事。",
        "书里缺了十几页。",
        "再也不会来这家店了。",
        "这也叫新鲜？",
        "穿了两天鞋底就开胶了。",
        "味道刺鼻，不敢用。",
        "客服态度恶劣，退货还要自己出运费。",
        "除了便宜，没有别的优点。",
        "说明书写得天花乱坠，实际一样都做不到。",
    ),
}

THUCNEWS: Sentences = {
    "finance": (
        "央行下调存款利率",
        "黄金价格创三个月新高",
        "多家银行推出短期理财产品",
        "人民币对美元汇率小幅回升",
    ),
    "realty": (
        "大学生宿舍楼将改建为商品房",
        "市中心二手房成交量回落",
        "开发商推出精装小户型",
        "城郊住宅地块拍出高价",
    ),
    "stocks": (
        "两市低开高走 成交量放大",
        "银行股领涨 大盘收红",
        "教育股集体大跌",
        "创业板指跌逾百分之二",
    ),
    "education": (
        "高考录取分数线今日公布",
        "考研英语作文题涉及房价",
        "四六级考试报名下周开始",
        "留学申请的常见误区",
    ),
    "science": (
        "新款手机下月发布 电池更耐用",
        "科学家发现新的系外行星",
        "浏览器更新修复多个漏洞",
        "笔记本电脑新品降价促销",
    ),
    "society": (
        "男子跳河救起落水儿童",
        "高速公路多车追尾 三人受伤",
        "老人走失两天后被找到",
        "居民楼深夜起火 无人伤亡",
    ),
    "politics": (
        "外交部回应记者提问",
        "两国总统举行会谈",
        "议会通过新的移民法案",
        "总理将出访欧洲三国",
    ),
    "sports": (
        "主队加时赛逆转取胜，晋级决赛",
        "女排三比零横扫对手",
        "球星因伤缺席揭幕战",
        "马拉松世界纪录再次被刷新",
    ),
    "game": (
        "网游新资料片下周公测",
        "足球游戏新作年底上市",
        "电竞战队公布新赛季名单",
        "玩家自制地图引发热议",
    ),
    "entertainment": (
        "影星夫妇宣布离婚",
        "新片首映 导演携主演亮相",
        "歌手巡演门票开售即空",
        "真人秀节目嘉宾阵容曝光",
    ),
}

DATASETS = {
    "sst2": DataSet(
        title=Text(en="SST-2: film reviews, negative or positive", zh="SST-2：英文影评，负面或正面"),
        texts=Text(en="Film reviews", zh="英文影评"),
        sentences=SST2,
    ),
    "sst1": DataSet(
        title=Text(en="SST-1: film reviews in five grades", zh="SST-1：英文影评，五个等级"),
        texts=Text(en="Film reviews in five grades", zh="五个等级的英文影评"),
        sentences=SST1,
    ),
    "subj": DataSet(
        title=Text(en="SUBJ: objective or subjective", zh="SUBJ：客观或主观"),
        texts=Text(en="Plots and opinions", zh="英文剧情与评价"),
        sentences=SUBJ,
    ),
    "trec": DataSet(
        title=Text(en="TREC: what a question asks for", zh="TREC：问句问的是什么"),
        texts=Text(en="Questions", zh="英文问句"),
        sentences=TREC,
    ),
    "online_shopping_zh": DataSet(
        title=Text(en="Chinese shop reviews, negative or positive", zh="中文网购评论，负面或正面"),
        texts=Text(en="Chinese shop reviews", zh="网购评论"),
        sentences=SHOPPING,
    ),
    "thucnews_zh": DataSet(
        title=Text(en="THUCNews: Chinese headlines, ten sections", zh="THUCNews：新闻标题，十个栏目"),
        texts=Text(en="Chinese headlines", zh="新闻标题"),
        sentences=THUCNEWS,
    ),
}


def described(*names: str) -> dict[str, DataSet]:
    """Those of a card, by the names that its figures give them."""
    return {name: DATASETS[name] for name in names}
