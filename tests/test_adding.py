"""docs/adding.md is true: the tab that it walks through is drawn from the page itself, looked at and linked."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

import hub.demos
from hub.bundle import ROOT, Bundles
from hub.errors import InputError
from hub.service import Service
from hub.ui.context import Context
from tests.visitor import Visitor

NAME = "hub.demos.pieces"


@pytest.fixture
def pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The package of the page, beside the hub's own demos."""
    page = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
    folder = tmp_path / "pieces"
    folder.mkdir()
    for name, code in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", page, re.S):
        (folder / name).write_text(code, encoding="utf-8")
    monkeypatch.setattr(hub.demos, "__path__", [*hub.demos.__path__, str(tmp_path)])
    yield import_module(NAME)
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]
    vars(hub.demos).pop("pieces", None)


def test_the_tab_of_the_page_works(pieces: Any, made_bundles: Path) -> None:
    service = Service(Bundles(made_bundles))
    with gr.Blocks() as page, gr.Tabs(elem_id="tabs"), gr.Tab("Pieces", id="pieces", elem_id="tab-pieces") as tab:
        pieces.DEMO.draw(Context(service, page, tab))
    visitor = Visitor(page).open("tab=pieces")
    assert "<mark>" in visitor.of("cut-tokens") and not visitor.errors
    visitor.example("pieces-examples", 1)
    assert visitor.of("pieces-text") == "an antediluvian plot"
    again = Visitor(page).open(visitor.link)
    assert again.of("cut-tokens") == visitor.of("cut-tokens") != ""


def test_what_it_shows_needs_no_page(pieces: Any, made_bundles: Path) -> None:
    bundles, cut = Bundles(made_bundles), import_module(f"{NAME}.cut")
    settings = cut.Settings(text="a fine film", model=bundles.of_task("text-classification")[0].name)
    assert cut.show(bundles, settings, "en")["tokens"].count("<mark>") >= 3
    with pytest.raises(InputError, match="empty"):
        cut.show(bundles, settings.changed(text=" "), "en")
