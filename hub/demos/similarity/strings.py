"""What the tab says, in both languages."""

from __future__ import annotations

from hub.ui.strings import Strings

STRINGS = Strings(
    "similarity",
    {
        "title": ("Sentence similarity", "句子相似度"),
        "intro": (
            "**A sentence becomes a vector, nearness of meaning an angle.** "
            "Contrastive training opens the cone that plain encoders fall into.",
            "**句子变成向量，意思的远近变成夹角。** 普通编码器把句子挤进窄锥，对比学习把它撑开。",
        ),
        "examples": ("Examples: click one", "例子：点一下试试"),
        "speech": ("Language of the sentences", "句子的语言"),
        "encoder": ("Encoder", "编码器"),
        "encoders": ("Encoders", "编码器"),
        "run": ("Compare", "比较"),
        "no_encoder": ("Choose at least one encoder.", "请至少选择一个编码器。"),
        "none_of_language": (
            "There is no encoder for this language here.",
            "这里没有这种语言的编码器。",
        ),
        "not_of_language": (
            "{name} was not made for this language: choose another encoder.",
            "{name} 不是为这种语言训练的：请另选一个编码器。",
        ),
        "disabled": ("disabled: {reason}", "已停用：{reason}"),
        "shortened": (
            "The text is too long for a link: it carries only its beginning.",
            "文本太长，链接里只带了开头的一部分。",
        ),
        "version": (
            "The link is of an unknown version ({version}); the page shows its beginning.",
            "链接的版本（{version}）未知，显示默认页面。",
        ),
        "bad_link": ("The link could not be used: {reason}", "链接无法使用：{reason}"),
        "bad_field": ("{field} = {found}", "{field} = {found}"),
        # what is wrong with the input
        "empty": ("Type a sentence first.", "请先输入一个句子。"),
        "empty_lines": ("Type at least {least} lines, one sentence each.", "请至少输入 {least} 行，每行一个句子。"),
        "long": (
            "A sentence has {found:,} characters; at most {allowed:,} are allowed: shorten it.",
            "有一个句子长 {found:,} 个字符，最多允许 {allowed:,} 个：请缩短。",
        ),
        "many": (
            "{found:,} lines; at most {allowed:,} are allowed here: leave some out.",
            "共有 {found:,} 行，这里最多 {allowed:,} 行：请删去一些。",
        ),
        "unicode": (
            "A sentence is not valid Unicode: paste it again as plain text.",
            "有一个句子不是有效的 Unicode：请重新以纯文本粘贴。",
        ),
        # two sentences
        "pair": ("Two sentences", "两个句子"),
        "a": ("First sentence", "第一句"),
        "b": ("Second sentence", "第二句"),
        "this_pair": ("this pair", "这一对"),
        "unrelated": ("unrelated pairs", "无关句对"),
        "above": ("above {share:.0%} of unrelated pairs", "高于 {share:.0%} 的无关句对"),
        "pair_facts": (
            "{milliseconds:.1f} ms · {variant} · {provider}",
            "{milliseconds:.1f} ms · {variant} · {provider}",
        ),
        "pair_look": (
            "**Why the second bar?** A cosine means little by itself: all pairs of 60 unrelated sentences, shipped "
            "with this "
            "page, say what “far apart” is for each encoder. A pair stands out only where it rises above them.",
            "**为什么有第二根条？** 单看余弦值意义不大：本页附带 60 个互不相关的句子，"
            "两两配对，说明每个编码器眼里的“远”是多远。只有明显高于它们，才算真的相近。",
        ),
        "aligned": ("Tokens as seen by", "词元对齐，编码器"),
        "aligned_look": (
            "**Token against token.** Cosine of the last states before averaging, so each token already knows its "
            "neighbours. Bright rows and columns belong to tokens that find a partner; if all is bright, the states "
            "have "
            "collapsed.",
            "**词元对词元。** 这是求平均之前最后一层状态的余弦，每个词元已经“看过”上下文。亮处说明词元找到了对应；"
            "如果处处都亮，状态就已经坍缩。",
        ),
        "aligned_cut": (
            "Only the first {count} tokens of each sentence are shown.",
            "每句只显示前 {count} 个词元。",
        ),
        # one against many
        "matrix": ("All against all", "两两比较"),
        "matrix_lines": ("Sentences, one a line (at most 50)", "句子，每行一个（最多 50 行）"),
        "matrix_run": ("Compare all", "全部比较"),
        "stretch": ("Stretch the colours from the lowest to the highest value", "颜色从最低值拉伸到最高值"),
        "nearest": ("Nearest ({score:.3f}): {a} | {b}", "最近（{score:.3f}）：{a} | {b}"),
        "farthest": ("Farthest ({score:.3f}): {a} | {b}", "最远（{score:.3f}）：{a} | {b}"),
        "matrix_look": (
            "**Look for squares.** Lines on one matter that stand together make a bright square on the diagonal. The "
            "example has three matters of four lines each; change the encoder and see whose squares are clearest. "
            "Those of a collapsed one show only in stretched colours.",
            "**找方块。** 同一话题的句子排在一起时，对角线上会出现亮方块。例子里有三个话题，每个四行；"
            "换个编码器，看谁的方块最清楚。坍缩的编码器要拉伸颜色才看得到。",
        ),
        # search
        "search": ("Search", "检索"),
        "query": ("What are you looking for?", "想找什么？"),
        "search_lines": ("Where to look: lines of text (at most 2,000)", "在哪里找：多行文本（最多 2,000 行）"),
        "k": ("How many", "返回几条"),
        "search_run": ("Search", "检索"),
        "progress": ("lines embedded", "行已编码"),
        "rank": ("rank", "名次"),
        "score": ("cosine", "余弦"),
        "line": ("line", "行号"),
        "sentence": ("sentence", "句子"),
        "searched": (
            "{count:,} lines embedded and ranked in {seconds:.2f} s ({rate:,.0f} lines a second).",
            "{count:,} 行，编码并排序共 {seconds:.2f} 秒（每秒 {rate:,.0f} 行）。",
        ),
        "search_look": (
            "**No word need match.** Query and lines meet in the vector space. Lines of about the same length run "
            "together, so no time is lost on padding, and the order is restored afterwards.",
            "**不需要相同的词。** 查询和各行在向量空间里相遇。长度相近的行一起计算，"
            "不在填充上浪费时间，算完再恢复原来的顺序。",
        ),
        # collapse
        "collapse": ("Collapse, seen", "看见坍缩"),
        "compared": ("Before and after", "训练前后"),
        "from_to": ("{base} → {trained}", "{base} → {trained}"),
        "removed": ("Remove the k most frequent tokens before averaging", "求平均前去掉最常见的 k 个词元"),
        "k_removed": ("k, tokens removed", "去掉的词元数 k"),
        "removed_now": ("Removed: {tokens}", "已去掉：{tokens}"),
        "removed_none": ("Nothing is removed.", "没有去掉任何词元。"),
        "no_frequent": (
            "The cards of these encoders name no frequent tokens: nothing can be removed.",
            "这些编码器的卡片没有列出高频词元，无法去除。",
        ),
        "measure": ("↓ lower, ↑ higher is better", "↓ 越低越好，↑ 越高越好"),
        "mean_cosine": ("mean cosine of unrelated pairs", "无关句对的平均余弦"),
        "alignment": ("alignment: E |f(x) - f(x⁺)|² of paraphrases", "对齐：复述句对的 E |f(x) - f(x⁺)|²"),
        "uniformity": ("uniformity: log E exp(-2 |f(x) - f(y)|²)", "均匀：log E exp(-2 |f(x) - f(y)|²)"),
        "rank_effective": ("effective rank (of at most {most})", "有效秩（最大 {most}）"),
        "spearman": ("Spearman ρ, our {count} graded pairs", "斯皮尔曼 ρ，我们的 {count} 个打分句对"),
        "interval": ("{value} (95 %: {low} to {high})", "{value}（95%：{low} 至 {high}）"),
        "collapse_note": (
            "{sentences} sentences on as many matters, {paraphrases} paraphrase pairs and {graded} graded pairs, all "
            "written and graded for this page. They show the effect; the figures on the public test sets are in the "
            "tab "
            "“Models”.",
            "{sentences} 个各讲一事的句子、{paraphrases} 对复述句、{graded} 对打分句，都是为本页编写和打分的。"
            "它们用来看清现象；公开测试集上的成绩见“模型”页。",
        ),
        "cosine": ("cosine of two unrelated sentences", "两个无关句子的余弦"),
        "share_of_pairs": ("share of pairs", "句对占比"),
        "singular": ("singular value number", "第几个奇异值"),
        "share_of_sum": ("share of the sum", "占总和的比例"),
        "component": ("component {number}: {share:.0%} of the variance", "第 {number} 主成分：方差的 {share:.0%}"),
        "rho_of": ("ρ, {name}", "ρ,{name}"),
        "cosine_of": ("mean cosine, {name}", "平均余弦，{name}"),
        "histogram_look": (
            "**A hill at the right is collapse:** any two sentences look alike, so a cosine cannot tell them apart. "
            "Training pushes the other sentences of a batch away, and the hill moves to the left.",
            "**山峰靠右就是坍缩：** 任意两句都显得相似，余弦分不出远近。训练时同一批里的其他句子被推开，山峰就向左移。",
        ),
        "spectrum_look": (
            "**One tall first value is collapse, too:** most of each vector is a direction that all sentences "
            "share. A "
            "flatter line spreads the meaning over more directions; the effective rank counts them.",
            "**第一个奇异值独大也是坍缩：** 每个向量的大部分都是所有句子共有的方向。线越平，意思分布的方向越多；"
            "有效秩就是这个数目。",
        ),
        "projection_look": (
            "**The same sentences on the two axes of most variance, both pictures at one scale.** A collapsed "
            "encoder "
            "leaves a small heap, a trained one fills the plane. Point at a dot to read it.",
            "**同样的句子投影到方差最大的两个方向，两图比例相同。** 坍缩的编码器只有一小团，训练后的铺满平面。"
            "指向圆点可看原句。",
        ),
        "removal_look": (
            "**Frequent tokens carry a part of the collapse.** They stand in every sentence and say little: without "
            "them the plain encoder's dotted line falls. Whether the order of the graded pairs gains, too, is what the "
            "solid lines say; with 30 pairs they are rough.",
            "**坍缩有一部分来自高频词元。** 它们句句都有，却没说什么：去掉之后，普通编码器的虚线下降。"
            "打分句对的排序是否也变好，看实线；只有 30 对，数值比较粗糙。",
        ),
        # augmentation
        "bench_run": ("Make the views", "生成视图"),
        "bench": ("Augmentation bench", "数据增强实验台"),
        "view_lines": ("Sentences of the batch, one a line (at most 8)", "一批句子，每行一个（最多 8 行）"),
        "first_view": ("First view", "第一个视图"),
        "second_view": ("Second view", "第二个视图"),
        "strength": ("Strength", "强度"),
        "none": ("none", "不增强"),
        "shuffle": ("token shuffling", "词元打乱"),
        "token cutoff": ("token cutoff", "词元裁剪"),
        "feature cutoff": ("feature cutoff", "特征裁剪"),
        "dropout": ("dropout", "随机失活"),
        "seed": ("Seed", "随机种子"),
        "temperature": ("Temperature τ", "温度 τ"),
        "which": ("Look at sentence", "查看第几句"),
        "plain": ("as it is", "原样"),
        "erased": (
            "{name}\n{share:.0%} erased, changed by {change:.0%} of its length",
            "{name}\n抹去 {share:.0%}，变化为原长的 {change:.0%}",
        ),
        "feature": ("feature", "特征"),
        "attack": (
            "**Adversarial attack is missing on purpose.** It moves the matrix along the gradient of a supervised "
            "loss; "
            "the paper uses it with labels only. The graphs here compute no gradient, and your sentences have no "
            "labels.",
            "**这里特意没有对抗攻击。** 它沿有监督损失的梯度移动矩阵，论文也只在有标注时使用。"
            "这里的计算图不求梯度，你的句子也没有标注。",
        ),
        "bench_look": (
            "**What the encoder gets to see.** Blank cells are erased, shuffling changes only what the positions "
            "add. The "
            "label of this exercise costs nothing: both views come from one sentence.",
            "**编码器实际看到的矩阵。** 空白处被抹去；打乱只改变位置带来的部分。"
            "这道练习的标注不花钱：两个视图来自同一句。",
        ),
        "no_parts": (
            "No encoder is shipped with its embedding layer as a graph of its own.",
            "没有编码器单独附带嵌入层的计算图。",
        ),
        "other_language": (
            "The embedding layer of this encoder reads {spoken}: no other is shipped as a graph of its own.",
            "这个编码器的嵌入层读的是{spoken}：单独附带嵌入层计算图的只有它。",
        ),
        "speech_en": ("English", "英文"),
        "speech_zh": ("Chinese", "中文"),
        "between_views": ("view 1 – view 2 of a sentence", "同一句的视图 1 与视图 2"),
        "to_first": ("view 1 – the plain sentence", "视图 1 与原句"),
        "to_second": ("view 2 – the plain sentence", "视图 2 与原句"),
        "to_others": ("view 1 – view 2 of other sentences", "视图 1 与其他句的视图 2"),
        "loss": ("NT-Xent of the batch", "这一批的 NT-Xent"),
        "contrast_look": (
            "**Each row is one view asking: which of the others is my partner?** The loss is small when the partner "
            "is by "
            "far the nearest. Strong augmentation makes the question hard, none makes it trivial.",
            "**每一行都是一个视图在问：其余的谁是我的另一半？** 另一半远比别人近，损失就小。"
            "增强太强，问题变难；不增强，问题太容易。",
        ),
        "weights_look": (
            "**Who is pushed?** The gradient on each negative is its softmax share over τ. A low temperature gives "
            "nearly "
            "all of it to the nearest one, a high one spreads it over all.",
            "**谁被推开？** 每个负例得到的梯度是它的 softmax 份额除以 τ。温度低，几乎全给最近的一个；温度高，大家平摊。"
            "",
        ),
        "partner": ("partner (pulled)", "另一半（拉近）"),
        "negatives": ("negatives (pushed)", "负例（推开）"),
        "share_of_softmax": ("share of the softmax", "softmax 份额"),
        "terms": ("Every term", "每一项"),
        "view": ("view", "视图"),
        "sim_partner": ("sim(rᵢ, rⱼ)", "sim(rᵢ, rⱼ)"),
        "numerator": ("exp(sim/τ)", "exp(sim/τ)"),
        "denominator": ("sum over k ≠ i", "对 k ≠ i 求和"),
        "share_partner": ("partner's share", "另一半的份额"),
        "term_loss": ("loss", "损失"),
        "hardest": ("nearest negative", "最近的负例"),
    },
)

NT_XENT = r"$$\mathcal{L}_{i} = -\log \frac{\exp(\mathrm{sim}(r_i, r_j)/\tau)}{\sum_{k \ne i}\exp(\mathrm{sim}(r_i, r_k)/\tau)}$$"  # noqa: E501
LATEX: list[dict[str, str | bool]] = [{"left": "$$", "right": "$$", "display": True}]
