"""The strings of the tab, its formulas, and the words of its notes and errors."""

from __future__ import annotations

from hub.tasks import likelihood as task
from hub.ui.strings import Strings

NOTES_ZH = {
    "boundary": "估计落在取值范围的边界上：似然在内部没有最大值，那里的费雪信息为无穷大，标准误没有意义。"
    "n 次中 0 次发生时，95% 上界约为 3/n。",
    "constant": "所有数值都相同：曲线越窄越高，σ → 0 时似然无限增大，没有最大值。补充有变化的数据，或给 σ "
    "加先验，才能解决。",
    "infinite": "所有数值都是 0：λ → ∞ 时似然无限增大，没有最大值。",
    "perfect": "直线穿过了所有的点：σ → 0，似然无限增大。",
    "collapse": "一个成分缩到了单个数值上：那里的密度无限增大，所以混合模型的似然没有全局最大值。"
    "真正要找的是每个 σ 都明显大于零的最好的局部最大值，或者加先验。",
    "separable": "一条线就能把两类完全分开：权重可以一直增大，似然随之趋向 0（对数），没有最大值。"
    "加惩罚项（权重的先验）可以解决。",
    "touching": "除了落在线上的点，一条线就能分开两类：权重可以一直增大，似然也随之增大，没有最大值。"
    "加惩罚项（权重的先验）可以解决。",
    "one_class": "只有一个类别：截距可以一直增大，没有最大值。",
    "biased": "σ̂ 除以的是 n，平均而言略小，偏小的倍数是 √((n - 1)/n)。",
    "stopped": "搜索在梯度归零之前就停下了：请把它当作目前找到的最好的点。",
    "unseen": "没见过的会得到概率 0，哪怕它完全可能发生；给每个计数加一点（平滑，即先验）可以解决。",
}


