"""The log-likelihoods against torch.distributions, their written-out derivatives against torch.autograd in float64."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.func import hessian, jacrev

from models import likelihood as model

RELATIVE = 1e-9


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=random, dtype=torch.float64)


def uniform(random: torch.Generator, *shape: int) -> Tensor:
    return torch.rand(*shape, generator=random, dtype=torch.float64) * 0.9 + 0.05


def close(found: Tensor, wanted: Tensor) -> None:
    size = max(1.0, float(wanted.abs().max()))
    assert float((found - wanted).abs().max()) <= RELATIVE * size


def samples(family: str, random: torch.Generator, count: int = 17) -> Tensor:
    if family == "bernoulli":
        return (uniform(random, count) > 0.4).to(torch.float64)
    if family == "poisson":
        return torch.poisson(torch.full((count,), 3.0, dtype=torch.float64), generator=random)
    return uniform(random, count) * 4 if family == "exponential" else normal(random, count) * 2 + 1


def points(family: str, random: torch.Generator, count: int = 4) -> Tensor:
    made = uniform(random, count, 2 if family == "gaussian" else 1)
    return made if family == "bernoulli" else made * 3


MODULES = {
    "bernoulli": model.Bernoulli(),
    "gaussian": model.Gaussian(),
    "poisson": model.Poisson(),
    "exponential": model.Exponential(),
}
DISTRIBUTIONS: dict[str, Callable[[Tensor], torch.distributions.Distribution]] = {
    "bernoulli": lambda point: torch.distributions.Bernoulli(point[0]),
    "gaussian": lambda point: torch.distributions.Normal(point[0], point[1]),
    "poisson": lambda point: torch.distributions.Poisson(point[0]),
    "exponential": lambda point: torch.distributions.Exponential(point[0]),
}
each_family = pytest.mark.parametrize("family", MODULES)
seeds = st.integers(0, 2**31 - 1)


@each_family
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_probabilities_are_those_of_torch(family: str, seed: int) -> None:
    random = draw(seed)
    data, at = samples(family, random), points(family, random)
    made = MODULES[family](at, data)["log_prob"]
    close(made, torch.stack([DISTRIBUTIONS[family](point).log_prob(data) for point in at]))


@each_family
@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_gradient_and_hessian_are_those_of_autograd(family: str, seed: int) -> None:
    random = draw(seed)
    data, at = samples(family, random), points(family, random)
    module = MODULES[family]
    made = module(at, data)

    def log_likelihood(point: Tensor) -> Tensor:
        return module(point[None], data)["log_likelihood"][0]

    close(made["gradient"], torch.stack([jacrev(log_likelihood)(point) for point in at]))
    close(made["hessian"], torch.stack([hessian(log_likelihood)(point) for point in at]))


@each_family
def test_the_closed_form_is_where_the_gradient_is_zero_and_the_two_informations_meet(family: str) -> None:
    data = samples(family, draw(3))
    best = MODULES[family](torch.ones(1, 2 if family == "gaussian" else 1, dtype=torch.float64) / 2, data)["estimate"]
    there = MODULES[family](best[None], data)
    close(there["gradient"], torch.zeros_like(there["gradient"]))
    close(there["information"], -there["hessian"])  # of these families, at the maximum


@each_family
def test_fisher_information_is_the_variance_of_the_score(family: str) -> None:
    random = draw(5)
    at = points(family, random, 1)
    torch.manual_seed(1)
    data = DISTRIBUTIONS[family](at[0]).sample((20_000,))
    module = MODULES[family]
    scores = torch.func.vmap(lambda x: jacrev(lambda p: module(p[None], x[None])["log_likelihood"][0])(at[0]))(data)
    np.testing.assert_allclose(torch.cov(scores.T).reshape(at.shape[1], -1) * len(data),
                               module(at, data)["information"][0], rtol=0.06, atol=0.06 * len(data))  # fmt: skip


@given(x=st.floats(0, 1e6))
def test_log_factorial_is_log_gamma(x: float) -> None:
    found = float(model.log_factorial(torch.tensor(x, dtype=torch.float64)))
    assert found == pytest.approx(math.lgamma(x + 1), rel=1e-13, abs=1e-12)


def test_a_probability_of_zero_is_no_fault_where_nothing_was_seen() -> None:
    zeros, edge = torch.zeros(7, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    made = model.Bernoulli()(edge, zeros)
    assert float(made["log_likelihood"]) == 0 and float(made["gradient"]) == -7
    assert float(model.Bernoulli()(edge, zeros + 1)["log_likelihood"]) == -math.inf
    assert abs(float(model.Poisson()(edge, zeros)["log_likelihood"])) < 1e-12


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_categorical(seed: int) -> None:
    random = draw(seed)
    counts = torch.floor(uniform(random, 5) * 9)
    at = normal(random, 3, 5)
    made = model.Categorical()(at, counts)

    def log_likelihood(eta: Tensor) -> Tensor:
        return (counts * torch.distributions.Categorical(logits=eta).logits).sum()

    close(made["log_likelihood"], torch.stack([log_likelihood(eta) for eta in at]))
    close(made["gradient"], torch.stack([jacrev(log_likelihood)(eta) for eta in at]))
    close(made["information"], -torch.stack([hessian(log_likelihood)(eta) for eta in at]))
    close(made["gradient"].sum(dim=1), torch.zeros(3, dtype=torch.float64))
    seen = torch.distributions.Categorical(probs=counts / counts.sum())
    apart = torch.stack(
        [torch.distributions.kl_divergence(seen, torch.distributions.Categorical(logits=e)) for e in at]
    )
    np.testing.assert_allclose(made["divergence"], apart, atol=1e-6)  # torch keeps probabilities off zero by 1e-16
    close(made["divergence"] + made["entropy"] + made["expected_log_likelihood"], torch.zeros_like(apart))


def mixture_log_likelihood(point: Tensor, data: Tensor) -> Tensor:
    parts = torch.distributions.Normal(point[1], torch.exp(point[2])).log_prob(data[:, None])
    return torch.logsumexp(parts + torch.log_softmax(point[0], dim=0), dim=1).sum()


@given(seed=seeds, components=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_mixture(seed: int, components: int) -> None:
    random = draw(seed)
    data, at = normal(random, 19) * 2, normal(random, 3, 3, components) * 0.7
    made = model.Mixture()(at, data)
    close(made["log_likelihood"], torch.stack([mixture_log_likelihood(point, data) for point in at]))
    close(made["gradient"], torch.stack([jacrev(mixture_log_likelihood)(point, data) for point in at]))
    wanted = -hessian(mixture_log_likelihood)(at[0], data).reshape(3 * components, 3 * components)
    close(model.MixtureInformation()(at[0], data)["information"], wanted)
    after = torch.stack([mixture_log_likelihood(point, data) for point in made["em_step"]])
    assert bool((after >= made["log_likelihood"] - 1e-9).all())  # EM never goes down


def test_bigram() -> None:
    random = draw(2)
    counts, at = torch.floor(uniform(random, 6, 6) * 5), normal(random, 6, 6)
    counts[3] = 0  # a token that nothing follows
    made = model.Bigram()(at, counts)

    def log_likelihood(weights: Tensor) -> Tensor:
        return (counts * torch.log_softmax(weights, dim=1)).sum()

    close(made["log_likelihood"][0], log_likelihood(at))
    close(made["gradient"], jacrev(log_likelihood)(at))
    best = model.Bigram()(torch.log(made["estimate"] + 1e-300), counts)
    close(best["log_likelihood"], made["maximum"])
    assert float(best["gradient"].abs().max()) < 1e-9


def test_linear_regression_is_least_squares() -> None:
    random = draw(4)
    x, y = normal(random, 15), normal(random, 15)
    at = torch.cat([normal(random, 3, 2), uniform(random, 3, 1) + 0.3], dim=1)
    made = model.LinearRegression()(at, x, y)

    def log_likelihood(p: Tensor) -> Tensor:
        return torch.distributions.Normal(p[0] * x + p[1], p[2]).log_prob(y).sum()

    close(made["log_likelihood"], torch.stack([log_likelihood(p) for p in at]))
    close(made["gradient"], torch.stack([jacrev(log_likelihood)(p) for p in at]))
    mse = torch.stack([((y - p[0] * x - p[1]) ** 2).mean() for p in at])
    close(made["mse"], mse)
    close(made["mse_gradient"], torch.stack([jacrev(lambda q: ((y - q[0] * x - q[1]) ** 2).mean())(p[:2]) for p in at]))
    sigma = at[:, 2]
    close(-made["log_likelihood"] / 15, mse / (2 * sigma**2) + torch.log(sigma * math.sqrt(2 * math.pi)))
    best = model.LinearRegression()(made["estimate"][None], x, y)
    close(best["gradient"], torch.zeros(1, 3, dtype=torch.float64))
    close(best["information"][0], -hessian(log_likelihood)(made["estimate"]))


@given(seed=seeds, weight=st.floats(0, 3))
@settings(max_examples=20, deadline=None)
def test_logistic_regression_is_cross_entropy(seed: int, weight: float) -> None:
    random = draw(seed)
    x = torch.cat([normal(random, 16, 2), torch.ones(16, 1, dtype=torch.float64)], dim=1)
    y, at = (uniform(random, 16) > 0.5).to(torch.float64), normal(random, 3, 3)
    penalty = torch.tensor([weight], dtype=torch.float64)
    made = model.LogisticRegression()(at, x, y, penalty)

    def objective(w: Tensor) -> Tensor:
        fit = torch.distributions.Bernoulli(logits=x @ w).log_prob(y).sum()
        return fit - 0.5 * weight * (w[:2] ** 2).sum()

    close(made["objective"], torch.stack([objective(w) for w in at]))
    close(made["gradient"], torch.stack([jacrev(objective)(w) for w in at]))
    close(made["information"], -torch.stack([hessian(objective)(w) for w in at]))

    def cross_entropy(w: Tensor) -> Tensor:
        logits = torch.stack([torch.zeros(16, dtype=torch.float64), x @ w], dim=1)
        return torch.nn.functional.cross_entropy(logits, y.long())

    close(made["cross_entropy"], torch.stack([cross_entropy(w) for w in at]))
    close(made["cross_entropy_gradient"], torch.stack([jacrev(cross_entropy)(w) for w in at]))
    close(made["cross_entropy"], -made["log_likelihood"] / 16)


def test_two_gaussians() -> None:
    random = draw(6)
    x, y = normal(random, 20, 2), (torch.arange(20) % 3 == 0).to(torch.float64)
    prior, means = uniform(random, 1), normal(random, 2, 2)
    covariance = torch.tensor([[1.4, 0.3], [0.3, 0.8]], dtype=torch.float64)

    def log_likelihood(prior: Tensor, means: Tensor, covariance: Tensor) -> Tensor:
        of = [torch.distributions.MultivariateNormal(means[c], covariance, validate_args=False) for c in (0, 1)]
        joint = [of[0].log_prob(x) + torch.log(1 - prior), of[1].log_prob(x) + torch.log(prior)]
        return torch.where(y == 1, joint[1], joint[0]).sum()

    made = model.TwoGaussians()(prior, means, covariance, x, y)
    close(made["log_likelihood"][0], log_likelihood(prior, means, covariance))
    close(made["gradient_prior"], jacrev(log_likelihood, 0)(prior, means, covariance))
    close(made["gradient_means"], jacrev(log_likelihood, 1)(prior, means, covariance))
    own = jacrev(lambda s: model.TwoGaussians()(prior, means, s, x, y)["log_likelihood"][0])(covariance)
    close(made["gradient_covariance"], own)
    z = x @ made["weights"][:2] + made["weights"][2]
    close(made["posterior"], torch.sigmoid(z))
    close(made["conditional_log_likelihood"][0], torch.distributions.Bernoulli(logits=z).log_prob(y).sum())
    best = [made[f"estimate_{name}"] for name in ("prior", "means", "covariance")]
    there = model.TwoGaussians()(*best, x, y)
    for name in ("prior", "means", "covariance"):
        close(there[f"gradient_{name}"], torch.zeros_like(there[f"gradient_{name}"]))


def test_the_product_is_gone_where_the_sum_still_counts() -> None:
    log_prob = torch.full((2000,), math.log(0.5), dtype=torch.float64)
    lengths = torch.tensor([1, 149, 150, 1074, 1076, 2000])
    single, double = (model.ProductAndSum()(log_prob.to(kind), lengths) for kind in (torch.float32, torch.float64))
    assert single["product"].tolist()[:3] == [0.5, 2.0**-149, 0.0]  # the smallest float32 above zero
    assert double["product"].tolist()[3:] == [2.0**-1074, 0.0, 0.0]
    np.testing.assert_allclose(double["log_sum"], np.log(0.5) * lengths.numpy())
    np.testing.assert_allclose(single["log_sum"], double["log_sum"], rtol=1e-6)
