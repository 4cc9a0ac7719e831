"""TextRNN, TextRCNN and the joint training: the equations, the ends of the texts, what moves and what stays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from transformers import EvalPrediction

from models.multitask import NO_LABEL, JointObjective
from models.textrcnn import TextRCNN, TextRCNNConfig
from models.textrnn import Architecture, Coupled, LanguageModel, Shared, TextRNN, TextRNNConfig
from models.training.multitask import accuracies, labels_of

HEADS = (("grade", 3), ("kind", 2))
MULTI_TASK: tuple[Architecture, ...] = ("uniform", "coupled", "shared")


def model(architecture: Architecture, **changes: object) -> TextRNN:
    torch.manual_seed(0)
    heads = HEADS if architecture != "single" else (("", 2),)
    sizes = {"vocabulary": 20, "dimensions": 6, "own_dimensions": 3, "hidden": 5, **changes}
    return TextRNN(TextRNNConfig(heads=heads, architecture=architecture, **sizes)).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", (*MULTI_TASK, "single"))
@pytest.mark.parametrize("bidirectional", (False, True))
def test_padding_changes_no_answer(architecture: Architecture, bidirectional: bool) -> None:
    if bidirectional and architecture != "single":
        pytest.skip("only the baseline reads in both directions")
    module = model(architecture, bidirectional=bidirectional)
    ids = torch.tensor([[3, 4, 5, 0, 0], [6, 7, 8, 9, 2]])
    both = module(ids, (ids > 0).long())
    alone = module(ids[:1, :3], torch.ones(1, 3, dtype=torch.long))
    for name in (name for name in alone if name.startswith("logits")):
        torch.testing.assert_close(both[name][:1], alone[name])


@pytest.mark.parametrize("architecture", MULTI_TASK)
def test_in_one_direction_the_course_ends_in_the_answer(architecture: Architecture) -> None:
    module = model(architecture)
    ids = torch.tensor([[3, 4, 5, 6]])
    outputs = module(ids, torch.ones_like(ids))
    for head, classes in HEADS:
        assert outputs[f"token_logits_{head}"].shape == (1, 4, classes)
        torch.testing.assert_close(outputs[f"token_logits_{head}"][:, -1], outputs[f"logits_{head}"])


def test_uniform_keeps_the_words_of_one_task_from_the_other() -> None:
    module = model("uniform")
    ids = torch.tensor([[3, 4, 5]])
    before = module(ids, torch.ones_like(ids))
    with torch.no_grad():
        module.layer.own.weight[4, :3] += 1  # the first task's vector of one word
    after = module(ids, torch.ones_like(ids))
    assert not torch.allclose(before["logits_grade"], after["logits_grade"])
    torch.testing.assert_close(before["logits_kind"], after["logits_kind"])


def test_coupled_is_equations_9_and_10() -> None:
    torch.manual_seed(1)
    config = TextRNNConfig(20, HEADS, "coupled", dimensions=4, hidden=3)
    layer = Coupled(config)
    x = torch.randn(1, 3, 4)
    found = layer(x, torch.ones(1, 3, dtype=torch.long), torch.tensor([3]))
    k, h = 2, 3
    state, cell = torch.zeros(k, h), torch.zeros(k, h)
    for t in range(3):
        of_x = layer.w(x[0, t]).reshape(k, 5, h)  # i, f, o, c~, g
        new_state, new_cell = [], []
        for m in range(k):
            own = (state[m] @ layer.u[m]).reshape(3, h)
            i, f, o = (torch.sigmoid(of_x[m, gate] + own[gate]) for gate in range(3))
            heard = torch.zeros(h)
            for i_ in range(k):
                gate = torch.sigmoid(of_x[m, 4] + state[i_] @ layer.u_g[i_])  # equation 10
                heard = heard + gate * (state[i_] @ layer.u_c[i_]).reshape(k, h)[m]
            candidate = torch.tanh(of_x[m, 3] + heard)  # equation 9
            new_cell.append(f * cell[m] + i * candidate)
            new_state.append(o * torch.tanh(new_cell[-1]))
        state, cell = torch.stack(new_state), torch.stack(new_cell)
        for m in range(k):
            torch.testing.assert_close(found[m][0, t], state[m])


def test_shared_is_equation_13() -> None:
    torch.manual_seed(2)
    config = TextRNNConfig(20, HEADS, "shared", dimensions=4, hidden=3)
    layer = Shared(config)
    x, lengths = torch.randn(1, 3, 4), torch.tensor([3])
    found = layer(x, torch.ones(1, 3, dtype=torch.long), lengths)
    k, h = 2, 3
    common = layer.lstm(x, lengths)[0]  # h^(s), (T, 2H)
    for m in range(k):
        state, cell = torch.zeros(h), torch.zeros(h)
        for t in range(3):
            of_x = layer.w(x[0, t]).reshape(k, 5, h)[m]
            of_shared = layer.w_s(common[t]).reshape(k, 2, h)[m]
            own = (state @ layer.u[m]).reshape(5, h)
            i, f, o = (torch.sigmoid(of_x[gate] + own[gate]) for gate in range(3))
            gate, shared_gate = torch.sigmoid(of_x[4] + own[4]), torch.sigmoid(of_x[4] + of_shared[1])
            candidate = torch.tanh(of_x[3] + gate * own[3] + shared_gate * of_shared[0])
            cell = f * cell + i * candidate
            state = o * torch.tanh(cell)
            torch.testing.assert_close(found[m][0, t], state)


@pytest.mark.parametrize("architecture", ("uniform", "shared"))
def test_fine_tuning_leaves_what_is_shared_alone(architecture: Architecture) -> None:
    module = model(architecture)
    module.only_of_tasks()
    assert not module.embedding.weight.requires_grad
    assert not any(parameter.requires_grad for parameter in module.layer.lstm.parameters())
    assert all(parameter.requires_grad for parameter in module.classifiers.parameters())


def test_the_language_model_predicts_the_neighbours() -> None:
    module = model("shared")
    language_model = LanguageModel(module).eval()
    ids, mask = torch.tensor([[3, 4, 5, 0]]), torch.tensor([[1, 1, 1, 0]])
    states = module.layer.lstm(module.embedding(ids), mask.sum(1))[0]  # (T, 2H)
    logits = [
        language_model.outputs[side](part) @ module.embedding.weight.t()
        for side, part in enumerate(states.chunk(2, dim=1))
    ]
    following = nn.functional.cross_entropy(logits[0][:2], torch.tensor([4, 5]))
    previous = nn.functional.cross_entropy(logits[1][1:3], torch.tensor([3, 4]))
    loss = language_model(ids, mask)["loss"]
    torch.testing.assert_close(loss, (following + previous) / 2)
    loss.backward()
    assert module.embedding.weight.grad is not None and module.layer.u.grad is None


def test_the_joint_loss_is_over_the_labels_that_are_there() -> None:
    class Fixed(nn.Module):
        def forward(self, input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits_grade": grade, "logits_kind": kind}

    grade, kind = torch.randn(2, 3), torch.randn(2, 2)
    labels = torch.tensor([[2, NO_LABEL], [1, 0]])
    found = JointObjective(Fixed(), HEADS)(labels, input_ids=torch.zeros(2, 1))
    log_grade, log_kind = grade.log_softmax(1), kind.log_softmax(1)
    torch.testing.assert_close(found["loss"], -(log_grade[0, 2] + log_grade[1, 1] + log_kind[1, 0]) / 3)
    assert found["logits"].shape == (2, 5)


def test_accuracy_is_of_each_task_over_its_own_texts() -> None:
    logits = np.array([[0, 0, 9, 9, 0], [9, 0, 0, 0, 9], [0, 9, 0, 9, 0]])
    labels = np.array([[2, NO_LABEL], [1, 1], [NO_LABEL, 1]])
    found = accuracies(HEADS)(EvalPrediction(predictions=logits, label_ids=labels))
    assert found == {"grade": 0.5, "kind": 0.5, "accuracy": 0.5}
    assert labels_of(HEADS, {"kind": 1}) == [NO_LABEL, 1]


def test_textrcnn_contributions_sum_to_the_logits_and_padding_wins_nothing() -> None:
    torch.manual_seed(0)
    module = TextRCNN(TextRCNNConfig(20, 3, dimensions=6, context=4, latent=5)).eval()
    ids = torch.tensor([[3, 4, 5, 0, 0]])
    outputs = module(ids, (ids > 0).long())
    total = outputs["pool_contributions"].sum(1) + module.classifier.bias
    torch.testing.assert_close(total, outputs["logits"])
    assert int(outputs["pool_positions"].max()) < 3
    alone = module(ids[:, :3], torch.ones(1, 3, dtype=torch.long))
    torch.testing.assert_close(alone["logits"], outputs["logits"])


def test_textrcnn_reads_the_words_before_and_after_but_not_itself_in_the_contexts() -> None:
    """Equations 1 and 2: c_l(w_i) ends at word i - 1, c_r(w_i) begins at word i + 1."""
    torch.manual_seed(0)
    module = TextRCNN(TextRCNNConfig(20, 2, dimensions=6, context=4, latent=5)).eval()
    seen: list[torch.Tensor] = []
    module.latent.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    for ids in ([[3, 4, 5]], [[3, 9, 5]]):  # the middle word changes
        module(torch.tensor(ids), torch.ones(1, 3, dtype=torch.long))
    (first,), (second,) = seen
    left, word, right = slice(0, 4), slice(4, 10), slice(10, 14)
    torch.testing.assert_close(first[1, left], second[1, left])
    torch.testing.assert_close(first[1, right], second[1, right])
    assert not torch.allclose(first[1, word], second[1, word])
    assert not torch.allclose(first[2, left], second[2, left])
    assert not torch.allclose(first[0, right], second[0, right])
