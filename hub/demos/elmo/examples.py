"""What can be clicked on the tab: sentences written for it, quoted from no data set."""

from __future__ import annotations

from dataclasses import dataclass

from hub.ui.strings import Language


@dataclass(frozen=True)
class Sense:
    """One sense of a word, and sentences with it."""

    title: tuple[str, str]  # English, Chinese
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """A word of several senses."""

    word: str
    senses: tuple[Sense, ...]

    @property
    def lines(self) -> str:
        """All its sentences, those of a sense together."""
        return "\n".join(sentence for sense in self.senses for sentence in sense.sentences)


WORDS: dict[Language, tuple[Word, ...]] = {
    "en": (
        Word(
            "bank",
            (
                Sense(
                    ("money", "银行"),
                    (
                        "She opened an account at the bank and borrowed money for a house.",
                        "The bank raised its interest rates after the financial crisis.",
                        "He paid the loan back to the bank in three years.",
                        "The central bank prints the money of the country.",
                        "Shares of the bank fell when it reported a large loss.",
                        "My salary is paid into the bank every month.",
                    ),
                ),
                Sense(
                    ("river", "河岸"),
                    (
                        "We sat on the bank of the river and watched the boats.",
                        "The village lies on the northern bank of the river.",
                        "Trees grow along the bank where the water is shallow.",
                        "The flood washed away the left bank of the stream.",
                        "They pulled the boat up on the muddy bank.",
                        "The castle stands on the west bank of the lake.",
                    ),
                ),
            ),
        ),
        Word(
            "plant",
            (
                Sense(
                    ("living thing", "植物"),
                    (
                        "The plant has green leaves and small white flowers.",
                        "Water the plant twice a week and keep it in the sun.",
                        "This species of plant grows in dry soil.",
                        "The roots of the plant take up water from the soil.",
                        "Insects feed on the leaves of the plant.",
                        "The seeds of this plant are eaten by birds.",
                    ),
                ),
                Sense(
                    ("factory", "工厂"),
                    (
                        "The plant produces steel and employs two thousand workers.",
                        "The company closed its plant in Detroit last year.",
                        "The nuclear power plant was built in the 1970s.",
                        "Engineers at the chemical plant stopped the production.",
                        "The government built a power plant on the coast.",
                        "Workers at the plant went on strike for higher wages.",
                    ),
                ),
            ),
        ),
        Word(
            "spring",
            (
                Sense(
                    ("season", "春天"),
                    (
                        "In the spring the snow melts and the days become longer.",
                        "The birds return every spring from the south.",
                        "The war ended in the spring of 1945.",
                        "He moved to London in the spring of that year.",
                        "The trees flower in early spring.",
                    ),
                ),
                Sense(
                    ("coil", "弹簧"),
                    (
                        "The spring is compressed by a force and stores energy.",
                        "A mass hangs from a spring and moves up and down.",
                        "The metal spring pushes the valve back.",
                        "The force of a spring is proportional to its length.",
                    ),
                ),
                Sense(
                    ("water", "泉水"),
                    (
                        "Hot water flows from the spring into a pool.",
                        "The river begins at a small spring in the mountains.",
                        "They drank cold water from the spring.",
                        "The spring supplies the town with fresh water.",
                    ),
                ),
            ),
        ),
        Word(
            "right",
            (
                Sense(
                    ("side", "右边"),
                    (
                        "He broke his right arm in the accident.",
                        "The house is on the right side of the street.",
                        "She writes with her right hand.",
                        "The river joins it from the right bank.",
                    ),
                ),
                Sense(
                    ("claim", "权利"),
                    (
                        "Every citizen has the right to vote.",
                        "The court protects the right of free speech.",
                        "Women gained the right to own property.",
                        "The law gives workers the right to strike.",
                    ),
                ),
                Sense(
                    ("correct", "正确"),
                    (
                        "It is hard to find the right answer to this question.",
                        "You were right about the weather.",
                        "She knew that he was right and said nothing.",
                        "It was the right decision at that time.",
                    ),
                ),
            ),
        ),
    ),
    "zh": (
        Word(
            "苹果",
            (
                Sense(
                    ("fruit", "水果"),
                    (
                        "她每天早上吃一个苹果和一碗粥。",
                        "树上的苹果红了，可以摘了。",
                        "妈妈买了三斤苹果和两斤梨。",
                        "这种苹果又甜又脆，很好吃。",
                        "把苹果削皮，切成小块。",
                    ),
                ),
                Sense(
                    ("company", "公司"),
                    (
                        "苹果发布了新款手机和电脑。",
                        "苹果的股价昨天上涨了百分之三。",
                        "开发者可以在苹果的系统上运行这个软件。",
                        "苹果公司在加州总部召开发布会。",
                        "他买了一台苹果笔记本电脑。",
                    ),
                ),
            ),
        ),
        Word(
            "打",
            (
                Sense(
                    ("hit", "击打"),
                    (
                        "他生气了，伸手打了弟弟一下。",
                        "孩子们不要打人，也不要骂人。",
                        "武松在山上打死了一只老虎。",
                        "官差把犯人打了二十大板。",
                    ),
                ),
                Sense(
                    ("telephone", "打电话"),
                    (
                        "我给客服打电话，一直没有人接。",
                        "到了车站请打这个号码。",
                        "他打电话告诉家里晚点回来。",
                        "房间有问题可以打前台电话。",
                    ),
                ),
                Sense(
                    ("play", "打球"),
                    (
                        "周末我们常去体育馆打篮球。",
                        "他从小喜欢打乒乓球。",
                        "放学以后同学们在操场上打球。",
                        "父亲教他打羽毛球和网球。",
                    ),
                ),
            ),
        ),
        Word(
            "意思",
            (
                Sense(
                    ("meaning", "含义"),
                    (
                        "这个词的意思是什么？",
                        "我不明白这句话的意思。",
                        "文言文里这个字有三种意思。",
                        "他的意思是明天再谈。",
                    ),
                ),
                Sense(
                    ("interest", "趣味"),
                    (
                        "这本小说很有意思，我一口气看完了。",
                        "电影没什么意思，看到一半就走了。",
                        "和他聊天特别有意思。",
                        "这个游戏真没意思。",
                    ),
                ),
            ),
        ),
    ),
}

TEXTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "The capital of France is Paris.",
        "The first world war began in the summer of 1914.",
        "Water boils at a temperature of 100 degrees.",
        "She opened the door and looked at him.",
        "The colorless idea sleeps a furiously.",
    ),
    "zh": (
        "中华人民共和国首都是北京。",
        "今天天气很好，我们去公园玩。",
        "房间很干净，服务态度也不错。",
        "根据本法规定，任何单位和个人不得违反。",
    ),
}

SPELLINGS: dict[Language, tuple[str, ...]] = {
    "en": ("government", "goverment", "unbelievableness", "Zürich", "walkedly", "covid", "1987", "McSomething"),
    "zh": ("government", "goverment", "unbelievableness", "walkedly", "1987"),  # letters are read in English alone
}

NAMED: dict[Language, tuple[str, ...]] = {
    "en": (
        "Jordan scored 30 points against Chicago, and then flew home to Jordan with his wife Queen.",
        "Washington met Lincoln officials in Washington before the Lincoln Bank opened its branch in Paris, Texas.",
        "May said in May that Apple and the Bank of England would move to Reading.",
        "The German chancellor visited the University of Oxford on Monday and spoke about the Olympic Games.",
        "dr. maria gonzalez works for siemens in buenos aires.",
    ),
    "zh": (
        "王小明昨天从上海飞到北京，参加清华大学的讲座。",
        "长江实业的李先生说，长江今年水位很高。",
        "中国男篮在广州击败了日本队。",
        "黄河说他从小住在黄河边上。",
    ),
}

REVIEWS = (  # in English alone, as the model reads
    "What could have been a warm comedy is cold and cruel.",
    "The plot is a mess, but what a lovely mess it is.",
    "A great cast, wasted on a script without a single idea.",
    "A gorgeous and deeply felt portrait of a lonely man.",
    "Two hours of my life that I will never get back.",
)
