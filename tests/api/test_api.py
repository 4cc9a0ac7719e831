"""The typed routes: each failure has its status and a typed body; the answers are those of hub.tasks."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import json
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import gradio as gr
import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub import api, limits
from hub.api import batched, problems
from hub.batch import Batcher
from hub.bundle import Bundles
from hub.card import Card
from hub.errors import BundleError, HubError, InputError, ProviderError, TooLargeError
from hub.messages import MESSAGES
from hub.service import Service
from hub.tasks import classify as task
from tests import bundles as tiny
from tests.hub.test_text import ANY_TEXT

JSON = {"Content-Type": "application/json"}


def client_of(service: Service) -> TestClient:
    return TestClient(Starlette(routes=api.routes(service)), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def bundles(made_bundles: Path) -> Bundles:
    return Bundles(made_bundles)


@pytest.fixture(scope="module")
def client(bundles: Bundles) -> Iterator[TestClient]:
    with client_of(Service(bundles)) as opened:
        yield opened


def problem(answer: httpx.Response, status: int, code: str) -> str:
    """The detail of a failure that must be of this kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) == {"status", "code", "detail", "reason"} and body["status"] == status and body["code"] == code
    assert body["reason"] == "" or body["reason"] in MESSAGES
    assert "Traceback" not in answer.text and body["detail"]
    return body["detail"]


def test_one_text_gets_one_answer_and_a_list_gets_a_list(client: TestClient, bundles: Bundles) -> None:
    found = task.classify(bundles.get("pooling"), ["a good film", "bad"])
    one = client.post("/v1/classify", json={"text": "a good film", "model": "pooling"})
    many = client.post("/v1/classify", json={"text": ["a good film", "bad"], "model": "pooling"})
    assert one.status_code == many.status_code == 200 and one.headers["content-type"] == "application/json"
    assert one.json() == json.loads(json.dumps(asdict(found[0]))) and one.json()["tokens"] == 3
    assert [answer["label"] for answer in many.json()] == [answer.label for answer in found]


def test_head_and_variant_can_be_chosen(client: TestClient, bundles: Bundles) -> None:
    body = {"text": "a good film", "model": "course", "head": "topic", "variant": "fp32"}
    (found,) = task.classify(bundles.get("course"), ["a good film"], head="topic", variant="fp32")
    assert client.post("/v1/classify", json=body).json()["scores"] == pytest.approx(found.scores)


@given(texts=ANY_TEXT | st.lists(ANY_TEXT, max_size=40), data=st.data())
def test_v1_answers_as_hub_tasks_does(client: TestClient, bundles: Bundles, texts: str | list[str], data) -> None:
    model, head = data.draw(st.sampled_from([("pooling", ""), ("course", "sentiment"), ("course", "topic")]))
    body = json.dumps({"text": texts, "model": model, "head": head})
    answer = client.post("/v1/classify", content=body, headers=JSON)
    try:
        found = task.classify(bundles.get(model), [texts] if isinstance(texts, str) else texts, head=head)
    except TooLargeError:
        problem(answer, 413, "too_large")
    except InputError:
        problem(answer, 422, "invalid")
    else:
        assert answer.status_code == 200, answer.text
        got = answer.json() if isinstance(texts, list) else [answer.json()]
        for mine, theirs in zip(got, found, strict=True):
            assert mine["label"] == theirs.label and mine["tokens"] == theirs.tokens
            assert mine["scores"] == pytest.approx(theirs.scores, abs=1e-6)


@pytest.mark.parametrize("body", [b"", b"{", b"good", b"\xff", b'{"text": "a", "model": "pooling"', b"[" * 100_000])
def test_400_what_is_not_json(client: TestClient, body: bytes) -> None:
    assert "not JSON" in problem(client.post("/v1/classify", content=body, headers=JSON), 400, "malformed")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "good", "model": "nobody"},
        {"text": "good", "model": "pooling", "head": "topic"},
        {"text": "good", "model": "pooling", "variant": "int4"},
    ],
)
def test_404_unknown_model_head_or_variant(client: TestClient, body: dict[str, str]) -> None:
    problem(client.post("/v1/classify", json=body), 404, "unknown_model")


def test_404_names_the_known_models(client: TestClient) -> None:
    for answer in (client.post("/v1/classify", json={"text": "a", "model": "x"}), client.get("/v1/models/x")):
        assert "known models: course, pooling" in problem(answer, 404, "unknown_model")


