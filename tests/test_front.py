"""What every request passes: sizes of bodies and uploads, hosts, origins, headers, compression, prefixes, the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from starlette.types import Receive, Scope, Send

from hub import front, limits
from tests.serving import finish, hub, process

MB = 1_000_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running(made_bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    uploads = str(tmp_path_factory.mktemp("uploads"))
    with process(made_bundles, GRADIO_TEMP_DIR=uploads, HUB_HOSTS="hub.example.org, *.lab.example") as (
        address,
        started,
    ):
        yield address, psutil.Process(started.pid)


@pytest.fixture(scope="module")
def address(running: tuple[str, psutil.Process]) -> str:
    return running[0]


def pieces(total: int) -> Iterator[bytes]:
    """A body without a length."""
    for _ in range(total // 100_000):
        yield b" " * 100_000


@pytest.mark.parametrize(
    "path", ["gradio_api/call/classify", "gradio_api/queue/join", "gradio_api/mcp/", "v1/classify"]
)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_over_the_limit_is_refused_in_a_sentence(address: str, path: str, streamed: bool) -> None:
    size = limits.MAX_BODY_BYTES + 100_000
    content = pieces(size) if streamed else b" " * size
    headers = {**JSON, "Accept": "application/json, text/event-stream"}
    answer = httpx.post(f"{address}/{path}", content=content, headers=headers, timeout=60)
    assert answer.status_code == 413 and "more than 2,000,000 bytes" in answer.json()["detail"]


@pytest.mark.parametrize(("streamed", "most"), [(False, 20 * MB), (True, 12 * limits.MAX_BODY_BYTES + 10 * MB)])
def test_bodies_that_are_refused_leave_no_memory_behind(
    running: tuple[str, psutil.Process], streamed: bool, most: int
) -> None:
    address, started = running
    before = started.memory_info().rss
    whole = b" " * (50 * MB)

    def send() -> None:
        with contextlib.suppress(httpx.TransportError):  # the hub answers and closes while the program still sends
            content = pieces(50 * MB) if streamed else whole
            httpx.post(f"{address}/gradio_api/call/classify", content=content, headers=JSON, timeout=60)

    programs = [threading.Thread(target=send) for _ in range(12)]
    for program in programs:
        program.start()
    for program in programs:
        program.join()
    assert started.memory_info().rss - before < most


def test_an_upload_over_the_limit_is_refused_and_one_below_it_is_not(address: str) -> None:
    for size, status in ((limits.MAX_UPLOAD_BYTES, 200), (limits.MAX_UPLOAD_BYTES + 10_000, 413)):
        answer = httpx.post(f"{address}/gradio_api/upload", files={"files": ("a.txt", b"x" * size)}, timeout=60)
        assert answer.status_code == status
    assert "1,000,000 bytes" in answer.json()["detail"]


def test_all_uploads_together_are_bounded_and_old_ones_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_KEPT_S", 100.0)
    uploads = front.Uploads(tmp_path, most=3 * MB)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "texts.csv").write_bytes(b"x" * MB)
    assert finish(lambda: uploads.has_room(MB)) and not finish(lambda: uploads.has_room(MB + 1))
    uploads.coming = 1
    assert not finish(lambda: uploads.has_room(MB))
    old = time.time() - 200
    os.utime(tmp_path / "a" / "texts.csv", (old, old))
    assert finish(lambda: uploads.has_room(MB))
    assert not (tmp_path / "a" / "texts.csv").exists() and (tmp_path / "b" / "texts.csv").exists()


def test_a_full_folder_of_uploads_is_told_with_when_to_come_again(tmp_path: Path) -> None:
    sent: list[dict] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the upload was let through")

    async def ask() -> None:
        scope = {"type": "http", "method": "POST", "path": "/gradio_api/upload", "headers": [(b"host", b"localhost")]}
        door = front.Front(app, front.hosts(), uploads=front.Uploads(tmp_path, most=10))

        async def send(message: dict) -> None:
            sent.append(message)

        await door(scope, lambda: None, send)  # type: ignore[arg-type]

    finish(ask)
    assert sent[0]["status"] == 503 and (b"retry-after", b"60") in sent[0]["headers"]
    assert "10 bytes" in json.loads(sent[1]["body"])["detail"]


@pytest.mark.parametrize("path", ["", "gradio_api/mcp/", "v1/models"])
def test_a_name_that_is_not_the_hubs_is_refused(address: str, path: str) -> None:
    """DNS rebinding: a page of another site whose name suddenly leads here."""
    answer = httpx.get(f"{address}/{path}", headers={"Host": "evil.example:7860"})
    assert answer.status_code == 421 and "HUB_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    "host",
    ["localhost:1", "127.0.0.1", "[::1]:7860", "192.168.1.7:80", "hub.example.org", "HUB.example.org:80",
     "a.lab.example"],
)  # fmt: skip
def test_loopback_addresses_and_names_of_the_setting_are_allowed(address: str, host: str) -> None:
    assert httpx.get(f"{address}/health", headers={"Host": host}).status_code == 200


def test_the_hosts_of_a_space_are_what_the_space_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/hub")
    monkeypatch.delenv("HUB_HOSTS", raising=False)
    assert front.hosts()(b"someone-hub.hf.space")
    monkeypatch.setenv("HUB_HOSTS", "hub.example.org")
    assert not front.hosts()(b"someone-hub.hf.space")


@pytest.mark.parametrize("path", ["", "health", "v1/models", "config"])
def test_no_foreign_page_reads_what_a_hub_on_ones_own_machine_says(address: str, path: str) -> None:
    foreign = httpx.get(f"{address}/{path}", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in foreign.headers
    own = httpx.get(f"{address}/{path}", headers={"Origin": "http://localhost:3000"})
    assert own.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "access-control-allow-credentials" not in own.headers
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(f"{address}/{path}", headers=asked).status_code == 400


def test_a_public_hub_may_be_called_from_any_page_without_credentials(made_bundles: Path) -> None:
    with hub(made_bundles, GRADIO_SERVER_NAME="0.0.0.0", HUB_HOSTS="*") as address:
        for path in ("", "v1/models", "config"):
            answer = httpx.get(f"{address}/{path}", headers={"Origin": "https://a.example", "Host": "hub.example"})
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in answer.headers
        asked = {
            "Origin": "https://a.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        assert httpx.options(f"{address}/v1/classify", headers=asked).status_code == 200


@pytest.mark.parametrize("path", ["", "health", "v1/models", "v1/nothing", "config", "theme.css"])
def test_every_answer_has_the_headers_of_security(address: str, path: str) -> None:
    headers = httpx.get(f"{address}/{path}").headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    assert headers["content-security-policy"] == "frame-ancestors 'self'"


def test_a_space_may_be_shown_in_the_frame_of_its_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACE_ID", "someone/hub")
    headers = dict(front.Front(None, front.hosts()).headers)  # type: ignore[arg-type]
    assert b"https://huggingface.co" in headers[b"content-security-policy"]


def test_documents_are_compressed_and_streams_are_not(address: str) -> None:
    accepted = {"Accept-Encoding": "gzip"}
    with httpx.stream("GET", f"{address}/", headers=accepted) as page:
        assert page.headers["content-encoding"] == "gzip"
        assert len(b"".join(page.iter_raw())) < 200_000
    assert httpx.get(f"{address}/gradio_api/info", headers=accepted).headers["content-encoding"] == "gzip"
    assert httpx.get(f"{address}/v1/models", headers=accepted).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in httpx.get(f"{address}/health", headers=accepted).headers
    with httpx.stream("GET", f"{address}/gradio_api/heartbeat/a", headers=accepted) as stream:
        assert "content-encoding" not in stream.headers
        assert next(stream.iter_raw()) == b"data: ALIVE\n\n"


@pytest.mark.parametrize(
    "path",
    ["", "health", "config", "theme.css", "v1/models", "v1/models/pooling", "v1/models/pooling/files/model.onnx",
     "v1/models/pooling/bundle.zip", "v1/docs", "gradio_api/heartbeat/b"],
)  # fmt: skip
def test_head_answers_where_get_does(address: str, path: str) -> None:
    answer = httpx.head(f"{address}/{path}", headers={"Accept-Encoding": "identity"}, timeout=10)
    assert answer.status_code == 200 and not answer.content
    if "heartbeat" not in path:
        full = httpx.get(f"{address}/{path}", headers={"Accept-Encoding": "identity"})
        assert answer.headers["content-length"] == full.headers["content-length"]


def test_a_full_queue_says_when_to_come_again() -> None:
    sent: list[dict] = []

    async def full(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b"full"})

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/queue/join", "headers": [(b"host", b"localhost")]}
    finish(lambda: front.Front(full, front.hosts())(scope, lambda: None, send))  # type: ignore[arg-type]
    assert (b"retry-after", front.AGAIN_S) in sent[0]["headers"]


@pytest.mark.parametrize(
    ("setting", "place"),
    [("", ("", "", "")), ("/hub", ("/hub", "", "")), ("hub/", ("/hub", "", "")), ("/", ("", "", "")),
     ("https://example.org/a/hub/", ("/a/hub", "https", "example.org")),
     ("http://example.org:8080", ("", "http", "example.org:8080"))],
)  # fmt: skip
def test_the_place_of_the_hub_is_a_path_or_an_address(setting: str, place: tuple[str, str, str]) -> None:
    found = front.Place.of(setting)
    assert (found.path, found.scheme, found.host) == place


@pytest.mark.parametrize("setting", ["/hub", "https://example.org/hub"])
def test_behind_a_proxy_with_a_prefix_stripped_or_not(made_bundles: Path, setting: str) -> None:
    with hub(made_bundles, GRADIO_ROOT_PATH=setting) as address:
        for prefix in ("", "/hub"):
            for path in ("/v1/models", "/v1/docs", "/v1/models/pooling/bundle.zip", "/config", "/health", "/theme.css"):
                assert httpx.get(f"{address}{prefix}{path}").status_code == 200, prefix + path
            body = {"text": "a good film", "model": "pooling"}
            assert httpx.post(f"{address}{prefix}/v1/classify", json=body).status_code == 200
            asked = httpx.post(f"{address}{prefix}/gradio_api/call/classify", json={"data": ["good", "pooling"]}).json()
            answer = httpx.get(f"{address}{prefix}/gradio_api/call/classify/{asked['event_id']}")
            assert "event: complete" in answer.text
            outside = "https://example.org/hub" if "://" in setting else f"{address}/hub"
            assert httpx.get(f"{address}{prefix}/config").json()["root"] == outside
            assert '"/hub/v1/openapi.json"' in httpx.get(f"{address}{prefix}/v1/docs").text
        assert httpx.get(f"{address}/hub").status_code == 200


SLOW = """
import asyncio, os
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from hub import server
from hub.service import Service
from hub import page

async def slow(request):
    await asyncio.sleep(3)
    return PlainTextResponse("whole")

service = Service()
app = server.application(service, page.build(service))
app.router.routes.insert(0, Route("/slow", slow))
server.serve(app)
"""


def test_requests_in_flight_are_answered_when_the_hub_is_ended(made_bundles: Path) -> None:
    with process(made_bundles, ("-c", SLOW)) as (address, started):
        answers: list[str] = []
        with httpx.stream("GET", f"{address}/gradio_api/heartbeat/page", timeout=30) as page:  # an open page
            assert next(page.iter_raw())
            program = threading.Thread(target=lambda: answers.append(httpx.get(f"{address}/slow", timeout=30).text))
            program.start()
            time.sleep(1)
            started.send_signal(signal.SIGTERM)
            program.join()
            assert answers == ["whole"]
            with contextlib.suppress(subprocess.TimeoutExpired):
                started.wait(15)
            assert started.poll() is not None


def test_no_history_of_runs_is_kept_or_sent_elsewhere(address: str) -> None:
    for path in ("gradio_api/runs", "gradio_api/run-history/connect", "gradio_api/run-history/records"):
        assert httpx.get(f"{address}/{path}", timeout=30).status_code == 404
