"""What the tab says, in both languages."""

from __future__ import annotations

from hub.ui.strings import Strings

STRINGS = Strings(
    "elmo",
    {
        "title": ("ELMo", "ELMo 上下文词向量"),
        "intro": (
            "**A word's vector depends on its sentence.** Two language models read the sentence from both ends; "
            "what they "
            "know at a word is its vector, layer by layer.",
            "**词向量随句子而变。** 两个语言模型从句子两端读来；读到某个词时各层所知道的，就是它的词向量。",
        ),
        "speech": ("Language of the texts", "文本的语言"),
        "model": ("Model", "模型"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        # one word in several sentences
        "senses": ("One word, several senses", "一词多义"),
        "word": ("The word", "词"),
        "lines": ("Sentences with it, one a line", "含有它的句子，一行一个"),
        "layer": ("Layer: 0 the word alone, 1 and 2 in its sentence", "层：0 只看词本身，1、2 结合句子"),
        "direction": ("What was read", "读过的部分"),
        "both": ("both sides", "两边"),
        "forward": ("only what is before it", "只读前文"),
        "backward": ("only what is behind it", "只读后文"),
        "senses_run": ("Compare", "比较"),
        "senses_look": (
            "**What to look for:** pull the layer from 0 to 2. In layer 0, as in a table of word vectors, all "
            "occurrences "
            "lie on one point: the word alone has one vector. In the layers above they part, and those of one sense "
            "come to lie together. Then let the model read only one side: some senses show before the word, some "
            "behind.",
            "**观察要点：** 把层从 0 拉到 2。第 0 层和普通词向量表一样，所有出现都在同一点：词本身只有一个向量。"
            "往上各层它们分开了，同一意思的聚到一起。再让模型只读一边：有的词义看前文就知道，有的要看后文。",
        ),
        "one_point": (
            "Layer 0: all {count} occurrences of \u201c{word}\u201d have the same vector, as in a table of word "
            "vectors. "
            "Nothing tells the senses apart.",
            "第 0 层：\u201c{word}\u201d的 {count} 次出现向量完全相同，和词向量表一样，区分不了词义。",
        ),
        "nearest_right": (
            "Layer {layer}: of {count} occurrences, {right} have one of the same sense as the nearest other.",
            "第 {layer} 层：{count} 次出现中，有 {right} 次的最近邻与它同义。",
        ),
        "by_chance": ("By chance it would be {chance:.0f}.", "随机猜的话约为 {chance:.0f} 次。"),
        "plane_share": (
            "The picture has the two directions in which they differ most: {share:.0%} of all difference.",
            "图中是差异最大的两个方向，占全部差异的 {share:.0%}。",
        ),
        "missing": ("Without the word, left out: lines {lines}.", "没有这个词的行未计入：{lines}。"),
        "unlabelled": ("your sentences", "你的句子"),
        "sentence": ("sentence", "句子"),
        "nearest": ("its nearest other in this layer", "这一层里离它最近的"),
        "cosine": ("cosine", "余弦"),
        "all_layers": (
            "nearest other has the same sense, by layer and by what was read",
            "最近邻与它同义的次数：各层、各方向",
        ),
        "layer_number": ("layer {layer}", "第 {layer} 层"),
        # two directions
        "directions": ("Two directions", "双向语言模型"),
        "text": ("A sentence", "句子"),
        "directions_run": ("Read it", "读一读"),
        "directions_look": (
            "**What to look for:** each word was expected twice, from what is before it and from what is behind it. "
            "Where "
            "one side knows little, the other often knows more; ELMo's vectors have both.",
            "**观察要点：** 每个词都被预测两次：一次凭前文，一次凭后文。一边知道得少时，另一边往往知道得多；ELMo "
            "的向量兼有两者。",
        ),
        "place_word": ("word", "词"),
        "ahead_found": ("from what is before it", "凭前文"),
        "back_found": ("from what is behind it", "凭后文"),
        "rank": ("P {probability}, place {rank:,}", "P {probability}，第 {rank:,} 位"),
        "any_unknown": ("any rare word", "任一生僻词"),
        "text_end": ("end", "结尾"),
        "text_begin": ("begin", "开头"),
        "top": ("expected instead", "更看好的词"),
        "surprise": ("surprise, −log₂ P in bits", "惊讶度，−log₂ P（比特）"),
        "sums": (
            "log P forward = {forward:.1f}, backward = {backward:.1f}, their sum, which training makes as large as "
            "it can, "
            "{sum:.1f} (nats, {terms} terms each). Perplexity: {ahead:.0f} forward, {back:.0f} backward.",
            "正向 log P = {forward:.1f}，反向 = {backward:.1f}，两者之和为 {sum:.1f}，训练就是把它变大"
            "（单位奈特，各 {terms} 项）。困惑度：正向 {ahead:.0f}，反向 {back:.0f}。",
        ),
        "outside": (
            "Outside the {count:,} words that can be predicted: {words}. They are read by their letters all the same; "
            "their P is that of \u201cany such word\u201d.",
            "不在可预测的 {count:,} 个词之内：{words}。它们照样按字母读入；表中的 P 是\u201c任一这样的词\u201d的概率。",
        ),
        "truncated": ("Only the first {count} words were read.", "只读了前 {count} 个词。"),
        "cut": (
            "Of these words only the first {bytes} bytes were read: {words}.",
            "这些词只读了前 {bytes} 个字节：{words}。",
        ),
        # letters
        "characters": ("Letters of a word", "字符卷积"),
        "spelling": ("Any word: misspelt, invented, foreign", "任意一个词：拼错的、自造的、外来的"),
        "characters_run": ("Spell it", "拼读"),
        "characters_look": (
            "**What to look for:** a table of words has no row for a word that it has not seen. Here a word is read "
            "by its "
            "letters, so a misspelt one lies near the right one, and an invented one near those that are built alike.",
            "**观察要点：** 词表里没有见过的词就没有向量。这里按字母读词，所以拼错的词离正确的词不远，"
            "自造的词离构词相近的词不远。",
        ),
        "table_unknown": (
            "A table of the {count:,} most frequent words says of \u201c{word}\u201d: **unknown**, as of every word "
            "it lacks. "
            "By its letters it has a vector of its own.",
            "{count:,} 个常用词的词表对\u201c{word}\u201d只能说：**未知**，对所有缺的词都一样。按字母读，"
            "它有自己的向量。",
        ),
        "table_known": (
            "A table of the {count:,} most frequent words has \u201c{word}\u201d too. Change a letter and look again.",
            "{count:,} 个常用词的词表里也有\u201c{word}\u201d。改一个字母再看看。",
        ),
        "neighbours": (
            "nearest words by their letters alone: cosines in layer 0, seen from the mean of all words",
            "只看字母时最近的词：第 0 层的余弦，以全体词的均值为原点",
        ),
        "filters": (
            "filters that found more here than in other words",
            "在这个词上反应最强的卷积核",
        ),
        "window": ("letters", "字母"),
        "width": ("width", "宽度"),
        "above": ("above its mean", "高于均值"),
        "deviations": ("{value:.1f} σ", "{value:.1f} σ"),
        "loved": ("words in which it finds most", "它反应最强的词"),
        "word_cut": ("Only its first {bytes} bytes were read.", "只读了前 {bytes} 个字节。"),
        "filters_note": (
            "⟨ and ⟩ mark the begin and the end of the word, · is padding behind it. A filter reads a window of "
            "letters and "
            "keeps its largest value in the word; {filters} of them make the word's vector.",
            "⟨ 和 ⟩ 是词首、词尾标记，· 是后面的填充。每个卷积核看一小段字母，取它在整个词里的最大值；{filters} "
            "个这样的值合成词向量。",
        ),
        # the mixing desk
        "mixer": ("Mixing desk", "调音台"),
        "s0": ("s₀: the word alone", "s₀：词本身"),
        "s1": ("s₁: first LSTM layer", "s₁：第一层 LSTM"),
        "s2": ("s₂: second LSTM layer", "s₂：第二层 LSTM"),
        "gamma": ("γ", "γ"),
        "mix_presets": ("Settings to click", "点一个设定"),
        "mix_alike": ("all alike", "三层平均"),
        "mix_top": ("the top layer alone, the simplest case", "只取顶层：最简单的做法"),
        "mix_first": ("the first LSTM layer alone", "只取第一层 LSTM"),
        "mix_word": ("the word alone", "只取词本身"),
        "mix_learnt": ("learnt for: {probe}", "为“{probe}”学到的"),
        "mix_of_network": ("of the network: {title}", "网络学到的：{title}"),
        "mix_now": (
            "s = {weights}, γ = {gamma:.1f}. Accuracy of a linear layer over the mix, on words or texts of the test "
            "split:",
            "s = {weights}，γ = {gamma:.1f}。在测试集的词或文本上，线性层读混合向量的准确率：",
        ),
        "mixer_look": (
            "**What to look for:** does each task want another layer? In the paper part of speech is read best from "
            "the first LSTM layer (97.3 against 96.8), the sense of a word from the second (69.0 against 67.4); "
            "that is "
            "why each task learns its own mix. Each probe here was trained on mixes drawn by lot, so that none is "
            "favoured.",
            "**观察要点：** 不同任务想要的层一样吗？论文里词性从第一层 LSTM 读得最准（97.3 对 96.8），"
            "词义从第二层（69.0 对 67.4）；"
            "所以每个任务要学自己的混合。这里每个探针训练时混合权重随机抽取，不偏向任何一种设定。",
        ),
        "probe": ("probe", "探针"),
        "probe_words": ("tested on", "测试数"),
        "now": ("now", "现在"),
        "learnt": ("learnt", "学到的"),
        "at_learnt": ("at the learnt mix", "学到的混合"),
        "at_top": ("top layer alone", "只取顶层"),
        "learnt_weights": ("learnt s", "学到的 s"),
        "probe_pos": ("part of speech", "词性"),
        "probe_sense": ("word sense", "词义"),
        "probe_ner": ("named entity", "命名实体"),
        "probe_grade": ("grade of a review, of five", "影评五级"),
        # with and without
        "contrast": ("With and without", "有无 ELMo"),
        "named_text": ("A text with names", "含有名字的文本"),
        "tagger": ("Tagger", "标注模型"),
        "contrast_run": ("Find names", "找名字"),
        "contrast_look": (
            "**What to look for:** both networks are the same and read the same static vectors; only the left one "
            "also reads "
            "ELMo. A static vector has one meaning for a name: Washington the man or the town, 长江 the river or the "
            "firm; "
            "the sentence says which it is.",
            "**观察要点：** 两个网络相同，读同样的静态词向量；只有左边的还读 ELMo。一个名字的静态向量只有一个意思："
            "Washington 是人还是城，长江是河还是公司，要看句子。",
        ),
        "arm_with": ("with ELMo", "有 ELMo"),
        "arm_without": ("without", "没有"),
        "kind_PER": ("person", "人名"),
        "kind_ORG": ("organisation", "机构"),
        "kind_LOC": ("place", "地点"),
        "kind_MISC": ("other name", "其他名称"),
        "only_with": ("with ELMo alone", "只有用 ELMo 的找到"),
        "only_without": ("without ELMo alone", "只有不用 ELMo 的找到"),
        "no_difference": ("Both find the same here.", "这里两者找到的一样。"),
        "differences": ("where they differ", "不同之处"),
        "entity": ("name", "名称"),
        "kind": ("kind", "类别"),
        "probability": ("probability", "概率"),
        "found_by": ("found", "谁找到"),
        # what it adds
        "task": ("task", "任务"),
        "gain": ("gain", "提升"),
        "arm_second": ("at both places", "两处都用"),
        "in_the_paper": ("the paper, without → with", "论文：没有 → 有"),
        "f1": ("F1 × 100 of entities", "实体 F1 × 100"),
        "accuracy": ("accuracy × 100", "准确率 × 100"),
        "of_files": (
            "These two networks on the test split, {measure}: {without} without, {with_elmo} with ELMo.",
            "这两个网络在测试集上的{measure}：没有 ELMo 为 {without}，有 ELMo 为 {with_elmo}。",
        ),
        "gains_caption": (
            "All tasks on their test splits: means of {seeds} trainings of each, with an interval of 95 %; the gain is "
            "that of pairs of one seed. At both places: ELMo beside the word's vector and beside the LSTM's state.",
            "各任务的测试集：每种训练 {seeds} 次的均值，带 95% 区间；提升按同一种子成对计算。"
            "“两处都用”：词向量旁和 LSTM 状态旁都接上 ELMo。",
        ),
        # grades
        "grades": ("Reviews, with and without", "影评打分"),
        "review": ("A sentence about a film", "一句影评"),
        "grader": ("Model", "模型"),
        "grades_run": ("Grade it", "打分"),
        "grades_look": (
            "**What to look for:** words such as “great” or “bad” have one static vector each; what is said of the "
            "film "
            "hangs on the words around them.",
            "**观察要点：** “great”“bad”这样的词各只有一个静态向量；对影片的褒贬要看它们周围的词。",
        ),
        # the drawing
        "network": ("The network of {title}", "{title} 的网络结构"),
        "net_letters": ("letters", "字母"),
        "net_characters": ("characters, each a word", "字，一字一词"),
        "net_table": ("a table of {words:,} vectors of {size}", "{words:,} 个 {size} 维向量的表"),
        "net_filters": ("{count} filters of widths {low} to {high}", "{count} 个卷积核，宽 {low} 到 {high}"),
        "net_highway": ("highway, then {size}", "高速层，再到 {size}"),
        "net_ahead": ("LSTM {layer} →, {cell} to {size}", "LSTM {layer} →，{cell} 到 {size}"),
        "net_back": ("← LSTM {layer}, {cell} to {size}", "← LSTM {layer}，{cell} 到 {size}"),
        "net_softmax": ("softmax over {words:,} words, shared", "{words:,} 个词的 softmax，双向共用"),
        "net_mix": ("ELMo = γ Σ s_j h_j", "ELMo = γ Σ s_j h_j"),
        "formulas": ("The formulas", "公式"),
    },
)

SENSES = {
    "en": r"""Of a word $t_k$ the two-way language model of $L$ layers has $2L+1$ vectors, written as $L+1$:

$$\begin{aligned}R_k&=\{x_k,\ \overrightarrow{h}_{k,j},\ \overleftarrow{h}_{k,j}\mid j=1..L\}\\
&=\{h_{k,j}\mid j=0..L\},\\
h_{k,0}&=x_k,\quad h_{k,j}=[\overrightarrow{h}_{k,j};\overleftarrow{h}_{k,j}]\end{aligned}$$

A task mixes them: $\mathrm{ELMo}_k=\gamma\sum_{j=0}^{L}s_j\,h_{k,j}$ with
$s=\mathrm{softmax}(w)$; the simplest case is the top layer alone, $\mathrm{ELMo}_k=h_{k,L}$.
It then reads $[x_k;\mathrm{ELMo}_k]$, or $[h_k;\mathrm{ELMo}_k]$.""",
    "zh": r"""对词 $t_k$，$L$ 层的双向语言模型共有 $2L+1$ 个表示，合写成 $L+1$ 个：

$$\begin{aligned}R_k&=\{x_k,\ \overrightarrow{h}_{k,j},\ \overleftarrow{h}_{k,j}\mid j=1..L\}\\
&=\{h_{k,j}\mid j=0..L\},\\
h_{k,0}&=x_k,\quad h_{k,j}=[\overrightarrow{h}_{k,j};\overleftarrow{h}_{k,j}]\end{aligned}$$

下游任务把它们线性组合：$\mathrm{ELMo}_k=\gamma\sum_{j=0}^{L}s_j\,h_{k,j}$，
其中 $s=\mathrm{softmax}(w)$；最简单的做法是只取顶层，$\mathrm{ELMo}_k=h_{k,L}$。
然后读入 $[x_k;\mathrm{ELMo}_k]$ 或 $[h_k;\mathrm{ELMo}_k]$。""",
}

DIRECTIONS = {
    "en": r"""The forward model multiplies $p(t_k\mid t_1,\dots,t_{k-1})$ over the sentence, the backward one
$p(t_k\mid t_{k+1},\dots,t_N)$. Training raises the sum of both log-likelihoods:

$$\begin{aligned}
\sum_{k=1}^{N}\Big(&\log p(t_k\mid t_1,\dots,t_{k-1};\Theta_x,\overrightarrow{\Theta}_{LSTM},\Theta_s)\\
+\ &\log p(t_k\mid t_{k+1},\dots,t_N;\Theta_x,\overleftarrow{\Theta}_{LSTM},\Theta_s)\Big)\end{aligned}$$

$\Theta_x$ (the letters) and $\Theta_s$ (the softmax) are shared by both directions, the LSTMs are not.""",
    "zh": r"""正向模型把 $p(t_k\mid t_1,\dots,t_{k-1})$ 沿句子连乘，
反向模型连乘 $p(t_k\mid t_{k+1},\dots,t_N)$。训练让两个对数似然之和变大：

$$\begin{aligned}
\sum_{k=1}^{N}\Big(&\log p(t_k\mid t_1,\dots,t_{k-1};\Theta_x,\overrightarrow{\Theta}_{LSTM},\Theta_s)\\
+\ &\log p(t_k\mid t_{k+1},\dots,t_N;\Theta_x,\overleftarrow{\Theta}_{LSTM},\Theta_s)\Big)\end{aligned}$$

$\Theta_x$（字符部分）和 $\Theta_s$（softmax）由两个方向共用，LSTM 各用各的。""",
}