def test_404_and_405_of_the_routes_are_typed_too(client: TestClient) -> None:
    problem(client.get("/v1/nothing"), 404, "http")
    problem(client.get("/v1/classify"), 405, "http")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "a" * (limits.MAX_TEXT_CHARS + 1), "model": "pooling"},
        {"text": ["a", "a" * (limits.MAX_TEXT_CHARS + 1)], "model": "pooling"},
        {"text": ["a"] * (limits.MAX_BATCH_TEXTS + 1), "model": "pooling"},
    ],
)
def test_413_over_a_limit(client: TestClient, body: dict[str, object]) -> None:
    detail = problem(client.post("/v1/classify", json=body), 413, "too_large")
    assert "5000" in detail or "2000" in detail


def test_413_while_the_body_is_read(client: TestClient) -> None:
    """A body without a length is refused at the limit, not after its end."""
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100_000
            yield b"a" * 100_000

    app = Starlette(routes=api.routes(Service(Bundles(Path("nowhere")))))
    # The server answers and closes while the program is still sending.
    with TestServer(app) as url, contextlib.suppress(httpx.TransportError):
        problem(httpx.post(f"{url}/v1/classify", content=endless(), headers=JSON), 413, "too_large")
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"text": "good"},
        {"text": "", "model": "pooling"},
        {"text": [], "model": "pooling"},
        {"text": ["good", " "], "model": "pooling"},
        {"text": 3, "model": "pooling"},
        {"text": None, "model": "pooling"},
        {"text": ["good", 3], "model": "pooling"},
        {"text": "good", "model": ["pooling"]},
        {"text": "good", "model": "pooling", "temperature": 1},
    ],
)
def test_422_not_of_the_form(client: TestClient, body: object) -> None:
    problem(client.post("/v1/classify", json=body), 422, "invalid")


def test_422_lone_surrogate(client: TestClient) -> None:
    for body in (rb'{"text": "a \ud83d b", "model": "pooling"}', rb'{"text": ["a", "\udc00"], "model": "pooling"}'):
        assert "surrogate" in problem(client.post("/v1/classify", content=body, headers=JSON), 422, "invalid")


BODY = b'{"text": "good", "model": "pooling"}'
WRONG_BODIES = {  # path, content -> status, code, a part of the detail
    ("classify", b"\xff\xfe" + BODY.decode().encode("utf-16-le")): (400, "malformed", "UTF-16"),
    ("classify", BODY.decode().encode("utf-16-le")): (400, "malformed", "UTF-16"),
    ("classify", gzip.compress(BODY)): (400, "malformed", "gzip"),
    ("classify", '{"text": "schön", "model": "pooling"}'.encode("cp1252")): (400, "malformed", "of another encoding"),
    ("classify", b'{"text": "good", "model": "pooling",}'): (400, "malformed", "not JSON"),
    ("gradient_profile", b'{"data": "\\ud800"}'): (422, "invalid", "surrogate"),
    ("gradient_profile", b"\xff"): (400, "malformed", "encoding"),
    ("fit_mle", b'{"family": "\\udc00", "data": [1]}'): (422, "invalid", "surrogate"),
    ("generate", b'{"prompt": "\\udc00", "model": "x"}'): (422, "invalid", "surrogate"),
    ("generate", b"\x00\x00"): (400, "malformed", "UTF-16"),
}


@pytest.mark.parametrize("place", WRONG_BODIES)
def test_what_is_wrong_with_a_body_is_said(client: TestClient, place: tuple[str, bytes]) -> None:
    status, code, part = WRONG_BODIES[place]
    detail = problem(client.post(f"/v1/{place[0]}", content=place[1], headers=JSON), status, code)
    assert part in detail


def test_a_byte_order_mark_is_passed_over(client: TestClient) -> None:
    assert client.post("/v1/classify", content=b"\xef\xbb\xbf" + BODY, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "route", ["classify", "embed", "similarity", "search", "fit_mle", "gradient_profile", "generate"]
)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/plain"}, "not_json"),
        ({}, "not_json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "not_json"),
        ({**JSON, "Content-Encoding": "gzip"}, "encoded"),
    ],
)
def test_415_what_is_not_sent_as_json(client: TestClient, route: str, headers: dict[str, str], code: str) -> None:
    """Any page of the web may make a browser send text/plain here."""
    problem(client.post(f"/v1/{route}", content=BODY, headers=headers), 415, code)


