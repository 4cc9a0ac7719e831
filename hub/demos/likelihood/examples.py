"""What the views begin with, and what can be clicked."""

from __future__ import annotations

from dataclasses import dataclass

from hub.tasks import likelihood as task
from hub.ui.strings import Language


@dataclass(frozen=True)
class Riddle:
    """Something to click in the first view. at: where your sliders stand; None: a start that is not the answer."""

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


RIDDLES = (
    Riddle(("Seven heads in ten tosses", "抛十次，七次正面"), (
        "the top is at 7/10; ten tosses leave it flat, so a fair coin is still inside the 95 % interval.",
        "最高点在 7/10；只抛十次，山顶很平，公平硬币仍在 95% 区间内。"),
        "bernoulli", "1 1 0 1 1 0 1 1 0 1"),
    Riddle(("No heads in ten tosses: at the edge", "抛十次，零次正面：边界"), (
        "the maximum is p = 0, where the standard error says nothing; the 95 % bound is about 3/n.",
        "最大值在 p = 0，那里的标准误没有意义；95% 上界约为 3/n。"),
        "bernoulli", "0 0 0 0 0 0 0 0 0 0"),
    Riddle(("Heights of twelve people: a zigzag", "十二个人的身高：之字形"), (
        "gradient ascent goes zigzag; choose Fisher scoring and climb again.",
        "梯度上升走之字形；换成费雪得分法再爬一次。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0)),
    Riddle(("The same by Fisher scoring", "同样的数据，费雪得分法"), (
        "the inverse information turns the step towards the top: a few steps instead of many.",
        "信息矩阵的逆把步子转向山顶：几步就到。"),
        "gaussian", "158 161 163 165 167 168 170 171 174 176 179 183", at=(154.0, 16.0), method="scoring"),
    Riddle(("All values the same: σ → 0", "数值全相同：σ → 0"), (
        "the narrower the curve the higher it stands: there is no maximum.",
        "曲线越窄越高：没有最大值。"),
        "gaussian", "5 5 5 5 5", climb=False),
    Riddle(("Calls per hour", "每小时来电数"), (
        "counts: the estimate is the mean, its standard error √(λ/n).",
        "计数：估计就是均值，标准误为 √(λ/n)。"),
        "poisson", "2 4 3 6 1 3 5 2 4 3 2 7", method="scoring"),
    Riddle(("Guess the hidden rate of waiting times", "猜隐藏的速率（等待时间）"), (
        "move λ until the curve fits the bars and ℓ is as high as you can get it, then press “Reveal”.",
        "拖动 λ，让曲线贴合柱子、ℓ 尽量高，然后点“揭晓”。"),
        "exponential", seed=4, n=40),
    Riddle(("Guess the hidden Gaussian", "猜隐藏的高斯"), (
        "move μ and σ until the curve fits the bars, then press “Reveal”. Neither you nor the optimiser will hit the "
        "truth: 25 values tell no more.",
        "拖动 μ 和 σ，让曲线贴合柱子，然后点“揭晓”。你和优化器都不会正中真值：25 个数据只能说明这么多。"),
        "gaussian", seed=11, n=25),
    Riddle(("Two humps, found by EM", "两个峰，用 EM 找到"), (
        "each value is shared between the components; every step of EM goes up.",
        "每个值按责任分给两个成分；EM 的每一步都上升。"),
        "mixture", HUMPS, at=(0.5, -0.6, 1.5, 0.6, 1.5), method="em"),
    Riddle(("A component on one value: no maximum", "一个成分缩到一个值上：没有最大值"), (
        "one step of EM shrinks σ₁ onto the value 4.0, and ℓ beats the optimiser's; it would rise without end.",
        "EM 一步就把 σ₁ 缩到数值 4.0 上，ℓ 超过了优化器；再缩下去，升高没有尽头。"),
        "mixture", HUMPS, at=(0.06, 4.0, 0.05, 0.5, 2.0), method="em"),
)  # fmt: skip

# --- language model

TEXTS: dict[Language, str] = {
    "en": "the cat sat on the mat . the dog sat on the log . the cat saw the dog and the dog saw the cat . "
    "the mat is on the floor and the cat is on the mat .",
    "zh": "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。床前明月光，疑是地上霜。举头望明月，低头思故乡。",
}
SENTENCES: dict[Language, str] = {"en": "the dog is on the mat", "zh": "床前闻啼鸟"}

# --- losses


@dataclass(frozen=True)
class Loss:
    """Data of a regression. kind: "linear" or "logistic"."""

    title: tuple[str, str]
    kind: str
    rows: str
    penalty: float = 0.0


LINE_ROWS = "0, 1.1\n1, 2.9\n2, 3.2\n3, 5.8\n4, 6.1\n5, 8.4\n6, 8.8"
CLASS_ROWS = "0.3, 0\n0.9, 0\n1.4, 0\n2.0, 1\n2.2, 0\n2.9, 1\n3.1, 0\n3.6, 1\n4.4, 1\n5.0, 1"
SEPARATED_ROWS = "0.3, 0\n0.9, 0\n1.4, 0\n2.0, 0\n3.1, 1\n3.6, 1\n4.4, 1\n5.0, 1"
ROWS = {"linear": LINE_ROWS, "logistic": CLASS_ROWS}  # what each kind begins with
LOSSES = (
    Loss(("A line with noise", "带噪声的直线"), "linear", LINE_ROWS),
    Loss(("All points on a line: σ̂ → 0", "所有点在一条线上：σ̂ → 0"), "linear", "0, 1\n1, 3\n2, 5\n3, 7"),
    Loss(("Classes that overlap", "有重叠的两类"), "logistic", CLASS_ROWS),
    Loss(("Classes that do not: no maximum", "完全分开的两类：没有最大值"), "logistic", SEPARATED_ROWS),
    Loss(("The same with a penalty", "同上，加惩罚"), "logistic", SEPARATED_ROWS, 0.3),
)

# --- sum to one

LABELS: dict[Language, str] = {
    "en": "cat cat cat cat dog dog dog fish fish bird",
    "zh": "猫 猫 猫 猫 狗 狗 狗 鱼 鱼 鸟",
}

# --- more data: a family and the parameter that is drawn

GROWTH = (("bernoulli", "p"), ("gaussian", "μ"), ("gaussian", "σ"), ("poisson", "λ"), ("exponential", "λ"))
