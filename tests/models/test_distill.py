"""The loss of distillation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.distill import soft_cross_entropy


def test_the_loss_is_the_divergence_of_the_softened_answers() -> None:
    student, teacher = torch.tensor([[2.0, -1.0], [0.5, 0.5]]), torch.tensor([[1.0, 3.0], [0.0, 4.0]])
    temperature = 2.0

    value = soft_cross_entropy(temperature)({"logits": student}, teacher)

    p = np.exp(teacher.numpy() / 2) / np.exp(teacher.numpy() / 2).sum(1, keepdims=True)
    q = np.exp(student.numpy() / 2) / np.exp(student.numpy() / 2).sum(1, keepdims=True)
    assert value.item() == pytest.approx(4 * (p * np.log(p / q)).sum(1).mean(), rel=1e-5)


def test_the_loss_is_zero_for_the_teachers_answer_up_to_a_constant() -> None:
    teacher = torch.randn(5, 3)

    value = soft_cross_entropy(3.0)({"logits": teacher + 7.0}, teacher)

    assert value.item() == pytest.approx(0, abs=1e-5)


def test_at_a_high_temperature_the_gradient_is_that_of_matching_logits() -> None:
    """Section 2.1: for zero-mean logits dC/dz = (z - v) / N, with T squared in the loss and N classes."""
    teacher = torch.tensor([[1.0, -1.0]])
    student = torch.tensor([[-0.5, 0.5]], requires_grad=True)

    soft_cross_entropy(1000.0)({"logits": student}, teacher).backward()

    torch.testing.assert_close(student.grad, (student.detach() - teacher) / 2, atol=1e-2, rtol=0)
