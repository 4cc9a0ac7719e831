"""What the tab says, in both languages."""

from __future__ import annotations

from hub.ui.strings import Language, Strings

STRINGS = Strings(
    "search_ranking",
    {
        "title": ("Search ranking", "搜索排序"),
        "intro": (
            "**What makes one order of search results better than another.** Put a list in order and see how three "
            "losses push its titles; or have a ranking of your own judged. Nothing here needs a model.",
            "**一种排序凭什么比另一种好。** 动手排一个列表，看三种损失如何推动其中的标题；也可以评估你自己的排序。"
            "这里不需要任何模型。",
        ),
        "lambda": ("LambdaRank by hand", "手排 LambdaRank"),
        "own": ("Your own judgments", "自己的标注"),
        "examples": ("Lists: click one", "列表：点一个试试"),
        # a list by hand
        "case": ("List", "列表"),
        "order": ("order", "排序"),
        "gap": ("How far apart the scores of neighbours are", "相邻两条的分数相差多少"),
        "at": ("k of nDCG@k", "nDCG@k 的 k"),
        "query": ("Query: {query}", "查询：{query}"),
        "drag": (
            "Drag a title, or move it by its buttons, or by Shift and the arrow keys; on a phone tap one, then its new "
            "place",
            "拖动标题，或用按钮、Shift 加方向键移动；在手机上也可以先点标题，再点新位置",
        ),
        "up": ("up", "上移"),
        "down": ("down", "下移"),
        "grade": ("grade {grade}", "{grade} 级"),
        "pointwise": ("pointwise", "逐点"),
        "ranknet": ("RankNet", "RankNet"),
        "lambdarank": ("LambdaRank", "LambdaRank"),
        "push": ("push", "推力"),
        "push_pointwise": ("Let pointwise push", "让逐点损失推"),
        "push_ranknet": ("Let RankNet push", "让 RankNet 推"),
        "push_lambdarank": ("Let LambdaRank push", "让 LambdaRank 推"),
        "best": ("Best order", "最好的顺序"),
        "shuffle": ("Shuffle", "打乱"),
        "judged": (
            "nDCG@{at} = {value:.3f} (best 1, chance {chance:.3f}); {right} of {pairs} pairs stand in the right order.",
            "nDCG@{at} = {value:.3f}（最好是 1，随机是 {chance:.3f}）；{pairs} 对里有 {right} 对顺序正确。",
        ),
        "moved": (
            "{loss}: gradient steps on the scores until the order changed.",
            "{loss}：沿梯度更新分数，直到顺序改变。",
        ),
        "stays": (
            "{loss}: the order stays, however long it pushes.",
            "{loss}：推了很久，顺序没有变。",
        ),
        "lambda_look": (
            "**What to look for:** each column is one loss, each arrow how it moves that title; lengths compare "
            "within a column. Put a title of grade 3 at the end: RankNet counts places, and pushes it by all that "
            "stand wrongly above it; LambdaRank asks what an exchange would change in nDCG, and pushes most where "
            "that is at the top. Lower k: titles below it no longer push each other. In the best order LambdaRank "
            "and RankNet still push, for log(1 + e⁻ˣ) is never 0; the pointwise loss pushes each title by itself, "
            "so its arrows need not sum to 0.",
            "**观察要点：** 每一列是一种损失，每支箭头表示它怎样移动那个标题；长短只在同一列里比较。"
            "把 3 级的标题放到最后：RankNet 只数名次，凡是错排在它上面的都会推它；"
            "LambdaRank 问的是交换后 nDCG 会变多少，在顶部推得最用力。"
            "调小 k：排在 k 以后的标题之间不再互相推。即使顺序最好，LambdaRank 和 RankNet 也仍在推，"
            "因为 log(1 + e⁻ˣ) 永不为 0；逐点损失各推各的，所以箭头之和不必是 0。",
        ),
        "loss": ("loss", "损失"),
        "value": ("its value", "损失值"),
        "all_up": ("all arrows up", "向上之和"),
        "all_down": ("all arrows down", "向下之和"),
        "sum": ("sum", "总和"),
        "sums": ("What the arrows sum to", "箭头之和"),
        "pairs": (
            "The pairs that LambdaRank pushes most, with their places",
            "LambdaRank 推得最用力的几对，括号里是名次",
        ),
        "pushed_up": ("pushed up", "往上推"),
        "pushed_down": ("pushed down", "往下推"),
        "change": ("|ΔnDCG| of their exchange", "交换后的 |ΔnDCG|"),
        "strength": ("LambdaRank: the product", "LambdaRank：二者之积"),
        "no_pairs": (
            "No exchange changes nDCG: nothing is pushed.",
            "怎样交换都不会改变 nDCG：没有推力。",
        ),
        # one's own judgments
        "lines": (
            "Judgments: the first line names the columns query, document, grade and, if you like, score",
            "标注：首行是列名 query、document、grade，score 可有可无",
        ),
        "upload": ("or a CSV file", "或 CSV 文件"),
        "own_examples": ("Examples: click one", "例子：点一下试试"),
        "own_run": ("Judge", "评估"),
        "sample_file": ("↓ An example file", "↓ 示例文件"),
        "per_query": ("↓ Every query as CSV", "↓ 每个查询（CSV）"),
        "typed": ("The lines", "输入的内容"),
        "taken": (
            "{name}: {encoding}, {delimiter}; taken: {columns}.",
            "{name}：{encoding}，{delimiter}；读取的列：{columns}。",
        ),
        "own_score": ("your scores", "你的分数"),
        "own_order": ("the order of the lines", "各行的顺序"),
        "chance": ("chance", "随机"),
        "ndcg": ("nDCG", "nDCG"),
        "interval": ("interval of 95 %", "95 % 区间"),
        "difference": ("yours − BM25, query by query", "你的 − BM25（逐个查询）"),
        "means": (
            "Means of nDCG@{at} over {queries:,} queries",
            "nDCG@{at} 的平均值，共 {queries:,} 个查询",
        ),
        "above": (
            "Ranked by {own}, nDCG is above BM25 by {gap:.3f}: the interval of the difference does not hold 0.",
            "按{own}排序，nDCG 比 BM25 高 {gap:.3f}：差值的区间不含 0。",
        ),
        "below": (
            "Ranked by {own}, nDCG is below BM25 by {gap:.3f}: the interval of the difference does not hold 0.",
            "按{own}排序，nDCG 比 BM25 低 {gap:.3f}：差值的区间不含 0。",
        ),
        "undecided": (
            "Ranked by {own}: {queries:,} queries do not tell whether it or BM25 is better; the interval of the "
            "difference holds 0.",
            "按{own}排序：{queries:,} 个查询还分不出它与 BM25 谁更好，差值的区间含 0。",
        ),
        "left_out": (
            "{count:,} queries are left out: their documents are all of one grade, and every order of them is as good.",
            "有 {count:,} 个查询没有计入：它们的文档等级都相同，怎样排都一样好。",
        ),
        "left_out_one": (
            "One query is left out: its documents are all of one grade, and every order of them is as good.",
            "有 1 个查询没有计入：它的文档等级都相同，怎样排都一样好。",
        ),
        "worst": (
            "The worst queries of your order; in brackets the grade",
            "你的排序里最差的查询，括号里是等级",
        ),
        "a_query": ("query", "查询"),
        "yours": ("yours", "你的"),
        "bm25": ("BM25", "BM25"),
        "first": ("stands first", "排在首位"),
        "best_document": ("the best document", "最好的文档"),
        "its_place": ("its place", "它的名次"),
        "own_look": (
            "**What to look for:** nDCG of a few documents is high by chance already: read yours beside it. The "
            "interval is over queries, so more documents of the same queries do not narrow it. BM25 knows words alone; "
            "where it wins, your order loses what stands there literally.",
            "**观察要点：** 文档少的时候，随机排序的 nDCG 就已经很高：请与它对照着看。区间是对查询取的，"
            "同样的查询多加文档并不会变窄。BM25 只认字词；它赢的地方，说明你的排序丢了字面上就有的信息。",
        ),
        "limits": (
            "At most {rows:,} lines below the heading, {characters:,} characters a text, {megabytes:g} MB a file; "
            "grades from 0 to 10. The rarity of words is taken from the documents of the file. Nothing is kept.",
            "标题行以下最多 {rows:,} 行，每条文本最多 {characters:,} 个字符，文件不超过 {megabytes:g} MB；"
            "等级为 0 到 10。词的稀有程度取自文件里的文档。不保存任何内容。",
        ),
    },
)

