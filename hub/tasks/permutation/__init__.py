"""A language model of any order of the words (Yang et al. 2019, XLNet): numpy in, numpy out."""

from hub.tasks.permutation.ask import TASK, Guess, Sentence, log_probabilities, orders_of, sentence
from hub.tasks.permutation.court import MISTAKES, Mistake, Verdict, court
from hub.tasks.permutation.every import EveryOrder, every_order
from hub.tasks.permutation.memory import Remembered, Segment, remembered
from hub.tasks.permutation.pair import Pair, pair
from hub.tasks.permutation.predict import Answered, Ordered, Permuted, permuted, predict
from hub.tasks.permutation.segments import Segmented, segmented
from hub.tasks.permutation.streams import Attention, Unplaced, attention, unplaced

__all__ = [
    "MISTAKES",
    "TASK",
    "Answered",
    "Attention",
    "EveryOrder",
    "Guess",
    "Mistake",
    "Ordered",
    "Pair",
    "Permuted",
    "Remembered",
    "Segment",
    "Segmented",
    "Sentence",
    "Unplaced",
    "Verdict",
    "attention",
    "court",
    "every_order",
    "log_probabilities",
    "orders_of",
    "pair",
    "permuted",
    "predict",
    "remembered",
    "segmented",
    "sentence",
    "unplaced",
]
