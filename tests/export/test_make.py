"""The gates of the one path: what is measured, what is left out, what stops it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from export import check, graph, quantise, texts, verify
from export.evaluations.labels import Labels
from export.make import make
from export.recipe import Recipe, Trained
from hub.card import Card
from models.training import fit
from tests.export import toy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _data(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(data))


def publish(recipe: Recipe, tmp_path: Path) -> Card:
    return make(recipe, tmp_path / "onnx", tmp_path / "checkpoints", note=lambda _: None)


def test_figures_of_the_card_are_those_of_the_files(made: Path) -> None:
    card = Card.read(made / "toy")
    full, quantised = card.variant("fp32"), card.variant("int8")
    assert full.parity.max_abs_difference <= verify.MAX_DIFFERENCE and full.parity.label_flips == 0
    assert full.parity.texts == 36
    assert quantised.quality_drop is not None and quantised.quality_drop <= 0.3
    assert quantised.bytes == (made / "toy" / quantised.file).stat().st_size < full.bytes
    assert {(row.split, row.metric, row.variant) for row in card.metrics} >= {("test", "accuracy", "int8")}
    assert full.operators["Conv"] == 1 and "QuantizeLinear" in quantised.operators
    assert card.versions["opset"] == str(graph.OPSET)


def spoiled(source: quantise.Source) -> onnx.ModelProto:
    """Says the contrary."""
    proto = quantise.int8_weights(source)
    for weight in proto.graph.initializer:
        if weight.name.endswith("output.weight"):
            values = -np.frombuffer(weight.raw_data, dtype=np.float32)
            weight.raw_data = values.tobytes()
    return proto


def test_the_bundle_says_how_its_weights_were_trained(tmp_path: Path) -> None:
    def train(folder: Path) -> Trained:
        objective = fit.Objective(toy.Toy(), fit.cross_entropy())
        rows = [{"input_ids": [2 + number % 4, 7], "labels": int(number % 4 < 2)} for number in range(8)]
        fit.fit(objective, rows, rows, folder / "only", fit.Settings(epochs=1, batch_size=4))
        return toy.trained()

    card = publish(toy.recipe(train=train), tmp_path)

    (run,) = json.loads((tmp_path / "onnx" / "toy" / "training.json").read_text(encoding="utf-8"))["runs"]
    assert run["run"] == "toy/only" and run["settings"]["batch_size"] == 4
    assert run["examples"]["train"]["count"] == 8 and run["curve"] and run["seconds"] > 0
    assert "training.json" in {entry.file for entry in card.files}
    assert check.check(tmp_path / "onnx" / "toy") == []


SPOILED = replace(texts.INT8_CONVOLUTION, make=spoiled)


def test_a_quantised_file_that_loses_too_much_is_measured_and_left_out(tmp_path: Path) -> None:
    card = publish(toy.recipe(graphs=toy.graphs(texts.FP32, SPOILED)), tmp_path)
    lost = card.variant("int8")
    assert not lost.passed and lost.omitted and lost.quality_drop is not None and lost.quality_drop > 50
    assert card.default_variant == "fp32"
    assert not (tmp_path / "onnx" / "toy" / lost.file).exists()
    assert check.check(tmp_path / "onnx" / "toy") == []


class MixesBatch(toy.Toy):
    """One scale for the whole batch: an answer depends on its neighbours."""

    def forward(self, input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        outputs = super().forward(input_ids)
        return outputs | {"logits": outputs["logits"] + outputs["logits"].max()}


def test_an_answer_that_depends_on_the_batch_is_not_published(tmp_path: Path) -> None:
    def train(_: Path) -> Trained:
        return Trained(MixesBatch().eval(), toy.tokenizer())

    with pytest.raises(verify.GateError, match="alone from in a batch"):
        publish(toy.recipe(train=train), tmp_path)
    assert not (tmp_path / "onnx" / "toy").exists()


def test_a_file_over_the_size_limit_is_described_and_kept_elsewhere(tmp_path: Path) -> None:
    card = publish(toy.recipe(graphs=toy.graphs(texts.LARGE_FP32, texts.INT8_CONVOLUTION)), tmp_path)
    folder = tmp_path / "onnx" / "toy"
    assert card.variant("fp32").omitted and card.variant("fp32").passed and card.default_variant == "int8"
    assert not (folder / "model.onnx").exists()
    assert (tmp_path / "checkpoints" / "toy" / "model.onnx").stat().st_size == card.variant("fp32").bytes
    assert "`python -m export make toy` makes it" in (folder / "README.md").read_text(encoding="utf-8")
    assert check.check(folder) == []


def test_a_recipe_without_a_publishable_variant_fails(tmp_path: Path) -> None:
    with pytest.raises(verify.GateError, match="no variant may be published"):
        publish(toy.recipe(graphs=toy.graphs(texts.LARGE_FP32, SPOILED)), tmp_path)
    assert not (tmp_path / "onnx" / "toy").exists()


def test_a_tokenizer_without_padding_is_refused(tmp_path: Path) -> None:
    def train(_: Path) -> Trained:
        trained = toy.trained()
        trained.tokenizer.no_padding()
        return trained

    with pytest.raises(ValueError, match="the tokenizer pads with None"):
        publish(toy.recipe(train=train), tmp_path)


def test_labels_outside_the_recipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="labels from 0 to 1, toy has 1 classes"):
        publish(toy.recipe(labels=("negative",)), tmp_path)


def test_a_recipe_without_a_validation_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs an evaluation on a split named 'valid'"):
        publish(toy.recipe(evaluations=(Labels("toy-set", "test"),)), tmp_path)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "export", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_help_teaches_by_examples() -> None:
    text = command("--help").stdout
    assert "python -m export check" in text and "--dry-run" in text and "HUB_DATA" in text


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    done = command("make", "textcnn-sst3")
    assert done.returncode == 1 and "unknown recipe textcnn-sst3; known: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("textcnn-sst2",), "invalid choice: 'textcnn-sst2'"),
        (("--check",), "the following arguments are required: COMMAND"),
        (("make",), "say which recipes, or --all"),
        (("make", "textcnn-sst2", "--all"), "names or --all, not both"),
        (("push", "nobody"), "OWNER/NAME is needed, not 'nobody'"),
        (("check", "--dry-run"), "unrecognized arguments: --dry-run"),
    ],
)
def test_a_command_that_makes_no_sense_is_refused_in_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2 and not done.stdout
    assert said in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_list_says_what_is_made(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from export.__main__ import main
    from export.recipes import registry

    assert main(["list", "--bundles", str(made)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*registry(), "toy"]
    assert "not made" in lines[0] and "without a recipe" in lines[-1]


def test_the_onnx_library_is_imported_in_spite_of_the_folder() -> None:
    program = "import onnx, sys; print(onnx.__version__, 'site-packages' in onnx.__file__)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split()[1] == "True"
    assert not (ROOT / "onnx" / "__init__.py").exists()
