"""A writer at work: the streams of all visitors, a token each in one ragged batch."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.card import CARD_FILE
from hub.decoder import Decoder, vocab_size
from hub.errors import BundleError, BusyError, HubError, InputError, Term, TooLargeError
from hub.kept import Kept
from hub.tasks.beams import Reason, Search
from hub.tasks.generate.request import HINT, MAX_SUMMARY_TOKENS, SUMMARY_BEAMS, Request
from hub.tasks.generate.stream import Choice, End, Stream, Token
from hub.tasks.sampling import choose, probabilities
from hub.text import TOKENIZER_FILE, ChatTemplate, PromptTokenizer, check_text

log = logging.getLogger(__name__)

PIECE = 64  # tokens of a prompt that are read between two steps of others

ALONE = 512  # and where nobody else is writing

LAST = 2  # tokens of the last piece, at least: see Engine._piece

MAX_UNREAD = 64  # tokens that a reader may be behind before its text pauses

MAX_PAUSE_S = 10.0  # after which a text that nobody reads ends

SMALL_BYTES = 32 * 2**20  # a graph up to here is done before a second thread has woken up

LINGER_S = 1.0  # that the thread of an engine waits for another request


class Engine:
    """One model, its cache, and the thread that writes. Streams are stepped together, the texts of a beam search too.

    Args:
        rows: texts that are written at the same time, beside the rows of a beam search.
    """

    def __init__(self, bundle: Bundle, variant: str = "", rows: int = limits.MAX_STREAMS) -> None:
        card = bundle.card
        assert card.decoding is not None  # the card's own check
        self.name = bundle.name
        self.tokenizer = PromptTokenizer(bundle.path(TOKENIZER_FILE))
        self.context = min(card.decoding.context, limits.MAX_CONTEXT)
        self.end_ids = frozenset(card.decoding.end)
        try:
            self._chat = ChatTemplate(card.chat_template, card.special_tokens) if card.chat_template else None
        except BundleError as error:
            raise bundle.disable(f"{CARD_FILE}: {error}") from error
        self.hint = card.hint or HINT
        self._hint_tokens = card.hint_tokens
        session = bundle.session(variant, large=card.size(bundle.variant(variant)) > SMALL_BYTES)
        self._streams = rows
        self._block = 2 * card.decoding.head_size  # tokens of a piece that attention takes at a time, in onnxruntime
        self._decoder = Decoder(session, card.decoding, vocab_size(card), rows + limits.MAX_BEAMS, self.context)
        self._waiting: deque[Stream] = deque()
        self._active: dict[int, Stream] = {}  # row -> who writes in it; of a beam search, the first of its rows
        self._used = [0.0] * self._decoder.rows  # when a row was last written
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody writes or waits."""
        return not self._active and not self._waiting

    @property
    def chats(self) -> bool:
        """Whether the model was taught to answer messages: whether `chat` frames one."""
        return self._chat is not None

    def chat(self, message: str) -> tuple[int, ...]:
        """A message as the model was taught to read one, up to where its answer begins: the ids of a Request.

        Special tokens in the message are letters like others: it cannot end itself and speak for another.

        Raises InputError, also where the model has no chat template.
        """
        if self._chat is None:
            raise InputError("no_chat", name=self.name)
        text = check_text(message, Term("the_message"))
        return tuple(self.tokenizer.framed(self._chat.before, text, self._chat.after))

    def summary(self, text: str, hint: bool = True, beams: int = SUMMARY_BEAMS) -> Request:
        """What asks for a summary: the text, and the hint that the model knows.

        Of the text as much is read as the model was trained on and has room for. Without the hint the model
        goes on as it likes: that is the experiment of the paper. Beams compare plain sums: a text that turns in circles
        has very probable tokens, and by their mean it would win.
        """
        ids = self.tokenizer.ids(check_text(text).rstrip())
        asked = self.tokenizer.more(self.hint) if hint else []
        room = max(1, self.context - MAX_SUMMARY_TOKENS - len(asked))
        if self._hint_tokens:
            room = min(room, self._hint_tokens)
        stop = ("\n",) if hint else ()
        given = (*ids[:room], *asked)
        left_out = max(0, len(ids) - room)
        return Request(
            "", MAX_SUMMARY_TOKENS, stop=stop, ids=given, beams=beams, length_penalty=0, left_out=left_out, lead=True
        )  # fmt: skip

    def start(self, request: Request) -> Stream:
        """Queue a request; its tokens come when it is its turn.

        Raises:
            TooLargeError: the prompt leaves no room for an answer.
            BusyError: too many wait already.
        """
        ids = self._ids(request)
        if request.scored >= len(ids):
            raise InputError("scored_many", found=request.scored, tokens=len(ids))
        if len(ids) >= self.context + bool(request.scored):
            raise TooLargeError("prompt_long", found=len(ids), name=self.name, allowed=self.context)
        stream = Stream(request, ids, self.tokenizer)
        if request.beams > 1:
            stream.search = self._search(request, ids)
        with self._changed:
            if len(self._waiting) >= limits.MAX_WAITING_STREAMS:
                raise BusyError("busy_writer", found=len(self._waiting), name=self.name, wait=5.0)
            self._waiting.append(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"generate {self.name}", daemon=True)
                self._thread.start()
            self._changed.notify()
        return stream

    def _ids(self, request: Request) -> list[int]:
        most = self._decoder.vocab_size
        ids = [*(self.tokenizer.ids(request.prompt) if request.prompt else ()), *request.ids]
        strange = next((token for token in ids if not 0 <= token < most), None)
        if strange is not None:
            raise InputError("token_unknown", found=strange, name=self.name, most=most - 1)
        return ids

    def _search(self, request: Request, ids: list[int]) -> Search:
        def stopped(tokens: Sequence[int]) -> bool:
            text = self.tokenizer.texts(tokens)
            text = text.lstrip() if request.lead else text
            return any(stop in text for stop in request.stop)

        room = self.context - len(ids)
        return Search(
            ids, request.beams, min(room, request.max_new_tokens), request.sampling, request.length_penalty,
            self.end_ids, "length" if request.max_new_tokens <= room else "context", stopped if request.stop else None,
        )  # fmt: skip

    def logits(self, request: Request) -> np.ndarray:
        """float32 (vocabulary): what the model says of the token after the prompt. Raises what `start` raises."""
        stream = self.start(replace(request, max_new_tokens=1, alternatives=0, stop=(), beams=1))
        list(stream)
        assert stream.logits is not None
        return stream.logits

    def scores(self, ids: Sequence[int], answer: Sequence[int]) -> np.ndarray:
        """float64 (answer): log P of each token of an answer after a prompt. Raises what `start` raises.

        What the prompt shares with the one before is not read again: prompts that begin alike are asked for in turn.
        """
        stream = self.start(Request("", ids=(*ids, *answer), scored=len(answer)))
        return np.log([token.choice.probability for token in stream if token.choice])

    # --- the thread

    def _work(self) -> None:
        while True:
            with self._changed:
                while self.idle:
                    if not self._changed.wait(LINGER_S) and self.idle:
                        self._thread = None  # the next request begins another: an engine that was dropped holds nothing
                        return
            try:
                with self._changed:
                    self._admit()
                self._turn()
            except Exception as error:  # of no text in particular
                for stream in list(self._active.values()):
                    self._fail(stream, error)

    @contextmanager
    def _own(self, stream: Stream) -> Iterator[None]:
        """What goes wrong here is one text's; the others go on."""
        try:
            yield
        except Exception as error:
            self._fail(stream, error)

    def _fail(self, stream: Stream, error: Exception) -> None:
        """A text ends by an error."""
        log.error("%s: a text ended by an error", self.name, exc_info=error)
        if stream.row >= 0:
            for row in self._rows_of(stream):
                self._decoder.cut(row, 0)
            self._active.pop(stream.row, None)
        stream.give(error if isinstance(error, HubError) else HubError(f"{self.name} failed: {error}"))

    def _admit(self) -> None:
        """Rows for those who wait."""
        taken = {row for stream in self._active.values() for row in self._rows_of(stream)}
        full = False  # for searches: the first that waits is not overtaken
        for stream in list(self._waiting):
            if stream.closed:
                self._waiting.remove(stream)
                with self._own(stream):
                    self._finish(stream, "cancelled")
                continue
            width = stream.request.beams
            rows = range(self._streams)
            if stream.search:
                rows = range(self._streams, 0 if full else self._decoder.rows - width + 1, width)
            free = [row for row in rows if taken.isdisjoint(range(row, row + width))]
            if not free:
                full = full or stream.search is not None
                continue
            self._waiting.remove(stream)
            with self._own(stream):
                self._seat(stream, free)
                taken.update(self._rows_of(stream))

    def _seat(self, stream: Stream, free: Sequence[int]) -> None:
        """A row for a text: where most of the prompt is in the cache already, else the one unused longest."""
        known = {row: self._known(row, stream) for row in free}
        row = max(free, key=lambda one: (known[one], -self._used[one]))
        stream.reused = known[row]
        oldest = min(free, key=lambda one: self._used[one])
        held, read = len(self._decoder.held[row]), self._decoder.read[row]
        if oldest != row and held > max(stream.reused, read):  # an answer that may go on: it stays where it is
            self._used[row] = time.monotonic()
            self._decoder.copy(row, oldest, stream.reused)
            row = oldest
        self._decoder.cut(row, stream.reused)
        stream.row, stream.read, stream.begun_at = row, stream.reused, time.monotonic()
        self._active[row] = stream
        if stream.read >= stream.whole:
            self._follow(stream)

    def _known(self, row: int, stream: Stream) -> int:
        """How many of the first tokens of a prompt a row holds as they would be read or written now."""
        if stream.request.described:  # all are looked at
            return 0
        known, read = self._decoder.shared(row, stream.ids), self._decoder.read[row]
        if read != stream.whole:
            known = min(known, read, stream.whole)
        if known >= stream.whole and stream.request.written:
            return min(known, len(stream.ids) - 1)  # of the last one, logits are wanted
        return max(0, min(known, stream.whole - max(LAST, 1 + stream.request.scored)))

    def _turn(self) -> None:
        """One piece of one prompt, then one token for each text."""
        for stream in list(self._active.values()):
            with self._own(stream):
                self._leave(stream)
        reading = [stream for stream in self._active.values() if stream.read < stream.whole]
        if reading:
            first = min(reading, key=lambda one: one.begun_at)
            with self._own(first):
                self._read(first, alone=len(self._active) == 1)
        writing = [stream for stream in self._active.values() if stream.next and stream.unread < MAX_UNREAD]
        if writing:
            self._step(writing)
        elif not reading and self._active:
            time.sleep(0.005)  # all are paused

    def _step(self, writing: Sequence[Stream]) -> None:
        """One token for each of several texts."""
        tokens = {row: token for stream in writing for row, token in stream.next.items()}
        rows = sorted(tokens)
        try:
            logits = self._decoder.step(rows, [tokens[row] for row in rows])
        except Exception as error:
            if len(writing) == 1:
                self._fail(writing[0], error)
            else:  # whose token it was is seen when each is written by itself
                for stream in writing:
                    self._step([stream])
            return
        for stream in writing:
            stream.paused_at = 0.0
            with self._own(stream):
                self._go_on(stream, logits[[rows.index(row) for row in stream.next]])

    def _leave(self, stream: Stream) -> None:
        """End what nobody reads any more, or what has taken too long."""
        now = time.monotonic()
        if stream.unread >= MAX_UNREAD:
            stream.paused_at = stream.paused_at or now
        if stream.closed or (stream.paused_at and now - stream.paused_at > MAX_PAUSE_S):
            self._finish(stream, "cancelled")
        elif now - stream.begun_at > limits.MAX_GENERATION_S:
            self._finish(stream, "time")

    def _piece(self, stream: Stream, most: int) -> range:
        """The places of the prompt that are read next, at most so many.

        None is read alone, which would round its keys and values in another way: neither the last one of a prompt, nor
        the last one of a piece, of which attention takes so many at a time as a block has.
        """
        left = stream.whole - stream.read
        size = min(most, left)
        while size > LAST and (left - size == 1 or size % self._block == 1):
            size -= 1
        return range(stream.read, stream.read + size)

    def _score(self, stream: Stream, alone: bool) -> None:
        """The next piece of a prompt whose last tokens are looked at."""
        scored = stream.request.scored
        piece = self._piece(stream, ALONE if alone and scored < PIECE else PIECE)
        # What is said after each token is about the next one.
        last = len(stream.ids) - 1
        wanted = range(max(piece.start, last - scored), min(piece.stop, last))
        places = [place - piece.start for place in wanted]
        logits = self._decoder.extend(stream.row, stream.ids[piece.start : piece.stop], places or (-1,))
        for place, scores in zip(wanted, logits, strict=False):
            stream.give(self._described(stream.ids[place + 1], scores, 0, "", given=True))
        stream.read = piece.stop
        if stream.read == len(stream.ids):
            self._finish(stream, "length")

    def _read(self, stream: Stream, alone: bool) -> None:
        """The next piece of a prompt."""
        if stream.request.scored:
            return self._score(stream, alone)
        count = stream.request.described
        piece = self._piece(stream, ALONE if alone and not count else PIECE)
        part = stream.ids[piece.start : piece.stop]
        logits = self._decoder.extend(stream.row, part, range(len(part)) if count else (-1,))
        if count:
            if not piece.start:
                stream.give(Token(part[0], choice=self._named(part[0], np.nan), given=True))
            # What is said after each token is about the next one.
            following = stream.ids[piece.start + 1 : min(piece.stop + 1, stream.whole)]
            for scores, token in zip(logits, following, strict=False):
                stream.give(self._described(token, scores, count, "", given=True))
        stream.read = piece.stop
        if stream.read == stream.whole:
            self._go_on(stream, logits[-1:])

    def _go_on(self, stream: Stream, logits: np.ndarray) -> None:
        """What follows one text, or each of a search: logits float32 (texts, vocabulary)."""
        if stream.read < len(stream.ids):
            if stream.request.described:
                token = stream.ids[stream.read]
                stream.give(self._described(token, logits[0], stream.request.described, "", given=True))
            self._follow(stream)
        elif stream.search is None:
            self._choose(stream, logits[0])
        else:
            self._advance(stream, stream.search, logits)

    def _follow(self, stream: Stream) -> None:
        """The next token of an answer that goes on, as if it had been chosen now."""
        stream.next = {stream.row: stream.ids[stream.read]}
        stream.read += 1

    def _advance(self, stream: Stream, search: Search, logits: np.ndarray) -> None:
        """The texts of a search that go on, each in a row that has what it goes on from; or the end of the search."""
        rows = list(stream.next) or [stream.row]
        made = search.advance(logits)
        if not stream.first_s:
            stream.first_s = time.monotonic() - stream.asked_at
        if stream.request.alternatives:
            for one in made:
                if one.ids and one.ids not in stream.places:  # what only ended has no token that is new
                    scores = logits[one.parent]
                    stream.places[one.ids] = self._described(one.ids[-1], scores, stream.request.alternatives, "")
        if search.done:
            self._finish(stream, search.finished[0].reason or "length")
            return
        # The first that goes on from a text stays in its row; only the others are copied, over texts that were dropped.
        kept = {rows[one.parent] for one in search.running}
        free = [row for row in self._rows_of(stream) if row not in kept]
        stream.next = {}
        for one in search.running:
            row = rows[one.parent]
            if row in stream.next:
                source, row = row, free.pop()
                self._decoder.copy(source, row)
            stream.next[row] = one.ids[-1]

    def _rows_of(self, stream: Stream) -> range:
        return range(stream.row, stream.row + stream.request.beams)

    def _choose(self, stream: Stream, scores: np.ndarray) -> None:
        """The next token of a text, or its end."""
        request = stream.request
        token = choose(scores, [*stream.ids, *stream.made] if not request.sampling.plain else (), request.sampling,
                       stream.random)  # fmt: skip
        if not stream.made:
            stream.logits = scores.copy()
            stream.first_s = time.monotonic() - stream.asked_at
        if token in self.end_ids:
            self._finish(stream, "end")
            return
        stream.made.append(token)
        text = stream.writer.add(token)
        full = len(stream.ids) + len(stream.made) >= self.context
        done: Reason | None = (
            "stop" if stream.writer.stopped
            else "length" if len(stream.made) >= request.max_new_tokens
            else "context" if full
            else None
        )  # fmt: skip
        if done:
            text += stream.writer.rest()
        stream.give(self._described(token, scores, request.alternatives, text) if request.alternatives
                    else Token(token, text))  # fmt: skip
        stream.next = {stream.row: token}
        if done:
            self._finish(stream, done)

    def _finish(self, stream: Stream, reason: Reason) -> None:
        now = time.monotonic()
        beams = stream.beams()
        if beams:
            stream.made = list(beams[0].ids)
            for place, text in enumerate(stream.writer.all(stream.made), 1):
                known = stream.places.get(beams[0].ids[:place], Token(stream.made[place - 1]))
                stream.give(replace(known, text=text))
        elif reason in ("end", "cancelled", "time") and (rest := stream.writer.rest()):
            stream.give(Token(stream.made[-1], rest))
        if stream.row >= 0:
            self._used[stream.row] = now
            del self._active[stream.row]
        counts = len(stream.ids), len(stream.made), stream.reused
        stream.give(End(reason, *counts, stream.first_s, now - stream.asked_at, beams))

    def _described(self, token: int, scores: np.ndarray, count: int, text: str, given: bool = False) -> Token:
        shares = probabilities(scores)
        rank = int((scores > scores[token]).sum()) + 1
        some = 0 < count < len(scores)
        best = np.argpartition(-scores, range(count))[:count] if some else range(min(count, len(scores)))
        listed = tuple(self._named(int(one), float(shares[one])) for one in best)
        return Token(token, text, self._named(token, float(shares[token])), rank, listed, given)

    def _named(self, token: int, probability: float) -> Choice:
        return Choice(token, self.tokenizer.text(token), probability)


class Engines:
    """The engines of a hub, at most ``capacity`` beside those at work; the least recently used goes."""

    def __init__(self, capacity: int = 2) -> None:
        self._kept: Kept[tuple[str, str], Engine] = Kept(capacity, in_use=lambda engine: not engine.idle)

    def get(self, bundle: Bundle, variant: str = "") -> Engine:
        """The engine of a variant. Raises BundleError, UnknownModelError."""
        key = bundle.name, bundle.variant(variant).name
        return self._kept.get(key, lambda: Engine(bundle, key[1]))
