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
        "disabled": ("disabled: {reason}", "已停用：{reason}"),
        # two sentences
        "pair": ("Two sentences", "两个句子"),
        "a": ("First sentence", "第一句"),
        "b": ("Second sentence", "第二句"),
        "this_pair": ("this pair", "这一对"),
        "alike": ("paraphrases", "复述句对"),
        "unrelated": ("unrelated", "无关句对"),
        "above": ("above {share:.0%} of unrelated pairs", "高于 {share:.0%} 的无关句对"),
        "pair_look": (
            "**Why three bars?** A cosine means little by itself. The grey bars are this encoder's own scale: the "
            "average of 20 pairs that say the same in other words, and of all pairs of 60 unrelated sentences. A "
            "good encoder keeps the two far apart.",
            "**为什么有三根条？** 单看余弦值意义不大。两根灰条是这个编码器自己的标尺：20 对换词不换意的句子的平均值，"
            "以及 60 个互不相关的句子两两配对的平均值。好的编码器让两者拉开距离。",
        ),
        "same_head": ("These two belong together: a high cosine is right.", "这两句意思相合：余弦高才对。"),
        "same_count": (
            "{right} of {count} encoders place the pair above {share:.0%} of the unrelated pairs.",
            "{count} 个编码器中有 {right} 个把这一对排在 {share:.0%} 的无关句对之上。",
        ),
        "same_right": ("✓ stands out from the unrelated pairs", "✓ 明显高于无关句对"),
        "same_wrong": ("✗ does not stand out from the unrelated pairs", "✗ 没有明显高于无关句对"),
        "unrelated_head": (
            "These two have nothing to do with each other: a low cosine is right.",
            "这两句毫不相干：余弦低才对。",
        ),
        "unrelated_count": (
            "{wrong} of {count} encoders nevertheless place the pair above {share:.0%} of the unrelated pairs.",
            "{count} 个编码器中仍有 {wrong} 个把这一对排在 {share:.0%} 的无关句对之上。",
        ),
        "unrelated_right": ("✓ no nearer than unrelated pairs are", "✓ 不比无关句对更近"),
        "unrelated_wrong": ("✗ much nearer than unrelated pairs are", "✗ 比无关句对近得多"),
        "other_head": (
            "These two do not say the same: a high cosine is wrong here.",
            "这两句意思不同：这里余弦高是错的。",
        ),
        "other_count": (
            "{wrong} of {count} encoders find them nearer than an average paraphrase.",
            "{count} 个编码器中有 {wrong} 个认为它们比一般的复述句还要近。",
        ),
        "other_right": ("✓ farther apart than an average paraphrase", "✓ 比一般的复述句远"),
        "other_wrong": ("✗ nearer than an average paraphrase", "✗ 比一般的复述句还近"),
        "lesson_paraphrase": (
            "They say the same in other words. The farther the first bar reaches beyond the last one, the better an "
            "encoder sees it.",
            "说法不同，意思一样。第一根条比最后一根长得越多，编码器就看得越清楚。",
        ),
        "lesson_unrelated": (
            "Yet hardly a cosine here is near 0: what counts as low differs from encoder to encoder, and the last "
            "bar shows it.",
            "但余弦很少接近 0：多低才算低，各个编码器并不相同，最后一根条就是参照。",
        ),
        "lesson_roles": (
            "Who does what to whom is the whole difference. But a sentence vector is the average of the token "
            "states, and both sentences have the same tokens: the token matrix below shows that each one finds "
            "itself again, wherever it stands. Equal states have an equal average.",
            "谁对谁做了什么，是唯一的差别。但句向量是词元状态的平均，而两句的词元完全相同：下面的词元矩阵显示，"
            "每个词元不论站在哪里都能找到自己。状态相同，平均值也就相同。",
        ),
        "lesson_opposite": (
            "A single word turns the meaning round. All other words find themselves again in the token matrix below, "
            "and the average follows the majority.",
            "一个词就让意思反了过来。其余的词在下面的词元矩阵里都能找到自己，而平均值跟着多数走。",
        ),
        "lesson_not": (
            "A single small word turns the meaning round, and in an average it has one vote among many.",
            "一个小小的否定词就让意思反了过来，而在平均里它只占一票。",
        ),
        "lesson_senses": (
            "The word that both share means something else in each. Its token is the same; only the words around it "
            "can move its state, and where the pair comes out near, they have not moved it far enough.",
            "两句共有的那个词，意思并不相同。词元是同一个，只有周围的词能推动它的状态；如果结果还是很近，"
            "就是推得不够远。",
        ),
        "lesson_answer": (
            "A question and its answer are near because they are about the same thing. Near is not the same as "
            "equal: the cosine does not say which of the two asks.",
            "问与答相近，是因为说的是同一件事。相近不等于相同：余弦不会告诉你哪一句在提问。",
        ),
        "aligned": ("Encoder for the token matrix", "用哪个编码器看词元对齐"),
        "aligned_look": (
            "**Token against token.** Each cell is the cosine of two states of the last layer, before averaging, so "
            "each token already knows its neighbours. A blue cell: these two tokens have found each other. If the "
            "whole matrix is blue, the states have collapsed.",
            "**词元对词元。** 每格是求平均之前最后一层两个状态的余弦，每个词元已经看过上下文。"
            "蓝格表示这两个词元找到了对应；如果处处都蓝，状态就已经坍缩。",
        ),
        "aligned_cut": ("Only the first {count} tokens of each sentence are shown.", "每句只显示前 {count} 个词元。"),
        # one against many
        "matrix": ("All against all", "两两比较"),
        "matrix_lines": ("Sentences, one a line (at most 50)", "句子，每行一个（最多 50 行）"),
        "matrix_run": ("Compare all", "全部比较"),
        "stretch": ("Stretch the colours from the lowest to the highest value", "颜色从最低值拉伸到最高值"),
        "nearest": ("Nearest ({score:.3f}): {a} | {b}", "最近（{score:.3f}）：{a} | {b}"),
        "farthest": ("Farthest ({score:.3f}): {a} | {b}", "最远（{score:.3f}）：{a} | {b}"),
        "matrix_look": (
            "**Look for squares.** Lines on one topic that stand together make a blue square on the diagonal. The "
            "example has three topics of four lines each: change the encoder and see whose squares are clearest. "
            "Those of a collapsed encoder show only in stretched colours.",
            "**找方块。** 同一话题的句子排在一起时，对角线上会出现蓝色方块。例子里有三个话题，每个四行：换个编码器，"
            "看谁的方块最清楚。坍缩的编码器要拉伸颜色才看得到。",
        ),
        # search
        "search": ("Search", "检索"),
        "query": ("What are you looking for?", "想找什么？"),
        "search_lines": (
            "Where to look, one sentence a line (at most 2,000)",
            "在哪里找，每行一个句子（最多 2,000 行）",
        ),
        "k": ("How many", "返回几条"),
        "search_run": ("Search", "检索"),
        "progress": ("lines embedded", "行已编码"),
        "score": ("cosine", "余弦"),
        "searched": (
            "{count:,} lines embedded and ranked in {seconds:.2f} s ({rate:,.0f} lines a second).",
            "{count:,} 行，编码并排序共 {seconds:.2f} 秒（每秒 {rate:,.0f} 行）。",
        ),
        "stand_out": (
            "Bold: above {share:.0%} of the pairs of unrelated sentences of this encoder (cosine {level:.3f}).",
            "加粗：高于这个编码器 {share:.0%} 的无关句对（余弦 {level:.3f}）。",
        ),
        "none_stands_out": (
            "No line stands out: none is above {share:.0%} of the pairs of unrelated sentences of this encoder "
            "(cosine {level:.3f}).",
            "没有一行脱颖而出：都没有高于这个编码器 {share:.0%} 的无关句对（余弦 {level:.3f}）。",
        ),
        "search_look": (
            "**No word needs to match.** Query and lines meet in the vector space: compare the encoders and see "
            "which one finds lines that share only the topic with the query.",
            "**不需要相同的词。** 查询和各行在向量空间里相遇：换个编码器，看谁能找到只是话题相同的句子。",
        ),
        # collapse
        "collapse": ("Collapse", "坍缩"),
        "compared": ("Before and after", "训练前后"),
        "from_to": ("{base} → {trained}", "{base} → {trained}"),
        "removed": ("k: leave the k most frequent tokens out of the average", "k：求平均时去掉最常见的 k 个词元"),
        "k_removed": ("k, tokens removed", "去掉的词元数 k"),
        "frequent": (
            "The {count} most frequent tokens of the training text, in order:",
            "训练文本里最常见的 {count} 个词元，按频次排列：",
        ),
        "removed_now": (
            "The first {count} are left out of all figures and pictures on this page.",
            "前 {count} 个已从本页所有数字和图中去掉。",
        ),
        "removed_none": (
            "Nothing is removed yet: move the slider, and tokens are struck out from the left.",
            "现在一个也没去掉：拖动滑块，从左边起逐个划去。",
        ),
        "no_frequent": (
            "The cards of these encoders name no frequent tokens: nothing can be removed.",
            "这些编码器的卡片没有列出高频词元，无法去除。",
        ),
        "measure": ("↓ lower, ↑ higher is better", "↓ 越低越好，↑ 越高越好"),
        "mean_angle": ("mean angle to the mean direction", "与平均方向的平均夹角"),
        "mean_cosine": ("mean cosine of unrelated pairs", "无关句对的平均余弦"),
        "alignment": ("alignment: E |f(x) - f(x⁺)|² of paraphrases", "对齐：复述句对的 E |f(x) - f(x⁺)|²"),
        "uniformity": ("uniformity: log E exp(-2 |f(x) - f(y)|²)", "均匀：log E exp(-2 |f(x) - f(y)|²)"),
        "nearer": ("a paraphrase is nearer than an unrelated pair", "复述句对比无关句对更近的比例"),
        "rank_effective": ("effective rank (of at most {most})", "有效秩（最大 {most}）"),
        "spearman_test": ("Spearman ρ, {test}, {count:,} pairs", "斯皮尔曼 ρ，{test}，{count:,} 对"),
        "spearman": ("Spearman ρ, our own {count} graded pairs", "斯皮尔曼 ρ，我们自己的 {count} 个打分句对"),
        "alignment_rises": (
            "Alignment alone misleads: in a narrow cone everything is near, paraphrases too, and whatever opens the "
            "cone moves them apart. What counts is whether a paraphrase is still nearer than an unrelated pair: "
            "{before:.1%} before, {after:.1%} after.",
            "单看对齐会误导：在窄锥里一切都近，复述句也近；锥一张开，它们也随之分开。"
            "要看的是复述句对是否仍比无关句对更近：训练前 {before:.1%}，训练后 {after:.1%}。",
        ),
        "few_graded": (
            "Our own {count} graded pairs are too few to tell the encoders apart: their intervals overlap. The "
            "public test set decides.",
            "我们自己的 {count} 个打分句对太少，分不出高下：区间互相重叠。请看公开测试集。",
        ),
        "interval": ("{value} (95 %: {low} to {high})", "{value}（95%：{low} 至 {high}）"),
        "collapse_note": (
            "The pictures have {sentences} sentences on as many topics; alignment has {paraphrases} paraphrase "
            "pairs; all, and the {graded} graded pairs, were written for this page. The figures on more public test "
            "sets are in the tab “Models”.",
            "图中是 {sentences} 个各讲一事的句子，对齐用 {paraphrases} 对复述句；"
            "它们和 {graded} 个打分句对都是为本页编写的。更多公开测试集上的成绩见“模型”页。",
        ),
        "mean_direction": ("mean direction", "平均方向"),
        "cone_of": (
            "{name}: {angle:.0f}° from the mean direction on average",
            "{name}：与平均方向平均成 {angle:.0f}°",
        ),
        "degrees": ("{{angle:.0f}}° from the mean direction", "与平均方向成 {{angle:.0f}}°"),
        "rho_test": ("ρ, {test}", "ρ，{test}"),
        "mean_cosine_short": ("mean cosine", "平均余弦"),
        "rho_ours": ("ρ, our {count} pairs", "ρ，我们的 {count} 对"),
        "cosine": ("cosine of two unrelated sentences", "两个无关句子的余弦"),
        "share_of_pairs": ("share of pairs", "句对占比"),
        "singular": ("singular value number", "第几个奇异值"),
        "share_of_sum": ("share of the sum", "占总和的比例"),
        "cone_look": (
            "**The cone.** Each arrow is a sentence at its true angle from the direction of their average, which "
            "points upwards; the coloured ring is the average angle. Before training all sentences lie in a narrow "
            "cone; training opens it towards a right angle, where directions with nothing in common stand. Point at a "
            "dot to read its sentence.",
            "**这就是锥。** 每支箭是一个句子，它与平均方向（朝上）的夹角是真实的；彩色圆环是平均夹角。"
            "训练前所有句子都在一个窄锥里；训练把它朝直角撑开，毫无共同点的方向就互成直角。指向圆点可看原句。",
        ),
        "histogram_look": (
            "**A hill at the right is collapse:** any two sentences look alike, so a cosine cannot tell them apart. "
            "Training pushes the other sentences of a batch away, and the hill moves to the left.",
            "**山峰靠右就是坍缩：** 任意两句都显得相似，余弦分不出远近。训练时同一批里的其他句子被推开，山峰就向左移。",
        ),
        "spectrum_look": (
            "**A tall first value is collapse, too:** a large part of each vector is the one direction that all "
            "sentences share. A flatter line spreads the meaning over more directions; the effective rank in the "
            "table counts them.",
            "**第一个奇异值独大也是坍缩：** 每个向量的很大一部分都是所有句子共有的那个方向。线越平，"
            "意思分布的方向越多；表中的有效秩就是这个数目。",
        ),
        "removal_falls": (
            "{name}, without the {count} most frequent tokens: mean cosine {before:.3f} → {after:.3f}. Their mean "
            "state points the same way as that of all other tokens (cosine {against:+.2f}): they are part of the "
            "cone, and without them it is wider.",
            "{name}，去掉最常见的 {count} 个词元：平均余弦 {before:.3f} → {after:.3f}。"
            "它们的平均状态与其余词元方向一致（余弦 {against:+.2f}）：它们是锥的一部分，去掉后锥就变宽。",
        ),
        "removal_moves": (
            "{name}, without the {count} most frequent tokens: mean cosine {before:.3f} → {after:.3f} (their mean "
            "state against that of the others: cosine {against:+.2f}).",
            "{name}，去掉最常见的 {count} 个词元：平均余弦 {before:.3f} → {after:.3f}"
            "（它们与其余词元的平均状态的余弦为 {against:+.2f}）。",
        ),
        "removal_stays": (
            "{name}, without the {count} most frequent tokens: mean cosine {before:.3f} → {after:.3f}, hardly a "
            "change (their mean state against that of the others: cosine {against:+.2f}).",
            "{name}，去掉最常见的 {count} 个词元：平均余弦 {before:.3f} → {after:.3f}，"
            "几乎不变（它们与其余词元的平均状态的余弦为 {against:+.2f}）。",
        ),
        "removal_rises": (
            "{name}, without the {count} most frequent tokens: mean cosine {before:.3f} → {after:.3f}, it rises. "
            "Here their mean state points against that of all other tokens (cosine {against:+.2f}): in the average "
            "they cancel what the others share, and without them a part of the cone is back.",
            "{name}，去掉最常见的 {count} 个词元：平均余弦 {before:.3f} → {after:.3f}，反而上升。在这里，"
            "它们的平均状态与其余词元方向相反（余弦 {against:+.2f}）：求平均时它们抵消了其余词元共有的方向，"
            "去掉后锥又回来一部分。",
        ),
        "removal_gain": ("Spearman ρ {before:.3f} → {after:.3f}.", "斯皮尔曼 ρ {before:.3f} → {after:.3f}。"),
        "removal_look": (
            "**Frequent tokens carry a part of the collapse.** They stand in every sentence and say little, so a "
            "plain average gains much by leaving them out, without any training. Training changes what they do: "
            "compare the two lines of each picture.",
            "**坍缩有一部分来自高频词元。** 它们句句都有，却没说什么，所以普通的平均去掉它们就能变好，"
            "不需要任何训练。训练会改变它们的作用：请比较每幅图里的两条线。",
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
            "loss; the paper uses it with labels only. The graphs here compute no gradient, and your sentences have "
            "no labels.",
            "**这里特意没有对抗攻击。** 它沿有监督损失的梯度移动矩阵，论文也只在有标注时使用。这里的计算图不求梯度，"
            "你的句子也没有标注。",
        ),
        "bench_look": (
            "**What the encoder gets to see.** Blank cells are erased; shuffling only exchanges what the positions "
            "add. Nobody had to label anything: the two views belong together because they come from one sentence.",
            "**编码器实际看到的矩阵。** 空白处被抹去；打乱只交换位置带来的部分。不需要任何标注：两个视图来自同一句，"
            "所以是一对。",
        ),
        "other_language": (
            "The embedding layer of this encoder reads {spoken}, so the sentences are {spoken}: no other is shipped "
            "as a graph of its own.",
            "这个编码器的嵌入层读的是{spoken}，所以句子也是{spoken}：单独附带嵌入层计算图的只有它。",
        ),
        "speech_en": ("English", "英文"),
        "speech_zh": ("Chinese", "中文"),
        "between_views": ("view 1 – view 2 of a sentence", "同一句的视图 1 与视图 2"),
        "to_first": ("view 1 – the plain sentence", "视图 1 与原句"),
        "to_second": ("view 2 – the plain sentence", "视图 2 与原句"),
        "to_others": ("view 1 – view 2 of other sentences", "视图 1 与其他句的视图 2"),
        "loss": ("NT-Xent of the batch", "这一批的 NT-Xent"),
        "found": ("views nearest to their partner", "最近的正是另一半的视图"),
        "found_of": ("{found} of {count}", "{count} 个中有 {found} 个"),
        "pulled": (
            "View {name}: its partner {partner} has {share:.1%} of the softmax. The rest, {push:.1%}, is what pulls "
            "it to its partner and pushes the others away; over τ it is the size of the gradient.",
            "视图 {name}：另一半 {partner} 占 softmax 的 {share:.1%}。余下的 {push:.1%} 就是把它拉向另一半、"
            "推开其他视图的力；除以 τ 就是梯度的大小。",
        ),
        "push_of": ("{name}: share of the push", "{name}：推力份额"),
        "contrast_look": (
            "**Each row is one view asking: which of the others is my partner?** The loss is small where the partner "
            "is by far the nearest. The first three sentences are near-duplicates, so their views are hard to tell "
            "apart: the stronger the augmentation, the harder.",
            "**每一行都是一个视图在问：其余的谁是我的另一半？** 另一半远比别人近，损失就小。前三句几乎相同，"
            "所以它们的视图很难分清：增强越强，越难。",
        ),
        "weights_look": (
            "**Who is pushed?** Each negative gets its share of the softmax. A low temperature gives nearly all of "
            "the push to the nearest one, a high one divides it among all.",
            "**谁被推开？** 每个负例按 softmax 的份额受力。温度低，推力几乎全给最近的一个；温度高，大家分担。",
        ),
        "terms": ("Every term", "每一项"),
        "view": ("view", "视图"),
        "sim_partner": ("sim(rᵢ, rⱼ)", "sim(rᵢ, rⱼ)"),
        "numerator": ("exp(sim/τ)", "exp(sim/τ)"),
        "denominator": ("sum over k ≠ i", "对 k ≠ i 求和"),
        "share_partner": ("partner's share of the softmax", "另一半的 softmax 份额"),
        "term_loss": ("loss", "损失"),
        "hardest": ("nearest negative (its share of the push)", "最近的负例（所占推力）"),
    },
)

NT_XENT = r"$$\mathcal{L}_{i} = -\log \frac{\exp(\mathrm{sim}(r_i, r_j)/\tau)}{\sum_{k \ne i}\exp(\mathrm{sim}(r_i, r_k)/\tau)}$$"  # noqa: E501
LATEX: list[dict[str, str | bool]] = [{"left": "$$", "right": "$$", "display": True}]
