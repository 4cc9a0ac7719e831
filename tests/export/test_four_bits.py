"""4 bits: weights of Q4_1 stay as they are, and lie in files beside the graph, none of which may be another's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from onnx.external_data_helper import ExternalDataInfo, set_external_data

from export import check, from_hub, fuse, fuse_decoder, graph, push, writer
from export.decoder import Decoder
from export.make import make
from export.writer import FP32, INT4, INT8
from hub import archive, weights
from hub.bundle import Bundles
from hub.card import Card
from hub.errors import BundleError
from hub.tasks.generate import Engine, Request
from tests import bundles as tiny
from tests import writers

MOST = 40_000  # bytes of a file: so that the weights of a tiny model need several
NAME = "four-bits"


def rounded() -> torch.nn.Module:
    """The tiny Llama with weights that a GGUF file of Q4_1, with a table of Q8_0, can hold."""
    model = writers.model("llama")
    table = model.get_input_embeddings().weight
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter is table:
                codes, scales = fuse_decoder.blocks(parameter.numpy(), fuse_decoder.BLOCK4, np.float16)
                values = (codes.astype(np.float32) - 128) * scales[:, :, None]
            elif parameter.dim() == 2:
                codes, scales, least = fuse_decoder.affine_blocks(parameter.numpy())
                values = codes * scales[:, :, None] + least[:, :, None]
            else:
                continue
            parameter.copy_(torch.from_numpy(values.reshape(parameter.shape)))
    return model


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bundles."""
    folder = tmp_path_factory.mktemp("four")
    source = writers.save("llama", folder / "transformers")
    rounded().save_pretrained(source)  # type: ignore[operator]
    text = folder / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    variants = (replace(FP32, publish=False), replace(INT8, publish=False), INT4)
    recipe = from_hub.recipe(str(source), NAME, text, variants)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "save", partial(graph.save, most=MOST))
        make(recipe, folder / "onnx", folder / "checkpoints", note=lambda line: None)
    return folder / "onnx"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be broken; another one lies beside it."""
    shutil.copytree(made / NAME, tmp_path / "other")
    tiny.change_card(tmp_path / "other", name="other")
    return shutil.copytree(made / NAME, tmp_path / NAME)


def test_no_weight_of_q4_1_changes() -> None:
    module = Decoder(rounded()).eval()  # type: ignore[arg-type]
    full = writer.exported(module)
    small = fuse.run(full, [fuse_decoder.int4_blocks])
    stored = {one.name: numpy_helper.to_array(one) for one in small.graph.initializer}
    expected = {one.name: numpy_helper.to_array(one) for one in full.graph.initializer}
    names = [name.removesuffix(".int4") for name in stored if name.endswith(".int4")]
    assert len(names) == 8  # of two layers: query, key and value; output; gate and up; down
    for name in names:
        packed, scales, least = (stored[f"{name}.{kind}"] for kind in ("int4", "scales", "least"))
        codes = np.stack([packed & 15, packed >> 4], axis=-1).reshape(*scales.shape, -1).astype(np.float32)
        scales, least = (part.astype(np.float32)[:, :, None] for part in (scales, least))
        np.testing.assert_array_equal((codes * scales + least).reshape(expected[name].T.shape), expected[name].T)
    (table,) = (name.removesuffix(".int8") for name in stored if name.endswith(".int8"))
    codes, scales = stored[f"{table}.int8"].astype(np.float32) - 128, stored[f"{table}.scales"].astype(np.float32)
    np.testing.assert_array_equal((codes * scales[:, :, None]).reshape(expected[table].shape), expected[table])


def test_the_bundle_keeps_its_gate_and_each_file_its_size(made: Path) -> None:
    assert check.check(made / NAME) == []
    card = Card.read(made / NAME)
    fp32, int8, int4 = card.variants
    assert card.default_variant == "int4" and int4.passed and not int4.omitted and fp32.omitted and int8.omitted
    assert int4.parity.mean_kl is not None and int4.parity.mean_kl <= INT4.bound("mean_kl")
    assert int4.batch_independence is not None and int4.batch_independence <= writer.MAX_ROW
    assert "0.03 nats" in int4.gate and "2% above" in int4.gate
    assert len(int4.data) > 1 and int4.data[0] == "model_q4.onnx_data" and not int8.data
    assert all((made / NAME / name).stat().st_size <= MOST for name in int4.data)
    assert card.size(int4) == sum((made / NAME / name).stat().st_size for name in (int4.file, *int4.data))
    assert card.size(int4) < 0.8 * card.size(int8) < 0.5 * card.size(fp32)
    assert f"with its weights in {len(int4.data)} files beside it" in (made / NAME / "README.md").read_text(
        encoding="utf-8"
    )


def test_what_is_not_shipped_is_kept_where_the_model_card_says(made: Path) -> None:
    card = Card.read(made / NAME)
    kept = made.parent / "checkpoints" / NAME
    for variant in card.variants[:2]:
        assert f"`.cache/checkpoints/{NAME}/{variant.file}`" in (made / NAME / "README.md").read_text(encoding="utf-8")
        assert variant.bytes == sum(path.stat().st_size for path in kept.glob(f"{variant.file}*"))


def test_the_hub_writes_with_it_and_sends_it_whole(made: Path) -> None:
    bundle = Bundles(made).get(NAME)
    engine = Engine(bundle)
    assert len(engine.start(Request("", 5, ids=engine.chat("The lamp"))).text()) >= 0
    content = zipfile.ZipFile(BytesIO(b"".join(archive.parts(bundle))))
    wanted = {path.name for path in bundle.folder.iterdir()}
    assert {name.removeprefix(f"{NAME}/") for name in content.namelist()} == wanted
    assert set(push.bundle("me/four", made, NAME).files) == wanted


def test_the_snippet_of_the_model_card_answers_a_message(made: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (made / NAME / "README.md").read_text(encoding="utf-8"), re.S)
    assert code and "user:" in code.group(1) and "assistant:" in code.group(1)
    assert "add_special_tokens=False" in code.group(1)  # the template has begun the text already
    done = subprocess.run(
        [sys.executable, "-c", code.group(1)], cwd=made / NAME, capture_output=True, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()


def changed(folder: Path, location: str) -> None:
    """Let one weight lie elsewhere, and give the card the graph's new hash, as someone would who means harm."""
    path = folder / INT4.file
    model = onnx.load(path, load_external_data=False)
    tensor = next(one for one in model.graph.initializer if one.data_location == onnx.TensorProto.EXTERNAL)
    known = ExternalDataInfo(tensor)
    tensor.raw_data = b"?"  # the helper wants some
    set_external_data(tensor, location, known.offset, known.length)
    tensor.ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    content = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    entry = next(one for one in content["variants"] if one["file"] == INT4.file)
    entry.update(tiny.describe(path))
    (folder / "card.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "location",
    ["../other/model_q4.onnx_data", "/etc/hostname", "..", "", "weights.bin", "./model_q4.onnx_data", "card.json",
     "*/_ORT_MEM_ADDR_/*"],
)  # fmt: skip
def test_weights_from_elsewhere_disable_the_bundle_in_a_sentence(folder: Path, location: str) -> None:
    (folder / "weights.bin").write_bytes((folder / "model_q4.onnx_data").read_bytes())
    changed(folder, location)
    found = Bundles(folder.parent)
    with pytest.raises(BundleError) as told:
        Engine(found.get(NAME))
    expected = f"{NAME} is disabled: model_q4.onnx has weights in {location!r}, which card.json does not list"
    assert str(told.value) == expected
    assert list(found.problems()) == [NAME] and Engine(found.get("other"))
    (folder / "weights.bin").unlink()
    assert f"model_q4.onnx reads weights from {location!r}, which the card does not list" in check.check(folder)


