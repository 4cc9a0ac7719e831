"""Log-likelihoods with their gradients and Fisher information as outputs of the graph: "the model is fixed, the result
is known, infer the parameters".

Sources: Fisher 1922, On the Mathematical Foundations of Theoretical Statistics, https://doi.org/10.1098/rsta.1922.0009;
Louis 1982 (observed information of a mixture); Dempster, Laird and Rubin 1977 (EM); Ng and Jordan 2002 (generative
against discriminative).

Departures: none from the mathematics. Every derivative is written out beside its equation and needs no backward pass,
so that it can be exported; the tests hold each against torch.autograd in float64.

Shapes: P parameter points are evaluated in one call (a grid of them is a likelihood surface), N is the sample size.
All numbers are float64 unless a float32 is the point: the maximum of a log-likelihood is flat, and half of the digits
are lost on the way to its place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

Outputs = dict[str, Tensor]

# As tensors: the exporter writes a Python number that no float32 holds as a float32 all the same (an error of 1e-7).
HALF_LOG_TWO_PI = torch.tensor(0.5 * math.log(2 * math.pi), dtype=torch.float64)
STIRLING = torch.tensor([1 / 12, -1 / 360, 1 / 1260, -1 / 1680], dtype=torch.float64)


def times(factor: Tensor, value: Tensor) -> Tensor:
    """factor · value, and 0 where the factor is 0 even if the value is infinite: 0 log 0 = 0."""
    return torch.where(factor == 0, torch.zeros_like(factor * value), factor * value)


def log_factorial(x: Tensor) -> Tensor:
    """log x! for x ≥ 0 of any shape, to 1e-13 of its size; ONNX has no log-gamma.

    log x! = log Γ(x + 1) = log Γ(z) - Σ_{j=1}^{16} log(x + j), z = x + 17, and Stirling's series for log Γ(z).
    """
    z = x + 17.0
    a, b, c, d = STIRLING
    square = z * z
    series = (a + (b + (c + d / square) / square) / square) / z
    shift = torch.zeros_like(x)
    for j in range(1, 17):
        shift = shift + torch.log(x + j)
    return (z - 0.5) * torch.log(z) - z + HALF_LOG_TWO_PI + series - shift


def total(log_prob: Tensor) -> Tensor:
    """ℓ(θ) = Σ_i log p(x_i; θ): (P, N) -> (P)."""
    return log_prob.sum(dim=1)


class Bernoulli(nn.Module):
    """x ∈ {0, 1}, p(x; p) = p^x (1 - p)^(1 - x)."""

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (P, 1): p. data (N)."""
        p = parameters  # (P, 1)
        k, n = data.sum(), torch.ones_like(data).sum()
        log_prob = torch.where(data[None] == 1, torch.log(p), torch.log(1 - p))  # (P, N)
        zero = torch.zeros_like(p)
        up = torch.where(k == 0, zero, k / p)
        down = torch.where(n - k == 0, zero, (n - k) / (1 - p))
        return {
            "log_prob": log_prob,
            "log_likelihood": total(log_prob),
            "gradient": up - down,  # k/p - (n - k)/(1 - p)
            "hessian": (-times(up, 1 / p) - times(down, 1 / (1 - p)))[:, :, None],  # -k/p² - (n - k)/(1 - p)²
            "information": (n / (p * (1 - p)))[:, :, None],  # n/(p(1 - p))
            "estimate": (k / n)[None],  # p̂ = k/n
        }