STRINGS = Strings(
    "likelihood",
    {
        "title": ("Likelihood", "极大似然"),
        "intro": (
            "**The model is fixed, the result is known: infer the parameters.** "
            "All is computed live by onnxruntime, gradients too.",
            "**模型已定，结果已知，反推参数。** 一切由 onnxruntime 当场计算，梯度也不例外。",
        ),
        "fit": ("Guess the parameters", "你来猜参数"),
        "model": ("Language model", "语言模型"),
        "growth": ("More data", "数据变多"),
        "product": ("Product or sum", "连乘与求和"),
        "losses": ("Losses", "损失函数"),
        "classes": ("Two classes", "生成式与判别式"),
        "sum": ("Probabilities sum to 1", "概率之和为 1"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        # families
        "family": ("Model", "模型"),
        "bernoulli": ("Bernoulli (coin)", "伯努利（抛硬币）"),
        "gaussian": ("Gaussian", "高斯（正态）"),
        "poisson": ("Poisson (counts)", "泊松（计数）"),
        "exponential": ("Exponential (waiting times)", "指数（等待时间）"),
        "mixture": ("Mixture of two Gaussians", "两个高斯的混合"),
        # duel
        "data": ("Data", "数据"),
        "data_info": (
            "Type numbers, click them on the strip under the first picture, or sample them from hidden parameters.",
            "输入数字，在第一张图下面的条带上点画，或从隐藏的参数抽样。",
        ),
        "draw": ("the data; click to add a value", "数据；点击可添加一个值"),
        "dots": ("a dot is up to {count} values", "每个点最多代表 {count} 个值"),
        "fit_button": ("Use these data", "使用这些数据"),
        "clear": ("Clear", "清空"),
        "count": ("How many", "抽多少个"),
        "sample": ("Sample from hidden parameters", "从隐藏的参数抽样"),
        "reveal": ("Reveal", "揭晓"),
        "yours": ("your {name}", "你的 {name}"),
        "method": ("The optimiser climbs by", "优化器的方法"),
        "gradient": ("gradient ascent", "梯度上升"),
        "scoring": ("Fisher scoring", "费雪得分法"),
        "em": ("EM (mixture)", "EM（混合模型）"),
        "climb": ("Climb from your point", "从当前点出发爬坡"),
        "you": ("you", "你"),
        "best": ("optimiser", "优化器"),
        "truth": ("hidden truth", "隐藏的真值"),
        "path": ("{method}, steps: {steps}", "{method}，{steps} 步"),
        "guess": (
            "The data are sampled from hidden parameters. Move the sliders until your curve fits the data and ℓ is as "
            "high as you can get it, then press “Reveal”.",
            "数据是从隐藏的参数抽样得到的。拖动滑块，让你的曲线贴合数据、ℓ 尽量高，然后点“揭晓”。",
        ),
        "guessing": (
            "n = {n}; hidden: {names}, and the optimiser's estimate. Your best so far: {where}.",
            "n = {n}；隐藏着的是 {names} 和优化器的估计。你目前最好的猜测：{where}。",
        ),
        "tries": ("your tries", "你试过的位置"),
        "best_try": ("your best so far", "你目前最好的"),
        "fog": ("ℓ is shown only where you have stood", "只显示你试过的位置的 ℓ"),
        "revealed": ("Your guess, the estimate and the truth", "你的猜测、估计值与真值"),
        "truth_below": (
            "The truth is not the top: its ℓ is {gap} below the optimiser's. A sample never matches its model exactly.",
            "真值并不在最高点：它的 ℓ 比优化器低 {gap}，因为样本从来不会与模型完全一致。",
        ),
        "seen": ("data", "数据"),
        "value": ("x", "x"),
        "density": ("density", "密度"),
        "probability": ("probability", "概率"),
        "interval": ("95 % likelihood interval", "95% 似然区间"),
        "log_likelihood": ("log-likelihood ℓ", "对数似然 ℓ"),
        "slice": (
            "The map shows μ₁ and μ₂; the other parameters stand where your sliders are.",
            "图上是 μ₁ 和 μ₂，其余参数取你滑块的位置。",
        ),
        "behind": (
            "You are {gap} behind: under the optimiser's parameters the data are {times} times as likely.",
            "你落后 {gap}：在优化器的参数下，数据出现的可能性是你的 {times} 倍。",
        ),
        "level": ("You stand at the top.", "你已站在最高点。"),
        "beaten": (
            "You have beaten the optimiser by {gap}: a narrow component on one value. See the note on mixtures below.",
            "你超过了优化器 {gap}：靠的是缩在单个数值上的窄成分。请看下面关于混合模型的说明。",
        ),
        "impossible": (
            "Under your parameters these data are impossible: ℓ = -∞.",
            "在你的参数下，这些数据不可能出现：ℓ = -∞。",
        ),
        "upwards": ("The gradient says: {moves}.", "梯度的建议：{moves}。"),
        "raise": ("{name} up", "增大 {name}"),
        "lower": ("{name} down", "减小 {name}"),
        "parameter": ("parameter", "参数"),
        "yours_short": ("yours", "你的值"),
        "estimate": ("estimate", "估计"),
        "error": ("standard error", "标准误"),
        "interval_short": ("95 % interval", "95% 区间"),
        "slope": ("∂ℓ/∂θ at yours", "当前点的 ∂ℓ/∂θ"),
        "estimates": (
            "n = {n}; {method}; ℓ at the estimate {value}; largest |gradient|/n there {norm}",
            "n = {n}；{method}；估计处的 ℓ 为 {value}；该处最大 |梯度|/n 为 {norm}",
        ),
        "estimates_none": ("n = {n}; {method}; ℓ grows without bound", "n = {n}；{method}；ℓ 无限增大"),
        "closed form": ("closed form", "闭式解"),
        "EM, then Newton": ("EM, then Newton's method", "先 EM，再牛顿法"),
        "EM": ("EM", "EM"),
        "Newton": ("Newton's method", "牛顿法"),
        "no_bound": ("grows without bound", "无限增大"),
        "arrived": (
            "{method}: from ℓ = {first} to {last}, steps: {steps}; the gradient is zero there.",
            "{method}：ℓ 从 {first} 升到 {last}，{steps} 步；该处梯度为零。",
        ),
        "under_way": (
            "{method}: from ℓ = {first} to {last}, steps: {steps}; the gradient is not yet zero there.",
            "{method}：ℓ 从 {first} 升到 {last}，{steps} 步；该处梯度尚未为零。",
        ),
        "look_fit": (
            "**What to look for.** "
            "Move the sliders and watch ℓ: can you reach the optimiser? Climb by gradient ascent and by "
            "Fisher scoring: "
            "in a narrow valley the first goes zigzag, the second straight. The flatter the top, the larger the "
            "standard error.",
            "**观察要点。** "
            "拖动滑块，看 ℓ 的变化："
            "你能追上优化器吗？分别用梯度上升和费雪得分法爬一次：山脊狭窄时，前者走之字形，后者直达。"
            "山顶越平，标准误越大。",
        ),
        # language model
        "text": ("Text to learn from", "学习用的文本"),
        "unit": ("Tokens are", "词元单位"),
        "words": ("words (Chinese: characters)", "词（中文按字）"),
        "characters": ("characters", "字符"),
        "smoothing": ("Add to every count (α)", "每个计数加上 α"),
        "sentence": ("Text to judge", "要评判的文本"),
        "run_model": ("Count and judge", "统计并评判"),
        "write": ("Let it write", "让它写一段"),
        "written": ("It writes: {text}", "它写道：{text}"),
        "previous": ("previous token", "前一个词元"),
        "next": ("next token", "后一个词元"),
        "ascent": ("gradient ascent", "梯度上升"),
        "maximum": ("closed form: shares of the counts", "闭式解：计数的比例"),
        "step": ("step", "步"),
        "model_facts": (
            "{pairs} pairs, {tokens} different tokens{merged}; ℓ = {value}; perplexity e^(-ℓ/n) = {perplexity}; "
            "largest |gradient|/n there {norm}",
            "{pairs} 对相邻词元，{tokens} 种词元{merged}；ℓ = {value}；困惑度 e^(-ℓ/n) = {perplexity}；"
            "该处最大 |梯度|/n 为 {norm}",
        ),
        "merged": (" ({count} rare ones are one: …)", "（其中 {count} 种罕见的合并为 …）"),
        "pair": ("pair", "词对"),
        "times": ("times", "次数"),
        "strongest": ("The pairs seen most", "出现最多的词对"),
        "judged": (
            "The text to judge: ℓ = {value}, perplexity {perplexity}",
            "要评判的文本：ℓ = {value}，困惑度 {perplexity}",
        ),
        "never": (
            "Never seen: {pairs}. One impossible pair makes the whole text impossible. Raise α.",
            "从未见过：{pairs}。只要有一对不可能，整段文本就不可能。请增大 α。",
        ),
        "look_model": (
            "**What to look for.** "
            "A language model's training loss is a negative log-likelihood: gradient ascent comes to the shares of the "
            "counts. Judge a text with a pair that was never seen: ℓ = -∞, until α makes room for it.",
            "**观察要点。** "
            "语言模型的训练损失就是负对数似然：梯度上升最后走到计数的比例。评判一段含有没见过的词对的文本：ℓ = -∞，"
            "直到 α 给它留出余地。",
        ),
        # growth
        "which": ("Estimate", "估计哪个参数"),
        "again": ("Other true parameters", "换一组真实参数"),
        "true_value": ("true value", "真值"),
        "one_sample": ("one growing sample", "一组不断增长的样本"),
        "band": ("nine of ten samples", "十分之九的样本"),
        "promise": ("truth ± 1.645 / √(n I)", "真值 ± 1.645 / √(n I)"),
        "n": ("n, number of values", "样本数 n"),
        "spread": ("spread of {repeats} estimates", "{repeats} 次估计的离散"),
        "fisher": ("Fisher: 1 / √(n I)", "费雪信息：1 / √(n I)"),
        "covered": ("95 % intervals that hold the truth", "包含真值的 95% 区间"),
        "growth_facts": (
            "True parameters: {truth}. {repeats} samples, each growing from 5 to 5,000 values.",
            "真实参数：{truth}。{repeats} 组样本，每组从 5 个增加到 5,000 个。",
        ),
        "look_growth": (
            "**What to look for.** "
            "The estimates gather round the truth (consistency), and as fast as the Fisher information says: a hundred "
            "times the data, a tenth of the error. On the second picture both lines fall with slope -½. "
            "With few values "
            "the 95 % intervals hold the truth less often than 95 %.",
            "**观察要点。** "
            "估计向真值聚拢（相合性），速度正如费雪信息所说：数据变成一百倍，误差缩小到十分之一。"
            "第二张图上两条线的斜率都是 -½。"
            "数据很少时，95% 区间包含真值的比例不到 95%。",
        ),
        # product
        "source": ("Probabilities of", "概率来自"),
        "coin": ("tosses, each with the probability p", "抛掷，每次概率为 p"),
        "reading": ("the text of “Language model”, token by token", "“语言模型”里的文本，逐个词元"),
        "each": ("p", "p"),
        "exponent": ("log₁₀ of the product", "连乘的 log₁₀"),
        "product_of": ("product in {kind}", "{kind} 连乘"),
        "sum_of": ("sum of logs in {kind}", "{kind} 对数求和"),
        "gone": ("{kind}: exactly 0 from n = {n}", "{kind}：从 n = {n} 起恰好为 0"),
        "alive": ("{kind}: not yet 0", "{kind}：还没有变成 0"),
        "sum_alive": ("Σ log p = {value}: no trouble", "Σ log p = {value}：毫无问题"),
        "look_product": (
            "**What to look for.** "
            "The smallest float32 above zero is 1.4·10⁻⁴⁵, the smallest float64 4.9·10⁻³²⁴: there the product becomes "
            "exactly 0, and every gradient with it. The sum of logarithms goes on as a straight line. With p = 0.01, a "
            "fair guess of a next word, 23 words are the end in float32 and 162 in float64.",
            "**观察要点。** "
            "大于零的最小 float32 是 1.4·10⁻⁴⁵，最小 float64 是 4.9·10⁻³²⁴：连乘到那里恰好变成 0，梯度也随之消失。"
            "对数求和则一直是一条直线。p = 0.01（猜下一个词的像样水平）时，float32 撑不过 23 个词，"
            "float64 撑不过 162 个。",
        ),
        # losses
        "kind": ("Model", "模型"),
        "linear": ("linear regression, Gaussian noise", "线性回归，高斯噪声"),
        "logistic": ("logistic regression", "逻辑回归"),
        "rows": ("Data: x, y on each line", "数据：每行 x, y"),
        "draw_points": ("click to add a point", "点击添加一个点"),
        "draw_classes": ("click the upper half for class 1, the lower for class 0", "点上半部加类别 1，下半部加类别 0"),
        "sigma": ("σ of the noise", "噪声的 σ"),
        "penalty": ("penalty λ (prior on the weight)", "惩罚 λ（权重的先验）"),
        "run_losses": ("Use these data", "使用这些数据"),
        "line": ("fitted line", "拟合直线"),
        "curve": ("p(y = 1 | x)", "p(y = 1 | x)"),
        "nll": ("-ℓ/n, likelihood", "-ℓ/n，似然"),
        "mse": ("MSE/(2σ²) + log(σ√(2π))", "MSE/(2σ²) + log(σ√(2π))"),
        "cross_entropy": ("cross-entropy", "交叉熵"),
        "weight": ("slope a; b stays at its estimate", "斜率 a；b 取估计值"),
        "weight_of_classes": ("weight w; the point where p = ½ stays", "权重 w；p = ½ 的位置不变"),
        "loss": ("loss of one sample", "每个样本的损失"),
        "same": (
            "The two curves differ by at most {gap}, their gradients by {gradient} of their size: one and the same.",
            "两条曲线最多相差 {gap}，梯度相对相差 {gradient}：就是同一个东西。",
        ),
        "look_losses": (
            "**What to look for.** "
            "Two definitions, one curve: the thick line is the negative log-likelihood, the dashed one the loss of the "
            "textbooks. Change σ: the curve is stretched, its lowest point stays. Separate the classes: the "
            "curve falls for ever, until λ holds the weight.",
            "**观察要点。** "
            "两种定义，同一条曲线：粗线是负对数似然，虚线是教科书里的损失。改变 σ：曲线被拉伸，最低点不动。"
            "把两类完全分开：曲线一直下降，直到 λ 拉住权重。",
        ),
        # two classes
        "plane_rows": ("Data: x₁, x₂, class on each line", "数据：每行 x₁, x₂, 类别"),
        "class": ("A click adds class", "点击添加的类别"),
        "world_gaussian": ("Two Gaussian clouds", "两团高斯点"),
        "world_outliers": ("The same with outliers", "同上，加离群点"),
        "learning": (
            "**How many points does each need?** Errors as n grows, mean of 30 samples.",
            "**各需要多少点？** 错误率随 n 的变化，30 组样本的平均。",
        ),
        "class0": ("class 0", "类别 0"),
        "class1": ("class 1", "类别 1"),
        "generative": ("generative: p(x, y)", "生成式：p(x, y)"),
        "discriminative": ("discriminative: p(y | x)", "判别式：p(y | x)"),
        "way": ("model", "模型"),
        "joint": ("log p(x, y) / n", "log p(x, y) / n"),
        "conditional": ("log p(y | x) / n", "log p(y | x) / n"),
        "accuracy": ("accuracy", "正确率"),
        "errors": ("errors on 2,000 new points", "2,000 个新点上的错误率"),
        "contour_of": ("Gaussian of {name}", "{name}的高斯"),
        "look_classes": (
            "**What to look for.** "
            "Both models draw a straight line, by different aims: the generative one maximises log p(x, y) and must "
            "explain where the points lie, the discriminative one only log p(y | x), in which it is never behind. With "
            "few points and Gaussian clouds the generative model errs less; outliers drag its line away, the other's "
            "hardly.",
            "**观察要点。** "
            "两个模型画的都是直线，但目标不同：生成式最大化 log p(x, y)，必须解释点落在哪里；判别式只管 log p(y | x)，"
            "在这一项上从不落后。点少、又确是高斯云时，生成式错得更少；离群点会把它的线拉走，另一条几乎不动。",
        ),
        # sum to one
        "labels": ("Samples", "样本"),
        "labels_info": ("Labels, separated by spaces", "用空格分隔的标签"),
        "lift": ("Sample to raise", "要拉高的样本"),
        "lift_button": ("Raise its probability", "拉高它的概率"),
        "all_button": ("Let all samples pull", "让所有样本一起拉"),
        "reset": ("Start again: all equal", "重来：全部相等"),
        "before": ("p before", "之前的 p"),
        "now": ("p now", "现在的 p"),
        "shares": ("p̂, shares of the samples", "p̂，样本中的比例"),
        "sum_facts": (
            "Σ p = {total}. E log p = {expected}; H(p̂) = {entropy}; KL(p̂ ‖ p) = {divergence}; "
            "-E log p = H + KL, difference {gap}.",
            "Σ p = {total}。E log p = {expected}；H(p̂) = {entropy}；KL(p̂ ‖ p) = {divergence}；"
            "-E log p = H + KL，相差 {gap}。",
        ),
        "raised": (
            "{name} went up by {up}, all others together down by the same: {others}.",
            "{name} 升高了 {up}，其他的一共降低了同样多：{others}。",
        ),
        "balanced": (
            "Every sample pulls at its own probability; they come to rest where p equals the shares and KL is 0.",
            "每个样本都在拉高自己的概率；当 p 等于样本比例、KL 为 0 时达到平衡。",
        ),
        "expected": ("E log p", "E log p"),
        "ceiling": ("-H(p̂), the highest possible", "-H(p̂)，最大可能值"),
        "divergence": ("KL(p̂ ‖ p)", "KL(p̂ ‖ p)"),
        "look_sum": (
            "**What to look for.** "
            "Raise one sample: its bar grows and all others shrink, because the bars sum to one. Let all pull: E log p "
            "rises to -H(p̂), where KL is zero. Nothing can make every sample likely at once.",
            "**观察要点。** "
            "拉高一个样本：它的柱子变高，其他的都变矮，因为总和必须是一。让所有样本一起拉：E log p 升到 -H(p̂)，"
            "那里 KL 为零。"
            "不可能让所有样本同时都很可能。",
        ),
        "values": ("The values of the figure", "图中的数值"),
        **{f"note_{code}": (english, NOTES_ZH[code]) for code, english in task.NOTES.items()},
    },
)


def lines(*parts: str) -> str:
    """A formula that a narrow page breaks between its parts, and nowhere else."""
    return "$$" + r"\allowbreak ".join(f"{{{part}}}" for part in parts) + "$$"


FORMULAS = {
    "bernoulli": lines(
        r"\ell(p)=\sum_i \log p^{x_i}(1-p)^{1-x_i},\quad", r"\hat p=\frac{k}{n},\quad", r"I(p)=\frac{n}{p(1-p)}"
    ),
    "gaussian": lines(r"\ell(\mu,\sigma)=-\sum_i\Big[\tfrac{(x_i-\mu)^2}{2\sigma^2}+\log\sigma\sqrt{2\pi}\Big]")
    + "\n\n"
    + lines(
        r"\hat\mu=\bar x,\quad\hat\sigma^2=\tfrac1n\sum_i(x_i-\bar x)^2,\quad",
        r"I=\frac{n}{\sigma^2}\begin{pmatrix}1&0\\0&2\end{pmatrix}",
    ),
    "poisson": lines(
        r"\ell(\lambda)=\sum_i\big[x_i\log\lambda-\lambda-\log x_i!\big],\quad",
        r"\hat\lambda=\bar x,\quad I(\lambda)=\frac n\lambda",
    ),
    "exponential": lines(
        r"\ell(\lambda)=\sum_i\big[\log\lambda-\lambda x_i\big],\quad",
        r"\hat\lambda=1/\bar x,\quad I(\lambda)=\frac{n}{\lambda^2}",
    ),
    "mixture": lines(r"\ell=\sum_i\log\sum_m w_m\,\mathcal N(x_i;\mu_m,\sigma_m^2)")
    + "\n\n"
    + lines(
        r"r_{im}=\frac{w_m\mathcal N(x_i;\mu_m,\sigma_m^2)}{\sum_k w_k\mathcal N(x_i;\mu_k,\sigma_k^2)},\quad",
        r"\mu_m\leftarrow\frac{\sum_i r_{im}x_i}{\sum_i r_{im}}",
    ),
    "model": lines(
        r"\ell(W)=\sum_t\log p(w_t\mid w_{t-1})",
        r"=\sum_{ij}c_{ij}\log\mathrm{softmax}(W_i)_j,\quad",
        r"\frac{\partial\ell}{\partial W_{ij}}=c_{ij}-c_i\,p_{ij},\quad",
        r"\hat p_{ij}=\frac{c_{ij}}{c_i}",
    ),
    "growth": lines(
        r"\hat\theta_n\to\theta,\qquad",
        r"\sqrt n\,(\hat\theta_n-\theta)\to\mathcal N\big(0,\,I(\theta)^{-1}\big)",
    ),
    "product": lines(r"\hat\theta=\arg\max_\theta\prod_i p(x_i;\theta)", r"=\arg\max_\theta\sum_i\log p(x_i;\theta)"),
    "linear": lines(
        r"y=ax+b+\varepsilon,\ \varepsilon\sim\mathcal N(0,\sigma^2)\ \Rightarrow\ ",
        r"-\tfrac1n\log p(y\mid x)=\frac{\mathrm{MSE}}{2\sigma^2}+\log\sigma\sqrt{2\pi}",
    ),
    "logistic": lines(
        r"p(y{=}1\mid x)=\frac1{1+e^{-z}}\ \Rightarrow\ ",
        r"-\tfrac1n\log p(y\mid x)",
        r"=-\tfrac1n\sum_i\log\mathrm{softmax}(0,z_i)_{y_i}",
    ),
    "classes": lines(
        r"p(x,y)=p(y)\,\mathcal N(x;\mu_y,\Sigma)\ \Rightarrow\ ",
        r"p(y{=}1\mid x)=\frac1{1+e^{-(w^\top x+b)}},\quad",
        r"w=\Sigma^{-1}(\mu_1-\mu_0)",
    ),
    "sum": lines(
        r"\frac{\partial\log p_k}{\partial\eta}=e_k-p,\qquad",
        r"\sum_j p_j=1,\qquad",
        r"-\mathbb E_{\hat p}\log p=H(\hat p)+\mathrm{KL}(\hat p\,\|\,p)",
    ),
}
LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]
