"""A broken bundle is disabled with a reason that says what is broken; everything else goes on."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub import api, archive, bundle
from hub.bundle import Bundles
from hub.card import Card
from hub.errors import BundleError, UnknownModelError
from hub.service import Service
from hub.tasks import classify
from tests import bundles as tiny


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def works(bundles: Bundles, name: str) -> bool:
    return bool(classify.classify(bundles.get(name), ["a good film"])[0].label)


def test_reading_the_bundles_hashes_no_file_and_opens_no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "sha256", lambda path: pytest.fail(f"hashed {path}"))
    bundles = Bundles(folder)
    assert [found.name for found in bundles] == ["course", "pooling"] and len(bundles.sessions) == 0


def test_a_file_is_hashed_once_and_again_when_it_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    real = bundle.sha256
    monkeypatch.setattr(bundle, "sha256", lambda path: hashed.append(path.name) or real(path))
    found = Bundles(folder).get("pooling")
    for _ in range(3):
        found.path("README.md")
    assert hashed == ["README.md"]
    flip(folder / "pooling/README.md")
    with pytest.raises(BundleError, match=r"README.md was altered \(its sha256 is not the card's\)"):
        found.path("README.md")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize("file", ["model_quantized.onnx", "tokenizer.json", "README.md"])
@pytest.mark.parametrize(("fault", "reason"), [(truncate, "the card says"), (Path.unlink, "is missing")])
def test_missing_and_truncated_files_disable_at_start(
    folder: Path, file: str, fault: Callable[[Path], None], reason: str
) -> None:
    fault(folder / "pooling" / file)
    bundles = Bundles(folder)
    assert file in bundles.problems()["pooling"] and reason in bundles.problems()["pooling"]
    with pytest.raises(BundleError, match=f"pooling is disabled: {file}"):
        bundles.get("pooling")
    assert [found.name for found in bundles.of_task(classify.TASK)] == ["course"] and works(bundles, "course")


@pytest.mark.parametrize("file", ["model_quantized.onnx", "tokenizer.json", "card.json"])
def test_a_bundle_that_is_mended_comes_back(folder: Path, file: str) -> None:
    """Without a restart; and one that was opened before it broke is not served from memory as another file."""
    whole = (folder / "pooling" / file).read_bytes()
    (folder / "pooling" / file).write_bytes(b"{" * len(whole))
    bundles = Bundles(folder)
    for _ in range(2):
        with pytest.raises(BundleError, match="pooling is disabled"):
            works(bundles, "pooling")
    (folder / "pooling" / file).write_bytes(whole)
    assert works(bundles, "pooling") and not bundles.problems()


@pytest.mark.parametrize("file", ["model_quantized.onnx", "tokenizer.json"])
def test_an_altered_byte_disables_at_first_use(folder: Path, file: str) -> None:
    flip(folder / "pooling" / file)
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match=f"pooling is disabled: {file} was altered"):
        works(bundles, "pooling")
    assert "altered" in bundles.problems()["pooling"]
    with pytest.raises(BundleError, match="altered"):
        bundles.get("pooling")
    assert works(bundles, "course")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"variants": "none"}, "card.json is not a card: variants"),
        ({"surprise": 1}, "card.json is not a card: surprise"),
        ({"name": "other"}, "card.json says 'other', the folder is 'pooling'"),
        ({"default_variant": "int4"}, "the default variant 'int4' is not shipped"),
        ({"labels": []}, "a card of the task 'text-classification' has no labels"),
        ({"labels": {"topic": []}}, "a card of the task 'text-classification' has no labels"),
        ({"max_tokens": None}, "a card of the task 'text-classification' has no max_tokens"),
        ({"files": []}, "card.json does not list tokenizer.json"),
    ],
)
def test_a_card_that_cannot_be_used_says_why(folder: Path, changes: dict[str, object], reason: str) -> None:
    tiny.change_card(folder / "pooling", **changes)
    bundles = Bundles(folder)
    assert reason in bundles.problems()["pooling"]
    with pytest.raises(BundleError, match="pooling is disabled"):
        bundles.get("pooling")
    assert works(bundles, "course")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_card_that_is_no_json_object_says_so(folder: Path, content: bytes) -> None:
    (folder / "pooling/card.json").write_bytes(content)
    assert "card.json is not a card" in Bundles(folder).problems()["pooling"]


def test_a_folder_without_a_card_is_named(folder: Path) -> None:
    (folder / "empty").mkdir()
    assert Bundles(folder).problems() == {"empty": "card.json cannot be read: No such file or directory"}


def test_no_folder_at_all_is_no_bundles(tmp_path: Path) -> None:
    assert len(Bundles(tmp_path / "nothing")) == 0


def test_a_link_out_of_the_bundle_is_refused(folder: Path, tmp_path: Path) -> None:
    file = folder / "pooling/README.md"
    file.rename(tmp_path / "elsewhere.md")
    file.symlink_to(tmp_path / "elsewhere.md")
    assert "README.md is a link that leads out of the bundle" in Bundles(folder).problems()["pooling"]


def test_a_card_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "pooling/card.json").rename(tmp_path / "card.json")
    (folder / "pooling/card.json").symlink_to(tmp_path / "card.json")
    assert "it is a link" in Bundles(folder).problems()["pooling"]


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/hostname", "inside/../../weights.bin"])
def test_weights_outside_the_bundle_are_refused(folder: Path, location: str) -> None:
    model = tiny.pooling_graph(False)
    tensor = next(value for value in model.graph.initializer if value.name == "weights")
    (folder / "weights.bin").write_bytes(tensor.raw_data)
    (folder / "pooling/inside").mkdir()
    onnx.external_data_helper.set_external_data(tensor, location)
    tensor.ClearField("raw_data")
    (folder / "pooling/model_quantized.onnx").write_bytes(model.SerializeToString())
    tiny.relist(folder / "pooling")
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match=r"model_quantized.onnx has weights in .*, which card.json does not list"):
        works(bundles, "pooling")
    assert "pooling" in bundles.problems() and works(bundles, "course")


def test_weights_beside_the_graph_are_checked_with_it(folder: Path) -> None:
    path = folder / "pooling"
    model = tiny.pooling_graph(False)
    tensor = next(value for value in model.graph.initializer if value.name == "weights")
    (path / "model_quantized.onnx.data").write_bytes(tensor.raw_data)
    onnx.external_data_helper.set_external_data(tensor, "model_quantized.onnx.data")
    tensor.ClearField("raw_data")
    (path / "model_quantized.onnx").write_bytes(model.SerializeToString())
    card = Card.read(path)
    extra = tiny.describe(path / "model_quantized.onnx.data")
    tiny.change_card(path, files=[*(entry.model_dump() for entry in card.files), extra])
    tiny.relist(path)
    assert works(Bundles(folder), "pooling")
    flip(path / "model_quantized.onnx.data")
    with pytest.raises(BundleError, match=r"model_quantized.onnx.data was altered"):
        works(Bundles(folder), "pooling")


def test_weights_that_the_card_does_not_list_are_not_opened(folder: Path) -> None:
    """A hard link is no symbolic one: the hash tells, and only what is listed has one."""
    path = folder / "pooling"
    graph = onnx.load(path / "model_quantized.onnx")
    tensor = next(entry for entry in graph.graph.initializer if entry.raw_data)
    (path / "elsewhere.bin").write_bytes(tensor.raw_data)
    onnx.external_data_helper.set_external_data(tensor, "elsewhere.bin")
    tensor.ClearField("raw_data")
    (path / "model_quantized.onnx").write_bytes(graph.SerializeToString())
    tiny.relist(path)
    with pytest.raises(BundleError, match=r"weights in 'elsewhere.bin', which card.json does not list"):
        Bundles(folder).get("pooling").session("int8")


def test_a_file_that_may_not_be_read_disables_its_bundle_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "tokenizer.json" or "course" in str(path))
    bundles = Bundles(folder)
    assert "tokenizer.json cannot be read" in bundles.problems()["pooling"] and not bundles.get("course").reason


def test_a_file_that_cannot_be_read_when_it_is_used_disables(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hub.bundle.sha256", denied)
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match=r"model_quantized.onnx cannot be read \(Permission denied\)"):
        bundles.get("pooling").session()
    assert "cannot be read" in bundles.problems()["pooling"]


IMPOSSIBLE = {
    "max_tokens": [-1, 0, 10**12],
    "parameters": [-1],
    "labels": [["only"], ["twice", "twice"], ["a", "b", "c"]],
    "variants": [[]],
    "inputs": [[{"name": "input_ids", "dtype": "int64", "shape": [-1]}]],
    "explanation": [{"kind": "pooling", "windows": [0], "bias": [0.1, 0.2]},
                    {"kind": "pooling", "windows": [2], "bias": [0.1]}],
    "confusions": [[{"dataset": "d", "split": "test", "variant": "int8", "counts": [[1, 2]]}]],
    "metrics": [[{"dataset": "d", "split": "test", "metric": "accuracy", "value": value, "variant": "int8"}]
                for value in (math.nan, math.inf)],
    "published": [[{"dataset": "d", "metric": "accuracy", "value": math.nan, "system": "s", "source": "p"}]],
    "decoding": [{"layers": 10**6, "kv_heads": 1, "head_size": 1, "context": 8, "end": [0]},
                 {"layers": 1, "kv_heads": 1, "head_size": 1, "context": -8, "end": [0]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in IMPOSSIBLE.items() for value in values]
)
def test_a_card_with_an_impossible_value_disables_its_bundle_alone(folder: Path, field: str, value: object) -> None:
    if field == "labels" and len(value) == 3:  # type: ignore[arg-type]
        outputs = json.loads((folder / "pooling/card.json").read_text())["outputs"]
        outputs = [{**one, "shape": [*one["shape"][:-1], 2]} if one["name"] == "logits" else one for one in outputs]
        tiny.change_card(folder / "pooling", outputs=outputs)
    tiny.change_card(folder / "pooling", **{field: value})
    bundles = Bundles(folder)
    assert bundles.problems().keys() == {"pooling"} and "is not a card" in bundles.broken["pooling"]
    with TestClient(Starlette(routes=api.routes(Service(bundles)))) as client:
        assert [card["name"] for card in client.get("/v1/models").json()] == ["course"]
        assert client.get("/health").json()["status"] == "degraded"
        answer = client.post("/v1/classify", json={"text": "good", "model": "pooling"})
        assert answer.status_code == 503 and "pooling is disabled" in answer.json()["detail"]


def test_a_file_that_is_no_model_disables(folder: Path) -> None:
    (folder / "pooling/model_quantized.onnx").write_bytes(b"not a graph")
    tiny.relist(folder / "pooling")
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match=r"model_quantized.onnx cannot be opened"):
        works(bundles, "pooling")
    assert "cannot be opened" in bundles.problems()["pooling"]


def test_a_graph_that_is_not_the_one_of_the_card_disables(folder: Path) -> None:
    onnx.save(tiny.course_graph(False), folder / "pooling/model_quantized.onnx")
    tiny.relist(folder / "pooling")
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match="has no output 'logits': it is not the graph that the card describes"):
        works(bundles, "pooling")
    assert "logits" in bundles.problems()["pooling"]


def test_a_file_that_is_no_tokenizer_disables(folder: Path) -> None:
    (folder / "pooling/tokenizer.json").write_text("{}")
    tiny.relist(folder / "pooling")
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match=r"tokenizer.json is not a tokenizer"):
        works(bundles, "pooling")
    assert "tokenizer" in bundles.problems()["pooling"]


@pytest.mark.parametrize("name", ["nobody", "", "../pooling", None, 3, ["pooling"], {}])
def test_an_unknown_name_is_answered_with_the_known_ones(folder: Path, name: object) -> None:
    with pytest.raises(UnknownModelError, match="known models: course, pooling"):
        Bundles(folder).get(name)


def test_a_model_of_another_task_is_unknown_to_this_one(folder: Path) -> None:
    tiny.change_card(folder / "course", task="sentence-similarity")
    bundles = Bundles(folder)
    with pytest.raises(UnknownModelError, match=r"'course'; known models: pooling$"):
        bundles.get("course", classify.TASK)
    assert bundles.get("course").name == "course"


def test_unknown_and_omitted_variants_say_what_there_is(folder: Path) -> None:
    found = Bundles(folder).get("pooling")
    with pytest.raises(UnknownModelError, match="no variant 'int4'; it has fp32, int8"):
        found.session("int4")
    card = Card.read(folder / "pooling")
    first, second = (entry.model_dump() for entry in card.variants)
    tiny.change_card(folder / "pooling", variants=[first | {"omitted": True}, second])
    (folder / "pooling/model.onnx").unlink()
    bundles = Bundles(folder)
    with pytest.raises(UnknownModelError, match=r"not shipped \(to save room\): make it with by hand"):
        bundles.get("pooling").session("fp32")
    assert works(bundles, "pooling")


@pytest.mark.parametrize("file", ["../course/model.onnx", "card.json/..", "/etc/passwd", "golden.npz", ""])
def test_only_the_files_of_the_card_can_be_had(folder: Path, file: str) -> None:
    with pytest.raises(UnknownModelError, match="pooling has no file"):
        Bundles(folder).get("pooling").path(file)


def test_the_setting_names_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_BUNDLES", str(folder))
    assert len(Bundles()) == 2


def test_the_zip_file_is_the_bundle_and_is_as_described(folder: Path) -> None:
    (folder / "pooling/notes.txt").write_text("not listed in the card")
    found = Bundles(folder).get("pooling")
    content = b"".join(archive.parts(found))
    assert archive.describe(found) == archive.Archive(len(content), hashlib.sha256(content).hexdigest())
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        assert set(opened.namelist()) == {f"pooling/{name}" for name in os.listdir(found.folder) if name != "notes.txt"}
        for name in opened.namelist():
            assert opened.read(name) == (folder / name).read_bytes()


def test_a_bundle_that_reads_no_text_walks_the_same_path(tmp_path: Path) -> None:
    tiny.make_lab(tmp_path)
    found = Bundles(tmp_path).get("lab", "descent")
    feeds = {"point": np.array([3.0]), "target": np.array([1.0]), "rate": np.array(0.25)}
    for variant, kind in (("", "float32"), ("double", "float64")):
        session = found.session(variant)
        loss, gradient = session.run(session.cast(feeds), ["loss", "gradient"])
        assert loss == 4 and gradient.tolist() == [4] and gradient.dtype == kind
    assert found.card.heads == {} and not found.card.reads_text
    with pytest.raises(UnknownModelError, match="lab reads no text"):
        _ = found.encoder


@pytest.mark.parametrize("file", ["single.onnx", "data.npz"])
def test_an_altered_file_of_a_bundle_without_text_disables_it(tmp_path: Path, file: str) -> None:
    tiny.make_lab(tmp_path)
    flip(tmp_path / "lab" / file)
    bundles = Bundles(tmp_path)
    with pytest.raises(BundleError, match=f"lab is disabled: {file} was altered"):
        bundles.get("lab").path("data.npz") if file == "data.npz" else bundles.get("lab").session()
    assert bundles.of_task("descent") == []


def test_a_file_with_inputs_of_its_own_is_held_to_them(tmp_path: Path) -> None:
    folder = tiny.make_lab(tmp_path)
    variants = [variant.model_dump() for variant in Card.read(folder).variants]
    variants[0]["inputs"] = ["point", "target"]
    tiny.change_card(folder, variants=variants)
    with pytest.raises(BundleError, match=r"single.onnx has an unknown input 'rate'"):
        Bundles(tmp_path).get("lab").session()
    variants[0]["inputs"] = ["point", "target", "speed"]
    tiny.change_card(folder, variants=variants)
    assert "does not describe the input 'speed' of 'single'" in Bundles(tmp_path).problems()["lab"]


def test_a_text_needs_inputs_that_a_text_gives(folder: Path) -> None:
    spec = {"name": "pixels", "dtype": "float32", "shape": ["batch"], "meaning": ""}
    tiny.change_card(folder / "pooling", inputs=[spec])
    assert "'pixels', which no text gives" in Bundles(folder).problems()["pooling"]


def test_a_card_of_before_these_fields_is_still_a_card(folder: Path) -> None:
    content = json.loads((folder / "pooling/card.json").read_text())
    for variant in content["variants"]:
        del variant["inputs"], variant["floats"], variant["parity"]["max_relative_difference"]
    (folder / "pooling/card.json").write_text(json.dumps(content))
    assert works(Bundles(folder), "pooling")
