"""Load on a running hub from a process of its own: python -m bench.load DOOR PORT MODEL CLIENTS SECONDS.

DOOR is a route (v1/classify, v1/embed, v1/tag, v1/recommend), or the name of a Gradio endpoint; v1/tag:32 asks of 32
texts at once, and every text counts as an answer; v1/recommend:plain asks for no reasons. Each client keeps its
connection and asks again as soon as it has its answer. Prints one line of JSON: answers, failures, and the latencies in
milliseconds. HTTP is spoken by hand, since a client library takes longer than the server that it is to measure.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

TEXTS = ("a quiet film that earns every tear", "dull and far too long", "the acting is fine , the script is not")


@dataclass
class Tally:
    latencies_ms: list[float] = field(default_factory=list)
    failures: int = 0


class Client:
    """One connection, kept open."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
        self.writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        if headers.get("transfer-encoding") == "chunked":
            content = b""
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                content += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        else:
            content = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), content


BASKETS = ([84, 120, 7], [3, 900, 41, 12, 5], [1500])  # of a recommender
MANY = ("embed", "tag")  # endpoints that take a list of texts
PARTS = {"v1/classify": b'"label"', "v1/embed": b'"embedding"', "v1/tag": b'"entities"'}  # what an answer holds


async def once(client: Client, door: str, text: str | list[str], model: str, plain: bool = False) -> bool:
    """One question and its answer; whether there was one. text: or a list, where a route takes one."""
    if door == "v1/recommend":
        body = {"items": BASKETS[len(text) % len(BASKETS)], "model": model, "reasons": not plain}
        status, content = await client.ask("POST", f"/{door}", json.dumps(body).encode())
        return status == 200 and b'"stages"' in content
    if door in PARTS:
        status, content = await client.ask("POST", f"/{door}", json.dumps({"text": text, "model": model}).encode())
        return status == 200 and PARTS[door] in content
    data = [[text] if door in MANY else text, model]
    status, content = await client.ask("POST", f"/gradio_api/call/{door}", json.dumps({"data": data}).encode())
    if status != 200:
        return False
    status, content = await client.ask("GET", f"/gradio_api/call/{door}/{json.loads(content)['event_id']}")
    return status == 200 and b"event: complete" in content


async def visitor(door: str, port: int, model: str, number: int, until: float, tally: Tally) -> None:
    client = Client(port)
    await client.open()
    asked = number
    route, _, many = door.partition(":")
    plain, many = many == "plain", many if many.isdigit() else ""
    while time.perf_counter() < until:
        start = time.perf_counter()
        text = TEXTS[asked % len(TEXTS)]
        if await once(client, route, [text] * int(many) if many else text, model, plain):
            tally.latencies_ms += [(time.perf_counter() - start) * 1e3] * int(many or 1)
        else:
            tally.failures += 1
        asked += 1
    client.writer.close()


async def load(door: str, port: int, model: str, clients: int, seconds: float) -> dict[str, object]:
    tally = Tally()
    start = time.perf_counter()
    until = start + seconds
    await asyncio.gather(*(visitor(door, port, model, number, until, tally) for number in range(clients)))
    return {"seconds": time.perf_counter() - start, "failures": tally.failures, "latencies_ms": tally.latencies_ms}


if __name__ == "__main__":
    door, port, model, clients, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(load(door, int(port), model, int(clients), float(seconds)))))
