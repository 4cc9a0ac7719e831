"""The hub: finds the bundles, draws a tab for each demo that they allow, serves the page, the API and the MCP tools."""

from __future__ import annotations

import os

from starlette.applications import Starlette

from hub import page, server
from hub.service import Service


def build(service: Service | None = None) -> Starlette:
    """The application: the page and the API of a service. No model is loaded.

    Args:
        service: the bundles of HUB_BUNDLES (default: onnx/ beside this file).
    """
    service = service or Service()
    return server.application(service, page.build(service))


def main() -> None:
    """Serve until interrupted. Settings: docs/deploy.md."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    server.serve(build())


if __name__ == "__main__":
    main()
