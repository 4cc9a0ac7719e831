"""What can be clicked in the first view: data and where the sliders stand."""

from __future__ import annotations

from dataclasses import dataclass

from hub.tasks import likelihood as task


@dataclass(frozen=True)
class Example:
    """Something to click. at: where your sliders stand; None: a start that is not the answer."""

    title: tuple[str, str]
    note: tuple[str, str]
    family: str
    data: str = ""
    seed: int = 0
    n: int = 0  # above 0: sampled by the seed instead of data
    at: tuple[float, ...] | None = None
    method: task.Method = "gradient"
    climb: bool = True


HUMPS = "-2.4 -1.7 -2.1 -1.2 -2.9 -1.9 -2.2 1.1 2.4 3.3 1.9 2.8 2.2 4.0 1.5 2.6 3.1 2.0"


EXAMPLES = (
    Example(("Seven heads in ten tosses", "抛十次，七次正面"), (
        "the top is at 7/10; ten tosses leave it flat, so a fair coin is still inside the 95 % interval.",
        "最高点在 7/10；只抛十次，山顶很平，公平硬币仍在 95% 区间内。"),
        "bernoulli", "1 1 0 1 1 0 1 1 0 1"),
    Example(("No heads in ten tosses: at the edge", "抛十次，零次正面：边界"), (
        "the maximum is p = 0, where the standard error says nothing; the 95 % bound is about 3/n.",
        "最大值在 p = 0，那里的标准误没有意义；95% 上界约为 3/n。"),
        "bernoulli", "0 0 0 0 0 0 0 0 0 0"),
    Example(("Heights of twelve people: a zigzag", "十二个人的身高：之字形"), (
        "gradient ascent goes zigzag; choose Fisher scoring and climb again.",
        "梯度上升走之字形；换成费雪得分法再爬一次。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0)),
    Example(("The same by Fisher scoring", "同样的数据，费雪得分法"), (
        "the inverse information turns the step towards the top: a few steps instead of many.",
        "信息矩阵的逆把步子转向山顶：几步就到。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0), method="scoring"),
    Example(("All values the same: σ → 0", "数值全相同：σ → 0"), (
        "the narrower the curve the higher it stands: there is no maximum.",
        "曲线越窄越高：没有最大值。"),
        "gaussian", "5 5 5 5 5", climb=False),
    Example(("Calls per hour", "每小时来电数"), (
        "counts: the estimate is the mean, its standard error √(λ/n).",
        "计数：估计就是均值，标准误为 √(λ/n)。"),
        "poisson", "2 4 3 6 1 3 5 2 4 3 2 7", method="scoring"),
    Example(("Guess the hidden rate of waiting times", "猜隐藏的速率（等待时间）"), (
        "move λ until the curve fits the bars and ℓ is as high as you can get it, then press “Reveal”.",
        "拖动 λ，让曲线贴合柱子、ℓ 尽量高，然后点“揭晓”。"),
        "exponential", seed=4, n=40),
    Example(("Guess the hidden Gaussian", "猜隐藏的高斯"), (
        "move μ and σ until the curve fits the bars, then press “Reveal”. Neither you nor the optimiser will hit the "
        "truth: 25 values tell no more.",
        "拖动 μ 和 σ，让曲线贴合柱子，然后点“揭晓”。你和优化器都不会正中真值：25 个数据只能说明这么多。"),
        "gaussian", seed=11, n=25),
    Example(("Two humps, found by EM", "两个峰，用 EM 找到"), (
        "each value is shared between the components; every step of EM goes up.",
        "每个值按责任分给两个成分；EM 的每一步都上升。"),
        "mixture", HUMPS, at=(0.5, -0.6, 1.5, 0.6, 1.5), method="em"),
    Example(("A component on one value: no maximum", "一个成分缩到一个值上：没有最大值"), (
        "one step of EM shrinks σ₁ onto the value 4.0, and ℓ beats the optimiser's; it would rise without end.",
        "EM 一步就把 σ₁ 缩到数值 4.0 上，ℓ 超过了优化器；再缩下去，升高没有尽头。"),
        "mixture", HUMPS, at=(0.06, 4.0, 0.05, 0.5, 2.0), method="em"),
)  # fmt: skip