class Gaussian(nn.Module):
    """p(x; μ, σ) = exp(-(x - μ)²/(2σ²)) / (σ √(2π))."""

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (P, 2): μ, σ. data (N)."""
        mu, sigma = parameters[:, :1], parameters[:, 1:]  # (P, 1)
        n = torch.ones_like(data).sum()
        d = data[None] - mu  # (P, N)
        log_prob = -HALF_LOG_TWO_PI - torch.log(sigma) - 0.5 * (d / sigma) ** 2
        s1, s2 = d.sum(dim=1, keepdim=True), (d * d).sum(dim=1, keepdim=True)  # (P, 1)
        mean = data.mean()
        cross = -2 * s1 / sigma**3
        rows = [-n / sigma**2, cross], [cross, n / sigma**2 - 3 * s2 / sigma**4]
        one, none = torch.ones_like(sigma), torch.zeros_like(sigma)
        fisher = [n * one / sigma**2, none], [none, 2 * n / sigma**2]  # n diag(1/σ², 2/σ²)
        return {
            "log_prob": log_prob,
            "log_likelihood": total(log_prob),
            "gradient": torch.cat([s1 / sigma**2, s2 / sigma**3 - n / sigma], dim=1),  # Σd/σ², Σd²/σ³ - n/σ
            "hessian": matrix(*rows),
            "information": matrix(*fisher),
            "estimate": torch.stack([mean, torch.sqrt(((data - mean) ** 2).mean())]),  # x̄, √(Σ(x - x̄)²/n)
        }


def matrix(*rows: list[Tensor]) -> Tensor:
    """Entries (P, 1) as matrices (P, k, k)."""
    return torch.stack([torch.cat(row, dim=1) for row in rows], dim=1)


class Poisson(nn.Module):
    """x ∈ {0, 1, 2, …}, p(x; λ) = λ^x e^(-λ) / x!."""

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (P, 1): λ. data (N)."""
        rate = parameters
        n, s = torch.ones_like(data).sum(), data.sum()
        x = data[None] + torch.zeros_like(rate)  # (P, N)
        log_prob = times(x, torch.log(rate)) - rate - log_factorial(data)[None]
        up = torch.where(s == 0, torch.zeros_like(rate), s / rate)
        return {
            "log_prob": log_prob,
            "log_likelihood": total(log_prob),
            "gradient": up - n,  # Σx/λ - n
            "hessian": -times(up, 1 / rate)[:, :, None],  # -Σx/λ²
            "information": (n / rate)[:, :, None],  # n/λ
            "estimate": data.mean()[None],  # λ̂ = x̄
        }


class Exponential(nn.Module):
    """x ≥ 0, p(x; λ) = λ e^(-λx)."""

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (P, 1): λ. data (N)."""
        rate = parameters
        n, s = torch.ones_like(data).sum(), data.sum()
        log_prob = torch.log(rate) - rate * data[None]
        log_prob = torch.where(data[None] < 0, torch.full_like(log_prob, -math.inf), log_prob)
        return {
            "log_prob": log_prob,
            "log_likelihood": total(log_prob),
            "gradient": n / rate - s,  # n/λ - Σx
            "hessian": -(n / rate**2)[:, :, None],
            "information": (n / rate**2)[:, :, None],  # n/λ²
            "estimate": (n / s)[None],  # λ̂ = 1/x̄
        }


class Categorical(nn.Module):
    """p(x = k; η) = softmax(η)_k: the probabilities sum to one whatever η is, so that none is raised alone."""

    def forward(self, parameters: Tensor, counts: Tensor) -> Outputs:
        """parameters (P, K): η. counts (K): how often each category was seen."""
        n = counts.sum()
        log_p = torch.log_softmax(parameters, dim=1)  # (P, K)
        p = torch.exp(log_p)
        empirical = counts / n  # p̂
        entropy = -times(empirical, torch.log(empirical)).sum()  # H(p̂) = -Σ p̂ log p̂
        log_likelihood = times(counts[None] + torch.zeros_like(p), log_p).sum(dim=1)  # Σ_k c_k log p_k
        expected = log_likelihood / n  # E_{x ~ p̂} log p(x; η)
        jacobian = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]  # ∂p/∂η = diag(p) - p pᵀ
        return {
            "probabilities": p,
            "log_likelihood": log_likelihood,
            "gradient": counts - n * p,  # c - n p; its entries sum to zero
            "information": n * jacobian,  # singular: η and η + const are the same model
            "expected_log_likelihood": expected,
            "entropy": entropy[None],
            "divergence": -entropy - expected,  # KL(p̂ || p) = -H(p̂) - E_p̂ log p
            "estimate": empirical,
        }


class Mixture(nn.Module):
    """p(x) = Σ_m w_m N(x; μ_m, σ_m²), w = softmax(η); parameters η, μ, log σ."""

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (P, 3, M): η, μ, log σ of each component. data (N)."""
        eta, mu, log_sigma = parameters[:, 0], parameters[:, 1], parameters[:, 2]  # (P, M)
        log_w = torch.log_softmax(eta, dim=1)
        z = (data[None, :, None] - mu[:, None]) * torch.exp(-log_sigma)[:, None]  # (P, N, M)
        joint = (log_w - HALF_LOG_TWO_PI - log_sigma)[:, None] - 0.5 * z * z  # log w_m N(x; μ_m, σ_m²)
        top = joint.amax(dim=2, keepdim=True)
        log_prob = (top + torch.log(torch.exp(joint - top).sum(dim=2, keepdim=True)))[:, :, 0]
        r = torch.exp(joint - log_prob[:, :, None])  # responsibilities r_im
        n = torch.ones_like(data).sum()
        mass = r.sum(dim=1)  # (P, M)
        gradient = [mass - n * torch.exp(log_w), (r * z).sum(dim=1) * torch.exp(-log_sigma), (r * (z * z - 1)).sum(1)]
        # One step of EM: the weights, means and variances of the data, each sample counted by its responsibility.
        mean = (r * data[None, :, None]).sum(dim=1) / mass
        variance = (r * (data[None, :, None] - mean[:, None]) ** 2).sum(dim=1) / mass
        return {
            "log_prob": log_prob,
            "responsibilities": r,
            "log_likelihood": total(log_prob),
            "gradient": torch.stack(gradient, dim=1),  # Σ(r - w), Σ r z/σ, Σ r (z² - 1)
            "em_step": torch.stack([torch.log(mass / n), mean, 0.5 * torch.log(variance)], dim=1),
        }


