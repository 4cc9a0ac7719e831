"""The endpoint /gradient_profile."""

from __future__ import annotations

from typing import Annotated, Any

import gradio as gr
from pydantic import WithJsonSchema

from hub.records import GradientProfile
from hub.tasks.gradients import Config
from hub.ui.context import Context

Settings = Annotated[dict[str, Any], WithJsonSchema(Config.model_json_schema())]


def api(context: Context) -> None:
    """Register the endpoint /gradient_profile, which is an MCP tool too."""
    service = context.service

    def gradient_profile(config: Settings) -> GradientProfile:
        """How large the gradient of each layer is, in a deep network, an RNN or an LSTM, before or while it trains.

        Args:
            config: settings, all optional: network (deep, rnn, lstm), activation (sigmoid, tanh, relu, leaky-relu,
                p-relu, r-relu, maxout), depth 2-200, width 8-256, batch_norm, residual, initialisation (normal,
                xavier, he, orthogonal), sigma, learning_rate, clip (none, value, norm), clip_at, l1, l2, data (moons,
                spirals, digits), batch, steps, seed, precision (float64, float32), slope, forget_bias.

        Returns:
            Per layer, the first one first: gradient_norm, delta_norm (of the loss by the layer's output),
            theory_delta_norm (mean-field theory, or null), update_ratio, activation_mean, activation_deviation; and
            loss, accuracy, slope (of log delta_norm a layer), theory_slope, problem.
        """
        return GradientProfile.model_validate(service.gradient_profile(config))

    gr.api(gradient_profile, api_name="gradient_profile", concurrency_limit=2)
