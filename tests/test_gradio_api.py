"""The endpoints of Gradio's API, called as a program would."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from hub import limits
from hub.bundle import Bundles
from hub.service import Service


@pytest.fixture(scope="module")
def client(classifiers_hub: str) -> Client:
    return Client(classifiers_hub, verbose=False)


def test_the_api_has_its_endpoints_with_their_types(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]  # type: ignore[index, call-overload]
    assert set(named) == {
        *("/classify", "/classify_batch", "/fit_mle", "/gradient_profile", "/models"),
        *("/embed", "/search", "/similarity", "/generate", "/summarize", "/ask", "/token_vectors", "/tag"),
        *("/permutation", "/recommend", "/similar_items", "/evaluate_ranking"),
    }
    assert [parameter["parameter_name"] for parameter in named["/classify"]["parameters"]] == [
        "text",
        "model",
        "head",
        "variant",
    ]
    assert "Classify one text" in named["/classify"]["description"]


def test_classify_says_what_the_task_says(client: Client, made_bundles: Path) -> None:
    expected = Service(Bundles(made_bundles)).classify("a good film", "pooling")
    answer = client.predict("a good film", "pooling", api_name="/classify")
    assert answer["label"] == expected.label
    assert answer["scores"] == pytest.approx(expected.scores, abs=1e-6)
    assert sum(answer["scores"].values()) == pytest.approx(1)


def test_a_batch_is_in_the_order_of_the_texts(client: Client) -> None:
    texts = ["a good film", "bad", "the story is very poor"]
    one_by_one = [client.predict(text, "pooling", api_name="/classify") for text in texts]
    together = client.predict(texts, "pooling", api_name="/classify_batch")
    for alone, answer in zip(one_by_one, together, strict=True):
        assert answer["scores"] == pytest.approx(alone["scores"], abs=1e-5)


def test_models_lists_the_cards(client: Client) -> None:
    cards = client.predict(api_name="/models")
    assert {card["name"] for card in cards} == {"course", "pooling"}
    assert all(card["labels"] and card["variants"] for card in cards)


@pytest.mark.parametrize(
    ("text", "model", "part"),
    [
        ("x" * (limits.MAX_TEXT_CHARS + 1), "pooling", "5,001 characters; at most 5,000"),
        ("", "pooling", "empty"),
        (None, "pooling", "must be a string, not NoneType"),
        (["a", "list"], "pooling", "must be a string, not list"),
        ("good", "nobody", "unknown model 'nobody'; known models: course, pooling"),
        ("good", None, "unknown model"),
    ],
)
def test_a_failure_says_what_is_wrong(client: Client, text: object, model: object, part: str) -> None:
    with pytest.raises(Exception, match=part.replace("(", r"\(")) as found:
        client.predict(text, model, api_name="/classify")
    assert "Traceback" not in str(found.value)


def test_a_bad_text_in_a_batch_is_named(client: Client) -> None:
    with pytest.raises(Exception, match="text 2 is empty"):
        client.predict(["good", " "], "pooling", api_name="/classify_batch")
    with pytest.raises(Exception, match="2,001 texts; at most 2,000"):
        client.predict(["good"] * (limits.MAX_BATCH_TEXTS + 1), "pooling", api_name="/classify_batch")


def test_a_bad_request_does_not_spoil_its_neighbours(classifiers_hub: str) -> None:
    """A client for each thread, as visitors have: calls of one share an event stream, and are lost where it closes."""

    def call(client: Client, text: str) -> str:
        try:
            return client.predict(text, "pooling", api_name="/classify")["label"]
        except Exception as error:
            return str(error)

    texts = ["good film", ""] * 8
    with ThreadPoolExecutor(16) as pool:
        clients = list(pool.map(lambda _: Client(classifiers_hub, verbose=False), texts))
        answers = list(pool.map(call, clients, texts))
    assert set(answers[0::2]) <= {"negative", "positive"}
    assert all("is empty" in answer for answer in answers[1::2])


def test_fit_mle_without_a_bundle_for_it_says_so(client: Client) -> None:
    with pytest.raises(Exception, match="no bundle of the task 'likelihood-lab'"):
        client.predict("gaussian", [1, 2, 4], api_name="/fit_mle")


WRONG = [
    ("ask", [5, "questions", ""]),
    ("ask", [["good"], ["questions"], 3]),
    ("ask", [None, None, None]),
    ("classify_batch", [3, "pooling"]),
    ("search", ["a", {"b": 1}, "pooling", "k"]),
    ("embed", [None, 5]),
    ("generate", [5, "pooling", "x", [], None, {}, 1, "1", 2, "fp32"]),
    ("summarize", [3, {}, []]),
    ("fit_mle", [[], {}]),
    ("gradient_profile", [7]),
    ("classify", []),
    ("classify", [1, 2, 3, 4, 5]),
]


@pytest.mark.parametrize(("name", "data"), WRONG)
def test_wrong_types_are_answered_in_words(client: Client, name: str, data: list[object]) -> None:
    """Nothing of Python's: no type of its errors, no repr of an object, no path."""
    asked = httpx.post(f"{client.src}gradio_api/call/{name}", json={"data": data}).json()
    answer = httpx.get(f"{client.src}gradio_api/call/{name}/{asked['event_id']}", timeout=60).text
    assert answer.startswith("event: error")
    told = json.loads(answer.partition("data: ")[2])["error"]
    assert told and len(told) > 20
    for foreign in (
        "object at 0x",
        "Traceback",
        "NoneType' ",
        "subscriptable",
        "attribute",
        "argument",
        ".py",
    ):
        assert foreign not in told, told
