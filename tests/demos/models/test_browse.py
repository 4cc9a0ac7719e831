"""The passports, and the program that each of them offers."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from hub.bundle import ROOT, Bundle, Bundles
from hub.card import PERPLEXITY, Card, unit_of
from hub.demos import DEMOS, MODELS
from hub.demos.classification.quality import metrics_html
from hub.demos.models.browse import view
from hub.demos.models.catalogue import overview
from hub.demos.models.headline import card_files, headline_of, metric_of
from hub.demos.models.passport import passport, variants_html
from hub.demos.models.places import Places
from hub.demos.models.strings import STRINGS
from hub.errors import InputError
from hub.snippet import snippet
from hub.ui import share
from hub.ui.view import Scene
from tests import bundles as tiny

PLACES = Places(MODELS)
COMMITTED = sorted(path.parent for path in (ROOT / "onnx").glob("*/card.json"))


def run_snippet(bundle: Bundle) -> str:
    done = subprocess.run(
        [sys.executable, "-c", snippet(bundle.card)],
        cwd=bundle.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["pooling", "course"])
def test_the_snippet_runs_without_the_hub(made_bundles: Path, name: str) -> None:
    bundle = Bundles(made_bundles).get(name)
    printed = run_snippet(bundle)
    for labels in bundle.card.heads.values():
        assert all(label in printed for label in labels)


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_a_figure_of_a_committed_card_is_shown_as_its_metric_can_be(folder: Path) -> None:
    card = Card.read(folder)
    body = metrics_html(card, "en").partition("<tbody>")[2]
    rows = [re.findall("<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")[:-1]]
    assert [row[2] for row in rows] == [metric.metric for metric in card.metrics]
    for row, metric in zip(rows, card.metrics, strict=True):
        number, _, sign = row[4].partition(" ")
        assert number == metric.shown and sign == metric.unit.sign
        if metric.metric == PERPLEXITY:
            assert float(number) == pytest.approx(metric.value, abs=0.005) and not sign
        else:
            assert -100 <= float(number) <= 100


def test_each_metric_has_its_unit() -> None:
    assert unit_of("perplexity").shown(96.9102) == "96.91" and not unit_of("perplexity").holds(0.5)
    assert unit_of("accuracy").shown(0.9121) == "91.21" and unit_of("accuracy").sign == "%"
    assert unit_of("spearman_without_stsb_train").holds(-0.2) and not unit_of("spearman").sign
    assert not unit_of("rougeL").holds(1.2) and not unit_of("perplexity").holds(math.nan)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_passport_has_the_hash_and_a_link_of_each_file(pooling: Bundle, language: str) -> None:
    shown = passport(PLACES, pooling, language)  # type: ignore[arg-type]
    for file, _, sha256 in card_files(pooling.card):
        assert sha256 in shown and f"v1/models/pooling/files/{file}" in shown
    assert "v1/models/pooling/bundle.zip" in shown


def test_a_broken_bundle_is_listed_with_its_reason(folder: Path) -> None:
    (folder / "course" / "model_quantized.onnx").unlink()
    (folder / "pooling" / "card.json").write_text("{")
    bundles = Bundles(folder)
    shown = overview(PLACES, list(bundles), bundles.broken, "en")
    assert "model_quantized.onnx is missing" in shown
    assert "card.json is not a card" in shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_bundle_that_reads_no_text_has_a_passport_without_labels(tmp_path: Path, language: str) -> None:
    tiny.make_lab(tmp_path)
    shown = passport(PLACES, Bundles(tmp_path).get("lab"), language)  # type: ignore[arg-type]
    assert "double.onnx" in shown and "data.npz" in shown
    absent = ("labels", "max_tokens", "alone", "flips", "drop")
    assert not any(STRINGS.say(key, language) in shown for key in absent)  # type: ignore[arg-type]
    assert STRINGS.say("relative", language) in shown  # type: ignore[arg-type]
    assert "Tiny lab" in overview(PLACES, list(Bundles(tmp_path)), {}, "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_encoder_has_a_passport_in_points_of_spearman(encoders: Bundles, language: str) -> None:
    bundle = encoders.get("trained")
    shown = passport(PLACES, bundle, language)  # type: ignore[arg-type]
    assert "embedding-layer" in shown and "encoder-body.onnx" in shown and ">base<" in shown
    said = {key: STRINGS.say(key, language) in shown for key in ("flips", "spearman", "cosines", "parts")}  # type: ignore[arg-type]
    assert said == {"flips": False, "spearman": True, "cosines": True, "parts": True}
    assert "50.00" in shown
    assert "<b>50.00</b> Spearman" in overview(PLACES, list(encoders), {}, "en")


def test_the_snippet_of_an_encoder_prints_the_cosines(encoders: Bundles) -> None:
    lines = run_snippet(encoders.get("trained")).splitlines()
    assert len(lines) == 3 and all("1." in line and "]" in line for line in lines)


def test_a_long_table_is_folded(tmp_path: Path) -> None:
    tiny.make_lab(tmp_path)
    card = Bundles(tmp_path).get("lab").card
    many = card.model_copy(update={"variants": card.variants * 10})
    assert "<summary>Variants, compared with PyTorch (20)</summary>" in variants_html(many, "en")
    assert "<summary>" not in variants_html(card, "en")


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_a_committed_model_has_a_headline_and_a_place_where_it_is_tried(folder: Path) -> None:
    card = Card.read(folder)
    found = headline_of(card, "en")
    assert found is not None
    metric = metric_of(card)
    if metric is not None:
        assert (metric.split, metric.variant) == ("test", card.default_variant)
        assert found.value.split()[0] == metric.shown and metric.dataset in found.where
    else:
        assert float(found.value) == pytest.approx(
            max(entry.parity.max_relative_difference or 0.0 for entry in card.variants), rel=0.05
        )
    address = PLACES.address(card)
    assert address is not None
    asked = share.decode(dict(parse_qsl(address[2]))).values
    demo = next(demo for demo in DEMOS if demo.slug == asked["tab"])
    assert card.task in demo.opens and asked["tab"] != "models"
    if card.reads_text:
        assert card.name in {part for value in asked.values() for part in re.split("[,/]", value)}
    for language in ("en", "zh"):
        row = overview(PLACES, [Bundles(folder.parent).get(folder.name)], {}, language)  # type: ignore[arg-type]
        assert found.value in row and f"&amp;lang={language}" in row


def test_a_task_that_no_tab_shows_has_no_link(pooling: Bundle) -> None:
    card = pooling.card.model_copy(update={"task": "weather"})
    assert PLACES.address(card) is None
    assert PLACES.in_order([pooling]) == [pooling]


def test_a_file_that_is_not_shipped_says_how_it_is_made(pooling: Bundle) -> None:
    card = pooling.card
    left_out = card.variants[0].model_copy(update={"omitted": True})
    shown = variants_html(card.model_copy(update={"variants": (left_out, *card.variants[1:])}), "en")
    assert f"{card.command} makes it" in shown
    assert "makes it" not in variants_html(card, "en")


def test_the_view_shows_the_model_of_its_address_and_refuses_one_that_is_not_here(made_bundles: Path) -> None:
    shown = view(Bundles(made_bundles), PLACES)
    scene = Scene("en", "en")
    settings = shown.of_address({"model": "pooling"}, scene)
    assert "pooling" in shown.show(settings, "en")["passport"]
    assert parse_qsl(shown.link("models", settings, scene, False, alone=True).query) == [
        ("v", "1"), ("tab", "models"), ("model", "pooling")
    ]  # fmt: skip
    with pytest.raises(InputError):
        shown.of_address({"model": "nobody"}, scene)


def test_a_hub_without_models_shows_an_empty_table_and_no_passport(tmp_path: Path) -> None:
    shown = view(Bundles(tmp_path), PLACES)
    scene = Scene("zh", "zh")
    assert shown.first is not None and STRINGS.say("empty", "zh") in shown.first(scene)["overview"]
    outputs = shown.show(shown.beginning(scene), "zh")
    assert outputs["passport"] == "" and outputs["snippet"].visible is False
