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
    "zh": (),
}

TEXTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "The capital of France is Paris.",
        "The first world war began in the summer of 1914.",
        "Water boils at a temperature of 100 degrees.",
        "She opened the door and looked at him.",
        "The colorless idea sleeps a furiously.",
    ),
    "zh": (),
}

SPELLINGS: dict[Language, tuple[str, ...]] = {
    "en": ("government", "goverment", "unbelievableness", "Zürich", "walkedly", "covid", "1987", "McSomething"),
    "zh": (),
}

NAMED: dict[Language, tuple[str, ...]] = {
    "en": (
        "Jordan scored 30 points against Chicago, and then flew home to Jordan with his wife Queen.",
        "Washington met Lincoln officials in Washington before the Lincoln Bank opened its branch in Paris, Texas.",
        "May said in May that Apple and the Bank of England would move to Reading.",
        "The German chancellor visited the University of Oxford on Monday and spoke about the Olympic Games.",
        "dr. maria gonzalez works for siemens in buenos aires.",
    ),
    "zh": (),
}

REVIEWS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Not a single minute of it is dull, and the ending is a small miracle.",
        "The film is fine, if you have nothing else to do on a rainy afternoon.",
        "It could have been a great film; it is not even a bad one worth laughing at.",
        "Two hours of my life that I will never get back.",
    ),
    "zh": (),
}