class MixtureInformation(nn.Module):
    """The observed information of the mixture at one point (Louis 1982, eq. 3.1').

    -∇²ℓ = Σ_i { s_i s_iᵀ - Σ_m r_im (∇²_m + ∇_m ∇_mᵀ) }, s_i = Σ_m r_im ∇_m, where ∇_m and ∇²_m are the derivatives
    of log w_m N(x_i; μ_m, σ_m²) by all parameters.
    """

    def forward(self, parameters: Tensor, data: Tensor) -> Outputs:
        """parameters (3, M). data (N)."""
        w = torch.softmax(parameters[0], dim=0)  # (M)
        mu, inverse = parameters[1], torch.exp(-parameters[2])  # (M), 1/σ
        z = (data[:, None] - mu) * inverse  # (N, M)
        joint = torch.log(w * inverse) - 0.5 * z * z
        r = torch.softmax(joint, dim=1)  # (N, M)
        eye = torch.diag_embed(torch.ones_like(w))  # (M, M)
        # ∇_m: (N, M, 3M), the component m along the second axis.
        first = torch.cat(
            [
                (eye - w[None])[None] + torch.zeros_like(z)[:, :, None],
                eye[None] * (z * inverse)[:, :, None],
                eye[None] * (z * z - 1)[:, :, None],
            ],
            dim=2,
        )
        score = (r[:, :, None] * first).sum(dim=1)  # s_i: (N, 3M)
        outer = (r[:, :, None] * first).flatten(0, 1).T @ first.flatten(0, 1)  # Σ_i Σ_m r ∇_m ∇_mᵀ
        # Σ_i Σ_m r_im ∇²_m, block by block; between components only the weights are tied.
        n, mass = torch.ones_like(data).sum(), r.sum(dim=0)
        none = torch.zeros_like(eye)
        weights = -n * (torch.diag_embed(w) - w[:, None] * w[None])
        means = torch.diag_embed(-mass * inverse**2)
        mixed = torch.diag_embed(-2 * (r * z).sum(dim=0) * inverse)
        scales = torch.diag_embed(-2 * (r * z * z).sum(dim=0))
        second = torch.cat(
            [
                torch.cat([weights, none, none], dim=1),
                torch.cat([none, means, mixed], dim=1),
                torch.cat([none, mixed, scales], dim=1),
            ],
            dim=0,
        )
        return {"information": score.T @ score - outer - second}


class Bigram(nn.Module):
    """p(w_t = j | w_{t-1} = i) = softmax(W_i)_j: a language model that looks one token back."""

    def forward(self, parameters: Tensor, counts: Tensor) -> Outputs:
        """parameters (V, V): W. counts (V, V): how often j followed i."""
        log_p = torch.log_softmax(parameters, dim=1)
        row = counts.sum(dim=1, keepdim=True)  # c_i
        safe = torch.clamp(row, min=1.0)
        log_likelihood = times(counts, log_p).sum()[None]  # Σ_ij c_ij log p(j|i)
        estimate = counts / safe  # p̂(j|i) = c_ij / c_i
        return {
            "log_likelihood": log_likelihood,
            "perplexity": torch.exp(-log_likelihood / counts.sum()),  # e^(mean negative log-likelihood)
            "gradient": counts - row * torch.exp(log_p),  # c_ij - c_i p(j|i)
            "estimate": estimate,
            "maximum": times(counts, torch.log(estimate)).sum()[None],
            "standard_error": torch.sqrt(estimate * (1 - estimate) / safe),  # inverse Fisher information of a row
        }


