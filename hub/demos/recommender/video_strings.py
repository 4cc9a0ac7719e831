"""The words of the views of coarse and fine ranking, and their formulas."""

from __future__ import annotations

from hub.ui.strings import Language

WORDS = {
    # coarse ranking
    "ladder": ("Coarse ranking", "粗排"),
    "cold": ("COLD: a small network", "COLD：小网络"),
    "towers": ("two towers", "双塔"),
    "drawn": ("What was not shown is drawn", "未曝光候选的抽取方式"),
    "evenly": ("evenly", "均匀"),
    "popular": ("as often as it was shown", "按曝光次数"),
    "ladder_k": ("K: handed on to fine ranking", "K：交给精排的个数"),
    "ladder_rung": ("Rung in the figure over K", "随 K 变化图中的台阶"),
    "5": ("5", "5"),
    "20": ("20", "20"),
    "rung_hard labels": ("clicks and long views alone", "只学点击和长播"),
    "rung_unexposed": ("+ what was not shown", "＋未曝光负例"),
    "rung_list": ("+ order of the fine list", "＋精排的顺序"),
    "rung_score": ("+ its scores (λ)", "＋精排的分数（λ）"),
    "rung_contrast": ("+ its last layer, by contrast", "＋精排末层（对比）"),
    "rung_searched": ("+ widths searched by time", "＋按耗时搜索宽度"),
    "rung_popularity": ("popularity, no student", "热度（不学习）"),
    "rung_fine": ("the fine ranker itself", "精排本身"),
    "ladder_said": (
        "“{name}” has {overlap:.1f} % of the fine ranker's first {k} in its own, and keeps {kept:.1f} % of the fine "
        "ranker's recall of what was clicked or viewed long, {times:.1f} × as fast: {ms:.2f} ms for {candidates} "
        "candidates. {lists:,} real lists of the last two days.",
        "“{name}”与精排前 {k} 名重合 {overlap:.1f}%，保住精排对点击或长播召回的 {kept:.1f}%，"
        "速度是精排的 {times:.1f} 倍：{candidates} 个候选用时 {ms:.2f} 毫秒。在最后两天的 {lists:,} 个真实列表上测得。",
    ),
    "overlap_k": ("Overlap with the fine ranker's first {k}, %", "与精排前 {k} 名的重合，%"),
    "positives_k": ("Recall@{k} of clicked or viewed long, %", "点击或长播的 Recall@{k}，%"),
    "ladder_kind": ("Kind of coarse ranker", "粗排模型"),
    "overlap_head": ("overlap, %", "重合，%"),
    "positives_head": ("recall, %", "召回，%"),
    "kept_head": ("of the fine one's, %", "占精排的，%"),
    "ms_head": ("ms", "毫秒"),
    "rung": ("Rung", "台阶"),
    "adds": ("it adds", "增加"),
    "published_sign": ("Meituan", "美团"),
    "sign_more": ("▲", "▲"),
    "sign_less": ("▼", "▼"),
    "sign_none": ("≈", "≈"),
    "ladder_table": (
        "Overlap with the fine ranker's first {k}, and recall@{k} of what was clicked or viewed long; what each rung "
        "adds, in points; ms for {candidates} candidates. ± half the interval of 95 % over lists, ▲ ▼ beyond chance, "
        "≈ within. Meituan: what its post of 2022 reports of the step, overlap with the first 150 of thousands",
        "与精排前 {k} 名的重合，对点击或长播的 Recall@{k}，每一步增加的百分点，{candidates} 个候选的毫秒数。"
        "± 为列表上 95% 区间的一半；▲▼ 超出偶然，≈ 在偶然之内。"
        "美团：其 2022 年文章对该步骤的说法，指标是几千个候选中与精排前 150 名的重合",
    ),
    "ladder_look": (
        "**What to look for:** a step that makes the overlap higher need not find more of what people like. Meituan "
        "counts the overlap; Taobao objects that a coarse ranker has to return a good set, and that copying the fine "
        "ranker where nothing was ever shown copies its mistakes. Draw what was not shown “as often as it was shown”: "
        "then popularity gives nothing away, and the ladder is another one.",
        "**观察要点：** 让重合升高的一步，未必找到更多人们喜欢的内容。美团看重合；淘宝则反对：粗排要返回好的集合，"
        "在从未曝光的内容上照抄精排，也会抄来它的错误。把未曝光候选改成“按曝光次数”抽取：热度不再泄露答案，阶梯也就变了。",
    ),
    "line_overlap": ("overlap with the fine ranker's first K", "与精排前 K 名的重合"),
    "line_kept": ("kept of the fine ranker's recall", "保住精排召回的比例"),
    "line_positives": ("its recall of the good", "粗排对好内容的召回"),
    "line_fine": ("the fine ranker's recall of the good", "精排对好内容的召回"),
    "k_axis": ("K of the candidates are handed on", "交给下一阶段的候选数 K"),
    "apart": (
        "The two measures part most at K = {k}: what is kept of the recall lies {most:.1f} points above the overlap.",
        "两个指标在 K = {k} 处相差最大：召回的保留比重合高 {most:.1f} 个百分点。",
    ),
    "cross": ("They cross at K = {k}.", "两条线在 K = {k} 处交叉。"),
    "cross_never": ("They do not cross up to K = {k}.", "到 K = {k} 为止两条线不相交。"),
    "measures": ("{apart} {cross} {above} {popular}", "{apart}{cross}{above}{popular}"),
    "gap_and_why": ("{gap} {why}", "{gap}{why}"),
    "comma": (", ", "、"),
    "above_fine": (
        "At K = {k} the coarse ranker finds more of the good than the fine one, beyond chance, which the overlap "
        "cannot see.",
        "在 K = {k} 处，粗排找到的好内容超出偶然地多于精排，重合这个指标看不到这一点。",
    ),
    "never_above": (
        "At no K does it find more of the good than the fine ranker, beyond chance.",
        "在任何 K 处，它找到的好内容都没有超出偶然地多于精排。",
    ),
    "popular_too": (
        "The fine ranker has learnt from what was shown alone: among these candidates its first {k} have {fine:.1f} % "
        "of the good, those by popularity {popular:.1f} %.",
        "精排只学过曝光过的内容：在这些候选里，它的前 {k} 名找到 {fine:.1f}% 的好内容，只按热度则是 {popular:.1f}%。",
    ),
    "ms_axis": ("ms for {candidates} candidates, one thread", "{candidates} 个候选的毫秒数（单线程）"),
    "searched_said": (
        "The search chose layers of {first} and {second} units, at the price of their times in onnxruntime: the first "
        "layer takes from {quick:.3f} to {slow:.3f} ms by its width.",
        "搜索选出的两层宽度是 {first} 和 {second}，代价是 onnxruntime 中的实测耗时：第一层按宽度从 {quick:.3f} 到 "
        "{slow:.3f} 毫秒。",
    ),
    # fine ranking
    "ranker": ("Fine ranking", "精排"),
    "impression": ("Impression", "曝光编号"),
    "ranker_scene": ("Scene", "场景"),
    "ranker_counts": ("with the counts of that scene", "连同该场景的统计"),
    "goal": ("Goal", "目标"),
    "its_own": ("its own", "原来的"),
    "scene": ("scene {number}", "场景 {number}"),
    "scene_own": ("scene {number}, its own", "场景 {number}（原来的）"),
    "is_click": ("click", "点击"),
    "long_view": ("long view", "长播"),
    "is_like": ("like", "点赞"),
    "did_is_click": ("clicked it", "点击了它"),
    "did_long_view": ("viewed it long", "长时间观看"),
    "did_is_like": ("liked it", "点了赞"),
    "did_nothing": ("passed it by", "没有理会"),
    "joint": (", ", "，"),
    "story": (
        "Impression {number} of {count}, 7 or 8 May 2022: a video of {seconds:.0f} seconds, {age:.0f} days old, about "
        "{hour} o'clock in scene {scene}, to somebody who follows {follows:.0f} others and was shown {seen:,.0f} "
        "videos in the two weeks before the log. What came of it: {did}.",
        "第 {number} 条曝光（共 {count} 条），2022 年 5 月 7 或 8 日：一个 {seconds:.0f} 秒、发布 {age:.0f} 天的视频，"
        "约 {hour} 点在场景 {scene} 展示给一位关注了 {follows:.0f} 人、日志开始前两周看到过 {seen:,.0f} 个视频的用户。"
        "结果：{did}。",
    ),
    "predictions_of": (
        "What the graph says now, in {where}; ✓ is what happened, ✗ what did not.",
        "计算图此刻在{where}给出的概率；✓ 表示真的发生了，✗ 表示没有。",
    ),
    "mean_of_all": ("how often it happens", "实际发生率"),
    "percent_of": ("{goal}, %", "{goal}，%"),
    "scenes_table": ("The same video to the same person in each scene", "同一个视频、同一位用户，换到各个场景"),
    "expert": ("expert {number}", "专家 {number}"),
    "gates_axis": ("Mix of the experts for “{goal}”, %", "“{goal}”的专家混合比例，%"),
    "ranker_look": (
        "**What to look for:** the scene alone chooses how each goal mixes the experts. Take away the counts of the "
        "scene, and only this gate and the scene's vector still tell the scenes apart. Below, DIN: which videos of the "
        "past speak for this one (blue) or against it (red).",
        "**观察要点：** 每个目标怎样混合专家，只由场景决定。去掉该场景的统计，就只剩门控和场景向量在区分场景。"
        "下图是 DIN：过去的哪些视频支持（蓝）或反对（红）这一个。",
    ),
    "attention_axis": ("videos of the past, the latest first", "过去的视频，最近的在前"),
    "past_skipped": ("skipped", "划过"),
    "past_long viewed": ("viewed long", "长播"),
    "past_liked": ("liked", "点赞"),
    "known": ("Everything that was counted before that day, in words", "当天之前的全部统计（文字版）"),
    "counted_by": ("Counted by", "统计对象"),
    "shown_before": ("shown", "曝光数"),
    "counts_table": (
        "How often it was shown before that day, and the odds of each outcome, as a multiple of the odds of all",
        "当天之前的曝光数，以及每种结果的几率是总体几率的多少倍",
    ),
    "facts": (
        "Besides: {count} facts of the user without a name, five facts of the video, its vector, and the lists above.",
        "此外还有用户的 {count} 项匿名属性、视频的五项属性、视频向量，以及上面的历史列表。",
    ),
    "key_user": ("this user", "该用户"),
    "key_user, tab": ("this user in this scene", "该用户在该场景"),
    "key_tab": ("this scene", "该场景"),
    "key_hour": ("this hour", "该时段"),
    "key_video": ("this video", "该视频"),
    "key_author": ("its author", "该作者"),
    "key_tag": ("its first tag", "首个标签"),
    "key_duration": ("videos of this length", "同样时长的视频"),
    "key_video, tab": ("this video in this scene", "该视频在该场景"),
    "key_user, tag": ("this user, this tag", "该用户与该标签"),
    "key_user, duration": ("this user, this length", "该用户与该时长"),
    "key_user, author": ("this user, this author", "该用户与该作者"),
    "key_user, video": ("this user, this video", "该用户与该视频"),
    "key_before": ("{what}, before the log", "{what}（日志之前）"),
    "arm_user": ("rate of the user alone", "只用用户的率"),
    "arm_scene": ("rate of the scene alone", "只用场景的率"),
    "arm_video": ("rate of the video alone", "只用视频的率"),
    "arm_trees": ("LightGBM", "LightGBM"),
    "arm_fine": ("the graph", "本模型"),
    "gap": (
        "The graph above LightGBM on the same numbers, points: AUC {auc}, GAUC {gauc} (± half the interval of 95 % "
        "over users).",
        "在同样的数字上，本模型比 LightGBM 高（百分点）：AUC {auc}，GAUC {gauc}（± 为用户上 95% 区间的一半）。",
    ),
    "why_differ": (
        "Why the two measures differ: AUC asks for any two rows, so it pays to know who clicks much, and where. The "
        "rate of the user alone reaches AUC {auc}; within a user it is the same for every video, so its GAUC is "
        "{gauc}. A list is shown to one user in one place: there GAUC counts, the mean over {users:,} users with "
        "both outcomes.",
        "为什么两者不同：AUC 比较任意两行，知道谁爱点、在哪里爱点就能得分。只用用户的率，AUC 已有 {auc}；"
        "但对同一位用户，每个视频的分都一样，GAUC 就是 {gauc}。列表是给一位用户、在一个场景看的，"
        "那里要看 GAUC：{users:,} 位两种结果都有的用户的平均。",
    ),
    "part": ("Part of the rows", "哪一部分"),
    "rows": ("rows", "行数"),
    "part_all": ("all", "全部"),
    "part_new users": ("new users", "新用户"),
    "part_new videos": ("new videos", "新视频"),
    "parts_table": (
        "Parts of the test; a GAUC of fewer than 30 users is none",
        "测试集的各部分；不足 30 位用户的 GAUC 不给出",
    ),
    "said_axis": ("probability that was said", "模型给出的概率"),
    "happened_axis": ("share that came true", "实际发生的比例"),
    "right_line": ("exactly right", "完全准确"),
    "curve": ("Curve", "曲线"),
    "curve_raw": ("the graph as it is", "本模型原样"),
    "curve_scaled": ("the graph, by a temperature", "本模型，温度校准"),
    "curve_trees": ("LightGBM", "LightGBM"),
    "temperature": ("T", "T"),
    "ece": ("ECE", "ECE"),
    "kl_millinats": ("KL, 1/1000 nat", "KL，千分之一奈特"),
    "ece_table": (
        "Calibration; T fits the two days before the test",
        "校准；T 由测试前两天拟合",
    ),
}  # fmt: skip


