"""What can be clicked: stories of two networks, a disease and its cure; and chains of single units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.demos.gradients.live import Outcome


@dataclass(frozen=True)
class Preset:
    """A story: what is set, its name, two sentences, and what to look for; English, Chinese.

    ends: what becomes of A and of B; a test runs every story and holds its claims against it.
    """

    key: str
    a: dict[str, Any]
    b: dict[str, Any]
    name: tuple[str, str]
    text: tuple[str, str]
    look: tuple[str, str]
    shared: dict[str, Any]
    ends: tuple[Outcome, Outcome]


SIGMOID = {"activation": "sigmoid", "depth": 30, "initialisation": "xavier", "learning_rate": 1.0}
SMALL_TANH = {"activation": "tanh", "depth": 30, "initialisation": "normal", "sigma": 0.06, "learning_rate": 0.1}
BIG_RELU = {"activation": "relu", "depth": 16, "initialisation": "normal", "sigma": 0.25, "learning_rate": 0.2}
RECURRENT = {"depth": 100, "width": 16, "initialisation": "normal", "sigma": 0.12, "learning_rate": 0.1, "clip": "norm"}
PRESETS = (
    Preset(
        "vanish",
        SIGMOID,
        {**SIGMOID, "depth": 3},
        ("Sigmoid, 30 layers: vanishes", "Sigmoid，30 层：梯度消失"),
        (
            "Each layer multiplies the gradient by g′(z)·w, and g′ of the sigmoid is at most 1/4. Through 30 "
            "layers (A) "
            "almost nothing reaches the first ones; with 3 layers (B) the same network learns.",
            "每层都把梯度乘上 g′(z)·w，而 sigmoid 的 g′ 至多是 1/4。穿过 30 层（A）之后，前几层几乎收不到梯度；只有 3 "
            "层（B）时同样的网络学得会。",
        ),
        (
            "A’s lamps go out towards layer 1, and its line falls straight, as the pale line of the theory says; "
            "A takes every digit for the same one, B learns to tell them apart.",
            "A 的灯朝第 1 层逐个熄灭，曲线笔直下降，与浅色的理论线吻合；A 把所有数字认作同一个，B 学会了区分它们。",
        ),
        {"data": "digits", "steps": 300},
        ("nothing", "learnt"),
    ),
    Preset(
        "relu",
        SIGMOID,
        {**SIGMOID, "activation": "relu", "initialisation": "he", "learning_rate": 0.005},
        ("+ ReLU + He", "+ ReLU + He 初始化"),
        (
            "ReLU has the derivative 1 where it is active, which is half of the time. He’s variance 2/n makes "
            "up for the "
            "other half, so that the gradient keeps its size through 30 layers.",
            "ReLU 激活时导数为 1，约占一半时间。He 的方差 2/n 恰好补上另一半，于是梯度穿过 30 层仍保持大小。",
        ),
        (
            "B’s lamps shine in every layer where A’s go out, and B’s colours bend around the two moons.",
            "A 的灯熄灭之处，B 的灯层层都亮；B 的颜色沿两个月牙弯曲。",
        ),
        {"data": "moons", "steps": 400},
        ("nothing", "learnt"),
    ),
    Preset(
        "norm",
        SIGMOID,
        {**SIGMOID, "batch_norm": True},
        ("+ batch norm", "+ 批归一化"),
        (
            "Batch normalisation gives every unit mean 0 and variance 1 again, at every layer. The sigmoid then works "
            "around 0, where its slope is largest, and differences between examples are not lost on the way.",
            "批归一化在每一层让每个单元重新回到均值 0、方差 1。sigmoid 因此工作在斜率最大的 0 附近，"
            "样本间的差别也不会在途中丢失。",
        ),
        (
            "both are sigmoids of 30 layers, but B’s lamps shine down to layer 1; A gives the whole plane one "
            "colour, B follows the moons.",
            "两边都是 30 层 sigmoid，但 B 的灯一直亮到第 1 层；A 给整个平面同一种颜色，B 则沿着月牙走。",
        ),
        {"data": "moons"},
        ("nothing", "learnt"),
    ),
    Preset(
        "residual",
        SMALL_TANH,
        {**SMALL_TANH, "residual": True},
        ("+ residual", "+ 残差连接"),
        (
            "The weights are too small for a tanh of 30 layers: signal and gradient fade (A). A residual "
            "connection adds "
            "the identity to every layer, so the gradient has a way back that no weight can close (B).",
            "权重太小，30 层 tanh 中信号与梯度都会衰减（A）。残差连接给每层加上恒等通路，"
            "梯度有一条任何权重都关不掉的回路（B）。",
        ),
        (
            "B’s line never falls towards layer 1, and B winds its colours along the two spirals.",
            "B 的曲线朝第 1 层从不下降；B 的颜色沿两条螺旋盘绕。",
        ),
        {"data": "spirals"},
        ("nothing", "learnt"),
    ),
    Preset(
        "explode",
        BIG_RELU,
        {**BIG_RELU, "clip": "norm", "clip_at": 1.0},
        ("Big weights: explodes → clip", "权重过大：爆炸 → 剪切"),
        (
            "With σ = 0.25 each layer of 64 units doubles the square of the gradient, and 16 of them make it "
            "65,536 times "
            "larger. The updates throw A out of the range of numbers; B takes the same direction, but a short step.",
            "σ = 0.25 时，64 个单元的每一层都让梯度的平方翻倍，16 层就是 65,536 倍。更新把 A 抛出数值范围；B "
            "方向相同，但只迈一小步。",
        ),
        (
            "A stops within a few steps and says why; B goes on and ends trained.",
            "A 在几步内停止并说明原因；B 继续训练，最后学会了。",
        ),
        {"data": "moons", "steps": 400},
        ("broken", "learnt"),
    ),
    Preset(
        "start",
        {"activation": "tanh", "depth": 50, "initialisation": "normal", "sigma": 0.05, "learning_rate": 0.02},
        {"activation": "tanh", "depth": 50, "initialisation": "orthogonal", "learning_rate": 0.02},
        ("The right first weights", "合适的初始权重"),
        (
            "A tanh network of 50 layers with σ = 0.05 keeps 0.4 of its gradient a layer (A). Orthogonal matrices keep "
            "the length of every vector, so nothing but the tanh itself takes away from it (B).",
            "50 层 tanh 网络取 σ = 0.05，梯度每过一层只剩约 0.4 倍（A）。正交矩阵保持向量长度，除了 tanh "
            "本身没有别的损耗（B）。",
        ),
        (
            "A’s line falls as steeply as the theory says, B’s stays nearly level; B’s colours bend around the moons.",
            "A 的曲线正如理论所说陡降，B 的几乎水平；B 的颜色沿月牙弯曲。",
        ),
        {"data": "moons"},
        ("nothing", "learnt"),
    ),
    Preset(
        "lstm",
        {**RECURRENT, "network": "rnn"},
        {**RECURRENT, "network": "lstm", "forget_bias": 5.0},
        ("RNN against LSTM over 100 steps", "RNN 对 LSTM，100 个时间步"),
        (
            "A symbol is told at the first of 100 times and asked for after the last, so the gradient has to "
            "travel back "
            "all the way. The RNN (A) multiplies it by the same matrix 100 times; the cell of the LSTM (B) only by its "
            "open forget gates.",
            "符号在 100 个时间步的第一步给出，最后才提问，梯度必须一路传回去。RNN（A）要乘 100 次同一个矩阵；LSTM "
            "的细胞状态（B）只乘以打开的遗忘门。",
        ),
        (
            "B’s lamps shine back to time 1, A’s go out; B’s answers end on the diagonal, A’s stay at a quarter each.",
            "B 的灯一直亮到时间 1，A 的灯熄灭；B 的回答最后落在对角线上，A 的始终是各四分之一左右。",
        ),
        {"batch": 32, "steps": 300},
        ("nothing", "learnt"),
    ),
    Preset(
        "float32",
        {**SIGMOID, "depth": 120, "precision": "float32"},
        {**SIGMOID, "depth": 120},
        ("Too small for float32", "小到 float32 存不下"),
        (
            "Both are the same sigmoid network of 120 layers. In float32 (A) the gradient of the first layers "
            "is smaller "
            "than the smallest number and becomes exactly 0; float64 (B) still shows it, far too small to teach "
            "anything.",
            "两边是同一个 120 层 sigmoid 网络。float32（A）中前几层的梯度小到存不下，变成恰好 0；"
            "float64（B）还能显示它，但小得教不会任何东西。",
        ),
        (
            "where A’s line ends, B’s goes on down; neither learns.",
            "A 的曲线在哪里断掉，而 B 的继续往下；两者都学不会。",
        ),
        {"data": "digits", "steps": 50},
        ("nothing", "nothing"),
    ),
)


@dataclass(frozen=True)
class Chain:
    """A chain to click. key: of its title. explodes: with the bias and x at which a sigmoid does."""

    key: str
    activation: str
    depth: int
    weight: float
    explodes: bool = False


STRONG = 8.0  # the weight at which a sigmoid is shown to saturate, and to explode
CHAINS = (
    Chain("chain_fades", "sigmoid", 20, 1.0),
    Chain("chain_stuck", "sigmoid", 20, STRONG),
    Chain("chain_bursts", "sigmoid", 20, STRONG, explodes=True),
    Chain("chain_grows", "relu", 20, 1.5),
    Chain("chain_keeps", "relu", 20, 1.0),
)
