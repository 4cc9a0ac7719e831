"""The graphs of the likelihood lab: one a family, with its gradients; nothing is trained."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import hessian, jacrev

from export.arrays import array_graph
from export.recipe import Graph, Recipe, Sizes, Tensors
from hub.card import Paper, TensorSpec, Text
from models import likelihood as model

Shape = tuple[int | str, ...]
Specs = dict[str, tuple[Shape, str]]  # name -> shape, meaning


class Named(nn.Module):
    """A module whose outputs carry the name of its graph: one name has one meaning in a bundle."""

    def __init__(self, module: nn.Module, name: str) -> None:
        super().__init__()
        self.module = module
        self.name = name

    def forward(self, *inputs: Tensor) -> dict[str, Tensor]:
        return {f"{self.name}_{key}": value for key, value in self.module(*inputs).items()}


def graph(
    name: str,
    module: nn.Module,
    inputs: Specs,
    outputs: Specs,
    sample: Callable[[int, int], dict[str, Tensor]],  # of so many points and samples
    reference: Callable[[nn.Module, dict[str, Tensor]], dict[str, Tensor]] | None = None,
    dtype: str = "float64",
) -> Graph:
    """A graph whose inputs and outputs are NAME_INPUT and NAME_OUTPUT, float64 unless said."""

    def specs(given: Specs) -> tuple[TensorSpec, ...]:
        return tuple(
            TensorSpec(name=f"{name}_{key}", dtype="int64" if key == "lengths" else dtype, shape=shape, meaning=meaning)  # type: ignore[arg-type]
            for key, (shape, meaning) in given.items()
        )

    def named(sizes: Sizes) -> Tensors:
        return {f"{name}_{key}": value for key, value in sample(sizes["points"], sizes["samples"]).items()}

    def referred(given: Tensors) -> Tensors:
        assert reference is not None
        plain = {key.removeprefix(f"{name}_"): value for key, value in given.items()}
        return {f"{name}_{key}": value for key, value in reference(module, plain).items()}

    return array_graph(
        name,
        Named(module, name),
        inputs=specs(inputs),
        outputs=specs(outputs),
        sample=named,
        shapes=SIZES,
        reference=referred if reference else None,
        method="torch.onnx.export (dynamo); derivatives written out in closed form, held against torch.func",
        tolerance=1e-6 if dtype == "float32" else 1e-11,
    )


# --- samples: of a seed, at several sizes -----------------------------------------------------------------------------

SIZES = tuple({"points": points, "samples": samples} for points, samples in ((3, 11), (1, 1), (40, 200)))


def draw(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def uniform(*shape: int, low: float = 0.05, high: float = 0.95, seed: int = 0) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=draw(seed), dtype=torch.float64)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=draw(seed), dtype=torch.float64)


def coins(*shape: int, seed: int = 1) -> Tensor:
    return (uniform(*shape, seed=seed) > 0.4).to(torch.float64)


def whole(*shape: int, high: float = 9, seed: int = 1) -> Tensor:
    return torch.floor(uniform(*shape, low=0, high=high, seed=seed))


# --- what autograd says -----------------------------------------------------------------------------------------------


def at_points(
    name: str, of: str, wanted: tuple[str, ...]
) -> Callable[[nn.Module, dict[str, Tensor]], dict[str, Tensor]]:
    """Derivatives of the scalar output ``of`` by each point of the input ``name``: gradient, hessian, information."""

    def reference(module: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
        def scalar(point: Tensor) -> Tensor:
            return module(**(given | {name: point[None]}))[of][0]

        points = given[name]
        made = {"gradient": torch.stack([jacrev(scalar)(point) for point in points])}
        if "hessian" in wanted or "information" in wanted:
            second = torch.stack([hessian(scalar)(point) for point in points])
            made |= {"hessian": second, "information": -second}
        return {key: value for key, value in made.items() if key in wanted}

    return reference


def mixture_information(_: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    def scalar(point: Tensor) -> Tensor:
        return model.Mixture()(point[None], given["data"])["log_likelihood"][0]

    parameters = given["parameters"]
    return {"information": -hessian(scalar)(parameters).reshape(parameters.numel(), parameters.numel())}


def bigram(module: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"gradient": jacrev(lambda w: module(w, given["counts"])["log_likelihood"][0])(given["parameters"])}


def linear(module: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    made = at_points("parameters", "log_likelihood", ("gradient",))(module, given)
    error = at_points("parameters", "mse", ("gradient",))(module, given)["gradient"]
    return made | {"mse_gradient": error[:, :2]}


def logistic(module: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    made = at_points("parameters", "objective", ("gradient", "information"))(module, given)
    entropy = at_points("parameters", "cross_entropy", ("gradient",))(module, given)["gradient"]
    return made | {"cross_entropy_gradient": entropy}


def generative(module: nn.Module, given: dict[str, Tensor]) -> dict[str, Tensor]:
    names = ("prior", "means", "covariance")

    def scalar(*parts: Tensor) -> Tensor:
        return module(*parts, given["x"], given["y"])["log_likelihood"][0]

    parts = jacrev(scalar, (0, 1, 2))(*(given[name] for name in names))
    return {f"gradient_{name}": part for name, part in zip(names, parts, strict=True)}


# --- the graphs -------------------------------------------------------------------------------------------------------


def family(name: str, module: nn.Module, symbols: str, data: Callable[[int], Tensor], high: float) -> Graph:
    """A family over numbers, with k parameters."""
    k = len(symbols.split(","))
    one: Specs = {
        "parameters": (("points", k), symbols),
        "data": (("samples",), "x"),
    }
    outputs: Specs = {
        "log_prob": (("points", "samples"), "log p(x; θ)"),
        "log_likelihood": (("points",), "ℓ(θ), summed over the samples"),
        "gradient": (("points", k), "∂ℓ/∂θ"),
        "hessian": (("points", k, k), "∂²ℓ/∂θ²"),
        "information": (("points", k, k), "Fisher information of all samples"),
        "estimate": ((k,), "the maximum in closed form"),
    }

    def make(points: int, samples: int) -> dict[str, Tensor]:
        return {"parameters": uniform(points, k, high=high, seed=2), "data": data(samples)}

    reference = at_points("parameters", "log_likelihood", ("gradient", "hessian"))
    return graph(name, module, one, outputs, make, reference)


def categorical(points: int, categories: int) -> dict[str, Tensor]:
    categories = min(categories, 20)
    return {"parameters": normal(points, categories), "counts": whole(categories) + 1}


def mixture(points: int, samples: int) -> dict[str, Tensor]:
    samples = max(samples, 5)  # of a single one the variance is zero
    return {"parameters": normal(points, 3, 2 + points % 3) * 0.7, "data": normal(samples, seed=1) * 2}


def one_mixture(points: int, samples: int) -> dict[str, Tensor]:
    return {"parameters": normal(3, 2 + points % 3) * 0.7, "data": normal(samples, seed=1) * 2}


def pairs(points: int, tokens: int) -> dict[str, Tensor]:
    tokens = min(tokens, 40)
    return {"parameters": normal(tokens, tokens), "counts": whole(tokens, tokens) + 1}


def line(points: int, samples: int) -> dict[str, Tensor]:
    samples = max(samples, 2)
    parameters = torch.cat([normal(points, 2), uniform(points, 1, low=0.4)], dim=1)
    return {"parameters": parameters, "x": normal(samples, seed=1), "y": normal(samples, seed=2)}


def classes(points: int, samples: int) -> dict[str, Tensor]:
    return {
        "parameters": normal(points, 2 + points % 4),
        "x": normal(samples, 2 + points % 4, seed=1),
        "y": coins(samples),
        "penalty": torch.tensor([0.3], dtype=torch.float64),
    }


def plane(_: int, samples: int) -> dict[str, Tensor]:
    samples = max(samples, 5)
    y = (torch.arange(samples) % 3 == 0).to(torch.float64)
    covariance = torch.tensor([[1.4, 0.3], [0.3, 0.8]], dtype=torch.float64)
    return {
        "prior": uniform(1), "means": normal(2, 2), "covariance": covariance, "x": normal(samples, 2, seed=1), "y": y,
    }  # fmt: skip


def product(dtype: torch.dtype, lengths: int, samples: int) -> dict[str, Tensor]:
    counts = torch.linspace(1, samples, lengths).to(torch.int64)
    return {"log_prob": (math.log(0.9) * uniform(samples)).to(dtype), "lengths": counts}


def product_graph(name: str, dtype: torch.dtype) -> Graph:
    return graph(
        name,
        model.ProductAndSum(),
        {"log_prob": (("samples",), "log p(x)"), "lengths": (("lengths",), "how many samples to take, from the first")},
        {"product": (("lengths",), "Π p(x)"), "log_sum": (("lengths",), "Σ log p(x)")},
        partial(product, dtype),
        dtype=str(dtype).removeprefix("torch."),
    )


LOG_LIKELIHOOD = (("points",), "ℓ(θ), summed over the samples")
GRAPHS = (
    family("bernoulli", model.Bernoulli(), "p", coins, 0.95),
    family("gaussian", model.Gaussian(), "μ, σ", normal, 3),
    family("poisson", model.Poisson(), "λ", whole, 6),
    family("exponential", model.Exponential(), "λ", uniform, 4),
    graph(
        "categorical",
        model.Categorical(),
        {"parameters": (("points", "categories"), "η"), "counts": (("categories",), "how often each was seen")},
        {
            "probabilities": (("points", "categories"), "softmax(η), they sum to one"),
            "log_likelihood": LOG_LIKELIHOOD,
            "gradient": (("points", "categories"), "∂ℓ/∂η; its entries sum to zero"),
            "information": (("points", "categories", "categories"), "Fisher information"),
            "expected_log_likelihood": (("points",), "of one sample of the data: E log p"),
            "entropy": ((1,), "H(p̂) of the data"),
            "divergence": (("points",), "KL(p̂ || p) = -H(p̂) - E log p"),
            "estimate": (("categories",), "p̂, the shares seen"),
        },
        categorical,
        at_points("parameters", "log_likelihood", ("gradient", "information")),
    ),
    graph(
        "mixture",
        model.Mixture(),
        {
            "parameters": (("points", 3, "components"), "in rows: logits of the weights, means, log σ"),
            "data": (("samples",), "x"),
        },
        {
            "log_prob": (("points", "samples"), "log p(x; θ)"),
            "responsibilities": (("points", "samples", "components"), "p(component | x)"),
            "log_likelihood": LOG_LIKELIHOOD,
            "gradient": (("points", 3, "components"), "∂ℓ/∂θ"),
            "em_step": (("points", 3, "components"), "the parameters after one step of EM"),
        },
        mixture,
        at_points("parameters", "log_likelihood", ("gradient",)),
    ),
    graph(
        "mixture_information",
        model.MixtureInformation(),
        {
            "parameters": ((3, "components"), "in rows: logits of the weights, means, log σ"),
            "data": (("samples",), "x"),
        },
        {"information": (("free", "free"), "observed information: minus the second derivatives, flattened by rows")},
        one_mixture,
        mixture_information,
    ),
    graph(
        "bigram",
        model.Bigram(),
        {
            "parameters": (("tokens", "tokens"), "W, a row for each previous token"),
            "counts": (("tokens", "tokens"), "how often the column's token followed the row's"),
        },
        {
            "log_likelihood": ((1,), "ℓ(W)"),
            "perplexity": ((1,), "e to the mean negative log-likelihood"),
            "gradient": (("tokens", "tokens"), "∂ℓ/∂W"),
            "estimate": (("tokens", "tokens"), "the maximum in closed form: shares of the row"),
            "maximum": ((1,), "ℓ there"),
            "standard_error": (("tokens", "tokens"), "of the estimate, from the Fisher information of its row"),
        },
        pairs,
        bigram,
    ),
    graph(
        "linear",
        model.LinearRegression(),
        {"parameters": (("points", 3), "a, b, σ"), "x": (("samples",), ""), "y": (("samples",), "")},
        {
            "log_likelihood": LOG_LIKELIHOOD,
            "mse": (("points",), "mean squared error of the line"),
            "gradient": (("points", 3), "∂ℓ/∂(a, b, σ)"),
            "mse_gradient": (("points", 2), "∂MSE/∂(a, b)"),
            "information": (("points", 3, 3), "Fisher information"),
            "estimate": ((3,), "least squares, and σ² = MSE"),
        },
        line,
        linear,
    ),
    graph(
        "logistic",
        model.LogisticRegression(),
        {
            "parameters": (("points", "features"), "w, the last one the intercept"),
            "x": (("samples", "features"), "the last column is one"),
            "y": (("samples",), "the class, 0 or 1"),
            "penalty": ((1,), "λ of the penalty on the squared weights; 0: none"),
        },
        {
            "log_likelihood": LOG_LIKELIHOOD,
            "objective": (("points",), "ℓ minus the penalty"),
            "cross_entropy": (("points",), "mean cross-entropy of softmax(0, z) and one-hot targets"),
            "gradient": (("points", "features"), "∂objective/∂w"),
            "cross_entropy_gradient": (("points", "features"), "∂(mean cross-entropy)/∂w, through the softmax"),
            "information": (("points", "features", "features"), "Fisher information, with the penalty's part"),
            "probabilities": (("points", "samples"), "p(y = 1 | x)"),
        },
        classes,
        logistic,
    ),
    graph(
        "generative",
        model.TwoGaussians(),
        {
            "prior": ((1,), "π"),
            "means": ((2, 2), "μ₀, μ₁ in rows"),
            "covariance": ((2, 2), "Σ, of both classes"),
            "x": (("samples", 2), ""),
            "y": (("samples",), "the class, 0 or 1"),
        },
        {
            "log_likelihood": ((1,), "log p(x, y), summed"),
            "conditional_log_likelihood": ((1,), "log p(y | x), summed"),
            "posterior": (("samples",), "p(y = 1 | x)"),
            "gradient_prior": ((1,), "∂ℓ/∂π"),
            "gradient_means": ((2, 2), "∂ℓ/∂μ"),
            "gradient_covariance": ((2, 2), "∂ℓ/∂Σ"),
            "weights": ((3,), "w₁, w₂, b of the posterior as a logistic function"),
            "estimate_prior": ((1,), "closed form"),
            "estimate_means": ((2, 2), "closed form"),
            "estimate_covariance": ((2, 2), "closed form, pooled"),
        },
        plane,
        generative,
    ),
    product_graph("product_float32", torch.float32),
    product_graph("product_float64", torch.float64),
)

RECIPES = (
    Recipe(
        name="likelihood-lab",
        task="likelihood-lab",
        title=Text(en="Likelihood lab", zh="极大似然实验室"),
        summary=Text(
            en="Log-likelihoods of ten models with their gradients, Fisher information, closed forms and EM steps: the "
            "model is fixed, the result is known, infer the parameters.",
            zh="十种模型的对数似然，连同梯度、费雪信息、闭式解和 EM 步：模型已定，结果已知，反推参数。",
        ),
        paper=Paper(
            authors="Fisher",
            year=1922,
            title="On the Mathematical Foundations of Theoretical Statistics",
            url="https://doi.org/10.1098/rsta.1922.0009",
        ),
        departures=(),
        languages=("en", "zh"),
        licenses=(),
        graphs=lambda _: GRAPHS,
        default="gaussian",
    ),
)
