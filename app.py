"""The hub: finds the bundles, draws a tab for each demo that they allow, serves the page, the API and the MCP tools."""

from __future__ import annotations

import os

import gradio as gr

from hub import api
from hub.service import Service
from hub.ui import page


def build(service: Service | None = None) -> tuple[gr.Blocks, dict[str, object]]:
    """The page, and the settings to launch it with. No model is loaded.

    Args:
        service: the bundles of HUB_BUNDLES (default: onnx/ beside this file).
    """
    service = service or Service()
    return page.build(service), {**page.LAUNCH, "app_kwargs": {"routes": api.routes(service)}}


def main() -> None:
    """Serve until interrupted. Gradio's own settings (GRADIO_SERVER_NAME, GRADIO_SERVER_PORT, …) hold."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    demo, settings = build()
    demo.launch(**settings)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