def test_the_type_of_a_body_may_name_its_characters(client: TestClient) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert client.post("/v1/classify", content=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "error", [HubError("the path of a secret"), ProviderError("cuda"), BundleError("x"), InputError("lines_none")]
)
def test_every_error_of_the_tree_has_its_answer(error: HubError) -> None:
    answer = problems.failure(error)
    assert answer.status_code == {HubError: 500, ProviderError: 503, BundleError: 503, InputError: 422}[type(error)]
    assert b"secret" not in answer.body


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("bytes=0-9", slice(0, 10)), ("bytes=100-", slice(100, None)), ("bytes=-50", slice(-50, None)),
     ("bytes=5-99999999", slice(5, None)), ("bytes=0-1,5-6", None), ("lines=1-2", None), ("bytes=-", None)],
)  # fmt: skip
def test_a_part_of_the_zip_file_can_be_asked_for(client: TestClient, wanted: str, expected: slice | None) -> None:
    address = "/v1/models/pooling/bundle.zip"
    whole = client.get(address)
    answer = client.get(address, headers={"Range": wanted})
    if expected is None:
        assert answer.status_code == 200 and answer.content == whole.content
    else:
        assert answer.status_code == 206 and answer.content == whole.content[expected]
        assert answer.headers["content-range"].endswith(f"/{len(whole.content)}")
    fresh = client.get(address, headers={"Range": wanted, "If-Range": '"another"'})
    assert fresh.status_code == 200 and fresh.content == whole.content


def test_a_part_beyond_the_end_does_not_exist(client: TestClient) -> None:
    answer = client.get("/v1/models/pooling/bundle.zip", headers={"Range": "bytes=99999999-"})
    problem(answer, 416, "no_range")
    assert answer.headers["content-range"].startswith("bytes */")
    assert client.get("/v1/models/pooling/files/model.onnx", headers={"Range": "bytes=0-3"}).status_code == 206


def test_405_names_what_is_allowed(client: TestClient) -> None:
    for method, path in (("GET", "/v1/classify"), ("DELETE", "/v1/models"), ("POST", "/v1/models/pooling/bundle.zip")):
        answer = client.request(method, path)
        problem(answer, 405, "http")
        assert answer.headers["allow"] in ("POST", "GET")


def test_the_page_of_the_routes_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/v1/docs").text
    assert not re.search(r"<script|<link|src=|@import|url\(", page)
    assert "max_new_tokens" in page and "from 1, to 512" in page and "curl http://testserver/v1/classify" in page


@pytest.mark.parametrize("count", [3, task.LARGE])
def test_429_says_when_to_come_again(bundles: Bundles, count: int) -> None:
    service = Service(bundles)
    service.batcher = Batcher(max_pending=2)
    with client_of(service) as client:
        answer = client.post("/v1/classify", json={"text": ["good"] * count, "model": "pooling"})
        problem(answer, 429, "busy")
        assert int(answer.headers["retry-after"]) >= 1
        assert client.post("/v1/classify", json={"text": "good", "model": "pooling"}).status_code == 200


def test_503_a_disabled_model_gives_its_reason_and_the_others_work(folder: Path) -> None:
    path = folder / "pooling/model_quantized.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    (folder / "broken").mkdir()
    with client_of(Service(Bundles(folder))) as client:
        assert client.get("/health").json()["disabled"].keys() == {"broken"}
        for _ in range(2):  # found by the worker, then known
            answer = client.post("/v1/classify", json={"text": "good", "model": "pooling"})
            assert "model_quantized.onnx was altered" in problem(answer, 503, "model_disabled")
        problem(client.get("/v1/models/pooling"), 503, "model_disabled")
        problem(client.get("/v1/models/pooling/bundle.zip"), 503, "model_disabled")
        problem(client.get("/v1/models/broken"), 503, "model_disabled")
        health = client.get("/health")
        assert health.status_code == 200 and health.json()["status"] == "degraded"
        assert health.json()["disabled"].keys() == {"broken", "pooling"} and health.json()["models"] == 1
        assert client.post("/v1/classify", json={"text": "good", "model": "course"}).status_code == 200


