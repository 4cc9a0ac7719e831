"""What is the same for every visitor is made once, and nobody gets what was made for another address."""

from __future__ import annotations

import gzip

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.documents import Documents
from tests.serving import finish

GZIP = {"Accept-Encoding": "gzip, br"}
SCRIPT = "let answer = 42; " * 500


class Site:
    """A site that counts how often it was asked."""

    def __init__(self, most: int = 1_000_000) -> None:
        self.asked: list[str] = []
        routes = [Route("/", self.page), Route("/assets/{name}", self.script), Route("/other", self.page)]
        self.app = Documents(Starlette(routes=routes), most)

    def page(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        return PlainTextResponse(
            f"{request.base_url} {request.headers.get('x-forwarded-host')}", media_type="text/html"
        )

    def script(self, request: Request) -> Response:
        self.asked.append(str(request.url))
        if request.path_params["name"] == "none.js":
            return PlainTextResponse("not here", 404)
        binary = request.path_params["name"].endswith(".woff2")
        return Response(SCRIPT, media_type="font/woff2" if binary else "text/javascript", headers={"etag": '"1"'})

    def get(self, path: str, host: str = "hub", **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
                return await client.get(path, headers={**GZIP, **headers})

        return finish(ask)


def test_a_document_is_made_once_for_all_visitors_and_whatever_their_links_say() -> None:
    site = Site()
    texts = {site.get(path).text for path in ("/", "/?tab=models&v=1", "/?lang=zh")}
    assert texts == {"http://hub/ None"} and len(site.asked) == 1


@pytest.mark.parametrize(
    ("host", "headers", "text"),
    [
        ("other", {}, "http://other/ None"),
        ("hub", {"X-Forwarded-Host": "proxy"}, "http://hub/ proxy"),
    ],
)
def test_each_address_has_its_own_document(host: str, headers: dict[str, str], text: str) -> None:
    site = Site()
    site.get("/")
    assert site.get("/", host, **headers).text == text and len(site.asked) == 2


@pytest.mark.parametrize("path", ["/other", "/?deep_link=abc", "/?page=abc"])
def test_what_may_differ_is_asked_each_time(path: str) -> None:
    site = Site()
    site.get(path)
    site.get(path)
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    "headers",
    [{"Accept-Encoding": "identity"}, {"Range": "bytes=0-9"}, {"If-None-Match": '"1"'}, {"Origin": "http://a"}],
)
def test_requests_that_want_another_answer_get_the_sites_own(headers: dict[str, str]) -> None:
    site = Site()
    site.get("/assets/a.js")
    answer = site.get("/assets/a.js", **headers)
    assert len(site.asked) == 2 and "content-encoding" not in answer.headers and answer.text == SCRIPT


def test_scripts_are_compressed_and_browsers_keep_them() -> None:
    site = Site()
    for _ in range(2):
        answer = site.get("/assets/a.js")
        assert answer.text == SCRIPT and answer.headers["etag"] == '"1"'
        assert answer.headers["content-encoding"] == "gzip" and "Accept-Encoding" in answer.headers["vary"]
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 10
        assert "immutable" in answer.headers["cache-control"]
    assert len(site.asked) == 1
    assert "content-encoding" not in site.get("/assets/a.woff2").headers


def test_a_file_that_is_not_there_is_not_kept() -> None:
    site = Site()
    for _ in range(2):
        answer = site.get("/assets/none.js")
        assert answer.status_code == 404 and answer.text == "not here" and "cache-control" not in answer.headers
    assert len(site.asked) == 2


def test_what_is_kept_has_a_limit_and_the_oldest_goes_first() -> None:
    size = len(gzip.compress(SCRIPT.encode(), compresslevel=9, mtime=0))
    site = Site(most=2 * size)
    for name in ("a", "b", "a", "c", "a", "b"):
        site.get(f"/assets/{name}.js")
    assert [url[-4:] for url in site.asked] == ["a.js", "b.js", "c.js", "b.js"]
    assert site.app.size <= 2 * size
