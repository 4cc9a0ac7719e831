"""The PyTorch module as what an evaluation measures: the same interface as a file's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from export.runner import Arrays, Subject, Writing
from hub.card import TensorSpec
from hub.text import PromptTokenizer


class TorchRunner(Subject):
    """A module in eval mode, whose forward takes the inputs in their order and returns a dict of named outputs.

    Args:
        double: float32 inputs are taken as float64, so that what they mean is computed without rounding.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        inputs: Sequence[TensorSpec],
        outputs: Sequence[TensorSpec],
        reader: Any = None,
        double: bool = False,
    ) -> None:
        self.module, self.reader, self.double = module, reader, double
        self.inputs = tuple(spec.name for spec in inputs)
        self.outputs = tuple(spec.name for spec in outputs)

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        tensors = [torch.from_numpy(np.array(feeds[name])) for name in self.inputs]
        if self.double:
            tensors = [exact(tensor) for tensor in tensors]
        with torch.inference_mode():
            outputs = self.module(*tensors)
        return {name: outputs[name].numpy() for name in names or self.outputs}


def exact(tensor: torch.Tensor) -> torch.Tensor:
    """A copy, in float64 where it is a float."""
    return tensor.double().clone() if tensor.is_floating_point() else tensor


class TorchDecoder(Writing):
    """A causal model of transformers, in eval mode, as what is measured of a decoder.

    Args:
        context: tokens that the cache of its file has room for.
    """

    inputs, outputs = ("input_ids",), ("logits",)

    def __init__(self, model: PreTrainedModel, reader: PromptTokenizer, context: int) -> None:
        self.model, self.reader, self.context = model, reader, context

    def run(self, feeds: Arrays, names: Sequence[str] = ()) -> Arrays:
        """The logits after each prompt, as DecoderRunner gives them."""
        with torch.inference_mode():
            found = {
                name.replace("ids", "logits"): self.model(torch.from_numpy(ids)[None]).logits[:, -1].float().numpy()
                for name, ids in feeds.items()
            }
        return {name: found[name] for name in names or found}
