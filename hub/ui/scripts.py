"""The page's own JavaScript, a file each in hub/ui/js."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "js"


def text(name: str) -> str:
    """The script of js/NAME.js."""
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")


def tag(name: str) -> str:
    """The script as an element for the head of the page."""
    return f"<script>\n{text(name)}</script>"