def test_500_hides_the_reason_from_the_caller(bundles: Bundles, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(bundles)
    monkeypatch.setattr(service, "submit", lambda *_: 1 / 0)
    with client_of(service) as client:
        answer = client.post("/v1/classify", json={"text": "good", "model": "pooling"})
        assert "division" not in problem(answer, 500, "internal")


def test_health_is_ok_where_every_bundle_works(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok", "models": 2, "disabled": {}, "pending": 0}


def test_models_are_the_cards(client: TestClient, made_bundles: Path) -> None:
    cards = [Card.model_validate(entry) for entry in client.get("/v1/models").json()]
    assert cards == [Card.read(made_bundles / name) for name in ("course", "pooling")]
    assert Card.model_validate(client.get("/v1/models/pooling").json()) == cards[1]


def test_files_are_sent_as_they_are_with_their_digest(client: TestClient, made_bundles: Path) -> None:
    for path in (made_bundles / "pooling").iterdir():
        answer = client.get(f"/v1/models/pooling/files/{path.name}")
        assert answer.content == path.read_bytes()
        assert answer.headers["content-disposition"] == f'attachment; filename="{path.name}"'
        if path.name != "card.json":
            assert answer.headers["repr-digest"] == repr_digest(answer.content)


def repr_digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


@pytest.mark.parametrize(
    "file",
    [
        "secret.txt",
        "..%2fsecret.txt",
        "../course/model.onnx",
        "%2e%2e/%2e%2e/secret.txt",
        "..%5csecret.txt",
        "%00",
        ".",
    ],
)
def test_no_other_file_is_sent(folder: Path, file: str) -> None:
    for place in (folder, folder / "pooling"):
        (place / "secret.txt").write_text("content of a secret")
    with client_of(Service(Bundles(folder))) as client:
        answer = client.get(f"/v1/models/pooling/files/{file}")
        assert answer.status_code == 404 and "content of a secret" not in answer.text


def test_the_whole_bundle_comes_as_a_zip_file(client: TestClient, made_bundles: Path) -> None:
    answer = client.get("/v1/models/pooling/bundle.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="pooling.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["repr-digest"] == repr_digest(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:
        assert opened.read("pooling/model.onnx") == (made_bundles / "pooling/model.onnx").read_bytes()


def test_the_openapi_document_describes_every_route_and_status(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {"/classify", "/models", "/models/{name}"} <= set(document["paths"])
    classify = document["paths"]["/classify"]["post"]
    assert {"200", "400", "404", "413", "422", "429", "503"} <= set(classify["responses"])
    for reference in set(references(document)):
        assert reference.startswith("#/components/schemas/")
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]
    request = document["components"]["schemas"]["ClassifyRequest"]
    assert set(request["properties"]) == {"text", "model", "head", "variant"}
    assert "/v1/openapi.json" in client.get("/v1/docs").text


def test_the_document_says_of_failures_and_limits_what_is_so(client: TestClient) -> None:
    """A program that checks its requests against the document, and answers too, meets no surprise."""
    document = client.get("/v1/openapi.json").json()
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}
    schemas = document["components"]["schemas"]
    assert schemas["SearchRequest"]["properties"]["query"]["minLength"] == 1
    assert "bernoulli" in schemas["FitRequest"]["properties"]["family"]["enum"]
    searched = {"query": "a film", "texts": ["a story"], "model": "?", "k": 1.0}  # JSON has one kind of number
    assert client.post("/v1/search", json=searched).json()["code"] == "unknown_model"
    assert client.post("/v1/search", json={**searched, "k": 1.5}).status_code == 422


def test_a_body_that_may_be_missing_is_an_object_or_none(client: TestClient) -> None:
    for body in ("null", "[]", "3"):
        answer = client.post("/v1/gradient_profile", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["reason"]) == (422, "settings_type")
    assert client.post("/v1/gradient_profile").status_code != 415
    assert client.post("/v1/gradient_profile", content="{}").status_code == 415


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


class TestServer:
    """An application on a free port, in a thread."""

    __test__ = False

    def __init__(self, app: Starlette) -> None:
        self.server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self.server.servers[0].sockets[0].getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


def test_clients_at_once_are_batched_and_health_answers_while_a_model_runs(bundles: Bundles) -> None:
    service = Service(bundles)
    may, sizes = threading.Event(), []
    real = service.batcher.submit

    def submit(key, texts, run):
        def slow(texts: list[str]):
            sizes.append(len(texts))
            assert may.wait(10)
            return run(texts)

        return real(key, texts, slow)

    service.batcher.submit = submit  # type: ignore[method-assign]
    with TestServer(Starlette(routes=api.routes(service))) as url:
        answers: list[httpx.Response] = []
        body = {"text": "a good film", "model": "pooling"}
        programs = [
            threading.Thread(target=lambda: answers.append(httpx.post(f"{url}/v1/classify", json=body, timeout=20)))
            for _ in range(9)
        ]
        for program in programs:
            program.start()
        while service.batcher.pending < 9:
            time.sleep(0.01)
        assert httpx.get(f"{url}/health").json()["pending"] == 9
        may.set()
        for program in programs:
            program.join(20)
    assert [answer.status_code for answer in answers] == [200] * 9
    assert len({answer.text for answer in answers}) == 1 and sum(sizes) == 9 and len(sizes) <= 2


def test_a_client_that_leaves_is_dropped_from_the_queue(bundles: Bundles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batched, "PATIENCE_S", 0.02)
    service = Service(bundles)
    may, ran = threading.Event(), []

    def run(texts: list[str]):
        ran.extend(texts)
        assert may.wait(10)
        return [None] * len(texts)

    service.batcher.submit(("pooling", "", "int8"), ["first"], run)  # its run is the one of all later requests
    with TestServer(Starlette(routes=api.routes(service))) as url:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/v1/classify", json={"text": "left", "model": "pooling"}, timeout=0.3)
        end = time.time() + 5
        while service.batcher.pending > 1 and time.time() < end:
            time.sleep(0.01)
        assert service.batcher.pending == 1
        may.set()
    assert ran == ["first"]


def test_large_requests_whose_clients_leave_keep_nobody_waiting(
    bundles: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batched, "PATIENCE_S", 0.02)
    service, answers = Service(bundles), []

    def classify(*arguments) -> list:
        check = arguments[-1]
        for _ in range(400):  # twenty seconds
            check()
            time.sleep(0.05)
        raise AssertionError("the work was done to its end though nobody waited")

    monkeypatch.setattr(service, "classify_alone", classify)
    with TestServer(Starlette(routes=api.routes(service))) as url:
        large = {"text": ["good"] * task.LARGE, "model": "pooling"}

        def leave() -> None:
            with contextlib.suppress(httpx.ReadTimeout):
                answers.append(httpx.post(f"{url}/v1/classify", json=large, timeout=1).status_code)

        programs = [threading.Thread(target=leave) for _ in range(40)]
        for program in programs:
            program.start()
        for program in programs:
            program.join()
        assert set(answers) <= {429}  # at once; the others had no answer
        assert service.large.inside <= limits.LARGE_AT_ONCE + limits.LARGE_WAITING
        small = {"text": "a good film", "model": "pooling"}
        start = time.perf_counter()
        assert httpx.post(f"{url}/v1/classify", json=small, timeout=10).status_code == 200
        assert httpx.post(f"{url}/v1/fit_mle", json={"family": "x", "data": [1]}, timeout=10).status_code == 404
        problem(httpx.post(f"{url}/v1/generate", json={"prompt": "x", "model": "x"}, timeout=10), 404, "unknown_model")
        assert time.perf_counter() - start < 1
        until = time.perf_counter() + 5
        while service.large.inside and time.perf_counter() < until:
            time.sleep(0.02)
        assert service.large.inside == 0


def test_a_lab_that_is_busy_says_when_to_come_again(bundles: Bundles) -> None:
    service, may = Service(bundles), threading.Event()
    for _ in range(limits.LABS_AT_ONCE + limits.LABS_WAITING):
        service.fits.submit(lambda _: may.wait(10))
    with client_of(service) as client:
        answer = client.post("/v1/fit_mle", json={"family": "gaussian", "data": [1, 2]})
        problem(answer, 429, "busy")
        assert int(answer.headers["retry-after"]) >= 1
        may.set()
        problem(client.post("/v1/gradient_profile", json={}), 404, "unknown_model")


def test_the_routes_stand_beside_gradio_on_one_port(made_bundles: Path) -> None:
    service = Service(Bundles(made_bundles))
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Markdown("A page")
    _, url, _ = page.launch(
        app_kwargs={"routes": api.routes(service)}, prevent_thread_lock=True, quiet=True, ssr_mode=False
    )
    try:
        assert "gradio" in httpx.get(url).text
        assert httpx.get(f"{url}health").json()["status"] == "ok"
        body = {"text": "a good film", "model": "pooling"}
        assert httpx.post(f"{url}v1/classify", json=body).json()["label"] in tiny.HEADS["sentiment"]
        assert "Model Hub" in httpx.get(f"{url}v1/docs").text
        problem(httpx.get(f"{url}v1/models/nobody"), 404, "unknown_model")
        assert httpx.get(f"{url}config").status_code == 200
    finally:
        page.close()
