"""The stories to click: two networks that show a disease and its cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Preset:
    """A story: what is set, its name, two sentences, and what to look for; English, Chinese."""

    key: str
    a: dict[str, Any]
    b: dict[str, Any]
    name: tuple[str, str]
    text: tuple[str, str]
    look: tuple[str, str]
    shared: dict[str, Any]


SIGMOID = {"activation": "sigmoid", "depth": 30, "initialisation": "xavier", "learning_rate": 0.5}
PRESETS = (
    Preset(
        "vanish",
        SIGMOID,
        {**SIGMOID, "depth": 3},
        ("Sigmoid, 30 layers: vanishes", "Sigmoid，30 层：梯度消失"),
        (
            "Each layer multiplies the gradient by g′(z)·w, and g′ of the sigmoid is at most 1/4. After 30 "
            "layers (A) nothing "
            "reaches the first ones; with 3 layers (B) the same network learns.",
            "每层都把梯度乘上 g′(z)·w，而 sigmoid 的 g′ 至多是 1/4。30 层（A）之后前几层几乎收不到梯度；只有 3 "
            "层（B）时同样的网络学得动。",
        ),
        (
            "the straight line on the log scale, as the dashed theory says, and the loss of A that does not move.",
            "对数坐标上的直线与虚线理论吻合；A 的损失纹丝不动。",
        ),
        {},
    ),
    Preset(
        "relu",
        SIGMOID,
        {**SIGMOID, "activation": "relu", "initialisation": "he", "learning_rate": 0.02},
        ("+ ReLU + He", "+ ReLU + He 初始化"),
        (
            "ReLU has the derivative 1 where it is active, which is half of the time. He's variance 2/n makes "
            "up for the other "
            "half, so that the gradient keeps its size through 30 layers.",
            "ReLU 激活时导数为 1，约占一半时间。He 的方差 2/n 恰好补上另一半，于是梯度穿过 30 层仍保持大小。",
        ),
        ("B is flat where A falls, and its loss goes down.", "A 下降的地方 B 是平的，B 的损失在下降。"),
        {},
    ),
    Preset(
        "norm",
        SIGMOID,
        {**SIGMOID, "batch_norm": True},
        ("+ batch norm", "+ 批归一化"),
        (
            "Batch normalisation gives every unit mean 0 and variance 1 again, at every layer. The sigmoid "
            "then works around 0, "
            "where its slope is largest, and differences between examples are not lost on the way.",
            "批归一化在每一层让每个单元重新回到均值 0、方差 1。sigmoid 因此工作在斜率最大的 0 附近，"
            "样本间的差别也不会在途中丢失。",
        ),
        (
            "the histograms: without it (A) each layer says one value for every example, with it (B) they stay wide.",
            "直方图：没有它（A）时每层对所有样本只给出一个值，有它（B）时分布保持展开。",
        ),
        {},
    ),
    Preset(
        "residual",
        {**SIGMOID, "activation": "tanh", "initialisation": "normal", "sigma": 0.06, "learning_rate": 0.1},
        {
            **SIGMOID,
            "activation": "tanh",
            "initialisation": "normal",
            "sigma": 0.06,
            "learning_rate": 0.1,
            "residual": True,
        },
        ("+ residual", "+ 残差连接"),
        (
            "The weights are too small for a tanh of 30 layers: signal and gradient fade (A). A residual "
            "connection adds the "
            "identity to every layer, so the gradient has a way back that no weight can close (B).",
            "权重太小，30 层 tanh 中信号与梯度都会衰减（A）。残差连接给每层加上恒等通路，"
            "梯度有一条任何权重都关不掉的回路（B）。",
        ),
        (
            "B never falls towards the input: its factor a layer is 1 or more.",
            "B 朝输入方向从不下降：每层因子不小于 1。",
        ),
        {},
    ),
    Preset(
        "explode",
        {"activation": "relu", "depth": 30, "initialisation": "normal", "sigma": 0.25, "learning_rate": 0.02},
        {
            "activation": "relu",
            "depth": 30,
            "initialisation": "normal",
            "sigma": 0.25,
            "learning_rate": 0.02,
            "clip": "norm",
            "clip_at": 1.0,
        },
        ("Big weights: explodes → clip", "权重过大：爆炸 → 剪切"),
        (
            "With σ = 0.25 each layer of 64 units doubles the square of the gradient, and 30 of them make it "
            "a billion times "
            "larger. The first update throws A out of the range of numbers; B takes the same direction, but "
            "only a short step.",
            "σ = 0.25 时，64 个单元的每一层都让梯度的平方翻倍，30 层就是十亿倍。第一次更新就把 A 抛出数值范围；B "
            "方向相同，但只迈一小步。",
        ),
        ("A stops within a few steps and says why; B goes on.", "A 在几步内停止并说明原因；B 能继续。"),
        {},
    ),
    Preset(
        "start",
        {"activation": "tanh", "depth": 50, "initialisation": "normal", "sigma": 0.05, "learning_rate": 0.1},
        {"activation": "tanh", "depth": 50, "initialisation": "orthogonal", "learning_rate": 0.1},
        ("The right first weights", "合适的初始权重"),
        (
            "A tanh network of 50 layers with σ = 0.05 loses its gradient by a factor of 0.4 a layer. "
            "Orthogonal matrices keep "
            "the length of every vector, so nothing but the tanh itself takes away from it.",
            "50 层 tanh 网络取 σ = 0.05，梯度每层只剩约 0.4 倍。正交矩阵保持向量长度，除了 tanh 本身没有别的损耗。",
        ),
        (
            "how far the dashed theory lies from the measured line in A and in B.",
            "A 与 B 中虚线理论与测得曲线相差多少。",
        ),
        {},
    ),
    Preset(
        "lstm",
        {
            "network": "rnn",
            "depth": 100,
            "width": 32,
            "initialisation": "normal",
            "sigma": 0.12,
            "learning_rate": 0.2,
            "clip": "norm",
        },
        {
            "network": "lstm",
            "depth": 100,
            "width": 32,
            "initialisation": "normal",
            "sigma": 0.12,
            "learning_rate": 0.2,
            "clip": "norm",
            "forget_bias": 5.0,
        },
        ("RNN against LSTM over 100 steps", "RNN 对 LSTM，100 个时间步"),
        (
            "The class is told at the first of 100 times and asked after the last, so the gradient has to "
            "travel back all the way. "
            "The RNN (A) multiplies it by the same matrix 100 times; the cell of the LSTM (B) only by its "
            "open forget gates.",
            "类别在 100 个时间步的第一步给出，最后才提问，梯度必须一路传回去。RNN(A)要乘 100 次同一个矩阵；LSTM "
            "的细胞状态（B）只乘以打开的遗忘门。",
        ),
        ("‖∂L/∂c‖ of B at time 1 against ‖∂L/∂h‖ of A.", "时间 1 处 B 的 ‖∂L/∂c‖ 与 A 的 ‖∂L/∂h‖。"),
        {"batch": 32},
    ),
    Preset(
        "float32",
        {**SIGMOID, "depth": 120, "precision": "float32"},
        {**SIGMOID, "depth": 120},
        ("Below the smallest number", "小过最小的数"),
        (
            "Both are the same sigmoid network of 120 layers. In float32 (A) the gradient of the first layers "
            "is smaller than "
            "the smallest number and becomes exactly 0; float64 (B) still shows it, far too small to teach anything.",
            "两边是同一个 120 层 sigmoid 网络。float32（A）中前几层的梯度小于最小的数，变成恰好 0；"
            "float64（B）还能显示它，但小得教不会任何东西。",
        ),
        ("where the line of A ends.", "A 的曲线在哪里断掉。"),
        {"steps": 50},
    ),
)
