"""What a push sends, against a stand-in of the Hub's HTTP API on this machine."""

from __future__ import annotations

import base64
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from export import push

ROOT = Path(__file__).resolve().parents[2]


class StandIn(http.server.BaseHTTPRequestHandler):
    """Creates repositories and takes commits, as the Hub answers; keeps what it was sent in the server object."""

    server: Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(self._chunks())
        self.server.tokens.add(self.headers.get("Authorization", ""))
        path = self.path.split("?")[0]
        if path == "/api/repos/create":
            asked = json.loads(body)
            self.server.created.append(asked)
            kind = "spaces/" if asked.get("type") == "space" else ""
            owner = f"{asked['organization']}/" if asked.get("organization") else ""
            self._answer({"url": f"{self.server.address}/{kind}{owner}{asked['name']}"})
        elif path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif path.endswith("/preupload/main"):
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for file in json.loads(body)["files"]
            ]
            self._answer({"files": files})
        elif path.endswith("/commit/main"):
            for line in map(json.loads, body.decode().splitlines()):
                if line["key"] == "file":
                    self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            self.server.commits.append(path)
            home = path.removeprefix("/api/").removeprefix("models/").removesuffix("/commit/main")
            oid = "1" * 40
            self._answer({"commitUrl": f"{self.server.address}/{home}/commit/{oid}", "commitOid": oid})
        else:
            self.send_error(404)

    def do_GET(self) -> None:
        self.send_error(404)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().strip() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()

    def _answer(self, content: dict) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StandIn)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.created: list[dict] = []
        self.commits: list[str] = []
        self.files: dict[str, bytes] = {}
        self.tokens: set[str] = set()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)  # the stand-in is on this machine
    server = Server()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def command(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {"HF_ENDPOINT": server.address, "HF_TOKEN": "hf_a_token_for_the_test", "HF_HUB_OFFLINE": "0"}
    return subprocess.run(
        [sys.executable, "-m", "export", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_bundle_arrives_whole_as_a_model_repository(hub: Server, bundles: Path) -> None:
    done = command(hub, "push", "me/toy", "--bundle", "toy", "--bundles", str(bundles))
    assert done.returncode == 0, done.stderr
    assert f"{hub.address}/me/toy" in done.stdout
    assert [asked.get("type", "model") for asked in hub.created] == ["model"]
    assert hub.commits == ["/api/models/me/toy/commit/main"]
    assert hub.files == content(bundles / "toy")
    assert hub.tokens == {"Bearer hf_a_token_for_the_test"}


def test_a_dry_run_lists_every_file_with_its_size_and_sends_nothing(hub: Server, bundles: Path) -> None:
    done = command(hub, "push", "me/toy", "--bundle", "toy", "--bundles", str(bundles), "--dry-run")
    assert done.returncode == 0, done.stderr
    for name, value in content(bundles / "toy").items():
        assert f"{len(value):>12,}  {name}" in done.stdout
    assert "dry run: nothing was sent" in done.stdout
    assert not hub.created and not hub.commits


def test_an_altered_bundle_is_not_pushed(hub: Server, bundles: Path) -> None:
    (bundles / "toy" / "config.json").write_text("{}")
    done = command(hub, "push", "me/toy", "--bundle", "toy", "--bundles", str(bundles))
    assert done.returncode == 1 and "toy is not pushed: config.json" in done.stderr
    assert not hub.created


@pytest.fixture
def app(tmp_path: Path, bundles: Path) -> Path:
    """A folder with what a Space needs, and what must not go there."""
    root = tmp_path / "app"
    for name in ("hub/card.py", "hub/__pycache__/card.pyc", "models/textcnn.py", "onnx/.aside/toy-1/card.json"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    for name in ("app.py", "requirements.txt", "README.md", "requirements-dev.txt"):
        (root / name).write_text(name)
    shutil.copytree(bundles / "toy", root / "onnx" / "toy")
    return root


def test_a_space_gets_the_app_and_the_bundles_and_nothing_else(
    app: Path, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = push.space("me/hub", app, app / "onnx")
    kept = {"app.py", "requirements.txt", "README.md", "hub/card.py"}
    assert set(upload.files) == kept | {f"onnx/toy/{name}" for name in content(app / "onnx" / "toy")}
    import huggingface_hub

    api = huggingface_hub.HfApi(endpoint=hub.address, token="hf_a_token_for_the_test")
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: api)
    push.push(upload)
    assert hub.created[0]["type"] == "space" and hub.created[0]["sdk"] == "gradio"
    assert hub.commits == ["/api/spaces/me/hub/commit/main"]
    assert hub.files == {name: (app / name).read_bytes() for name in upload.files}


def test_a_space_takes_the_bundles_of_the_folder_that_is_said(app: Path, tmp_path: Path) -> None:
    elsewhere = (app / "onnx").rename(tmp_path / "elsewhere")
    (elsewhere / "toy" / ".gitattributes").write_text("* -text")  # of a repository, and no file of the bundle
    upload = push.space("me/hub", app, elsewhere)
    assert upload.files["onnx/toy/card.json"] == elsewhere / "toy" / "card.json"
    assert not any(".git" in name for name in upload.files)
    with pytest.raises(push.PushError, match="there is no bundle in"):
        push.space("me/hub", app, tmp_path / "nowhere")


def test_a_bundle_goes_with_its_parts() -> None:
    upload = push.bundle("me/consert", ROOT / "onnx", "consert-en")
    assert {"embedding-layer.onnx", "encoder-body.onnx"} <= set(upload.files)
    assert set(upload.files) == {path.name for path in (ROOT / "onnx" / "consert-en").iterdir()}


def test_a_space_without_the_app_is_refused(app: Path) -> None:
    (app / "app.py").unlink()
    with pytest.raises(push.PushError, match=r"app\.py is not in"):
        push.space("me/hub", app, app / "onnx")


def test_a_space_with_a_broken_bundle_is_refused(app: Path) -> None:
    (app / "onnx" / "toy" / "golden.npz").unlink()
    with pytest.raises(push.PushError, match=r"toy is not pushed: golden\.npz is missing"):
        push.space("me/hub", app, app / "onnx")
