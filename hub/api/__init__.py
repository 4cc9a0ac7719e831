"""The door for programs: typed JSON routes under /v1, and /health, on the application underneath Gradio.

Gradio's call costs about ten milliseconds, a small model a tenth of one: here requests of different clients are
batched and nothing else is in the way.
"""

from hub.api.routes import routes

__all__ = ["routes"]
