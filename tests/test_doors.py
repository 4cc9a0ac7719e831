"""Three doors, one contract: /v1, Gradio's API and the MCP tools give the same answer, or the same refusal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import limits
from hub.bundle import ROOT
from tests.bundles import WORDS
from tests.doors import JSON, Doors, opened
from tests.serving import hub

LABS = ("likelihood-lab", "gradient-lab")


@pytest.fixture(scope="module")
def doors(
    made_bundles: Path, made_encoders: Path, made_writers: Path, made_questions: Path, made_spellers: Path,
    made_orderers: Path, made_shop: Path, tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Doors]:  # fmt: skip
    """Of a hub with bundles of every task."""
    folder = tmp_path_factory.mktemp("doors") / "onnx"
    for made in (made_bundles, made_encoders, made_writers, made_questions, made_spellers, made_orderers, made_shop):
        shutil.copytree(made, folder, dirs_exist_ok=True)
    for lab in LABS:
        shutil.copytree(ROOT / "onnx" / lab, folder / lab)
    with hub(folder) as address, opened(address) as doors:
        yield doors


SENTENCES = st.lists(st.sampled_from([*WORDS[2:], "未知", "it's", "🙂"]), min_size=1, max_size=50).map(" ".join)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TEXT = st.one_of(SENTENCES, ANY_TEXT)
TEXTS = st.lists(TEXT, min_size=1, max_size=5)
CLASSIFIER = st.sampled_from(["pooling", "course", "nobody"])
ENCODER = st.sampled_from(["base", "trained", "pooling"])
WRITER = st.sampled_from(["gpt2", "llama", "nobody"])
HEAD, VARIANT = st.sampled_from(["", "sentiment", "topic"]), st.sampled_from(["", "fp32", "int8", "int4"])


def arguments(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Of an endpoint; those from `head` on may be left out."""
    needed = {name: one for name, one in strategies.items() if name not in ("head", "variant", "k", "beams", "hint")}
    rest = {name: one for name, one in strategies.items() if name not in needed}
    return st.fixed_dictionaries(needed, optional=rest)


ENDPOINTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "models": arguments(),
    "classify": arguments(text=TEXT, model=CLASSIFIER, head=HEAD, variant=VARIANT),
    "classify_batch": arguments(texts=TEXTS, model=CLASSIFIER, head=HEAD, variant=VARIANT),
    "similarity": arguments(a=TEXT, b=TEXT, model=ENCODER, variant=VARIANT),
    "embed": arguments(texts=TEXTS, model=ENCODER, variant=VARIANT),
    "search": arguments(query=TEXT, texts=TEXTS, model=ENCODER, k=st.integers(0, 4), variant=VARIANT),
    "token_vectors": st.fixed_dictionaries(
        {"texts": TEXTS, "model": st.sampled_from(["elmo", "tagger"])},
        optional={
            "layer": st.sampled_from([None, 0, 2, 3]), "weights": st.sampled_from([None, [1, 2, 1], [0, 0, 0], [1]]),
            "gamma": st.sampled_from([0.5, 1.0, 0.0]), "variant": VARIANT,
        },
    ),
    "tag": st.fixed_dictionaries(
        {"texts": TEXTS, "model": st.sampled_from(["tagger", "elmo"])},
        optional={"arm": st.sampled_from(["with", "without", "both"]), "variant": VARIANT},
    ),
    "permutation": st.fixed_dictionaries(
        {
            "text": st.lists(st.sampled_from(["a", "b", "film", "好", "🙂"]), max_size=5).map(" ".join),
            "model": st.sampled_from(["orders", "orders-masked", "elmo"]),
        },
        optional={
            "order": st.one_of(st.none(), st.permutations([1, 2, 3]), st.just([1, 1])),
            "targets": st.one_of(st.none(), st.lists(st.integers(1, 4), min_size=1, max_size=3)), "variant": VARIANT,
        },
    ),
    "recommend": st.fixed_dictionaries(
        {"items": st.lists(st.integers(-1, 65), max_size=6), "model": st.sampled_from(["shop", "elmo"])},
        optional={
            "count": st.sampled_from([1, 10, 50]), "again": st.booleans(), "reasons": st.booleans(),
            "rule": st.sampled_from(["none", "mmr", "dpp", "caps", "calibrated", "prm"]),
        },
    ),
    "evaluate_ranking": st.fixed_dictionaries(
        {
            "judgments": st.lists(
                st.fixed_dictionaries(
                    {
                        "query": st.sampled_from(["a", "好"]), "document": st.text("ab好 ", max_size=4),
                        "grade": st.integers(0, 11),
                    },
                    optional={"score": st.floats(-2, 2)},
                ),
                max_size=5,
            )
        },
        optional={"at": st.sampled_from([1, 10, 100])},
    ),
    "similar_items": arguments(item=st.integers(0, 70), model=st.sampled_from(["shop", "nobody"])),
    "generate": st.fixed_dictionaries(
        {"prompt": SENTENCES, "model": WRITER, "max_new_tokens": st.integers(0, 4)},
        optional={
            "temperature": st.sampled_from([0.0, 0.7, -1.0]), "seed": st.integers(0, 3), "beams": st.integers(1, 2),
            "variant": VARIANT,
        },
    ),
    "summarize": arguments(
        text=st.lists(st.sampled_from(WORDS[2:]), min_size=1, max_size=8).map(" ".join), model=WRITER,
        beams=st.integers(1, 2), hint=st.booleans(), variant=st.sampled_from(["", "int4"]),
    ),
    "ask": arguments(
        texts=st.lists(TEXT, min_size=1, max_size=3), model=st.sampled_from(["questions", "nobody"]),
        head=st.sampled_from(["", "cause", "mood", "follows"]), variant=VARIANT,
    ),
    "fit_mle": arguments(
        family=st.sampled_from(["gaussian", "poisson", "bernoulli", "categorical", "cauchy"]),
        data=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    ),
    "gradient_profile": arguments(
        config=st.fixed_dictionaries(
            {"depth": st.integers(1, 6), "width": st.just(8), "steps": st.integers(0, 2)},
            optional={"activation": st.sampled_from(["tanh", "relu", "swish"]), "l1": st.sampled_from([0.0, -1.0])},
        )
    ),
}  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Whether two answers are the same record, their numbers up to what other texts of a batch may change."""
    if isinstance(one, dict):
        keys = one.keys() - {"ms"}  # how long it took
        return (
            isinstance(other, dict) and one.keys() == other.keys() and all(same(one[key], other[key]) for key in keys)
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and one == pytest.approx(other, abs=1e-5)
    return bool(one == other)


def test_every_endpoint_is_held(doors: Doors) -> None:
    known = doors.client.view_api(return_format="dict", print_info=False)["named_endpoints"]  # type: ignore[index, call-overload]
    assert {name.removeprefix("/") for name in known} == ENDPOINTS.keys()
    tools = {tool.name for tool in doors.portal.call(doors.session.list_tools).tools}
    assert tools == ENDPOINTS.keys()
    routes = httpx.get(f"{doors.address}/v1/openapi.json", timeout=60).json()["paths"]
    assert ENDPOINTS.keys() - {"classify_batch"} <= {route.removeprefix("/") for route in routes}


@pytest.mark.parametrize("name", ENDPOINTS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_three_doors_agree(doors: Doors, name: str, data: st.DataObject) -> None:
    values = data.draw(ENDPOINTS[name])
    kind, answer = doors.v1(name, values)
    for door in (doors.gradio, doors.mcp):
        other_kind, other = door(name, values)
        assert other_kind == kind, (door.__name__, other, answer)
        assert kind == "refused" or same(answer, other), (door.__name__, other, answer)


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("classify", {"text": "", "model": "pooling"}, "text 1 is empty"),
        ("classify", {"text": "good", "model": "nobody"}, "unknown model 'nobody'"),
        ("classify", {"text": "good", "model": "course", "head": "x"}, "course has no head 'x'"),
        ("classify_batch", {"texts": ["good", " "], "model": "pooling", "variant": "int4"}, "text 2 is empty"),
        ("similarity", {"a": "", "b": "cat", "model": "trained"}, "the first text is empty"),
        ("embed", {"texts": ["cat"], "model": "trained", "variant": "int4"}, "no variant 'int4'"),
        ("search", {"query": " ", "texts": ["cat"], "model": "trained"}, "the query is empty"),
        ("generate", {"prompt": "The", "model": "gpt2", "beams": 2, "temperature": 0.5}, "beam search draws nothing"),
        ("summarize", {"text": " ", "model": "gpt2"}, "the text is empty"),
        ("ask", {"texts": ["a"], "model": "questions", "head": "cause"}, "cause of questions takes 3 texts"),
        ("similar_items", {"item": 60, "model": "shop"}, "there is no item 60; items are numbered from 0 to 59"),
        ("evaluate_ranking", {"judgments": []}, "there is no judgment"),
        ("evaluate_ranking", {"judgments": [{"query": "q", "document": "d", "grade": 11}]}, "row 1: the grade is 11"),
        ("evaluate_ranking", {"judgments": [{"query": "q", "document": "d", "grade": 1}]}, "of 1 queries none has"),
        ("fit_mle", {"family": "cauchy", "data": [1]}, "unknown family 'cauchy'"),
        ("fit_mle", {"family": "bernoulli", "data": [0, 2]}, "a Bernoulli sample is 0 or 1"),
        ("gradient_profile", {"config": {"depth": 999}}, "depth is 999; a whole number from 2 to 200"),
    ],
)
def test_the_doors_refuse_in_the_same_words(doors: Doors, name: str, values: dict[str, Any], part: str) -> None:
    for door in (doors.v1, doors.gradio, doors.mcp):
        kind, said = door(name, values)
        assert kind == "refused" and part in said, (door.__name__, said)


def test_a_summary_and_a_question_over_v1(doors: Doors) -> None:
    def status(route: str, body: dict[str, Any]) -> int:
        return httpx.post(f"{doors.address}/v1/{route}", json=body, headers=JSON, timeout=60).status_code

    assert status("summarize", {"text": "The lamp was lit.", "model": "gpt2", "beams": 1}) == 200
    assert status("summarize", {"text": "x" * (limits.MAX_TEXT_CHARS + 1), "model": "gpt2"}) == 413
    assert status("summarize", {"text": "The lamp", "model": "gpt2", "beams": 99}) == 422
    assert status("summarize", {"text": "The lamp", "model": "pooling"}) == 404
    assert status("ask", {"texts": ["good"], "model": "questions", "head": "mood"}) == 200
    assert status("ask", {"texts": [], "model": "questions"}) == 422
    assert status("ask", {"texts": ["good"], "model": "questions", "head": "nothing"}) == 404


def test_a_ranking_is_judged_over_v1(doors: Doors) -> None:
    def post(judgments: Any, **more: Any) -> httpx.Response:
        body = {"judgments": judgments, **more}
        return httpx.post(f"{doors.address}/v1/evaluate_ranking", json=body, headers=JSON, timeout=60)

    rows = [{"query": "q", "document": text, "grade": grade} for text, grade in (("q", 2), ("other", 0))]
    answer = post(rows, at=1)
    assert answer.status_code == 200 and answer.json()["own"] == {"value": 1, "low": 1, "high": 1}
    assert answer.json()["per_query"][0]["chance"] == 0.5
    assert post(rows, at=101).status_code == post([{**rows[0], "rank": 1}]).status_code == post("x").status_code == 422
    many = [{"query": "q", "document": str(number), "grade": 1} for number in range(limits.MAX_JUDGMENTS + 1)]
    refused = post(many)
    assert refused.status_code == 413 and "2,001 judged documents" in refused.json()["detail"]
    assert post([{**rows[0], "document": "x" * (limits.MAX_TEXT_CHARS + 1)}, rows[1]]).status_code == 413
