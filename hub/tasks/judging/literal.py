"""What can be said of a query and a title by their letters alone: BM25, and the literal features of a ranker.

A term is a word, or of Chinese a character and a pair of neighbouring ones: a character alone matches too much, and a
dictionary of words would cut names of places now one way, now the other.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np

HAN = "\u3400-\u9fff"
TOKEN = re.compile(rf"[^\W_{HAN}]+(?:\.\d+)?|[{HAN}]")
BRACKETS = re.compile(r"\(([^()]*)\)")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
K1, B = 1.2, 0.75  # of Robertson and Zaragoza 2009
COMPARED = 100  # characters of a text in which edits and common strings are counted

FEATURES = (
    "bm25",
    "coverage",  # the share of the query's terms that the title has
    "title_coverage",  # the share of the title's terms that the query has
    "rare_coverage",  # coverage, its terms weighted by idf
    "branch_coverage",  # the share of the query's terms that the title has in its brackets alone
    "common",  # the longest string of the query that the title has, by the query's length
    "edits",  # Levenshtein distance by the longer length
    "contained",  # 1: the query as a whole is a part of the title
    "begins",  # 1: the title begins with it
    "numbers",  # the share of the query's numbers that the title has; 1 where there are none
    "query_length",  # log(1 + characters)
    "title_length",
)


def plain(text: str) -> str:
    """Small letters, full-width forms made narrow, spaces at the ends gone."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def terms(text: str) -> list[str]:
    """The terms, in the order of the text: "湖滨 road" -> 湖, 滨, road, 湖滨."""
    tokens = [(found.group(), found.start()) for found in TOKEN.finditer(plain(text))]
    pairs = [
        one + two
        for (one, place), (two, after) in pairwise(tokens)
        if after == place + 1 and _is_han(one) and _is_han(two)
    ]
    return [token for token, _ in tokens] + pairs


def _is_han(token: str) -> bool:
    return len(token) == 1 and "\u3400" <= token <= "\u9fff"


class BM25:
    """The ranking function of Okapi, with what it knows of a collection.

    score(q, d) = Σ_{t ∈ q} log(1 + (N − n_t + ½) / (n_t + ½)) · f_td (k₁ + 1) / (f_td + k₁ (1 − b + b |d| / avg |d|))
    (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", with the idf of Lucene, which is positive)

    Args:
        documents: the collection: how many of them have a term, and how long they are, is learnt from it.
    """

    def __init__(self, documents: Iterable[str], k1: float = K1, b: float = B) -> None:
        self.k1, self.b = k1, b
        self.having: Counter[str] = Counter()
        self.count, length = 0, 0
        for document in documents:
            found = terms(document)
            self.having.update(set(found))
            self.count += 1
            length += len(found)
        self.average = max(1.0, length / max(1, self.count))

    def idf(self, term: str) -> float:
        """How much a term says, above 0."""
        having = self.having[term]
        return math.log1p((self.count - having + 0.5) / (having + 0.5))

    def scores(self, query: str, documents: Sequence[str]) -> np.ndarray:
        """Float64 (documents,), 0 where no term is common; the documents need not be of the collection."""
        asked = sorted(set(terms(query)))  # in one order, so that sums have the same last digit
        weights = [self.idf(term) for term in asked]
        return np.array([self._score(asked, weights, Counter(terms(document))) for document in documents], np.float64)

    def _score(self, asked: Sequence[str], weights: Sequence[float], found: Counter[str]) -> float:
        norm = self.k1 * (1 - self.b + self.b * found.total() / self.average)
        parts = ((weight, found[term]) for term, weight in zip(asked, weights, strict=True))
        return sum(weight * times * (self.k1 + 1) / (times + norm) for weight, times in parts)


def literal(bm25: BM25, query: str, titles: Sequence[str]) -> np.ndarray:
    """The literal features of a ranker (FEATURES), float32 (titles, features)."""
    asked = set(terms(query))
    rare = {term: bm25.idf(term) for term in asked}
    scores = bm25.scores(query, titles)
    own = plain(query)
    rows = [[score, *_pair(own, asked, rare, plain(title))] for score, title in zip(scores, titles, strict=True)]
    return np.array(rows, np.float32).reshape(len(titles), len(FEATURES))


def _pair(query: str, asked: set[str], rare: dict[str, float], title: str) -> list[float]:
    """All features but BM25."""
    has = set(terms(title))
    outside = set(terms(BRACKETS.sub(" ", title)))
    numbers = set(NUMBER.findall(query))
    whole = sum(rare.values())
    short, long = query[:COMPARED], title[:COMPARED]
    match = SequenceMatcher(None, short, long, autojunk=False).find_longest_match()
    return [
        len(asked & has) / max(1, len(asked)),
        len(asked & has) / max(1, len(has)),
        sum(rare[term] for term in asked & has) / whole if whole else 0.0,
        len((asked & has) - outside) / max(1, len(asked)),
        match.size / max(1, len(short)),
        edits(short, long) / max(1, len(short), len(long)),
        float(bool(query) and query in title),
        float(bool(query) and title.startswith(query)),
        len(numbers & set(NUMBER.findall(title))) / len(numbers) if numbers else 1.0,
        math.log1p(len(query)),
        math.log1p(len(title)),
    ]


def edits(one: str, other: str) -> int:
    """How many characters are put in, taken out or exchanged to make one text the other, at least (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, 1):
        before, row[0] = row[0], place
        for column, found in enumerate(other, 1):
            exchanged = before + (character != found)
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, exchanged)
    return row[-1]
