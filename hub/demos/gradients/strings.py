"""The strings of the tab, and its formulas."""

from __future__ import annotations

from hub.ui.strings import Strings

STRINGS = Strings(
    "gradients",
    {
        "title": ("Gradients", "梯度"),
        "intro": (
            "**Two networks, the same data, side by side.** "
            "A layer whose gradient fades cannot learn; where it explodes, training breaks.",
            "**两个网络，同样的数据，并排训练。** 梯度消失的层学不到东西；梯度爆炸，训练就崩溃。",
        ),
        "train": ("Train two networks", "训练两个网络"),
        "chain": ("The chain, factor by factor", "链式法则，逐个因子"),
        "formulas": ("Formulas", "公式"),
        "presets": ("Stories to click", "点一个故事"),
        "look": ("What to look for: ", "观察要点："),
        "run": ("Run", "运行"),
        "pause": ("Pause", "暂停"),
        "step": ("Step", "单步"),
        "reset": ("Reset", "重置"),
        "both": ("The same for both", "两边相同"),
        "own": ("Set up two networks of your own", "自行设置两个网络"),
        "side_a": ("Network A", "网络 A"),
        "side_b": ("Network B", "网络 B"),
        "more": ("More settings", "更多设置"),
        "network": ("Network", "网络"),
        "deep": ("Deep network", "深层网络"),
        "rnn": ("Plain RNN", "普通 RNN"),
        "lstm": ("LSTM", "LSTM"),
        "activation": ("Activation", "激活函数"),
        "depth": ("Depth: layers, or steps in time", "深度：层数或时间步数"),
        "width": ("Width: units of a layer", "宽度：每层单元数"),
        "initialisation": ("Initialisation", "初始化"),
        "normal": ("N(0, σ²)", "N(0, σ²)"),
        "xavier": ("Xavier: 1/n", "Xavier:1/n"),
        "he": ("He: 2/n", "He:2/n"),
        "orthogonal": ("Orthogonal", "正交"),
        "sigma": ("σ of N(0, σ²)", "N(0, σ²) 的 σ"),
        "batch_norm": ("Batch normalisation", "批归一化"),
        "residual": ("Residual connections", "残差连接"),
        "clip": ("Gradient clipping", "梯度剪切"),
        "clipped": ("clip at {at}", "剪切 {at}"),
        "none": ("none", "无"),
        "value": ("by value", "按值"),
        "norm": ("by norm", "按范数"),
        "clip_at": ("Clip at", "剪切阈值"),
        "learning_rate": ("Learning rate", "学习率"),
        "l1": ("L1 penalty", "L1 正则"),
        "l2": ("L2 penalty", "L2 正则"),
        "slope": ("Slope of Leaky-ReLU", "Leaky-ReLU 的斜率"),
        "forget_bias": ("Forget-gate bias of the LSTM", "LSTM 遗忘门偏置"),
        "precision": ("Numbers", "数值精度"),
        "data": ("Data of deep networks", "深层网络的数据"),
        "moons": ("Two moons", "双月"),
        "spirals": ("Two spirals", "双螺旋"),
        "digits": ("Digits, 8 × 8", "手写数字 8 × 8"),
        "batch": ("Batch", "批大小"),
        "steps": ("Steps", "步数"),
        "seed": ("Seed", "随机种子"),
        "empty": ("Click a story, or set up your own and press Run.", "点一个故事，或自行设置后点“运行”。"),
        "state": (
            "step {step} of {steps}, loss {loss}, accuracy {accuracy}",
            "第 {step}/{steps} 步，损失 {loss}，准确率 {accuracy}",
        ),
        "before": (
            "before training: loss {loss}, accuracy {accuracy}",
            "训练之前：损失 {loss}，准确率 {accuracy}",
        ),
        "slopes": (
            "‖∂L/∂h‖ changes by a factor of {measured} a layer towards the input at step 1; theory: {theory}",
            "第 1 步时，‖∂L/∂h‖ 每向输入靠近一层变为 {measured} 倍；理论值：{theory}",
        ),
        "slope_alone": (
            "‖∂L/∂h‖ changes by a factor of {measured} a layer (or time) towards the input at step 1",
            "第 1 步时，‖∂L/∂h‖ 每向输入靠近一层（或一个时间步）变为 {measured} 倍",
        ),
        "ratio_ends": ("‖∂L/∂W‖ of the first layer : of the last = {ratio}", "‖∂L/∂W‖ 第一层与最后一层之比 = {ratio}"),
        "and": ("; ", "；"),
        "norms_live": ("Gradient by layer, ‖∂L/∂h‖", "各层梯度 ‖∂L/∂h‖"),
        "norm_layer": ("‖∂L/∂W‖ of each layer", "各层的 ‖∂L/∂W‖"),
        "norm_time": ("gradient at each time", "各时间步的梯度"),
        "no_answer": ("none", "无"),
        "learnt_plane": ("What it answers, point by point", "它对每个点的回答"),
        "learnt_digits": ("What it takes ten digits for", "它把十个数字认作什么"),
        "learnt_recall": ("Told ▲ ●…; its answers, in %", "给出 ▲ ●…，它的回答（%）"),
        "outcome_broken": ("It has broken: no answer is left.", "它已崩溃：不再有任何答案。"),
        "outcome_nothing": ("It has learnt nothing.", "它什么也没学到。"),
        "outcome_partly": ("It has learnt a part.", "它学到了一部分。"),
        "outcome_learnt": ("It has learnt it.", "它学会了。"),
        "nan": (
            "Stopped at step {step}: a number became infinite or undefined (NaN), the update was so large. Clip the "
            "gradient, make the first weights smaller, or lower the learning rate.",
            "在第 {step} 步停止：更新过大，出现了无穷大或 NaN。请剪切梯度、减小初始权重或降低学习率。",
        ),
        "underflow": (
            "The gradient of some layers is exactly 0 here: it is smaller than {precision} can hold.",
            "有些层的梯度在这里恰好是 0：它比 {precision} 能表示的最小数还小。",
        ),
        "norms_title": ("Gradient by layer", "各层梯度"),
        "norms_y": ("‖∂L/∂h‖", "‖∂L/∂h‖"),
        "layer": ("layer or time (1: next to the input)", "层或时间（1 为最靠近输入）"),
        "layer_short": ("layer", "层"),
        "now": ("{side}, step {step}", "{side}，第 {step} 步"),
        "first": ("{side}, step 1", "{side}，第 1 步"),
        "theory": ("{side}, theory", "{side}，理论"),
        "cell": ("{side}, ‖∂L/∂c‖", "{side},‖∂L/∂c‖"),
        "heat_a_title": ("A: gradient, layer × step", "A：梯度，层 × 步"),
        "heat_b_title": ("B: gradient, layer × step", "B：梯度，层 × 步"),
        "heat_note": (
            "colour: log₁₀ ‖∂L/∂W‖ (recurrent: ∂L/∂h_t or ∂L/∂c_t)",
            "颜色：log₁₀ ‖∂L/∂W‖（循环网络：∂L/∂h_t 或 ∂L/∂c_t）",
        ),
        "step_axis": ("step", "步"),
        "loss_title": ("Loss", "损失"),
        "histogram_a_title": ("A: activations of each layer", "A：各层的激活值"),
        "histogram_b_title": ("B: activations of each layer", "B：各层的激活值"),
        "histogram_note": ("colour: share of the values in a bin", "颜色：落入每格的比例"),
        "activation_axis": ("value", "值"),
        "ratio_title": ("Update to weight", "更新与权重之比"),
        "ratio_y": ("‖ΔW‖ / ‖W‖", "‖ΔW‖ / ‖W‖"),
        "charts": ("The run in charts: point at a value, save a picture", "这次运行的图表：指向数值可查看，可保存图片"),
        "values": ("The values as a table", "数值表"),
        "graph": (
            "The exact graph of {side}: {link} ({size} KB), with the gradients as outputs, for any depth",
            "{side} 所用的计算图：{link}（{size} KB），梯度就是输出，适用任意深度",
        ),
        "stored": ("The data that the program below reads: {link}", "下面的程序读取的数据：{link}"),
        "snippet": ("Train it without this hub", "脱离本站训练它"),
        "limits": (
            "Up to {depth} layers, {width} units, {steps} steps. The same settings and seed give the same figures.",
            "最多 {depth} 层、{width} 个单元、{steps} 步。设置与种子相同，结果就相同。",
        ),
        "version": (
            "This link is of another version ({version}) and was not used.",
            "此链接属于另一版本（{version}），未使用。",
        ),
        "dropped": ("The link asks for what is not possible: {reason}", "链接里的设置不可用：{reason}"),
        "chain_note": (
            "One unit a layer, one weight everywhere, x → z₁ → y₁ → … → yₙ: by the chain rule ∂C/∂b₁ is a product of "
            "factors g′(z)·w.",
            "每层一个单元，权重处处相同，x → z₁ → y₁ → … → yₙ：由链式法则，∂C/∂b₁ 是因子 g′(z)·w 的连乘。",
        ),
        "chain_depth": ("Units n", "单元数 n"),
        "chain_weight": ("Weight w", "权重 w"),
        "chain_bias": ("Bias b", "偏置 b"),
        "chain_x": ("Input x", "输入 x"),
        "chain_measured": ("measured ∂C/∂b", "测得的 ∂C/∂b"),
        "chain_product": ("product of the factors", "因子连乘"),
        "chain_bound": ("bound (|w|/4)ⁿ", "上界 (|w|/4)ⁿ"),
        "chain_unit": ("unit", "单元"),
        "chain_below": (
            "∂C/∂b₁ = {gradient}. Each factor g′(z)·w is at most |w|/4 = {bound:.3g}: every value stays under "
            "the bound. "
            "Product and measured gradient differ by {difference} of it at most.",
            "∂C/∂b₁ = {gradient}。每个因子 g′(z)·w 至多为 |w|/4 = {bound:.3g}：所有值都在上界之下。"
            "连乘与测得梯度的相对差至多 {difference}。",
        ),
        "chain_plain": (
            "∂C/∂b₁ = {gradient}. The factors are {low} to {high}. Product and measured gradient differ by "
            "{difference} of it "
            "at most.",
            "∂C/∂b₁ = {gradient}。因子在 {low} 到 {high} 之间。连乘与测得梯度的相对差至多 {difference}。",
        ),
        "chain_large": (
            "Every factor is at least {low}, above 1: the longer the chain, the larger the gradient. It explodes.",
            "每个因子至少是 {low}，大于 1：链越长梯度越大，这就是梯度爆炸。",
        ),
        "chain_vanishes": (
            "Every factor is below 1: the longer the chain, the smaller the gradient. It vanishes.",
            "每个因子都小于 1：链越长梯度越小，这就是梯度消失。",
        ),
        "chain_saturates": (
            "With w = {weight} a factor could be {largest}, but the sigmoid saturates: y settles at {value}, "
            "where g′ is "
            "{slope} and the factor {factor}. At the bias {bias}, which keeps every z at 0, it explodes.",
            "w = {weight} 时因子本可达到 {largest}，但 sigmoid 饱和了：y 停在 {value}，那里 g′ 只有 {slope}，"
            "因子只有 {factor}。取偏置 {bias}，使每个 z 都保持为 0，梯度就会爆炸。",
        ),
        "chain_burst": ("Set the bias at which it explodes", "设成会爆炸的偏置"),
        "chain_examples": ("Chains to click", "点一条链"),
        "chain_fades": ("Sigmoid, w = {weight}: vanishes", "Sigmoid，w = {weight}：消失"),
        "chain_stuck": ("Sigmoid, w = {weight}: saturates", "Sigmoid，w = {weight}：饱和"),
        "chain_bursts": ("Sigmoid, w = {weight}, b = {bias}: explodes", "Sigmoid，w = {weight}，b = {bias}：爆炸"),
        "chain_grows": ("ReLU, w = {weight}: explodes", "ReLU，w = {weight}：爆炸"),
        "chain_keeps": ("ReLU, w = {weight}: stays", "ReLU，w = {weight}：不变"),
        "chain_written": ("∂C/∂b₁ = (y − target) · g′(z₁) · factors:", "∂C/∂b₁ =（y − 目标）· g′(z₁) · 各因子："),
        "factor": ("factor g′(z)·w", "因子 g′(z)·w"),
    },
)

