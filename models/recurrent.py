"""Recurrence over texts of different lengths, in PyTorch and as one ONNX operator.

In PyTorch an LSTM packs its sequences and a custom recurrence is a loop. Inside `as_onnx()`, while a module is
exported, the LSTM becomes one ONNX `LSTM` with `sequence_lens`, a custom recurrence one `Scan`: torch's own export of
an LSTM knows no lengths, and a loop would be unrolled to the length of the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

_exporting: ContextVar[bool] = ContextVar("exporting", default=False)

Step = Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], tuple[tuple[Tensor, ...], Tensor]]
Sweep = Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]
Branch = Callable[..., tuple[Tensor, ...]]
States = tuple[Tensor, Tensor]  # of an LSTM, h and c


@contextmanager
def as_onnx() -> Iterator[None]:
    """Inside, recurrences are written as ONNX operators: for torch.onnx.export only."""
    token = _exporting.set(True)
    try:
        yield
    finally:
        _exporting.reset(token)


class LSTM(nn.Module):
    """One layer of LSTM (Hochreiter and Schmidhuber 1997) that stops at the end of each text.

    Args:
        inputs, hidden: sizes.
        bidirectional: a second one reads from the end of the text; its states stand behind those of the first.
    """

    def __init__(self, inputs: int, hidden: int, bidirectional: bool = False) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True, bidirectional=bidirectional)
        self.hidden = hidden
        self.directions = 2 if bidirectional else 1

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """x: float32 (batch, tokens, inputs); lengths: int64 (batch), at least 1.

        Returns the states, float32 (batch, tokens, directions × hidden), zero behind the end of a text.
        """
        if _exporting.get():
            return self._onnx(x, lengths)
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]

    def _onnx(self, x: Tensor, lengths: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        names = ["", "_reverse"][: self.directions]
        weights = {
            kind: torch.stack([_iofc(getattr(self.lstm, f"{kind}_l0{name}")) for name in names])
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        y = torch.onnx.ops.symbolic(
            "LSTM",
            (
                x.transpose(0, 1),
                weights["weight_ih"],
                weights["weight_hh"],
                torch.cat([weights["bias_ih"], weights["bias_hh"]], dim=1),
                lengths.to(torch.int32),
            ),
            attrs={
                "hidden_size": self.hidden,
                "direction": "bidirectional" if self.directions == 2 else "forward",
            },
            dtype=torch.float32,
            shape=(tokens, self.directions, batch, self.hidden),
            version=14,
        )
        return y.permute(2, 0, 1, 3).reshape(batch, tokens, self.directions * self.hidden)


class ProjectedLSTM(nn.Module):
    """One layer of LSTM whose state is projected: h_t = W_p m_t with m_t = o_t * tanh(c_t), and the gates read h_{t-1}.

    Sak, Senior, Beaufays 2014, arXiv 1402.1128. ONNX has no such operator. Its own LSTM with W_hh W_p as recurrent
    weights is the same, but computes three times as much at each step where the projection is a quarter of the cell: a
    Scan of the equations is faster.
    """

    def __init__(self, inputs: int, hidden: int, projection: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, proj_size=projection, batch_first=True)
        self.hidden = hidden

    def forward(
        self, x: Tensor, states: States | None = None, lengths: Tensor | None = None, backward: bool = False
    ) -> tuple[Tensor, States | None]:
        """x: float32 (batch, tokens, inputs).

        Args:
            states: h float32 (1, batch, projection) and c float32 (1, batch, hidden) before the first token; None: 0.
            lengths: int64 (batch), where texts end before the last token; None: they do not.
            backward: each text is read from its end, and the states stand where their words do; with lengths alone.

        Returns:
            h_t of each token, float32 (batch, tokens, projection), zero behind the end of a text; the last states, None
            in a graph.
        """
        if _exporting.get():
            return self._onnx(x, lengths, backward), None
        if lengths is None:
            return self.lstm(x, states)
        x = reverse(x, lengths) if backward else x
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed, after = self.lstm(packed, states)
        h = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])[0]
        return reverse(h, lengths) if backward else h, after

    def _onnx(self, x: Tensor, lengths: Tensor | None, backward: bool) -> Tensor:
        weights = dict(self.lstm.named_parameters())
        recurrent, projection = weights["weight_hh_l0"].T, weights["weight_hr_l0"].T
        inputs = x @ weights["weight_ih_l0"].T + (weights["bias_ih_l0"] + weights["bias_hh_l0"])
        there = x.new_ones(*x.shape[:2], 1)
        if lengths is not None:
            there = (torch.arange(x.shape[1])[None] < lengths[:, None])[:, :, None].to(x.dtype)

        def step(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            h, c = states
            gates, present = now
            z = gates + h @ recurrent
            i, f, _, o = torch.sigmoid(z).chunk(4, 1)
            g = torch.tanh(z[:, 2 * self.hidden : 3 * self.hidden])
            c = (f * c + i * g) * present  # outside a text both states are zero
            h = (o * torch.tanh(c)) @ projection
            return (h, c), (h,)

        zero = 0 * x[:, 0, :1]  # (batch, 1): the export bakes the size of a batch into zeros that are made of it
        start = (zero + x.new_zeros(1, projection.shape[1]), zero + x.new_zeros(1, self.hidden))
        _, (states,) = sweep(step, start, (inputs.transpose(0, 1), there.transpose(0, 1)), reverse=backward)
        return states.transpose(0, 1)


def reverse(x: Tensor, lengths: Tensor) -> Tensor:
    """Each text from its end to its begin, the padding where it is: (batch, tokens, …)."""
    places = torch.arange(x.shape[1], device=x.device)[None]
    mirrored = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
    return x.gather(1, mirrored[..., None].expand_as(x))


def _iofc(weight: Tensor) -> Tensor:
    """From torch's order of the gates (input, forget, cell, output) to that of ONNX (input, output, forget, cell)."""
    i, f, c, o = weight.chunk(4)
    return torch.cat([i, o, f, c])


