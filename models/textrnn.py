"""TextRNN: LSTMs for several classification tasks that share what they learn.

Paper: Liu, Qiu, Huang 2016, "Recurrent Neural Network for Text Classification with Multi-Task Learning", IJCAI.

Departures: 200-d vectors of our own and a hidden size chosen on the validation split instead of 64 and 50; the gates do
not read the cell state (the paper's LSTM, of Graves 2013, has such peepholes); Adam instead of Adagrad; a batch mixes
the tasks instead of holding one at a time, so that a task weighs by its number of examples; the softmax of the
pre-training is tied to the word vectors. In fine-tuning only what belongs to one task moves, so that one graph holds
all tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from models.recurrent import LSTM, as_onnx, last, scan

Architecture = Literal["single", "uniform", "coupled", "shared"]


@dataclass(frozen=True)
class TextRNNConfig:
    """Section 4.2 of the paper."""

    vocabulary: int
    heads: tuple[tuple[str, int], ...]  # task, classes
    architecture: Architecture
    dimensions: int = 200  # of the (shared) word vectors
    own_dimensions: int = 32  # of the vectors of one task, uniform only
    hidden: int = 100
    dropout: float = 0.4
    bidirectional: bool = False  # "single" only


class Uniform(nn.Module):
    """Model I: each task has word vectors of its own beside the shared ones; one LSTM reads for all (section 3.1)."""

    def __init__(self, config: TextRNNConfig) -> None:
        super().__init__()
        self.tasks = len(config.heads)
        self.own = nn.Embedding(config.vocabulary, self.tasks * config.own_dimensions, padding_idx=0)
        nn.init.normal_(self.own.weight, std=0.1)
        self.lstm = LSTM(config.dimensions + config.own_dimensions, config.hidden)

    def forward(self, x: Tensor, ids: Tensor, lengths: Tensor) -> list[Tensor]:
        own = self.own(ids).chunk(self.tasks, dim=2)  # x^(m), (B, T, d) each
        joined = torch.cat([torch.cat([part, x], dim=2) for part in own])  # x^ = x^(m) (+) x^(s), (K B, T, ·)
        states = self.lstm(joined, torch.cat([lengths] * self.tasks))
        return list(states.reshape(self.tasks, *ids.shape, -1).unbind(0))

    def of_tasks(self) -> list[nn.Parameter]:
        return list(self.own.parameters())


class Coupled(nn.Module):
    """Model II: each task has an LSTM, and each reads the others' last states through gates (section 3.2).

    c~_t^(m) = tanh(W_c^(m) x_t + sum_i g^(i->m) * U_c^(i->m) h_{t-1}^(i)),   equation 9
    g^(i->m) = sigma(W_g^(m) x_t + U_g^(i) h_{t-1}^(i)).                      equation 10
    """

    def __init__(self, config: TextRNNConfig) -> None:
        super().__init__()
        self.tasks, self.hidden = len(config.heads), config.hidden
        k, h = self.tasks, self.hidden
        self.w = nn.Linear(config.dimensions, k * 5 * h)  # of x_t, for each task: i, f, o, c~, g
        self.u = nn.Parameter(torch.empty(k, h, 3 * h))  # of its own h_{t-1}: i, f, o
        self.u_c = nn.Parameter(torch.empty(k, h, k * h))  # from task i to all tasks
        self.u_g = nn.Parameter(torch.empty(k, h, h))
        for weight in (self.u, self.u_c, self.u_g):
            nn.init.uniform_(weight, -(h**-0.5), h**-0.5)

    def forward(self, x: Tensor, ids: Tensor, lengths: Tensor) -> list[Tensor]:
        k, h = self.tasks, self.hidden
        batch, tokens = ids.shape
        projected = self.w(x).reshape(batch, tokens, k, 5 * h).permute(1, 2, 0, 3)  # (T, K, B, 5H)
        running = (torch.arange(tokens, device=ids.device)[:, None] < lengths[None])[:, None, :, None].to(x.dtype)

        def step(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], Tensor]:
            state, cell = states  # (K, B, H)
            of_x, on = now  # (K, B, 5H), (1, B, 1)
            gates = torch.sigmoid(of_x[:, :, : 3 * h] + torch.bmm(state, self.u))
            i, f, o = gates[:, :, :h], gates[:, :, h : 2 * h], gates[:, :, 2 * h :]
            # Rows: the task i that speaks; columns: the task m that listens.
            said = torch.bmm(state, self.u_c).reshape(k, -1, k, h).permute(0, 2, 1, 3)  # (K_i, K_m, B, H)
            g = torch.sigmoid(of_x[:, :, 4 * h :].unsqueeze(0) + torch.bmm(state, self.u_g).unsqueeze(1))
            candidate = torch.tanh(of_x[:, :, 3 * h : 4 * h] + (g * said).sum(0))
            new_cell = f * cell + i * candidate
            new_state = o * torch.tanh(new_cell)
            state, cell = on * new_state + (1 - on) * state, on * new_cell + (1 - on) * cell
            return (state, cell), state

        start = (x.new_zeros(k, batch, h), x.new_zeros(k, batch, h))
        states = scan(step, start, (projected, running))  # (T, K, B, H)
        return [states[:, task].transpose(0, 1) for task in range(k)]

    def of_tasks(self) -> list[nn.Parameter]:
        return list(self.parameters())  # every LSTM belongs to a task; only the word vectors are shared


class Shared(nn.Module):
    """Model III: a bidirectional LSTM shared by all, and for each task an LSTM that reads it (section 3.3).

    c~_t^(m) = tanh(W_c^(m) x_t + g^(m) * U_c^(m) h_{t-1}^(m) + g^(s->m) * U_c^(s) h_t^(s)),   equation 13
    g^(m) = sigma(W_g^(m) x_t + U_g^(m) h_{t-1}^(m)),  g^(s->m) = sigma(W_g^(m) x_t + U_g^(s->m) h_t^(s)).
    """

    def __init__(self, config: TextRNNConfig) -> None:
        super().__init__()
        self.tasks, self.hidden = len(config.heads), config.hidden
        k, h = self.tasks, self.hidden
        self.lstm = LSTM(config.dimensions, h, bidirectional=True)
        self.w = nn.Linear(config.dimensions, k * 5 * h)  # of x_t, for each task: i, f, o, c~, g
        self.w_s = nn.Linear(2 * h, k * 2 * h, bias=False)  # of h_t^(s): U_c^(s), U_g^(s->m)
        self.u = nn.Parameter(torch.empty(k, h, 5 * h).uniform_(-(h**-0.5), h**-0.5))  # of h_{t-1}: i, f, o, c~, g

    def forward(self, x: Tensor, ids: Tensor, lengths: Tensor) -> list[Tensor]:
        k, h = self.tasks, self.hidden
        batch, tokens = ids.shape
        of_x = self.w(x).reshape(batch, tokens, k, 5 * h)
        of_shared = self.w_s(self.lstm(x, lengths)).reshape(batch, tokens, k, 2 * h)
        heard = torch.sigmoid(of_x[..., 4 * h :] + of_shared[..., h:]) * of_shared[..., :h]  # needs no recurrence
        projected = torch.cat([of_x, heard], dim=3).permute(1, 2, 0, 3)  # (T, K, B, 6H)
        running = (torch.arange(tokens, device=ids.device)[:, None] < lengths[None])[:, None, :, None].to(x.dtype)

        def step(states: tuple[Tensor, ...], now: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], Tensor]:
            state, cell = states  # (K, B, H)
            given, on = now  # (K, B, 6H), (1, B, 1)
            of_h = torch.bmm(state, self.u)
            gates = torch.sigmoid(given[:, :, : 3 * h] + of_h[:, :, : 3 * h])
            i, f, o = gates[:, :, :h], gates[:, :, h : 2 * h], gates[:, :, 2 * h :]
            g = torch.sigmoid(given[:, :, 4 * h : 5 * h] + of_h[:, :, 4 * h :])
            candidate = torch.tanh(given[:, :, 3 * h : 4 * h] + g * of_h[:, :, 3 * h : 4 * h] + given[:, :, 5 * h :])
            new_cell = f * cell + i * candidate
            new_state = o * torch.tanh(new_cell)
            state, cell = on * new_state + (1 - on) * state, on * new_cell + (1 - on) * cell
            return (state, cell), state

        start = (x.new_zeros(k, batch, h), x.new_zeros(k, batch, h))
        states = scan(step, start, (projected, running))  # (T, K, B, H)
        return [states[:, task].transpose(0, 1) for task in range(k)]

    def of_tasks(self) -> list[nn.Parameter]:
        return [*self.w.parameters(), *self.w_s.parameters(), self.u]


class Single(nn.Module):
    """The baseline: one task, one LSTM."""

    def __init__(self, config: TextRNNConfig) -> None:
        super().__init__()
        self.lstm = LSTM(config.dimensions, config.hidden, config.bidirectional)

    def forward(self, x: Tensor, ids: Tensor, lengths: Tensor) -> list[Tensor]:
        return [self.lstm(x, lengths)]

    def of_tasks(self) -> list[nn.Parameter]:
        return list(self.parameters())


LAYERS: dict[Architecture, Any] = {"single": Single, "uniform": Uniform, "coupled": Coupled, "shared": Shared}


class TextRNN(nn.Module):
    """Word vectors, one of the layers above, a softmax layer for each task on the last state.

    Args:
        config: the shape.
        vectors: float32 (vocabulary, dimensions), the initial table; row 0 is the padding. None: random.
    """

    export_context = staticmethod(as_onnx)

    def __init__(self, config: TextRNNConfig, vectors: np.ndarray | None = None) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.dimensions, padding_idx=0)
        if vectors is not None:
            self.embedding = nn.Embedding.from_pretrained(torch.as_tensor(vectors).float(), False, padding_idx=0)
        self.dropout = nn.Dropout(config.dropout)
        self.layer: Any = LAYERS[config.architecture](config)
        width = config.hidden * (2 if config.bidirectional else 1)
        self.classifiers = nn.ModuleList(nn.Linear(width, classes) for _, classes in config.heads)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Classify for every task.

        Args:
            input_ids, attention_mask: int64 (batch, tokens).

        Returns:
            For each task, "logits[_task]" float32 (batch, classes) and "token_logits[_task]" float32 (batch, tokens,
            classes), what the classifier says of the state after each token. In one direction the last token's are
            the logits; in two directions the logits are of both ends.
        """
        lengths = attention_mask.sum(1)
        x = self.dropout(self.embedding(input_ids))  # (B, T, d)
        outputs: dict[str, Tensor] = {}
        courses: dict[str, Tensor] = {}
        states_of_tasks = self.layer(x, input_ids, lengths)
        for (head, _), states, classifier in zip(self.config.heads, states_of_tasks, self.classifiers, strict=True):
            suffix = f"_{head}" if head else ""
            outputs[f"logits{suffix}"] = classifier(self.dropout(self._summary(states, lengths)))
            courses[f"token_logits{suffix}"] = classifier(states)
        return outputs | courses

    def _summary(self, states: Tensor, lengths: Tensor) -> Tensor:
        end = last(states, lengths)
        if not self.config.bidirectional:
            return end
        hidden = self.config.hidden
        return torch.cat([end[:, :hidden], states[:, 0, hidden:]], dim=1)  # each direction has read the whole text

    def after_step(self) -> None:
        """Keep the padding at zero."""
        self.embedding.weight[0].zero_()

    def only_of_tasks(self) -> None:
        """Freeze what the tasks share, for fine-tuning."""
        self.requires_grad_(False)
        for parameter in (*self.layer.of_tasks(), *self.classifiers.parameters()):
            parameter.requires_grad_(True)