FORMULAS = {
    "en": r"""
**Back-propagation.** A layer computes $z_l = h_{l-1} W_l + b_l$ and $h_l = \varphi(z_l)$. With $\delta_l = \partial L / \partial h_l$:

$${\frac{\partial L}{\partial z_l} = \delta_l \odot \varphi'(z_l), \qquad}\allowbreak {\frac{\partial L}{\partial W_l} = h_{l-1}^{\top} \frac{\partial L}{\partial z_l}, \qquad}\allowbreak {\delta_{l-1} = \frac{\partial L}{\partial z_l} W_l^{\top}}$$

So $\delta$ is multiplied by $\varphi'(z)\,W^{\top}$ at every layer. The sigmoid has $\varphi' = \varphi(1-\varphi) \le \tfrac14$: over $n$ layers with $|w| \le 1$ at most $(1/4)^n$ is left.

**How fast, before training.** In a wide network the expected $\|\delta\|^2$ changes by $\chi$ at each layer (Poole et al. 2016; Schoenholz et al. 2017):

$${\chi = \sigma_w^2 \, \mathbb{E}\left[\varphi'(z)^2\right], \qquad}\allowbreak {z \sim N(0, \sigma_w^2 q), \qquad}\allowbreak {q = \mathbb{E}\left[h^2\right]}$$

$\sigma_w^2$ is the variance of a weight times the width. $\chi < 1$ vanishes, $\chi > 1$ explodes. ReLU has $\mathbb{E}[\varphi'^2] = \tfrac12$, so He's $\sigma_w^2 = 2$ gives $\chi = 1$.

**Cures.** *Residual connections*: $h_l = h_{l-1} + \varphi(z_l)$ adds the identity, $\delta_{l-1} = \delta_l + \dots$, so $\chi = 1 + \sigma_w^2 \mathbb{E}[\varphi'^2] \ge 1$. *Batch normalisation* brings $z$ back to where $\varphi'$ is large. *Clipping by norm*: $g \leftarrow g \min(1, c / \|g\|)$; *by value*: each entry to $[-c, c]$. *L1, L2*: $g \leftarrow g + \lambda_1 \operatorname{sign}(W) + \lambda_2 W$ keeps weights small. *LSTM*: $c_t = f_t \odot c_{t-1} + i_t \odot g_t$, so along the cell $\partial L / \partial c_{t-1} = \partial L / \partial c_t \odot f_t + \dots$: an open forget gate carries the gradient on.
""",  # noqa: E501
    "zh": r"""
**反向传播。** 一层计算 $z_l = h_{l-1} W_l + b_l$，$h_l = \varphi(z_l)$。记 $\delta_l = \partial L / \partial h_l$:

$${\frac{\partial L}{\partial z_l} = \delta_l \odot \varphi'(z_l), \qquad}\allowbreak {\frac{\partial L}{\partial W_l} = h_{l-1}^{\top} \frac{\partial L}{\partial z_l}, \qquad}\allowbreak {\delta_{l-1} = \frac{\partial L}{\partial z_l} W_l^{\top}}$$

可见 $\delta$ 每过一层就要乘一次 $\varphi'(z)\,W^{\top}$。sigmoid 有 $\varphi' = \varphi(1-\varphi) \le \tfrac14$：若 $|w| \le 1$，经过 $n$ 层至多剩下 $(1/4)^n$。

**训练之前，变化有多快。** 在宽网络中，$\|\delta\|^2$ 的期望每层变为 $\chi$ 倍（Poole 等 2016；Schoenholz 等 2017）：

$${\chi = \sigma_w^2 \, \mathbb{E}\left[\varphi'(z)^2\right], \qquad}\allowbreak {z \sim N(0, \sigma_w^2 q), \qquad}\allowbreak {q = \mathbb{E}\left[h^2\right]}$$

$\sigma_w^2$ 是权重方差乘以宽度。$\chi < 1$ 消失，$\chi > 1$ 爆炸。ReLU 的 $\mathbb{E}[\varphi'^2] = \tfrac12$，所以 He 的 $\sigma_w^2 = 2$ 恰好使 $\chi = 1$。

**解决方法。** *残差连接*：$h_l = h_{l-1} + \varphi(z_l)$ 多了一条恒等通路，$\delta_{l-1} = \delta_l + \dots$，于是 $\chi = 1 + \sigma_w^2 \mathbb{E}[\varphi'^2] \ge 1$。*批归一化*把 $z$ 拉回 $\varphi'$ 较大的区域。*按范数剪切*：$g \leftarrow g \min(1, c / \|g\|)$；*按值剪切*：每个分量限制在 $[-c, c]$。*L1、L2 正则*：$g \leftarrow g + \lambda_1 \operatorname{sign}(W) + \lambda_2 W$，使权重保持较小。*LSTM*：$c_t = f_t \odot c_{t-1} + i_t \odot g_t$，沿着细胞状态 $\partial L / \partial c_{t-1} = \partial L / \partial c_t \odot f_t + \dots$：遗忘门打开时，梯度得以传下去。
""",  # noqa: E501
}