def scan(step: Step, states: tuple[Tensor, ...], inputs: tuple[Tensor, ...]) -> Tensor:
    """Run a recurrence.

    Args:
        step: (states, inputs of one time) -> (new states, what to keep of that time).
        states: the initial ones.
        inputs: each (time, …).

    Returns:
        What step gave to keep, (time, …).
    """

    def one(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        new, kept = step(states, now)
        return new, (kept,)

    return sweep(one, states, inputs)[1][0]


def sweep(
    step: Sweep, states: tuple[Tensor, ...], inputs: tuple[Tensor, ...], reverse: bool = False
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Run a recurrence that keeps several things, from the first time on or from the last one back.

    Args:
        step: (states, inputs of one time) -> (new states, what to keep of that time).
        states: the initial ones.
        inputs: each (time, …).
        reverse: begin with the last time; what is kept stands in the order of the times all the same.

    Returns:
        The states after the end, and each thing that was kept, (time, …).
    """
    if _exporting.get():
        from torch._higher_order_ops.scan import scan as higher_order_scan

        def combine(carry: list[Tensor], now: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
            new, kept = step(tuple(carry), tuple(now))
            return list(new), [values.clone() for values in kept]

        final, kept = higher_order_scan(combine, list(states), list(inputs), reverse=reverse)
        return tuple(final), tuple(kept)
    rows = []
    times = list(zip(*(values.unbind(0) for values in inputs), strict=True))
    for now in reversed(times) if reverse else times:
        states, kept = step(states, now)
        rows.append(kept)
    if reverse:
        rows.reverse()
    return states, tuple(torch.stack(values) for values in zip(*rows, strict=True))


def choose(condition: Tensor, then: Branch, otherwise: Branch, operands: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """One of two computations, as the condition says; in a graph, an `If`: the other one costs nothing.

    Args:
        condition: bool, no axes.
        then, otherwise: operands -> results, of the same shapes in both.
    """
    if _exporting.get():
        return tuple(torch.cond(condition, then, otherwise, operands))
    return then(*operands) if bool(condition) else otherwise(*operands)


def last(states: Tensor, lengths: Tensor) -> Tensor:
    """The state at the end of each text: (batch, tokens, hidden) -> (batch, hidden)."""
    index = (lengths - 1)[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index)[:, 0]
