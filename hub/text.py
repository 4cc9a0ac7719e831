"""Text to ids: check, tokenise, pad, sort by length, batch."""

from __future__ import annotations

import datetime
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Encoding, Tokenizer, processors

from hub import limits
from hub.errors import BundleError, InputError, Term, TooLargeError
from hub.messages import Language

TOKENIZER_FILE = "tokenizer.json"
FEW_TEXTS = 64  # up to here the tokenizer's own threads cost more than they bring, above all when the cores are busy
TextInput = str | tuple[str, str]  # a text, or two that the tokenizer's template frames together
INPUTS = ("input_ids", "attention_mask")  # what feeds() can give to a graph
THE_TEXT = Term("the_text")
LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text as an editor shows them: str.splitlines also cuts at U+2028, form feeds and others."""
    lines = LINE_END.split(text)
    return lines[:-1] if not lines[-1] else lines


def check_text(text: object, what: str | Term = THE_TEXT) -> str:
    """The text, fit for a tokenizer.

    Args:
        what: it is called in an error.

    Raises:
        InputError: not a string, empty, or not valid Unicode.
        TooLargeError: longer than limits.MAX_TEXT_CHARS.
    """
    if not isinstance(text, str):
        raise InputError("text_type", what=what, found=type(text).__name__)
    if len(text) > limits.MAX_TEXT_CHARS:
        raise TooLargeError("text_long", what=what, found=len(text), allowed=limits.MAX_TEXT_CHARS)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("text_unicode", what=what, place=error.start) from None
    if is_blank(text):
        raise InputError("text_empty", what=what)
    return text


def check_texts(texts: object) -> list[str]:
    """The same for a list of texts. Raises also where there are none, or more than limits.MAX_BATCH_TEXTS."""
    if not isinstance(texts, (list, tuple)):
        raise InputError("texts_type", found=type(texts).__name__)
    if not texts:
        raise InputError("texts_none")
    if len(texts) > limits.MAX_BATCH_TEXTS:
        raise TooLargeError("texts_many", found=len(texts), allowed=limits.MAX_BATCH_TEXTS)
    return [check_text(text, Term("text_number", number=number)) for number, text in enumerate(texts, 1)]


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: spaces, control and format characters (NUL, zero-width joiners)."""
    return all(character.isspace() or unicodedata.category(character) in ("Cc", "Cf") for character in text)


@dataclass(frozen=True)
class Encoded:
    """One text as the graph will see it."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    offsets: tuple[tuple[int, int], ...]  # characters of the text, end exclusive; (0, 0) for a special token
    truncated: bool
    unknown: int = 0  # tokens that the vocabulary lacks: what stands there in the text is lost to the model

    @property
    def known(self) -> int:
        """How many tokens of the text the vocabulary has; special tokens do not count."""
        return sum(end > start for start, end in self.offsets) - self.unknown


class TextEncoder:
    """A bundle's tokenizer.json. Safe to use from several threads: it is never changed after it is made.

    Raises BundleError where the file is not a tokenizer.
    """

    def __init__(self, file: Path, max_tokens: int) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exception
            raise BundleError(f"{file.name} is not a tokenizer") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.encode_special_tokens = True  # a visitor who types "[SEP]" or "<extract>" means these letters
        self._unknown = getattr(self._tokenizer.model, "unk_token", None)

    def encode(self, texts: Sequence[TextInput]) -> list[Encoded]:
        """In the order of the texts. A text without a known token becomes one padding token."""
        if len(texts) <= FEW_TEXTS:
            parts: list[tuple[str, str | None]] = [(one, None) if isinstance(one, str) else one for one in texts]
            return [self._encoded(self._tokenizer.encode(text, pair)) for text, pair in parts]
        return [self._encoded(code) for code in self._tokenizer.encode_batch(list(texts))]

    def _encoded(self, code: Encoding) -> Encoded:
        tokens = tuple(code.tokens)
        unknown = tokens.count(self._unknown) if self._unknown else 0
        return Encoded(tuple(code.ids) or (0,), tokens, tuple(code.offsets), bool(code.overflowing), unknown)

    def text(self, token: int) -> str:
        """One token by itself, special ones too."""
        return self._tokenizer.decode([token], skip_special_tokens=False)

    def ids(self, texts: Sequence[TextInput]) -> list[list[int]]:
        """Only the ids, which is faster."""
        return [code.ids or [0] for code in self._tokenizer.encode_batch_fast(list(texts))]

    def feeds(self, texts: Sequence[TextInput], names: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of a graph, padded to the longest text: int64 (texts, tokens) each."""
        return feeds(self.ids(texts), names)