class LinearRegression(nn.Module):
    """y = a x + b + ε, ε ~ N(0, σ²): for a fixed σ, -ℓ = n MSE/(2σ²) + n log(σ √(2π))."""

    def forward(self, parameters: Tensor, x: Tensor, y: Tensor) -> Outputs:
        """parameters (P, 3): a, b, σ. x, y (N)."""
        a, b, sigma = parameters[:, :1], parameters[:, 1:2], parameters[:, 2:]  # (P, 1)
        n = torch.ones_like(x).sum()
        residual = y[None] - a * x[None] - b  # (P, N)
        log_prob = -HALF_LOG_TWO_PI - torch.log(sigma) - 0.5 * (residual / sigma) ** 2
        mse = (residual * residual).mean(dim=1)
        rx = (residual * x[None]).sum(dim=1, keepdim=True)
        r = residual.sum(dim=1, keepdim=True)
        rr = (residual * residual).sum(dim=1, keepdim=True)
        # The least-squares line: a = Σ(x - x̄)(y - ȳ)/Σ(x - x̄)², b = ȳ - a x̄, σ² = MSE.
        dx, dy = x - x.mean(), y - y.mean()
        slope = (dx * dy).sum() / (dx * dx).sum()
        intercept = y.mean() - slope * x.mean()
        left = dy - slope * dx
        one, none = torch.ones_like(sigma), torch.zeros_like(sigma)
        xx, sx = (x * x).sum() * one, x.sum() * one
        fisher = [xx, sx, none], [sx, n * one, none], [none, none, 2 * n * one]
        return {
            "log_likelihood": total(log_prob),
            "mse": mse,
            "gradient": torch.cat([rx / sigma**2, r / sigma**2, rr / sigma**3 - n / sigma], dim=1),
            "mse_gradient": torch.cat([-2 * rx / n, -2 * r / n], dim=1),  # ∂MSE/∂a, ∂MSE/∂b
            "information": matrix(*fisher) / (sigma**2)[:, :, None],
            "estimate": torch.stack([slope, intercept, torch.sqrt((left * left).mean())]),
        }


class LogisticRegression(nn.Module):
    """p(y = 1 | x) = 1/(1 + e^(-z)), z = wᵀx: its negative log-likelihood is the cross-entropy of softmax(0, z)."""

    def forward(self, parameters: Tensor, x: Tensor, y: Tensor, penalty: Tensor) -> Outputs:
        """parameters (P, D): w, the last one the intercept. x (N, D), its last column ones. y (N): 0 or 1.

        penalty (1): λ of -½ λ Σ w_j² without the intercept, a Gaussian prior; 0 is plain maximum likelihood.
        """
        w = parameters
        n = torch.ones_like(y).sum()
        z = w @ x.T  # (P, N)
        tail = torch.log(1 + torch.exp(-z.abs()))
        log_p1, log_p0 = torch.clamp(z, max=0.0) - tail, torch.clamp(-z, max=0.0) - tail  # log σ(z), log σ(-z)
        # The other way to the same number: two classes with the logits 0 and z, softmax, one-hot targets.
        logits = torch.stack([torch.zeros_like(z), z], dim=2)  # (P, N, 2)
        one_hot = torch.stack([1 - y, y], dim=1)  # (N, 2)
        log_soft = torch.log_softmax(logits, dim=2)
        cross_entropy = -(one_hot[None] * log_soft).sum(dim=2).mean(dim=1)  # (P)
        p = torch.sigmoid(z)
        free = torch.ones_like(w)
        free = torch.cat([free[:, :-1], torch.zeros_like(w[:, -1:])], dim=1)  # no penalty on the intercept
        weighted = x[None] * (p * (1 - p))[:, :, None]  # (P, N, D)
        soft_error = torch.exp(log_soft)[:, :, 1] - one_hot[:, 1]
        return {
            "log_likelihood": torch.where(y[None] == 1, log_p1, log_p0).sum(dim=1),
            "objective": torch.where(y[None] == 1, log_p1, log_p0).sum(dim=1)
            - 0.5 * penalty * (free * w * w).sum(dim=1),
            "cross_entropy": cross_entropy,
            "gradient": (y[None] - p) @ x - penalty * free * w,  # Xᵀ(y - p) - λw
            "cross_entropy_gradient": soft_error @ x / n,  # of the mean, by the softmax's own derivative
            "information": weighted.transpose(1, 2) @ x + torch.diag_embed(penalty * free),  # Xᵀ diag(p(1 - p)) X
            "probabilities": p,
        }