def test_an_altered_a_missing_and_a_linked_file_of_weights_disable_it(folder: Path) -> None:
    file = folder / "model_q4.onnx_data"
    content = file.read_bytes()
    file.write_bytes(b"\1" + content[1:])
    with pytest.raises(BundleError, match=r"model_q4\.onnx_data was altered"):
        Engine(Bundles(folder.parent).get(NAME))
    file.unlink()
    assert "model_q4.onnx_data is missing" in Bundles(folder.parent).problems()[NAME]
    file.symlink_to(folder.parent / "other" / file.name)
    assert "is a link that leads out of the bundle" in Bundles(folder.parent).problems()[NAME]


def test_a_card_that_says_other_files_than_the_graph_is_found(folder: Path) -> None:
    content = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    content["variants"][2]["data"] = []
    (folder / "card.json").write_text(json.dumps(content), encoding="utf-8")
    assert "the card says none" in check.check(folder)[0]


def test_weights_are_found_wherever_a_graph_can_have_them(tmp_path: Path) -> None:
    def outside(name: str) -> onnx.TensorProto:
        tensor = numpy_helper.from_array(np.zeros(4, np.float32), name)
        set_external_data(tensor, f"{name}.bin")
        tensor.ClearField("raw_data")
        return tensor

    def graph_with(name: str) -> onnx.GraphProto:
        return onnx.helper.make_graph([], name, [], [], [outside(name)])

    sparse = onnx.SparseTensorProto(values=outside("values"), indices=outside("indices"))
    nodes = [
        onnx.helper.make_node("If", ["x"], ["y"], then_branch=graph_with("then"), else_branch=graph_with("else")),
        onnx.helper.make_node("Constant", [], ["c"], value=outside("constant")),
        onnx.helper.make_node("Constant", [], ["d"], sparse_value=sparse),
    ]
    function = onnx.helper.make_function("own", "f", [], ["e"], [
        onnx.helper.make_node("Constant", [], ["e"], value=outside("function")),
    ], [onnx.helper.make_opsetid("", 20)])  # fmt: skip
    whole = onnx.helper.make_graph(nodes, "g", [], [], [outside("first"), outside("first")])
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx.helper.make_model(whole, functions=[function]).SerializeToString())
    expected = {"first", "then", "else", "constant", "values", "indices", "function"}
    assert sorted(weights.locations(path)) == sorted(f"{name}.bin" for name in expected)


@pytest.mark.parametrize(
    "content", [b"location", b"\x3a\xff\xff\xff\xff\x0flocation", b"\x3a\x05\x2a\x03\x6a\x7flocation"]
)
def test_what_is_no_graph_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError):
        weights.locations(path)
    path.write_bytes(b"")
    assert weights.locations(path) == []