REPLACEMENT = "\ufffd"  # what stands for bytes that are no character
MAX_BYTES = 4  # of a character
CONTEXT = 6  # tokens of a prompt that the first one of its answer is decoded with


class PromptTokenizer:
    """A decoder's tokenizer.json: prompts to ids, nothing cut off, and ids back to text.

    Raises BundleError where the file is not a tokenizer.
    """

    def __init__(self, file: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exception
            raise BundleError(f"{file.name} is not a tokenizer") from error
        open_ended(self._tokenizer)
        self._anchor = self._tokenizer.encode("a", add_special_tokens=False).ids

    def ids(self, text: str) -> list[int]:
        """At least one id, behind the token that begins a text where there is one, and without one that ends it.

        Raises InputError where the tokenizer knows nothing of the text.
        """
        ids: list[int] = self._tokenizer.encode(text).ids
        if not ids:
            raise InputError("tokens_none")
        return ids

    def more(self, text: str) -> list[int]:
        """Ids of what follows in a text: nothing begins with it. Raises InputError as `ids` does."""
        whole: list[int] = self._tokenizer.encode(f"a{text}", add_special_tokens=False).ids
        count = len(self._anchor)
        if not self._anchor or whole[:count] != self._anchor:  # the first letters belong to a token with the "a"
            whole, count = self._tokenizer.encode(text, add_special_tokens=False).ids, 0
        if not whole[count:]:
            raise InputError("tokens_none")
        return whole[count:]

    def framed(self, before: str, text: str, after: str) -> list[int]:
        """Ids of a text between two others. Special tokens are read in those, and are mere letters in the text."""
        first, last = self._special.split(before), self._special.split(after)  # text, token, text, token, … text
        if not self._special.search(text):  # no letters look like a special token: the tokenizer knows best
            whole: list[int] = self._tokenizer.encode(before + text + after, add_special_tokens=False).ids
            return whole
        parts = [*first[:-1], first[-1] + text + last[0], *last[1:]]
        ids: list[int] = []
        for number, part in enumerate(parts):
            ids += [self._special_ids[part]] if number % 2 else self._letters.encode(part, add_special_tokens=False).ids
        return ids

    @cached_property
    def _special_ids(self) -> dict[str, int]:
        known = self._tokenizer.get_added_tokens_decoder()
        return {token.content: number for number, token in known.items() if token.special}

    @cached_property
    def _special(self) -> re.Pattern[str]:
        longest_first = map(re.escape, sorted(self._special_ids, key=len, reverse=True))
        return re.compile(f"({'|'.join(longest_first) or '(?!)'})")  # (?!): nothing

    @cached_property
    def _letters(self) -> Tokenizer:
        """A copy that knows no special tokens; the switch for it is a state of the tokenizer."""
        made = Tokenizer.from_str(self._tokenizer.to_str())
        made.encode_special_tokens = True
        return made

    def text(self, token: int) -> str:
        """One token as it stands in a text, special ones too; half a character is shown as the replacement character.

        A tokenizer may drop the space in front of a text: that of a token counts.
        """
        before, both = (
            self._tokenizer.decode(ids, skip_special_tokens=False) for ids in (self._anchor, [*self._anchor, token])
        )
        return both[len(before) :] if both.startswith(before) else self._tokenizer.decode([token], False)

    def texts(self, tokens: Sequence[int]) -> str:
        """Tokens together, special ones left out."""
        return self._tokenizer.decode(list(tokens), skip_special_tokens=True)

    def shown(self, tokens: Sequence[int]) -> str:
        """Tokens together as they are read, special ones too."""
        return self._tokenizer.decode(list(tokens), skip_special_tokens=False)

    def decoding(self, before: Sequence[int] = ()) -> Callable[[int], str]:
        """A function from the next id of a text to what it adds: empty while a character is incomplete.

        Some tokens are read together with those in front of them, which decide over a space between two words; of bytes
        that are no character together, each is shown as the replacement character.

        Args:
            before: what the text follows.
        """
        tokens = self._end_of(before)  # what was shown last, then what is not shown yet
        shown = len(tokens)

        def step(token: int) -> str:
            nonlocal tokens, shown
            tokens.append(token)
            text = self.texts(tokens)
            if text.endswith(REPLACEMENT) and len(tokens) - shown < MAX_BYTES:
                return ""
            old = self.texts(tokens[:shown])
            if text.startswith(old.rstrip(REPLACEMENT)):
                new = text[len(_common(old, text)) :]
            else:  # bytes were a character, and with those behind them they are none
                new = self.texts(tokens[shown:])
            tokens = tokens[shown:]
            shown = len(tokens)
            return new

        return step

    def _end_of(self, tokens: Sequence[int]) -> list[int]:
        """The last tokens of a text, from the beginning of a character on."""
        last = list(tokens[-CONTEXT:])
        while last and REPLACEMENT in self.texts(last).rstrip(REPLACEMENT):
            del last[0]
        return last


def _common(one: str, other: str) -> str:
    """What two texts begin with."""
    return one[: next((place for place, both in enumerate(zip(one, other, strict=False)) if len(set(both)) > 1), None)]


def open_ended(tokenizer: Tokenizer) -> None:
    """Make a tokenizer fit for prompts: no padding, nothing cut off, and no token that ends a text, which goes on."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    code = tokenizer.encode("a")
    frame = [bool(mask) for mask in code.special_tokens_mask]
    if not frame or not frame[-1] or all(frame):
        return
    begin = list(zip(code.tokens, code.ids, strict=True))[: frame.index(False)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[*(token for token, _ in begin), "$A"], special_tokens=begin
    )


class ChatTemplate:
    """What stands before and after a message of a visitor, by the chat template that a model was published with.

    The template is rendered as transformers does, in a sandbox, once: with a mark in place of the message. So nothing
    that a visitor types is ever read as a template.

    Args:
        source: jinja.
        special_tokens: "bos_token" and the like, which a template may use.

    Raises:
        BundleError: it is no template, or does not give a message back once.
    """

    MARK = "\ufdd0"  # no character, by Unicode: neither a template nor a text has it

    def __init__(self, source: str, special_tokens: Mapping[str, str]) -> None:
        try:
            text = _environment().from_string(source).render(
                messages=[{"role": "user", "content": self.MARK}], add_generation_prompt=True, **special_tokens
            )  # fmt: skip
        except Exception as error:  # a template can do what a program can: divide by zero, recurse, ...
            raise BundleError("the chat template cannot be rendered") from error
        if text.count(self.MARK) != 1:
            raise BundleError(f"the chat template gives a message back {text.count(self.MARK)} times, not once")
        self.before, self.after = text.split(self.MARK)


def _environment() -> ImmutableSandboxedEnvironment:
    """As transformers makes it for chat templates."""

    def refuse(message: str) -> None:
        raise ValueError(message)

    def tojson(value: Any, ensure_ascii: bool = False, **layout: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, **layout)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = refuse
    made.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
    return made


def feeds(rows: Sequence[Sequence[int]], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Ids, padded with 0 to the longest: the inputs that the graph names, int64 (batch, tokens) each."""
    ids = np.zeros((len(rows), max(len(row) for row in rows)), np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    known = {"input_ids": ids, "attention_mask": mask}
    return {name: known[name] for name in names}


def batches(
    lengths: Sequence[int], max_tokens: int = limits.MAX_BATCH_TOKENS, max_rows: int = limits.MAX_BATCH_ROWS
) -> Iterator[list[int]]:
    """Positions in batches of about the same length, the longest first, each under max_tokens with its padding."""
    batch: list[int] = []
    longest = 0
    for position in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) == max_rows or (len(batch) + 1) * longest > max_tokens):
            yield batch
            batch = []
        if not batch:
            longest = lengths[position]
        batch.append(position)
    if batch:
        yield batch


def script_of(text: str) -> Language:
    """The language that the script suggests: a Chinese character weighs as much as a word of three letters."""
    han = sum("\u3400" <= mark <= "\u9fff" or "\U00020000" <= mark <= "\U0003134f" for mark in text)
    latin = sum(mark.isascii() and mark.isalpha() for mark in text)
    return "zh" if han * 3 > latin else "en"
