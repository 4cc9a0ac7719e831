"""A text as it stands on the page, and what may become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.demos.generation.words import text_of
from hub.errors import InputError
from hub.tasks.generate import Token
from hub.tasks.prompts import BARE, Way

MAX_BRANCHES = 8  # in a link
EARLY = 0.7  # of an answer: a token that is shown by itself leaves room for another future


@dataclass(frozen=True)
class Written:
    """A text as it stands on the page.

    Args:
        way: how the prompt was read.
        branches: (place, token) of every alternative that was taken, in their order.
        length: of its last part, where single tokens were asked for; 0: as the settings say.
        other: the text before the last alternative was taken, or after it. fork: the place where they part.
    """

    model: str = ""
    prompt: str = ""
    tokens: tuple[Token, ...] = ()
    branches: tuple[tuple[int, int], ...] = ()
    way: Way = BARE
    length: int = 0
    other: Written | None = None
    fork: int = 0

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens)

    @property
    def path(self) -> str:
        """The branches, as an address has them."""
        return ",".join(f"{place}:{token}" for place, token in self.branches[:MAX_BRANCHES])

    @property
    def begun(self) -> int:
        """The first place that was written in one go: after the prompt, or after the last alternative taken."""
        prompt = sum(token.given for token in self.tokens)
        return max(prompt, self.branches[-1][0] + 1 if self.branches else 0)

    @property
    def looked_at(self) -> int:
        """The place that is looked at when the text is done."""
        if self.length:  # a single new token
            return len(self.tokens) - 1
        if self.other is not None:
            return self.fork
        place = interesting(self.tokens)
        return len(self.tokens) if place is None else place

    def written(self, place: int) -> int:
        """How many of the tokens before a place are of the answer."""
        return sum(not token.given for token in self.tokens[:place])

    def token_at(self, place: int) -> Token | None:
        return self.tokens[place] if 0 <= place < len(self.tokens) else None

    def swapped(self) -> Written:
        """The other future becomes the text, and this one the other."""
        assert self.other is not None
        return replace(self.other, other=replace(self, other=None), fork=self.fork)

    def taken(self, place: int, token: int) -> Written:
        """The text up to a place, with another token there. Raises InputError: it is not listed there."""
        old = self.token_at(place)
        listed = {choice.id: choice for choice in old.alternatives} if old else {}
        if old is None or token not in listed:
            raise InputError("token_unlisted", token=token, place=place)
        rank = [choice.id for choice in old.alternatives].index(token) + 1
        chosen = replace(old, id=token, choice=listed[token], rank=rank)
        return replace(
            self, tokens=(*self.tokens[:place], chosen), branches=(*self.branches, (place, token)), length=0,
            other=replace(self, other=None), fork=place,
        )  # fmt: skip


def interesting(tokens: Sequence[Token]) -> int | None:
    """A place of the answer where another token was nearly as probable, not at its end; None: there is no answer."""
    new = [place for place, token in enumerate(tokens) if not token.given and token.alternatives]
    early = new[: max(1, int(EARLY * len(new)))]
    words = [place for place in early if any(map(str.isalnum, text_of(tokens[place])))]
    return max(words or early, key=lambda place: _tie(tokens[place]), default=None)


def _tie(token: Token) -> float:
    """How probable the less probable one is, of a token and the best one beside it."""
    assert token.choice is not None
    rival = max((one.probability for one in token.alternatives if one.id != token.id), default=0.0)
    return min(token.choice.probability, rival)


def branches_of(path: str) -> list[tuple[int, int]]:
    """The branches of a link. Raises InputError."""
    try:
        pairs = [part.split(":") for part in path.split(",") if part][:MAX_BRANCHES]
        return [(int(place), int(token)) for place, token in pairs]
    except ValueError:
        raise InputError("path_form", found=repr(path[:40])) from None