class LanguageModel(nn.Module):
    """Pre-training of the shared layer of Model III, as a bidirectional language model (section 4.4 of the paper).

    After each word the forward LSTM predicts the next word, the backward LSTM the one before it. The softmax is tied to
    the word vectors.

    Args:
        model: a TextRNN of architecture "shared"; its word vectors and its shared LSTM are trained in place.
    """

    def __init__(self, model: TextRNN) -> None:
        super().__init__()
        self.model = model
        width = model.config.dimensions
        self.outputs = nn.ModuleList(nn.Linear(model.config.hidden, width) for _ in range(2))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """Negative log-likelihood of a word, nats: mean over both directions. labels are not used."""
        table = self.model.embedding.weight
        x = self.model.dropout(self.model.embedding(input_ids))  # (B, T, d)
        states = self.model.layer.lstm(x, attention_mask.sum(1))  # (B, T, 2h)
        left, right = states.chunk(2, dim=2)
        pairs = ((left[:, :-1], input_ids[:, 1:]), (right[:, 1:], input_ids[:, :-1]))
        both = attention_mask[:, 1:] > 0  # the word and its neighbour are there
        losses = [
            nn.functional.cross_entropy(output(state[both]) @ table.t(), target[both])
            for output, (state, target) in zip(self.outputs, pairs, strict=True)
        ]
        return {"loss": torch.stack(losses).mean()}
