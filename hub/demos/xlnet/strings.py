"""What the tab says, in both languages."""

from __future__ import annotations

from hub.ui.strings import Strings

STRINGS = Strings(
    "xlnet",
    {
        "title": ("XLNet", "XLNet 排列语言模型"),
        "intro": (
            "**Every order of the words.** The model is asked for the words of a sentence in any order, each given "
            "those that came before it in that order, wherever they stand.",
            "**每一种排列。** 可以按任意顺序向模型询问句中的词；每个词都以排在它前面的词为条件，不管它们在句中的位置。",
        ),
        "speech": ("Language of the texts", "文本的语言"),
        "model": ("Model", "模型"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        "text": ("A sentence", "句子"),
        # a sentence in an order
        "order": ("Order", "排列"),
        "order_run": ("Predict", "预测"),
        "order_shuffle": ("Shuffle", "打乱"),
        "order_forward": ("Left to right", "自左向右"),
        "order_backward": ("Right to left", "自右向左"),
        "order_places": ("The order: places of the tokens", "排列：各词元的位置"),
        "partial": ("Partial prediction K: one token of K is asked for", "部分预测 K：每 K 个词元预测一个"),
        "drag": (
            "Drag a token, or move it by Shift and the arrow keys; on a phone tap one, then its new place",
            "拖动词元，或按 Shift 加方向键移动；在手机上先点词元，再点新位置",
        ),
        "chip_seen": ("pointed at: it sees these", "指向一个词元时：它能看到的"),
        "chip_sees": ("these see it", "能看到它的"),
        "order_sum": (
            "log P of the {count} targets given the rest = {sum:.2f} nats, {mean:.2f} a token.",
            "在其余词元已知时，{count} 个目标的 log P = {sum:.2f} 奈特，平均每个 {mean:.2f}。",
        ),
        "order_masked": (
            "This model was trained as BERT is: it is asked for each target by itself, [MASK] in place of all that the "
            "target may not see.",
            "这个模型按 BERT 的方式训练：逐个询问目标，目标看不到的位置都换成 [MASK]。",
        ),
        "order_look": (
            "**What to look for:** the sentence stays in its order; only the masks change. Put a word to the end of "
            "the "
            "order: now it sees all others, and is often guessed. Put it first: it sees nothing but its place. Raise "
            "K: "
            "only the last of the order are asked for, as in training; the rest is known to all.",
            "**观察要点：** 句子本身的顺序不变，变的只是遮盖。把一个词移到排列的末尾：它能看到其他所有词，"
            "往往就猜得中。"
            "移到最前：它只知道自己的位置。调大 K：只预测排在最后的那些，和训练时一样；其余的对所有词可见。",
        ),
        "content_mask": ("Content stream h: who sees whom", "内容流 h：谁能看到谁"),
        "query_mask": ("Query stream g: what each target sees", "查询流 g：每个目标能看到什么"),
        "sees": ("{one} sees {other}", "{one} 能看到 {other}"),
        "sees_not": ("{one} may not see {other}", "{one} 不能看到 {other}"),
        "cell_sees": ("is seen", "可见"),
        "cell_sees_not": ("is hidden", "不可见"),
        "cell_not_asked": ("is not asked for", "不预测"),
        "step": ("step", "步"),
        "target": ("target", "目标"),
        "it_sees": ("it sees", "它能看到"),
        "nothing_yet": ("nothing yet", "还没有"),
        "log_p": ("log P, nats", "log P（奈特）"),
        "probability": ("P", "P"),
        "rank": ("rank", "名次"),
        "expected": ("expected there", "模型看好的词元"),
        "arrays": (
            "perm_mask and target_mapping, and the code that feeds transformers",
            "perm_mask、target_mapping，以及交给 transformers 的代码",
        ),
        # the court
        "court": ("Leak court", "有没有偷看"),
        "court_run": ("Try it", "开庭"),
        "mistake": ("Commit a mistake", "故意犯一个错误"),
        "none": ("none: as it is", "没有：照原样"),
        "first": ("nothing always visible, uniform softmax", "没有始终可见的词元，softmax 变均匀"),
        "masks": ("<mask> in the content stream", "内容流里放 <mask>"),
        "one_stream": ("one stream only", "只用一个流"),
        "mistake_first_why": (
            "The first of the order may see nothing. The released code, and transformers, take the same large number "
            "from all its scores; the softmax is then uniform, and it sees every token, itself included. Here such a "
            "row "
            "gives zero, and [CLS] is always visible.",
            "排在最前的词元什么都不能看。官方代码和 transformers 从它的所有分数里减去同一个大数，softmax "
            "于是变成均匀分布："
            "它看到了所有词元，包括自己。本站的实现让这样的行输出零，并且 [CLS] 始终可见。",
        ),
        "mistake_masks_why": (
            "transformers' DataCollatorForPermutationLanguageModeling writes <mask> at the targets of the content "
            "stream. "
            "A later target then knows that an earlier one was a target, but not which word: the dependence between "
            "New and York is lost, which was the point.",
            "transformers 的 DataCollatorForPermutationLanguageModeling 会在内容流的目标处写上 <mask>。"
            "后面的目标只知道前面那里是目标，却不知道是哪个词：New 与 York 的依赖就丢了，而这正是论文要解决的。",
        ),
        "mistake_one_stream_why": (
            "With one stream a target is read where it stands itself: it sees its own word. This is the contradiction "
            "for "
            "which the paper has two streams.",
            "只用一个流时，目标就在自己的位置上读出：它看到了自己。这正是论文引入双流要解决的矛盾。",
        ),
        "verdict_clean": (
            "Nobody has looked: in all {forbidden} pairs where the order forbids it, exchanging the token changes the "
            "answer by exactly 0; in all {allowed} where it is allowed, the answer moves.",
            "没有人偷看：在顺序不允许看的全部 {forbidden} 对中，换掉那个词元后答案的变化恰好为 0；"
            "在允许看的全部 {allowed} 对中，答案都变了。",
        ),
        "verdict_guilty": (
            "Found: {leaks} of {forbidden} forbidden pairs leak, {blind} of {allowed} allowed ones are blind.",
            "查到：{forbidden} 对禁止的里有 {leaks} 对泄露，{allowed} 对允许的里有 {blind} 对看不见。",
        ),
        "court_masked": (
            "A model of masks answers for all targets at once: none of them sees another, whatever the order allows.",
            "遮盖式模型一次回答所有目标：无论顺序是否允许，目标之间互相看不见。",
        ),
        "court_grid": (
            "Rows: who is asked, in the order. Columns: whose token is exchanged",
            "行：按顺序被问的目标；列：被换掉的词元",
        ),
        "court_tip": (
            "{one} exchanged, asked for {other}: a logit moves by up to {change:.3g}",
            "换掉 {one}，询问 {other}：logit 最多变化 {change:.3g}",
        ),
        "cell_yes": ("allowed, and seen", "允许，看到了"),
        "cell_no": ("forbidden, and not seen", "禁止，没看到"),
        "cell_leak": ("forbidden, and seen: a leak", "禁止，却看到了：泄露"),
        "cell_blind": ("allowed, and not seen: blind", "允许，却没看到：盲"),
        "court_look": (
            "**What to look for:** each cell is an experiment: one token is exchanged for another, and all logits of "
            "one "
            "target are compared. Click the mistakes, and see which pairs they give away.",
            "**观察要点：** 每一格都是一次实验：换掉一个词元，再比较某个目标的全部 logit。点一点那些错误，"
            "看它们泄露了哪些。",
        ),
        # all orders
        "every": ("All orders", "全部排列"),
        "short_text": ("A sentence of 2 to 6 tokens", "2 到 6 个词元的句子"),
        "every_run": ("Read it in all orders", "按全部排列读一遍"),
        "every_said": (
            "{orders} orders: log P of the sentence from {low:.2f} to {high:.2f}, standard deviation {spread:.2f} "
            "nats; "
            "log of the mean probability {mixture:.2f}.",
            "{orders} 种排列：句子的 log P 从 {low:.2f} 到 {high:.2f}，标准差 {spread:.2f} 奈特；平均概率的对数为 "
            "{mixture:.2f}。",
        ),
        "every_look": (
            "**What to look for:** by the chain rule every order factorises the same joint probability, so an exact "
            "model "
            "would put all orders on one line. How far they spread is how far the model disagrees with itself.",
            "**观察要点：** 按链式法则，每种排列分解的都是同一个联合概率，所以精确的模型会让所有排列落在同一处。"
            "分布有多宽，模型就有多自相矛盾。",
        ),
        "left_to_right": ("left to right", "自左向右"),
        "right_to_left": ("right to left", "自右向左"),
        "mean_order": ("mean of all orders", "全部排列的平均"),
        "sentence_log_p": ("log P of the sentence, nats", "句子的 log P（奈特）"),
        "orders_count": ("orders", "排列数"),
        "order_name": ("which", "名称"),
        "steps": ("token and its log P, step by step", "逐步的词元与 log P"),
        "sum": ("sum", "和"),
        "every_table": ("The best, the usual and the worst orders", "最好的、通常的和最差的排列"),
        # a pair
        "pair": ("New York", "New York"),
        "pair_run": ("Compare", "比较"),
        "place": ("Where the two words stand: place of the first", "两个词的位置：第一个词的位置"),
        "objective": ("Trained", "训练方式"),
        "objective_permutation": ("in every order (XLNet)", "按各种排列（XLNet）"),
        "objective_forward": ("left to right (GPT)", "自左向右（GPT）"),
        "objective_masked": ("masked (BERT)", "遮盖（BERT）"),
        "pair_first": ("log P({left})", "log P({left})"),
        "pair_second": ("log P({right})", "log P({right})"),
        "pair_after": ("log P({right} | {left})", "log P({right} | {left})"),
        "pair_together": ("log P of both", "两者的 log P"),
        "pair_gap": ("gained by knowing {left}", "知道 {left} 的收益"),
        "pair_guesses": ("expected after {left}", "知道 {left} 后看好的词"),
        "gap_none": ("0, by construction", "0（构造使然）"),
        "pair_table": (
            "Nats, given the rest of the sentence; left to right, given what is before it",
            "单位奈特，其余部分已知；自左向右的模型只知道前文",
        ),
        "pair_said": (
            "Without {left}, {right} has probability {alone}; with it {after}. BERT predicts both at once, as if they "
            "were "
            "independent, and loses {gap:.2f} nats.",
            "不知道 {left} 时，{right} 的概率是 {alone}；知道后是 {after}。BERT 同时预测两者，假设它们独立，损失 "
            "{gap:.2f} 奈特。",
        ),
        "pair_look": (
            "**What to look for:** the gap. BERT maximises log P(New | is a city) + log P(York | is a city), XLNet "
            "log P(New | is a city) + log P(York | New, is a city). Where the two words belong together, the second "
            "one is "
            "far more probable once the first is known.",
            "**观察要点：** 收益这一列。BERT 最大化 log P(New | is a city) + log P(York | is a city)，"
            "XLNet 最大化 log P(New | is a city) + log P(York | New, is a city)。两个词关系越紧，知道前一个后，"
            "后一个的概率就越高。",
        ),
        # two streams
        "streams": ("Two streams", "双流注意力"),
        "streams_run": ("Look", "查看"),
        "layer": ("Layer", "层"),
        "head": ("Head", "头"),
        "order_now": ("Order: {order}", "排列：{order}"),
        "content_title": ("**Content stream h**: a token sees itself", "**内容流 h**：词元看得到自己"),
        "query_title": (
            "**Query stream g**: a target knows its place, not its word",
            "**查询流 g**：目标只知道位置，不知道是什么词",
        ),
        "content_stream": ("content stream", "内容流"),
        "query_stream": ("query stream", "查询流"),
        "streams_look": (
            "**What to look for:** rows look at columns. In h the diagonal is open, in g it is closed; otherwise both "
            "see "
            "the same. Below, the paper's proof as a computation: two targets that see the same words get one and the "
            "same "
            "distribution when their places are hidden.",
            "**观察要点：** 行看列。h 的对角线是开的，g 的是关的，其余两者相同。下面把论文的证明算一遍："
            "看到同样词的两个目标，一旦隐去位置，得到的分布就完全相同。",
        ),
        "proof": ("Both targets see all other words", "两个目标都看得到其余所有词"),
        "proof_said": (
            "With their places known the two distributions are {known:.3f} apart (total variation), with the places "
            "hidden "
            "{hidden:.3f}: nobody can tell which of the two is asked for.",
            "知道位置时，两个分布相距 {known:.3f}（全变差）；隐去位置后为 {hidden:.3f}：分不清问的是哪一个。",
        ),
        "place_number": ("place {place}", "第 {place} 位"),
        "place_known": ("place known", "位置已知"),
        "place_hidden": ("place hidden", "位置隐去"),
        "expected_at": ("expected at {target}", "在 {target} 处看好的词"),
        "variation": ("apart", "距离"),
        "first_target": ("First target: its place", "第一个目标的位置"),
        "second_target": ("Second target: its place", "第二个目标的位置"),
        # memory
        "memory": ("Memory", "记忆"),
        "long_text": ("A text", "文本"),
        "size": ("Tokens of a segment", "每段的词元数"),
        "memory_run": ("Read it", "读一读"),
        "memory_said": (
            "From the second segment on: perplexity {without:.1f} without memory, {remembering:.1f} with it; the "
            "memory is "
            "worth {gain:+.3f} nats a token.",
            "从第二段起：没有记忆时困惑度 {without:.1f}，有记忆时 {remembering:.1f}；记忆每个词元值 {gain:+.3f} 奈特。",
        ),
        "memory_one": (
            "The text has one segment only: there is nothing to remember.",
            "文本只有一段：没有可记忆的内容。",
        ),
        "memory_without": ("without memory", "没有记忆"),
        "memory_with": ("with memory", "有记忆"),
        "segment_perplexity": ("perplexity", "困惑度"),
        "segment": ("segment", "段"),
        "its_words": ("its tokens", "词元"),
        "remembered": ("tokens remembered", "记住的词元数"),
        "memory_table": (
            "Each token given the others of its segment, but for every sixth",
            "每个词元以同段的其他词元为条件，但每六个隐去一个",
        ),
        "memory_look": (
            "**What to look for:** a segment is read by itself, and once more with the states of the segments before "
            "it as "
            "memory: keys and values that are seen by all, and change no more. Smaller segments need it more.",
            "**观察要点：** 每段先单独读，再带上前面各段的隐状态读一遍：记忆充当所有词都能看到的键和值，自身不再变化。"
            "段越短，越需要它。",
        ),
        # segments
        "segments": ("Segments", "分段"),
        "parts": ("Parts, one a line: 2 to 4", "各段文本，一行一段：2 到 4 段"),
        "segments_run": ("Read them", "读一读"),
        "segments_said": (
            "{count} parts. Numbered the other way round, the largest change of any log P is {change:.1e}: the model "
            "only "
            "asks whether two tokens are of the same part.",
            "{count} 段。把段号倒过来，任何 log P 的最大变化是 {change:.1e}：模型只问两个词元是否同段。",
        ),
        "segment_grid": ("All that the model is told of the parts", "关于分段，模型只知道这些"),
        "same": ("{one} and {other}: the same part, s₊", "{one} 与 {other}：同段，s₊"),
        "different": ("{one} and {other}: different parts, s₋", "{one} 与 {other}：不同段，s₋"),
        "cell_same": ("same part: s₊", "同段：s₊"),
        "cell_different": ("different parts: s₋", "不同段：s₋"),
        "numbering": ("how they are numbered", "编号方式"),
        "numbers": ("numbers", "编号"),
        "mean_loss": ("−log P a token, nats", "平均 −log P（奈特）"),
        "numbering_one": ("all as one part", "全部算一段"),
        "numbering_own": ("each its own number", "各自编号"),
        "numbering_swapped": ("the same, the other way round", "同上，倒过来编号"),
        "numbering_table": ("The same text under three numberings", "同一文本的三种编号"),
        "segments_look": (
            "**What to look for:** the table of same and different is all there is, so any number of parts fits. BERT "
            "adds a "
            "vector for part A or B to each word, and has none for a third.",
            "**观察要点：** 模型只用到同段与不同段这张表，所以段数不限。BERT 给每个词加上 A 段或 B 段的向量，"
            "没有第三段的。",
        ),
        "parts_count": ("parts", "段数"),
        "layout_paper": ("the paper's text", "论文正文"),
        "layout_code": ("the released code", "官方代码"),
        "layout_segments": ("segments in the code", "代码中的段号"),
        "layouts": ("The notes' question: what do three parts look like?", "笔记里的疑问：三段时输入是什么样？"),
        "layouts_note": (
            "The paper writes [CLS, A, SEP, B, SEP] (section 2.5); the released code puts CLS last, in a segment of "
            "its own "
            "(data_utils.py), and classifies there. For a third part the paper only says that it is possible: the "
            "rows for "
            "three continue the pattern of two. The models of this tab have CLS first.",
            "论文写作 [CLS, A, SEP, B, SEP]（2.5 节）；官方代码把 CLS 放在最后，自成一段（data_utils.py），"
            "并在那里分类。"
            "第三段论文只说可行，表中三段的行是按两段的规律续写的。本页的模型把 CLS 放在最前。",
        ),
        # four ways
        "ways": ("Four ways to pre-train", "四种预训练"),
        "way_elmo_forward": ("ELMo, forward", "ELMo，正向"),
        "way_elmo_backward": ("ELMo, backward", "ELMo，反向"),
        "way_gpt": ("GPT: left to right", "GPT：自左向右"),
        "way_bert": ("BERT: x2 and x5 masked", "BERT：遮盖 x2 和 x5"),
        "way_xlnet": ("XLNet: order x4 x6 x3 x1 x5 x2", "XLNet：排列 x4 x6 x3 x1 x5 x2"),
        "ways_look": (
            "**What to look for:** a row is a token to be predicted, a blue cell what it may see. ELMo joins two "
            "models of "
            "one direction each; GPT has one direction; BERT sees both sides, but no target sees another; XLNet sees "
            "both "
            "sides, and later targets see earlier ones.",
            "**观察要点：** 一行是一个要预测的词元，蓝格是它能看到的。ELMo 把两个单向模型拼起来；GPT 只有一个方向；"
            "BERT 两边都看，但目标之间互相看不见；XLNet 两边都看，后面的目标还能看到前面的目标。",
        ),
        "nats_hidden": ("−log P of hidden tokens", "隐去词元的 −log P"),
        "parts_of_speech": ("parts of speech by a linear probe, %", "线性探针的词性准确率（%）"),
        "nats_gap": ("gap of two neighbours", "相邻两词的收益"),
        "card": ("model", "模型"),
        "yardstick": (
            "One yardstick: each token of held-out text given the same visible set, nats; one token of six is hidden",
            "同一把尺：留出文本里的每个词元，可见部分相同，单位奈特；每六个隐去一个",
        ),
        "tuned": ("Fine-tuned, accuracy on the test split, three seeds", "微调后的测试集准确率，三个种子"),
        "tuned_task": ("task", "任务"),
        "tuned_from": ("from", "起点"),
        "tuned_random": ("random weights", "随机权重"),
        "tuned_gain": ("gain over random weights", "比随机权重高"),
        "accuracy": ("accuracy, %", "准确率（%）"),
        "tuned_sst2": ("SST-2: film reviews", "SST-2：影评"),
        "tuned_rte": ("RTE: entailment, two segments", "RTE：蕴含，两段"),
        "tuned_nli_triplets": ("which sentence follows, three segments", "哪一句成立，三段"),
    },
)

ORDER = {
    "en": r"""**Permutation language modelling** (section 2.2): of the $T!$ orders $\mathbf z$ of a text one is drawn,

$$\max_\theta\ \mathbb E_{\mathbf z\sim\mathcal Z_T}
\Big[\sum_{t=1}^{T}\log p_\theta(x_{z_t}\mid\mathbf x_{\mathbf z_{<t}})\Big],$$

with partial prediction only of its end, $\sum_{t>c}$ with about $|\mathbf z|/(|\mathbf z|-c)=K$: the first ones see too
little to be guessed. In the released code (`_local_perm`) what comes before the cut is not ordered at all: it is
visible to all.""",
    "zh": r"""**排列语言模型**（2.2 节）：从文本的 $T!$ 种排列中抽一种 $\mathbf z$，

$$\max_\theta\ \mathbb E_{\mathbf z\sim\mathcal Z_T}
\Big[\sum_{t=1}^{T}\log p_\theta(x_{z_t}\mid\mathbf x_{\mathbf z_{<t}})\Big].$$

部分预测只取排列的末尾：$\sum_{t>c}$，$|\mathbf z|/(|\mathbf z|-c)\approx K$，因为最前面的词看到的太少，猜不出来。
官方代码（`_local_perm`）里，切点之前的部分并不排序，而是对所有词可见。""",
}

PAIR = {
    "en": r"""With [New, York] as targets (section 2.6):

$$\begin{aligned}
\mathcal J_{\mathrm{BERT}}&=\log p(\text{New}\mid\text{is a city})\\
&+\log p(\text{York}\mid\text{is a city}),\\
\mathcal J_{\mathrm{XLNet}}&=\log p(\text{New}\mid\text{is a city})\\
&+\log p(\text{York}\mid\text{New},\ \text{is a city}).
\end{aligned}$$""",
    "zh": r"""以 [New, York] 为目标（2.6 节）：

$$\begin{aligned}
\mathcal J_{\mathrm{BERT}}&=\log p(\text{New}\mid\text{is a city})\\
&+\log p(\text{York}\mid\text{is a city}),\\
\mathcal J_{\mathrm{XLNet}}&=\log p(\text{New}\mid\text{is a city})\\
&+\log p(\text{York}\mid\text{New},\ \text{is a city}).
\end{aligned}$$""",
}

STREAMS = {
    "en": r"""Without its place,
$p_\theta(X_{z_t}=x\mid\mathbf x_{\mathbf z_{<t}})\propto\exp(e(x)^\top h(\mathbf x_{\mathbf z_{<t}}))$ is the same for
$z^{(1)}_t=i$ and $z^{(2)}_t=j$ whenever $\mathbf z^{(1)}_{<t}=\mathbf z^{(2)}_{<t}$.
So $g$ gets the place: $g(\mathbf x_{\mathbf z_{<t}},z_t)$, and

$$\begin{aligned}
g^{(m)}_{z_t}&\leftarrow\mathrm{Attention}(Q=g^{(m-1)}_{z_t},\ KV=\mathbf h^{(m-1)}_{\mathbf z_{<t}};\theta),\\
h^{(m)}_{z_t}&\leftarrow\mathrm{Attention}(Q=h^{(m-1)}_{z_t},\ KV=\mathbf h^{(m-1)}_{\mathbf z_{\le t}};\theta),
\end{aligned}$$

from $g^{(0)}_i=w$ and $h^{(0)}_i=e(x_i)$.""",
    "zh": r"""不告诉位置时，
$p_\theta(X_{z_t}=x\mid\mathbf x_{\mathbf z_{<t}})\propto\exp(e(x)^\top h(\mathbf x_{\mathbf z_{<t}}))$；
只要 $\mathbf z^{(1)}_{<t}=\mathbf z^{(2)}_{<t}$，目标在 $i$ 还是在 $j$ 得到的分布都一样。
所以 $g$ 要带上位置：$g(\mathbf x_{\mathbf z_{<t}},z_t)$，

$$\begin{aligned}
g^{(m)}_{z_t}&\leftarrow\mathrm{Attention}(Q=g^{(m-1)}_{z_t},\ KV=\mathbf h^{(m-1)}_{\mathbf z_{<t}};\theta),\\
h^{(m)}_{z_t}&\leftarrow\mathrm{Attention}(Q=h^{(m-1)}_{z_t},\ KV=\mathbf h^{(m-1)}_{\mathbf z_{\le t}};\theta),
\end{aligned}$$

其中 $g^{(0)}_i=w$，$h^{(0)}_i=e(x_i)$。""",
}

MEMORY = {
    "en": r"""The states $\tilde{\mathbf h}$ of the segment before are kept (section 2.4):

$$h^{(m)}_{z_t}\leftarrow\mathrm{Attention}
(Q=h^{(m-1)}_{z_t},\ KV=[\tilde{\mathbf h}^{(m-1)},\mathbf h^{(m-1)}_{\mathbf z_{\le t}}];\theta).$$

Places are relative, so they continue over the boundary; in which order the memory was read does not matter.""",
    "zh": r"""保留前一段的隐状态 $\tilde{\mathbf h}$（2.4 节）：

$$h^{(m)}_{z_t}\leftarrow\mathrm{Attention}
(Q=h^{(m-1)}_{z_t},\ KV=[\tilde{\mathbf h}^{(m-1)},\mathbf h^{(m-1)}_{\mathbf z_{\le t}}];\theta).$$

位置是相对的，跨段也能接上；记忆当初按什么排列读的，并不影响。""",
}

SEGMENTS = {
    "en": r"""Relative segment encoding (section 2.5): to the score of $i$ looking at $j$ is added

$$a_{ij}=(\mathbf q_i+\mathbf b)^\top\mathbf s_{ij},\qquad
\mathbf s_{ij}=\mathbf s_+\ \text{if both are of one segment, else}\ \mathbf s_-.$$""",
    "zh": r"""相对段编码（2.5 节）：$i$ 看 $j$ 的分数加上

$$a_{ij}=(\mathbf q_i+\mathbf b)^\top\mathbf s_{ij},\qquad
\mathbf s_{ij}=\mathbf s_+\ (\text{同段})\ \text{或}\ \mathbf s_-\ (\text{不同段}).$$""",
}

WAYS = {
    "en": r"""$$\begin{aligned}
\text{AR (GPT)}:\ &\max_\theta\sum_{t}\log p_\theta(x_t\mid\mathbf x_{<t})\\
\text{AE (BERT)}:\ &\max_\theta\log p_\theta(\bar{\mathbf x}\mid\hat{\mathbf x})\\
&\approx\sum_{t}m_t\log p_\theta(x_t\mid\hat{\mathbf x})\\
\text{XLNet}:\ &\max_\theta\mathbb E_{\mathbf z}\sum_{t}\log p_\theta(x_{z_t}\mid\mathbf x_{\mathbf z_{<t}})
\end{aligned}$$

$m_t=1$: $x_t$ is masked. The $\approx$ is the independence of the masked tokens, which AR and XLNet do not assume.""",
    "zh": r"""$$\begin{aligned}
\text{AR（GPT）}:\ &\max_\theta\sum_{t}\log p_\theta(x_t\mid\mathbf x_{<t})\\
\text{AE（BERT）}:\ &\max_\theta\log p_\theta(\bar{\mathbf x}\mid\hat{\mathbf x})\\
&\approx\sum_{t}m_t\log p_\theta(x_t\mid\hat{\mathbf x})\\
\text{XLNet}:\ &\max_\theta\mathbb E_{\mathbf z}\sum_{t}\log p_\theta(x_{z_t}\mid\mathbf x_{\mathbf z_{<t}})
\end{aligned}$$

$m_t=1$ 表示 $x_t$ 被遮盖。$\approx$ 来自被遮盖的词相互独立的假设，AR 和 XLNet 不作这个假设。""",
}
