"""What a visitor sees first: a picture of every tab, and docs/first-look.md around them.

Run from the repository's root, on the committed bundles: python -m tests.browser.first_look
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from hub.bundle import ROOT
from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.walk import DRAWN, Walk
from tests.serving import hub

FOLDER = ROOT / "docs" / "first-look"
PAGE = ROOT / "docs" / "first-look.md"
WIDTH, TALLEST = 1280, 1400  # of a picture; what stands below is scrolled to
COLOURS = 128  # text and flat areas need no more
MOST_BYTES = 200_000
PATIENCE_S = 60

TOLD = {
    "classification": "Several models read one sentence: their answers and probabilities side by side, and below "
    "them what each token is worth to one of them.",
    "similarity": "Two sentences by several encoders: each cosine beside what the same encoder gives unrelated ones.",
    "generation": "A language model continues a text; each token is coloured by its rank, and one is opened to show "
    "what else could have stood there.",
    "gradients": "The gradient of every layer of two networks before their first update, and what theory expects.",
    "likelihood": "Ten tosses of a coin; the visitor's parameter and the optimiser's on the curve of the likelihood.",
    "elmo": "Twelve sentences with the word bank: in the second LSTM layer its occurrences lie apart by sense.",
    "xlnet": "A sentence whose words are asked for in an order of one's own: who may see whom, and what was expected.",
    "recommender": "Three things are taken from a real shop: ten more, the channels that found them, and why.",
    "search_ranking": "Six titles in an order of one's own, and how three losses push each of them.",
    "models": "Every bundle with its task, its size and its headline figure.",
}


def main() -> None:
    """Take the pictures and write the page."""
    FOLDER.mkdir(exist_ok=True)
    parts = ["# First look\n", "What each tab shows when it is opened, made by `python -m tests.browser.first_look`.\n"]
    with hub(ROOT / "onnx") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        for demo in DRAWN:
            walk = Walk(browser, address, demo.slug, "en", WIDTH)
            assert walk.settle(PATIENCE_S), f"{demo.slug} has not answered in {PATIENCE_S} s"
            faults = walk.look().faults()
            assert not faults, f"{demo.slug}: {faults}"
            save(walk, FOLDER / f"{demo.slug}.png")
            walk.page.close()
            title = demo.strings.say("title", "en")
            parts.append(f"## {title}\n\n{TOLD[demo.slug]}\n\n![{title}](first-look/{demo.slug}.png)\n")
        browser.close()
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def save(walk: Walk, path: Path) -> None:
    """The page from its top, in few colours: a picture of text is a tenth of its size so, and reads the same."""
    whole = Image.open(io.BytesIO(walk.page.screenshot(full_page=True))).convert("RGB")
    seen = whole.crop((0, 0, WIDTH, min(whole.height, TALLEST)))
    seen.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size <= MOST_BYTES, f"{path.name} takes {path.stat().st_size:,} bytes"


if __name__ == "__main__":
    main()
