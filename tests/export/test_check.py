"""What the check must see: anything in a bundle that is not as it was published."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from export import check, golden, publish
from export.__main__ import main
from hub.card import Card

ROOT = Path(__file__).resolve().parents[2]


def relist(folder: Path, name: str) -> None:
    """Write a file's new size and hash into the card, as someone would who alters a bundle with care."""
    content = json.loads((folder / "card.json").read_text())
    for entry in [*content["files"], *content["variants"]]:
        if entry["file"] == name:
            entry.update(publish.describe(folder / name).model_dump())
    (folder / "card.json").write_text(json.dumps(content))


def test_a_fresh_bundle_is_whole(bundles: Path) -> None:
    assert check.check(bundles / "toy") == []


def test_bundles_of_other_tasks_are_whole(made_spellers: Path) -> None:
    assert [problem for folder in made_spellers.iterdir() for problem in check.check(folder)] == []


@pytest.mark.parametrize(
    "name",
    ["model.onnx", "model_quantized.onnx", "tokenizer.json", "config.json", "golden.npz", "README.md"],
)
def test_a_flipped_byte_is_found_in_any_file(bundles: Path, name: str) -> None:
    path = bundles / "toy" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert check.check(bundles / "toy") == [f"{name} is altered: its sha256 is not the card's"]


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "golden.npz", "card.json"])
def test_a_missing_file_is_named(bundles: Path, name: str) -> None:
    (bundles / "toy" / name).unlink()
    assert any(name in line for line in check.check(bundles / "toy"))


def test_a_truncated_file_is_found_by_its_size(bundles: Path) -> None:
    path = bundles / "toy" / "model.onnx"
    path.write_bytes(path.read_bytes()[:-10])
    assert "the card says" in check.check(bundles / "toy")[0]


def test_a_changed_figure_in_the_card_is_found(bundles: Path) -> None:
    path = bundles / "toy" / "card.json"
    content = json.loads(path.read_text())
    content["metrics"][0]["value"] = 0.999
    path.write_text(json.dumps(content))
    assert check.check(bundles / "toy") == ["card.json is altered: its digest is not the one in README.md"]


def test_a_card_that_is_no_card_is_named(bundles: Path) -> None:
    (bundles / "toy" / "card.json").write_text("{}")
    assert "is not a card" in check.check(bundles / "toy")[0]


def test_a_file_that_the_card_does_not_list_is_named(bundles: Path) -> None:
    (bundles / "toy" / "weights.bin").write_bytes(b"?")
    assert check.check(bundles / "toy") == ["weights.bin is not listed in the card"]


def test_a_bundle_under_another_name_is_found(bundles: Path) -> None:
    (bundles / "toy").rename(bundles / "other")
    assert "the card's name is 'toy'" in check.check(bundles / "other")


def test_another_graph_with_fitting_hashes_is_found_by_its_outputs(bundles: Path) -> None:
    folder = bundles / "toy"
    stored = golden.read(folder)
    stored["fp32/outputs/logits"] = stored["fp32/outputs/logits"] + np.float32(0.01)
    golden.write(folder, stored)
    relist(folder, golden.FILE)
    assert check.check(folder) == ["model.onnx: logits differs by 1.00e-02, allowed is 1e-04"]


def test_another_tokenizer_with_fitting_hashes_is_found_by_its_ids(bundles: Path) -> None:
    path = bundles / "toy" / "tokenizer.json"
    content = json.loads(path.read_text())
    vocabulary = content["model"]["vocab"]
    vocabulary["film"], vocabulary["the"] = vocabulary["the"], vocabulary["film"]
    path.write_text(json.dumps(content))
    relist(bundles / "toy", "tokenizer.json")
    assert "tokenizer.json gives other input_ids than the golden file" in check.check(bundles / "toy")


def within(tolerance: float, name: str = "logits") -> dict[str, golden.Bound]:
    return {name: golden.Bound("absolute", tolerance)}


def test_a_class_that_leads_clearly_must_stay_the_most_probable() -> None:
    expected = {"logits": np.array([[1.0, 0.0], [0.02, 0.0]], dtype=np.float32)}
    near_tie = {"logits": np.array([[1.0, 0.0], [0.0, 0.02]], dtype=np.float32)}
    turned = {"logits": np.array([[0.0, 1.0], [0.02, 0.0]], dtype=np.float32)}
    assert golden.differences(expected, near_tie, within(0.05)) == []
    assert len(golden.differences(expected, turned, within(0.05))) == 2
    assert golden.differences(expected, {"logits": expected["logits"] * np.nan}, within(0.05))


def test_vectors_of_a_quantised_file_are_held_by_their_direction_and_length() -> None:
    expected = {"embedding": np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32)}

    def wrong(*first: float) -> list[str]:
        found = {"embedding": np.array([first, (0, 0, 0)], dtype=np.float32)}
        return golden.differences(expected, found, {"embedding": golden.Bound("cosine", 0.99)})

    assert wrong(0.65, 0.75, 0.05) == []  # as a kernel that saturates
    assert wrong(0.8, 0.6, 0.0) == ["embedding has a cosine of 0.9600 to the golden one, allowed is 0.99"]
    assert len(wrong(1.2, 1.6, 0.0)) == len(wrong(np.nan, 0.8, 0.0)) == 1
    assert golden.differences(
        expected, expected | {"embedding": expected["embedding"] + 0.01}, within(1e-3, "embedding")
    )


def test_the_command_names_the_bundle_and_fails(bundles: Path) -> None:
    command = [sys.executable, "-m", "export", "check", "--bundles", str(bundles)]
    good = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    (bundles / "toy" / "config.json").unlink()
    bad = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "toy: config.json is missing" in bad.stderr and "failed: toy" in bad.stderr
    unknown = subprocess.run([*command, "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert unknown.returncode == 1 and "nothing" in unknown.stderr


def test_checking_imports_neither_torch_nor_transformers(bundles: Path) -> None:
    program = (
        "import sys; from export.__main__ import main; status = main(['check', '--bundles', sys.argv[1]]);"
        "assert status == 0; print(sorted({'torch', 'transformers', 'models', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(bundles)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_card_survives_being_written_and_read(bundles: Path) -> None:
    card = Card.read(bundles / "toy")
    assert card.default_variant == "int8"
    assert card.variant("fp32").outputs == ("logits", "pool_positions", "pool_contributions")
    assert card.variant("int8").outputs == ("logits",)
    assert {(c.variant, c.split) for c in card.confusions} == {("fp32", "test"), ("int8", "test")}
    assert sum(map(sum, card.confusions[0].counts)) == 36


def test_what_a_repository_and_a_file_browser_leave_is_no_fault(bundles: Path) -> None:
    for name in (".gitattributes", ".DS_Store", ".cache/huggingface/download"):
        (bundles / "toy" / name).parent.mkdir(parents=True, exist_ok=True)
        (bundles / "toy" / name).write_text("")
    assert check.check(bundles / "toy") == []


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_without_bundles_is_an_error(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["check", "--bundles", str(tmp_path / name)]) == 1
    assert f"there is no bundle in {tmp_path / name}" in capsys.readouterr().err