class TwoGaussians(nn.Module):
    """Generative model of two classes: y ~ Bernoulli(π), x | y ~ N(μ_y, Σ), one Σ for both.

    Maximises the joint log p(x, y); by Bayes' rule p(y = 1 | x) is again a logistic function of x, with
    w = Σ⁻¹(μ₁ - μ₀), b = log(π/(1 - π)) - ½ μ₁ᵀΣ⁻¹μ₁ + ½ μ₀ᵀΣ⁻¹μ₀.
    """

    def forward(self, prior: Tensor, means: Tensor, covariance: Tensor, x: Tensor, y: Tensor) -> Outputs:
        """prior (1): π. means (2, 2): μ₀, μ₁ in rows. covariance (2, 2): Σ. x (N, 2), y (N): 0 or 1."""
        s = covariance
        determinant = s[0, 0] * s[1, 1] - s[0, 1] * s[1, 0]
        adjugate = torch.stack([torch.stack([s[1, 1], -s[0, 1]]), torch.stack([-s[1, 0], s[0, 0]])])
        precision = adjugate / determinant  # Σ⁻¹
        n = torch.ones_like(y).sum()
        n1 = y.sum()
        n0 = n - n1
        logs = []
        for c in (0, 1):
            d = x - means[c]  # (N, 2)
            logs.append(-2 * HALF_LOG_TWO_PI - 0.5 * torch.log(determinant) - 0.5 * ((d @ precision) * d).sum(dim=1))
        joint1, joint0 = logs[1] + torch.log(prior), logs[0] + torch.log(1 - prior)  # log p(x, y)
        z = joint1 - joint0
        tail = torch.log(1 + torch.exp(-z.abs()))
        conditional = torch.where(y == 1, torch.clamp(z, max=0.0), torch.clamp(-z, max=0.0)) - tail  # log p(y | x)
        by_class = torch.stack([1 - y, y])  # (2, N)
        size = torch.stack([n0, n1])[:, None]  # (2, 1)
        own = x - by_class.T @ means  # x_i - μ_{y_i}
        scatter = own.T @ own
        centres = by_class @ x / size
        rest = x - by_class.T @ centres
        w = precision @ (means[1] - means[0])
        half = 0.5 * ((means @ precision) * means).sum(dim=1)
        return {
            "log_likelihood": torch.where(y == 1, joint1, joint0).sum()[None],
            "conditional_log_likelihood": conditional.sum()[None],
            "posterior": torch.sigmoid(z),  # p(y = 1 | x_i)
            "gradient_prior": n1 / prior - n0 / (1 - prior),
            "gradient_means": (by_class @ own) @ precision.T,  # Σ_{y_i = c} Σ⁻¹(x_i - μ_c)
            "gradient_covariance": -0.5 * (n * precision - precision @ scatter @ precision).T,
            "weights": torch.cat([w, torch.log(prior / (1 - prior)) - half[1:] + half[:1]]),  # w, b of the posterior
            "estimate_prior": (n1 / n)[None],
            "estimate_means": centres,  # the mean of each class
            "estimate_covariance": rest.T @ rest / n,  # pooled
        }


class ProductAndSum(nn.Module):
    """Π p_i against Σ log p_i over the first n samples, in the precision of the input: where the product underflows."""

    def forward(self, log_prob: Tensor, lengths: Tensor) -> Outputs:
        """log_prob (N): log p(x_i), float32 or float64. lengths (M) int64: the n to look at."""
        used = torch.arange(log_prob.shape[0])[None] < lengths[:, None]  # (M, N)
        p, logs = torch.exp(log_prob)[None], log_prob[None]  # (1, N)
        return {
            "product": torch.where(used, p, torch.ones_like(p)).prod(dim=1),
            "log_sum": torch.where(used, logs, torch.zeros_like(logs)).sum(dim=1),
        }