def lines(formulas: str) -> str:
    """Formulas under each other, which a phone has room for."""
    return formulas.replace(r" \qquad ", "$$\n\n$$")


_STEPS = (
    r"$$L = L_\text{hard} + L_\text{list} + \lambda\, L_\text{score} + \mu\, L_\text{contrast},\quad \lambda = 1,\ "
    r"\mu = 0.1 \qquad L_\text{list} = \sum_{i \in \text{head},\, j \in \text{tail}} \log(1 + e^{s_j - s_i})$$"
)
_SCORE = (
    r"$$L_\text{score} = \frac{1}{n} \sum_i \left((s_i - \bar s) - (f_i - \bar f)\right)^2 \qquad "
    r"L_\text{contrast} = -\log \frac{e^{\cos(W h_i,\, t_i) / \tau}}{\sum_j e^{\cos(W h_i,\, t_j) / \tau}}$$"
)
_TIME = (
    r"$$E[\text{ms}] = \sum_a p_a\, T_a + \sum_{a, b} p_a\, T_{a \to b}\, q_b \qquad "
    r"\text{overlap@}K = \frac{|\,\text{top}_K(s) \cap \text{top}_K(f)\,|}{K}$$"
)
LADDER: dict[Language, str] = {
    "en": "s is the student's score, f the fine ranker's log-odds, h and t the last layers of both. A larger λ ties "
    "the student's distances within a list to the teacher's, at the expense of what people did; both are taken from "
    f"their means, so that negatives that were never shown may move the level.\n\n{lines(_STEPS)}\n\n{lines(_SCORE)}"
    "\n\nThe widths of the two layers are searched with measured times T; p and q are softmaxes over widths."
    f"\n\n{lines(_TIME)}",
    "zh": "s 是学生的分数，f 是精排的对数几率，h 和 t 是两者的末层。λ 越大，学生在列表内的分差越贴近老师，"
    f"也就越少听从用户的行为；两边都先减去均值，未曝光负例可以移动整体水平。\n\n{lines(_STEPS)}\n\n{lines(_SCORE)}\n\n"
    f"两层的宽度用实测耗时 T 搜索；p 和 q 是各宽度上的 softmax。\n\n{lines(_TIME)}",
}
_CROSS = (
    r"$$\text{DCN-v2}:\; x_{l+1} = x_0 \odot (U_l V_l^\top x_l + b_l) + x_l \qquad "
    r"\text{DIN}:\; v(t) = \sum_j a(h_j, t)\, h_j,\; a = w^\top \mathrm{PReLU}(W[h;\, t;\, h - t;\, h \odot t])$$"
)
_GATE = (
    r"$$\text{MMoE}:\; y_k = u_k^\top \sum_i g^k_i(s)\, e_i(x),\; g^k(s) = \mathrm{softmax}(W_k\, s) \qquad "
    r"p_k = \sigma(y_k / T_k)$$"
)
_AUC = (
    r"$$\text{AUC} = P(y^+ > y^-) \qquad \text{GAUC} = \frac{\sum_u n_u\, \text{AUC}_u}{\sum_u n_u} \qquad "
    r"\text{ECE} = \sum_b \frac{n_b}{n}\, |r_b - \bar p_b| \qquad \text{KL} = \sum_b \frac{n_b}{n}\, "
    r"\left(r_b \log \frac{r_b}{\bar p_b} + (1 - r_b) \log \frac{1 - r_b}{1 - \bar p_b}\right)$$"
)
RANKER: dict[Language, str] = {
    "en": "Features cross with the input at every layer; the past is weighted for each candidate, not normalised, so "
    "how much of it speaks is part of the answer; experts e are shared, and the vector s of the scene mixes them for "
    f"each goal k.\n\n{lines(_CROSS)}\n\n{lines(_GATE)}\n\n"
    f"Bins b of equal width, r is what happened, p what was said.\n\n{lines(_AUC)}",
    "zh": "每一层都让特征与输入再交叉一次；过去的行为按候选加权且不归一化，有多少行为支持也是答案的一部分；"
    f"专家 e 是共享的，场景向量 s 为每个目标 k 混合它们。\n\n{lines(_CROSS)}\n\n{lines(_GATE)}\n\n"
    f"b 是等宽的分箱，r 是实际发生率，p 是给出的概率。\n\n{lines(_AUC)}",
}
