"""Training steps with their backward passes written out: a deep network, a recurrent pair, and a chain of single units.

Sources: the equations of back-propagation (Rumelhart, Hinton and Williams 1986, Nature 323); vanishing and exploding
gradients (Hochreiter 1991; Bengio, Simard and Frasconi 1994; Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063); the
cures: ReLU (Nair and Hinton 2010), Leaky-ReLU (Maas et al. 2013), P-ReLU and He's initialisation (He et al. 2015,
arXiv:1502.01852), R-ReLU (Xu et al. 2015, arXiv:1505.00853), Maxout (Goodfellow et al. 2013, arXiv:1302.4389), batch
normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167), residual connections (He et al. 2016, arXiv:1512.03385), LSTM
(Hochreiter and Schmidhuber 1997; forget gate: Gers et al. 2000), clipping (Pascanu et al. 2013).

**Departures** from these: see DEPARTURES. Nothing here is `nn.Parameter`: weights are inputs and the next weights are
outputs, so that the exported graph is a whole step of training, for any depth, width and batch.

Nothing here calls autograd: tests and the exporter hold every gradient against it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from models.recurrent import as_onnx, choose, sweep

DEPARTURES = (
    "P-ReLU has one slope a layer, not one a channel.",
    "Maxout has two pieces.",
    "A residual branch is one layer with its activation, and what came in is added behind it; He et al. add behind two "
    "layers and before the last activation.",
    "R-ReLU draws each slope evenly from 1/8 to 1/3; Xu et al. draw the divisor, evenly from 3 to 8.",
    "Batch normalisation always uses the statistics of its batch, since only training is shown.",
)
EPSILON = 1e-5  # of batch normalisation
TINY = 1e-30  # a norm is never divided by less
Named = dict[str, Tensor]


# --- activations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """φ and φ′, unit by unit. z: what goes in, a = φ(z); slope: of the left side, where the activation has one."""

    value: Callable[[Tensor, Tensor], Tensor]  # (z, slope) -> φ(z)
    derivative: Callable[[Tensor, Tensor], Tensor]  # (what is kept, slope) -> φ′(z)
    keeps: Literal["z", "a"] = "a"  # what φ′ is computed from
    slope: Literal["", "fixed", "learned", "random"] = ""
    pieces: int = 1


def _leaky(z: Tensor, slope: Tensor) -> Tensor:
    return torch.clamp(z, min=0) + slope * torch.clamp(z, max=0)


def _leaky_derivative(kept: Tensor, slope: Tensor) -> Tensor:
    return torch.where(kept > 0, torch.ones_like(kept), slope)


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(lambda z, _: torch.sigmoid(z), lambda a, _: a * (1 - a)),  # φ′ = φ (1 − φ) ≤ 1/4
    "tanh": Activation(lambda z, _: torch.tanh(z), lambda a, _: 1 - a * a),  # φ′ = 1 − φ² ≤ 1
    "relu": Activation(lambda z, _: torch.relu(z), lambda a, _: (a > 0).to(a.dtype)),  # φ′ = [z > 0]
    "leaky-relu": Activation(_leaky, _leaky_derivative, slope="fixed"),  # φ′ = 1 or the slope
    "p-relu": Activation(_leaky, _leaky_derivative, keeps="z", slope="learned"),  # its slope may become negative
    "r-relu": Activation(_leaky, _leaky_derivative, slope="random"),  # another slope for each unit, example and step
    # φ = max of two pieces; what is kept says which piece won, and φ′ is 1 for it and 0 for the other.
    "maxout": Activation(lambda z, _: z.amax(dim=0), lambda won, _: won, pieces=2),
}


# --- the update -------------------------------------------------------------------------------------------------------


def update(parameters: Named, gradients: Named, rate: Tensor, rules: Named) -> Named:
    """Plain gradient descent, or with penalties and clipping where ``rules["regularise"]`` is true.

    Args:
        parameters: any shapes; L1 and L2 pull at those whose name begins with "weight".
        gradients: of the loss without penalties; the same names.
        rules: regularise bool; l1, l2, clip_value, clip_norm, scalars; infinite: no clipping.

    Returns:
        "next_NAME" for each parameter.
    """
    names = list(parameters)
    count = len(names)

    def plain(*operands: Tensor) -> tuple[Tensor, ...]:
        rate, now = operands[0], operands[5:]
        return tuple(p - rate * g for p, g in zip(now[:count], now[count:], strict=True))  # θ ← θ − η ∂L/∂θ

    def regularised(*operands: Tensor) -> tuple[Tensor, ...]:
        rate, l1, l2, clip_value, clip_norm = operands[:5]
        now, slopes = operands[5 : 5 + count], list(operands[5 + count :])
        for i, name in enumerate(names):
            if name.startswith("weight"):
                slopes[i] = slopes[i] + l2 * now[i] + l1 * torch.sign(now[i])  # ∂/∂θ of λ₂/2 ‖θ‖² + λ₁ |θ|₁
        low = -clip_value
        slopes = [torch.minimum(torch.maximum(g, low), clip_value) for g in slopes]  # by value: each in [−c, c]
        # By norm: g ← g min(1, c / ‖g‖), over all parameters together. Scaled by the largest, so that no square
        # overflows.
        everything = torch.cat([g.reshape(-1) for g in slopes])
        largest = everything.abs().max().clamp(min=TINY)
        norm = largest * (everything / largest).square().sum().sqrt()
        shorter = rate * torch.clamp(clip_norm / norm, max=1)
        return tuple(p - shorter * g for p, g in zip(now[:count], slopes, strict=True))

    operands = (rate, *(rules[name] for name in ("l1", "l2", "clip_value", "clip_norm")))
    operands += (*parameters.values(), *(gradients[name] for name in names))
    updated = choose(rules["regularise"], regularised, plain, operands)
    return {f"next_{name}": value for name, value in zip(names, updated, strict=True)}


def cross_entropy(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """The mean loss and ∂loss/∂logits. logits, target (one-hot): (batch, classes).

    From log_softmax and a product: the backward pass of the fused function loses the mean in an export.
    """
    log_p = torch.log_softmax(logits, dim=1)
    loss = -(target * log_p).sum(dim=1).mean()  # L = −1/B Σ log p(class)
    return loss, (log_p.exp() - target) / logits.shape[0]  # ∂L/∂logits = (p − y) / B


class Step(nn.Module):
    """A step of training as a graph: tensors in the order of ``inputs``, a dict of the names in ``outputs``."""

    parameters_: tuple[str, ...]  # names of what is trained
    data: tuple[str, ...]
    rules = ("learning_rate", "regularise", "l1", "l2", "clip_value", "clip_norm")
    shown: tuple[str, ...]  # outputs besides gradients and next parameters

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.data, *self.parameters_, *self.rules)

    @property
    def outputs(self) -> tuple[str, ...]:
        gradients = (f"gradient_{name}" for name in self.parameters_)
        return (*self.shown, *gradients, *(f"next_{name}" for name in self.parameters_))

    def export_context(self) -> AbstractContextManager[object]:
        """Inside, loops over layers and times are ONNX `Scan`s, whatever their length."""
        return as_onnx()

    def forward(self, *tensors: Tensor) -> Named:
        given = dict(zip(self.inputs, tensors, strict=True))
        trained = {name: given[name] for name in self.parameters_}
        shown, gradients = self.gradients(given)
        updated = update(trained, gradients, given["learning_rate"], given)
        return shown | {f"gradient_{name}": values for name, values in gradients.items()} | updated

    def gradients(self, given: Named) -> tuple[Named, Named]:
        """What is shown, and the gradient of each parameter."""
        raise NotImplementedError

    def loss(self, given: Named) -> Named:
        """The forward pass alone, differentiable by autograd: what the gradients are held against.

        Returns "loss" and the states whose gradients are shown, under the names of those outputs.
        """
        raise NotImplementedError


# --- a deep network ---------------------------------------------------------------------------------------------------


class DeepNetwork(Step):
    """h₀ = x W_in + b_in; for each layer z = h W + b, a = φ(z), h = a (+ the h before it); logits = h W_out + b_out.

    Args:
        activation: a name of ACTIVATIONS.
        normalised: z goes through batch normalisation; then b is its shift and there is a scale.
        residual: each layer adds to what it got.

    Shapes: x (batch, features), target (batch, classes) one-hot, weight (depth, width, width), bias and scale (depth,
    width); Maxout: weight (depth, 2, width, width), bias and scale (depth, 2, width). slope: no axes (Leaky-ReLU),
    (depth) (P-ReLU, a parameter) or (depth, batch, width) (R-ReLU).
    """

    shown = ("loss", "logits", "activations", "deltas")

    def __init__(self, activation: str, normalised: bool = False, residual: bool = False) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        self.normalised, self.residual = normalised, residual
        learned = self.activation.slope == "learned"
        self.data = ("x", "target", *["slope"] * (self.activation.slope in ("fixed", "random")))
        self.layer = ("weight", "bias", *["scale"] * normalised, *["slope"] * learned)  # what each layer has of its own
        # Without b_in before a normalisation: the mean that it subtracts would cancel it.
        self.first = ("weight_in", *["bias_in"] * (not normalised))
        self.parameters_ = (*self.first, *self.layer, "weight_out", "bias_out")
        # What a layer keeps for the backward pass; "a" where it is not "local" already, to be shown.
        differs = residual or self.activation.pieces > 1 or self.activation.keeps == "z"
        self.kept = ("h", *["normal", "inverse"] * normalised, "local", *["a"] * differs)

    # One layer forward.

    def _forward(self, h: Tensor, layer: Named) -> tuple[Tensor, Named]:
        """h (batch, width) -> the next h, and what the backward pass needs."""
        phi, slope = self.activation, layer.get("slope", h)
        axis = phi.pieces - 1  # of the batch, in z
        kept: Named = {"h": h}
        bias = layer["bias"].unsqueeze(axis)  # (1, width), or (2, 1, width)
        z = torch.matmul(h, layer["weight"])  # z = h W   (batch, width), or (2, batch, width)
        if self.normalised:
            centred = z - z.mean(dim=axis, keepdim=True)
            inverse = torch.rsqrt(centred.square().mean(dim=axis, keepdim=True) + EPSILON)  # 1 / √(σ² + ε)
            normal = centred * inverse  # ẑ = (z − μ) / √(σ² + ε)
            kept |= {"normal": normal, "inverse": inverse}
            z = layer["scale"].unsqueeze(axis) * normal + bias  # γ ẑ + β
        else:
            z = z + bias
        a = phi.value(z, slope)
        if phi.pieces > 1:
            first = (z[0] >= z[1]).to(z.dtype)
            kept["local"] = torch.stack([first, 1 - first])  # which piece won
        else:
            kept["local"] = z if phi.keeps == "z" else a
        kept["a"] = a
        return (h + a if self.residual else a), kept

    # One layer backward: given δ = ∂L/∂h behind the layer, ∂L/∂h before it and the gradients of the layer's parameters.

    def _backward(self, delta: Tensor, layer: Named, kept: Named) -> tuple[Tensor, Named]:
        phi, slope = self.activation, layer.get("slope", delta)
        axis = phi.pieces - 1
        dz = delta * phi.derivative(kept["local"], slope)  # ∂L/∂z = δ ⊙ φ′(z)
        found: Named = {}
        if phi.slope == "learned":
            found["slope"] = (delta * torch.clamp(kept["local"], max=0)).sum()  # ∂φ/∂slope = min(0, z)
        if self.normalised:
            normal = kept["normal"]
            shift, scale = dz.mean(dim=axis, keepdim=True), (dz * normal).mean(dim=axis, keepdim=True)
            count = delta.shape[0]
            found["bias"] = shift.squeeze(axis) * count  # ∂L/∂β = Σ dz
            found["scale"] = scale.squeeze(axis) * count  # ∂L/∂γ = Σ dz ⊙ ẑ
            # ∂L/∂z before the normalisation = γ / √(σ² + ε) (dz − mean(dz) − ẑ mean(dz ⊙ ẑ))
            dz = layer["scale"].unsqueeze(axis) * kept["inverse"] * (dz - shift - normal * scale)
        else:
            found["bias"] = dz.sum(dim=axis)  # ∂L/∂b = Σ dz
        found["weight"] = torch.matmul(kept["h"].transpose(0, 1), dz)  # ∂L/∂W = hᵀ dz
        before = torch.matmul(dz, layer["weight"].transpose(-2, -1))  # ∂L/∂h = dz Wᵀ, summed over the pieces
        if phi.pieces > 1:
            before = before.sum(dim=0)
        return (before + delta if self.residual else before), found  # the identity carries δ past the layer unharmed

    def _start(self, given: Named) -> Tensor:
        h = torch.matmul(given["x"], given["weight_in"])  # h₀ = x W_in + b_in
        return h if self.normalised else h + given["bias_in"]

    def _layers(self, given: Named) -> Named:
        return {name: given[name] for name in (*self.layer, *["slope"] * (self.activation.slope == "random"))}

    def gradients(self, given: Named) -> tuple[Named, Named]:
        layers = self._layers(given)
        names = list(layers)
        shared = {"slope": given["slope"]} if self.activation.slope == "fixed" else {}

        def ahead(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            h, kept = self._forward(states[0], dict(zip(names, now, strict=True)) | shared)
            return (h,), tuple(kept[name] for name in self.kept)

        start = self._start(given)
        (last,), values = sweep(ahead, (start,), tuple(layers.values()))
        kept = dict(zip(self.kept, values, strict=True))
        activations = kept.pop("a") if "a" in kept else kept["local"]
        logits = torch.matmul(last, given["weight_out"]) + given["bias_out"]
        loss, error = cross_entropy(logits, given["target"])  # ∂L/∂logits

        own = [name for name in names if name != "bias"]  # the backward pass needs no bias

        def back(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            layer = dict(zip(own, now[: len(own)], strict=True)) | shared
            delta, found = self._backward(states[0], layer, dict(zip(kept, now[len(own) :], strict=True)))
            return (delta,), (states[0], *(found[name] for name in self.layer))

        delta = torch.matmul(error, given["weight_out"].transpose(0, 1))  # δ behind the last layer
        inputs = (*(layers[name] for name in own), *kept.values())
        (first,), (deltas, *found) = sweep(back, (delta,), inputs, reverse=True)
        gradients = dict(zip(self.layer, found, strict=True)) | {
            "weight_out": torch.matmul(last.transpose(0, 1), error),
            "bias_out": error.sum(dim=0),
            "weight_in": torch.matmul(given["x"].transpose(0, 1), first),
            "bias_in": first.sum(dim=0),  # not of a parameter where the layers are normalised
        }
        shown = {"loss": loss, "logits": logits, "activations": activations, "deltas": deltas}
        return shown, {name: gradients[name] for name in self.parameters_}

    def loss(self, given: Named) -> Named:
        h = self._start(given)
        layers = self._layers(given)
        states = []
        for number in range(given["weight"].shape[0]):
            shared = {"slope": given["slope"]} if self.activation.slope == "fixed" else {}
            h, _ = self._forward(h, {name: values[number] for name, values in layers.items()} | shared)
            h.requires_grad_()
            states.append(h)
        logits = torch.matmul(h, given["weight_out"]) + given["bias_out"]
        return {"loss": nn.functional.cross_entropy(logits, given["target"]), "deltas": states}  # type: ignore[dict-item]


# --- the recurrent pair -----------------------------------------------------------------------------------------------


class Recurrent(Step):
    """A plain recurrent network that is asked at the end: h_t = tanh(x_t W_x + h_{t−1} W_h + b), loss of h_T.

    Shapes: x (time, batch, features), weight_x (features, hidden), weight_h (hidden, hidden), bias (hidden); the LSTM
    has four of each: (4, features, hidden), (4, hidden, hidden), (4, hidden).
    """

    data = ("x", "target", "start")
    parameters_ = ("weight_x", "weight_h", "bias", "weight_out", "bias_out")
    shown: tuple[str, ...] = ("loss", "logits", "states", "deltas")

    def _ahead(self, given: Named) -> tuple[Tensor, Named]:
        """The last h (batch, hidden), and what the backward pass needs, each (time, …)."""

        def ahead(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            z = torch.matmul(now[0], given["weight_x"]) + torch.matmul(states[0], given["weight_h"]) + given["bias"]
            h = torch.tanh(z)  # h_t = tanh(x_t W_x + h_{t−1} W_h + b)
            return (h,), (states[0], h)

        (last,), (before, states) = sweep(ahead, (given["start"],), (given["x"],))
        return last, {"before": before, "states": states}

    def _back(self, given: Named, delta: Tensor, kept: Named) -> tuple[Named, Named]:
        """From δ_T = ∂L/∂h_T: ∂L/∂h_t for every t, and the gradients of the recurrent parameters."""

        def back(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            delta, weight_x, weight_h, bias = states
            x, before, h = now
            dz = delta * (1 - h * h)  # ∂L/∂z_t = δ_t ⊙ (1 − h_t²)
            weight_x = weight_x + torch.matmul(x.transpose(0, 1), dz)  # the weights are shared: Σ over t
            weight_h = weight_h + torch.matmul(before.transpose(0, 1), dz)
            earlier = torch.matmul(dz, given["weight_h"].transpose(0, 1))  # δ_{t−1} = ∂L/∂z_t W_hᵀ
            return (earlier, weight_x, weight_h, bias + dz.sum(dim=0)), (delta,)

        zeros = tuple(torch.zeros_like(given[name]) for name in ("weight_x", "weight_h", "bias"))
        final, (deltas,) = sweep(back, (delta, *zeros), (given["x"], kept["before"], kept["states"]), reverse=True)
        return {"deltas": deltas}, dict(zip(("weight_x", "weight_h", "bias"), final[1:], strict=True))

    def gradients(self, given: Named) -> tuple[Named, Named]:
        last, kept = self._ahead(given)
        logits = torch.matmul(last, given["weight_out"]) + given["bias_out"]
        loss, error = cross_entropy(logits, given["target"])
        shown, found = self._back(given, torch.matmul(error, given["weight_out"].transpose(0, 1)), kept)
        found |= {"weight_out": torch.matmul(last.transpose(0, 1), error), "bias_out": error.sum(dim=0)}
        return {"loss": loss, "logits": logits, "states": kept["states"]} | shown, found

    def loss(self, given: Named) -> Named:
        h = given["start"]
        states = []
        for x in given["x"]:
            h = torch.tanh(torch.matmul(x, given["weight_x"]) + torch.matmul(h, given["weight_h"]) + given["bias"])
            h.requires_grad_()
            states.append(h)
        logits = torch.matmul(h, given["weight_out"]) + given["bias_out"]
        return {"loss": nn.functional.cross_entropy(logits, given["target"]), "deltas": states}  # type: ignore[dict-item]


class LSTM(Recurrent):
    """Gates i, f, g, o of x_t W_x + h_{t−1} W_h + b; c_t = f ⊙ c_{t−1} + i ⊙ g; h_t = o ⊙ tanh(c_t).

    The cell carries its gradient back by ⊙ f alone: where the forget gate is open (a large bias), nothing shrinks.
    """

    shown = ("loss", "logits", "states", "deltas", "cell_deltas")

    def _gates(self, given: Named, x: Tensor, h: Tensor) -> Tensor:
        # x_t W_x + h_{t−1} W_h + b for each gate, in the order i, f, g, o
        return torch.matmul(x, given["weight_x"]) + torch.matmul(h, given["weight_h"]) + given["bias"].unsqueeze(1)

    def _ahead(self, given: Named) -> tuple[Tensor, Named]:
        def ahead(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            h, c = states
            z = self._gates(given, now[0], h)  # (4, batch, hidden)
            i, f, g, o = torch.sigmoid(z[0]), torch.sigmoid(z[1]), torch.tanh(z[2]), torch.sigmoid(z[3])
            new = f * c + i * g  # c_t
            squashed = torch.tanh(new)
            gates = torch.stack([i, f, g, o])
            return (o * squashed, new), (h, c, gates, squashed, o * squashed)

        start = given["start"]
        (last, _), kept = sweep(ahead, (start, torch.zeros_like(start)), (given["x"],))
        return last, dict(zip(("before", "cell", "gates", "squashed", "states"), kept, strict=True))

    def _back(self, given: Named, delta: Tensor, kept: Named) -> tuple[Named, Named]:
        def back(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            dh, dc, weight_x, weight_h, bias = states
            x, before, cell, gates, squashed = now
            i, f, g, o = gates[0], gates[1], gates[2], gates[3]
            dc = dc + dh * o * (1 - squashed * squashed)  # ∂L/∂c_t, through c_{t+1} and through h_t
            dz = torch.stack(
                [
                    dc * g * i * (1 - i),  # ∂L/∂z of the input gate
                    dc * cell * f * (1 - f),  # of the forget gate
                    dc * i * (1 - g * g),  # of what is written
                    dh * squashed * o * (1 - o),  # of the output gate
                ]
            )
            weight_x = weight_x + torch.matmul(x.transpose(0, 1), dz)
            weight_h = weight_h + torch.matmul(before.transpose(0, 1), dz)
            earlier = torch.matmul(dz, given["weight_h"].transpose(1, 2)).sum(
                dim=0
            )  # ∂L/∂h_{t−1}, by way of four gates
            # ∂L/∂c_{t−1} = ∂L/∂c_t ⊙ f: nothing else stands between the cells of two times.
            return (earlier, dc * f, weight_x, weight_h, bias + dz.sum(dim=1)), (dh, dc)

        zeros = tuple(torch.zeros_like(given[name]) for name in ("weight_x", "weight_h", "bias"))
        inputs = (given["x"], *(kept[name] for name in ("before", "cell", "gates", "squashed")))
        final, (deltas, cells) = sweep(back, (delta, torch.zeros_like(delta), *zeros), inputs, reverse=True)
        found = dict(zip(("weight_x", "weight_h", "bias"), final[2:], strict=True))
        return {"deltas": deltas, "cell_deltas": cells}, found

    def loss(self, given: Named) -> Named:
        h = given["start"]
        c = torch.zeros_like(h)
        states, cells = [], []
        for x in given["x"]:
            i, f, g, o = self._gates(given, x, h)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            c.requires_grad_()
            h = torch.sigmoid(o) * torch.tanh(c)
            h.requires_grad_()
            states.append(h)
            cells.append(c)
        logits = torch.matmul(h, given["weight_out"]) + given["bias_out"]
        loss = nn.functional.cross_entropy(logits, given["target"])
        return {"loss": loss, "deltas": states, "cell_deltas": cells}  # type: ignore[dict-item]


# --- a chain of single units ------------------------------------------------------------------------------------------


class Chain(nn.Module):
    """x → z₁ → y₁ → z₂ → … → y_n, one unit a layer, cost C = ½ (y_n − target)²: the chain rule factor by factor.

    z_l = w_l y_{l−1} + b_l, y_l = g(z_l); ∂C/∂b₁ = (y_n − target) g′(z_n) w_n g′(z_{n−1}) w_{n−1} … w₂ g′(z₁).

    Inputs: x, target (no axes), weight, bias (depth). Outputs, each (depth) but the cost: values y_l, slopes g′(z_l),
    factors g′(z_l) w_l, and the gradient ∂C/∂b_l.
    """

    inputs = ("chain_x", "chain_target", "chain_weight", "chain_bias")
    outputs = ("chain_cost", "chain_values", "chain_slopes", "chain_factors", "chain_gradient")

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]

    def export_context(self) -> AbstractContextManager[object]:
        return as_onnx()

    def forward(self, x: Tensor, target: Tensor, weight: Tensor, bias: Tensor) -> Named:
        def ahead(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            w, b = now
            y = self.activation.value(w * states[0] + b, b)
            slope = self.activation.derivative(y, b)  # g′(z)
            return (y,), (y, slope, slope * w)

        (last,), (values, slopes, factors) = sweep(ahead, (x,), (weight, bias))

        def back(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            slope, factor = now
            # ∂C/∂y_{l−1} = ∂C/∂y_l g′(z_l) w_l;  ∂C/∂b_l = ∂C/∂y_l g′(z_l)
            return (states[0] * factor,), (states[0] * slope,)

        _, (gradient,) = sweep(back, (last - target,), (slopes, factors), reverse=True)
        cost = 0.5 * (last - target) * (last - target)
        return dict(zip(self.outputs, (cost, values, slopes, factors, gradient), strict=True))


# --- what is read off a step ------------------------------------------------------------------------------------------


class Statistics(nn.Module):
    """Per-layer figures of one step, computed so that no square under- or overflows.

    Inputs: gradient, weight, next_weight (depth, values), deltas, activations (depth, values).
    """

    inputs = ("gradient", "layer_weight", "next_layer_weight", "layer_deltas", "layer_activations")
    outputs = ("gradient_norm", "update_ratio", "delta_norm", "activation_mean", "activation_deviation")

    def forward(
        self, gradient: Tensor, weight: Tensor, next_weight: Tensor, deltas: Tensor, activations: Tensor
    ) -> Named:
        mean = activations.mean(dim=1)
        return {
            "gradient_norm": norms(gradient),
            "update_ratio": norms(next_weight - weight) / norms(weight).clamp(min=TINY),
            "delta_norm": norms(deltas),
            "activation_mean": mean,
            "activation_deviation": (activations - mean.unsqueeze(1)).square().mean(dim=1).sqrt(),
        }


def norms(values: Tensor) -> Tensor:
    """The length of each row: largest × ‖row / largest‖. (rows, values) -> (rows)."""
    largest = values.abs().amax(dim=1)
    safe = torch.where(largest > 0, largest, torch.ones_like(largest))
    return largest * (values / safe.unsqueeze(1)).square().sum(dim=1).sqrt()