FORMULAS: dict[Language, str] = {
    "en": r"""
**RankNet** (Burges et al. 2005) asks of every pair in which $i$ has the higher grade that $s_i > s_j$:

$$C = \sum_{i \succ j} \log\left(1 + e^{-(s_i - s_j)}\right), \qquad
-\frac{\partial C}{\partial s_i} = \sum_{j:\, i \succ j} \frac{1}{1 + e^{s_i - s_j}}
- \sum_{j:\, j \succ i} \frac{1}{1 + e^{s_j - s_i}}$$

**LambdaRank** (Burges 2010) multiplies the push of each pair by what their exchange changes:

$$\lambda_{ij} = \frac{|\Delta\mathrm{nDCG}_{ij}|}{1 + e^{s_i - s_j}}, \qquad
|\Delta\mathrm{nDCG}_{ij}| = \frac{|2^{y_i} - 2^{y_j}|}{\mathrm{DCG}_{\mathrm{ideal}}}
\left|\frac{1}{\log_2(1 + r_i)} - \frac{1}{\log_2(1 + r_j)}\right|$$

with grade $y$, place $r$, and nothing for places after $k$. What pushes $i$ up pushes $j$ down as much: the
arrows sum to 0.

**Pointwise**, logistic: $-\partial C / \partial s_i = y_i / y_{\max} - \sigma(s_i)$, each title by itself.
""",
    "zh": r"""
**RankNet**（Burges 等，2005）对每一对等级 $i$ 高于 $j$ 的标题要求 $s_i > s_j$：

$$C = \sum_{i \succ j} \log\left(1 + e^{-(s_i - s_j)}\right), \qquad
-\frac{\partial C}{\partial s_i} = \sum_{j:\, i \succ j} \frac{1}{1 + e^{s_i - s_j}}
- \sum_{j:\, j \succ i} \frac{1}{1 + e^{s_j - s_i}}$$

**LambdaRank**（Burges，2010）把每一对的推力再乘以二者交换后 nDCG 的变化：

$$\lambda_{ij} = \frac{|\Delta\mathrm{nDCG}_{ij}|}{1 + e^{s_i - s_j}}, \qquad
|\Delta\mathrm{nDCG}_{ij}| = \frac{|2^{y_i} - 2^{y_j}|}{\mathrm{DCG}_{\mathrm{ideal}}}
\left|\frac{1}{\log_2(1 + r_i)} - \frac{1}{\log_2(1 + r_j)}\right|$$

其中 $y$ 是等级，$r$ 是名次，$k$ 以后的名次不计。把 $i$ 往上推多少，就把 $j$ 往下推多少：箭头之和为 0。

**逐点**（逻辑损失）：$-\partial C / \partial s_i = y_i / y_{\max} - \sigma(s_i)$，每个标题只看自己。
""",
}

MEASURES: dict[Language, str] = {
    "en": r"""
$$\mathrm{DCG@}k = \sum_{r=1}^{k} \frac{2^{y_r} - 1}{\log_2(1 + r)}, \qquad
\mathrm{nDCG@}k = \frac{\mathrm{DCG@}k}{\mathrm{DCG@}k \text{ of the best order}}$$

Documents of one score share their places (McSherry and Najork 2008); chance is the mean over all orders, exactly. The
interval is a bootstrap of 2,000 samples over queries. BM25 with $k_1 = 1.2$, $b = 0.75$, over words, and of
Chinese over characters and pairs of neighbouring ones.
""",
    "zh": r"""
$$\mathrm{DCG@}k = \sum_{r=1}^{k} \frac{2^{y_r} - 1}{\log_2(1 + r)}, \qquad
\mathrm{nDCG@}k = \frac{\mathrm{DCG@}k}{\text{最好顺序的}\ \mathrm{DCG@}k}$$

分数相同的文档平分它们的名次（McSherry 与 Najork，2008）；“随机”是对所有顺序的精确平均。
区间来自对查询的自助法，抽样 2,000 次。
BM25 取 $k_1 = 1.2$、$b = 0.75$，英文按词，中文按字和相邻的字对。
""",
}
