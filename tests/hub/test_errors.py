"""Every error that a visitor may meet has its sentence in both languages, and is raised with what fills it in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from pydantic import BaseModel, Field

import hub
from hub import errors
from hub.errors import (
    BundleError,
    BusyError,
    HubError,
    InputError,
    ProviderError,
    Term,
    TooLargeError,
    UnknownModelError,
)
from hub.messages import MESSAGES, TERMS
from tests import punctuation

SOURCES = [file for file in Path(hub.__file__).parent.rglob("*.py") if file.name != "messages.py"]
CODED = {kind.__name__ for kind in (InputError, TooLargeError, UnknownModelError, BusyError)}
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}
WITHOUT_WORDS = {"link_field", "network_lstm"}  # the same in every language


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def calls(names: set[str]) -> Iterator[tuple[Path, ast.Call, str]]:
    """Where one of these is called with a literal code; no sentence may stand in its place."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
                code = node.args[0]
                assert not isinstance(code, ast.Call), f"{file.name}:{node.lineno} has a sentence for a code"
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield file, node, code.value


LITERALS = {
    node.value
    for tree in TREES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}


@pytest.mark.parametrize("code", [*MESSAGES, *TERMS])
def test_a_code_has_both_languages_with_the_same_fields(code: str) -> None:
    english, chinese = {**TERMS, **MESSAGES}[code]
    assert english and chinese
    assert fields(english) == fields(chinese)
    assert punctuation.mended(chinese) == chinese  # python tests/punctuation.py --write hub/messages.py
    if code not in WITHOUT_WORDS:
        assert any("\u4e00" <= mark <= "\u9fff" for mark in chinese)


@pytest.mark.parametrize("code", MESSAGES)
def test_every_code_is_raised_somewhere(code: str) -> None:
    assert code in LITERALS


def test_errors_are_raised_with_a_code_and_all_that_its_sentence_needs() -> None:
    seen = 0
    for file, call, code in calls(CODED):
        assert code in MESSAGES, f"{file.name}:{call.lineno} raises {code!r}"
        values = {keyword.arg for keyword in call.keywords}
        if None not in values:  # some come in a dictionary
            assert fields(MESSAGES[code][0]) <= values | {"wait"}, f"{file.name}:{call.lineno}"
        seen += 1
    assert seen > 80
    for file, call, name in calls({"Term"}):
        assert fields(TERMS[name][0]) == {keyword.arg for keyword in call.keywords}, f"{file.name}:{call.lineno}"


def test_an_error_is_english_for_programs_and_readable_in_both_languages() -> None:
    error = TooLargeError("text_long", what=Term("text_number", number=3), found=5_001, allowed=5_000)
    assert str(error) == "text 3 has 5,001 characters; at most 5,000 are allowed: shorten it" == errors.english(error)
    assert errors.readable(error, "en") == "Text 3 has 5,001 characters; at most 5,000 are allowed: shorten it"
    assert errors.readable(error, "zh") == "第 3 条文本有 5,001 个字符\uff0c最多允许 5,000 个\uff1a请缩短"
    assert errors.code_of(error) == "text_long"


def test_a_name_keeps_its_letters_where_a_sentence_begins_with_it() -> None:
    error = UnknownModelError("reads_no_text", name="gradient-lab")
    assert errors.readable(error, "en") == "gradient-lab reads no text"


@pytest.mark.parametrize(
    "error", [HubError("/secret"), ValueError("/secret"), BundleError("/secret"), ProviderError("x")]
)
def test_what_has_no_code_is_not_told(error: Exception) -> None:
    for language in ("en", "zh"):
        told = errors.readable(error, language)  # type: ignore[arg-type]
        assert told and "secret" not in told
    assert errors.code_of(error) in ("disabled", "unexpected")


class Settings(BaseModel, extra="forbid"):
    depth: int = Field(3, ge=2, le=200)
    rate: float = Field(0.5, gt=0, lt=1)
    share: float = Field(0.5, ge=0, le=1)
    count: int = Field(0, ge=0)


@pytest.mark.parametrize(
    ("values", "english", "chinese"),
    [
        ({"depth": 500}, "depth is 500; a whole number from 2 to 200 is allowed", "允许 2 到 200 的整数"),
        ({"share": 2}, "share is 2; allowed is 0 to 1", "允许 0 到 1"),
        ({"count": -1}, "count is -1; at least 0 is allowed", "最小允许 0"),
        ({"rate": 0}, "rate is 0; it must be above 0.0", "须大于 0.0"),
        ({"rate": 1}, "rate is 1; it must be below 1.0", "须小于 1.0"),
        ({"depth": 2.5}, "depth is 2.5: give a whole number", "请填整数"),
        ({"rate": "x"}, "rate is x: give a number", "请填数字"),
        ({"deep": 1}, "unknown setting 'deep'; known are depth, rate, share, count", "没有设置项 'deep'"),
    ],
)
def test_what_pydantic_refuses_is_said_in_both_languages(values: dict[str, object], english: str, chinese: str) -> None:
    with pytest.raises(InputError) as refused:
        errors.checked(Settings, values)
    assert str(refused.value) == english and chinese in errors.readable(refused.value, "zh")
