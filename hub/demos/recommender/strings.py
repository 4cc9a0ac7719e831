"""What the tab says, in both languages."""

from __future__ import annotations

from hub.demos.recommender.video_strings import WORDS
from hub.ui.strings import Language, Strings

STRINGS = Strings(
    "recommender",
    {
        "title": ("Recommender", "推荐系统"),
        "intro": (
            "**The funnel.** A shop has 3,791 things and room for ten. Recall finds a few hundred fast and must miss "
            "nothing good; coarse ranking sorts them cheaply; fine ranking reads all that is known; re-ranking looks "
            "at the list as a whole.",
            "**漏斗。** 商店有 3791 件商品，页面只有十个位置。召回又快又全地找出几百件；粗排低成本地排一遍；"
            "精排用上所有已知信息；重排再看整个列表。",
        ),
        "examples": ("Examples: click one", "例子：点一下试试"),
        # your funnel
        "funnel": ("Your funnel", "你的漏斗"),
        "items": ("Things taken, by their numbers", "已拿商品的编号"),
        "asked": ("Channels that are asked", "使用哪几路召回"),
        "search": ("Search the shop", "搜索商品"),
        "kind": ("Kind of thing", "商品种类"),
        "kind_all": ("all kinds", "全部种类"),
        "take": ("take", "拿"),
        "drop": ("put back", "放回"),
        "nothing_taken": (
            "You have taken nothing yet: search below and click a thing, or click an example.",
            "还没有拿任何商品：在下面搜索后点一件，或点一个例子。",
        ),
        "found_none": (
            "Nothing in the shop is called so. Titles are English.",
            "商店里没有叫这个名字的商品。商品名是英文的。",
        ),
        "funnel_said": (
            "{ms:.1f} ms from all things to {shown}: the channels of recall found {pool} different ones. Click a thing "
            "in the list to take it too.",
            "从全部商品到 {shown} 件用时 {ms:.1f} 毫秒：各路召回一共找到 {pool} 件不同的商品。"
            "点列表里的商品，就把它也拿上。",
        ),
        "funnel_nothing": (
            "You have taken nothing, so only popularity speaks: {shown} things that many buy, the same for every new "
            "visitor ({ms:.1f} ms).",
            "你还没有拿商品，只有热度可用：{shown} 件许多人买的商品，每位新访客看到的都一样（{ms:.1f} 毫秒）。",
        ),
        "place": ("#", "名次"),
        "thing": ("Thing", "商品"),
        "price": ("£", "英镑"),
        "found_by": ("Found by (rank)", "哪路召回（名次）"),
        "found_at": ("{channel} {rank}", "{channel} {rank}"),
        "because": ("Because you took", "因为你拿了"),
        "probability": ("Bought in 20 days", "20 天内购买"),
        "shares": ("What moves its score", "分数由什么推动"),
        "stage": ("Stage", "阶段"),
        "stage_given": ("given", "输入"),
        "stage_kept": ("kept", "保留"),
        "stage_ms": ("time", "用时"),
        "stages_title": ("Candidates and milliseconds of each stage", "各阶段的候选数和毫秒数"),
        "stage_recall": ("Recall", "召回"),
        "stage_coarse": ("Coarse ranking", "粗排"),
        "stage_fine": ("Fine ranking", "精排"),
        "stage_rerank": ("The list", "最终列表"),
        "lost": ("left out", "落选"),
        "channel_ease": ("EASE", "EASE"),
        "channel_recent": ("EASE of 30 days", "近 30 天的 EASE"),
        "channel_item-cf": ("ItemCF", "ItemCF"),
        "channel_swing": ("Swing", "Swing"),
        "channel_towers": ("two towers", "双塔"),
        "channel_sasrec": ("SASRec", "SASRec"),
        "channel_titles": ("titles", "标题"),
        "channel_popular": ("popular", "热门"),
        "channel_own": ("taken before", "以前拿过"),
        "group_together": ("taken together", "共同购买"),
        "group_order": ("order of taking", "购买顺序"),
        "group_words": ("titles", "标题"),
        "group_popular": ("popularity", "热度"),
        "group_price": ("price", "价格"),
        "group_again": ("your own past", "自己的历史"),
        "funnel_look": (
            "**What to look for:** which channel found each thing, and that most are found by several. Lower “Kept by "
            "recall” and watch what disappears from the list; raise “Weight of diversity” and the list spreads. The "
            "shares of a score are exact: with the score of an average thing they sum to it.",
            "**观察要点：** 每件商品是哪路召回找到的，多数商品不止一路找到。调低“召回保留”，看哪些商品从列表消失；"
            "调高“多样性权重”，列表就会分散。各项对分数的贡献是精确的：加上平均商品的分数，正好等于总分。",
        ),
        "recall": ("Kept by recall", "召回保留"),
        "coarse": ("Kept by coarse ranking", "粗排保留"),
        "fine": ("Kept by fine ranking", "精排保留"),
        "rule": ("Rule of re-ranking", "重排规则"),
        "diversity": ("Weight of diversity", "多样性权重"),
        "again": ("What was taken may come again", "拿过的可以再出现"),
        "none": ("none: the ranker's order", "无：按精排顺序"),
        "mmr": ("MMR", "MMR"),
        "dpp": ("DPP", "DPP"),
        "caps": ("at most some of a kind", "每类限量"),
        "calibrated": ("calibrated to your kinds", "按你的品类比例"),
        "prm": ("PRM, a network over the list", "PRM：看整个列表的网络"),
        "budget": ("Budget, ms", "时间预算（毫秒）"),
        # channels
        "channels": ("Channels", "召回"),
        "cut": ("Of each channel, the first", "每路召回只看前"),
        "10": ("10", "10"),
        "50": ("50", "50"),
        "100": ("100", "100"),
        "200": ("200", "200"),
        "channel_merged": ("all channels merged", "多路合并"),
        "channel_popular_ever": ("popular ever", "历史热门"),
        "channel_chance": ("chance", "随机"),
        "channels_said": (
            "The best channel alone, {best}, finds {share:.1f} % of what buyers took for the first time in its first "
            "{cut}; all channels merged find {merged:.1f} %.",
            "单路最好的是{best}：前 {cut} 件里找到买家首次购买商品的 {share:.1f}%；多路合并找到 {merged:.1f}%。",
        ),
        "recall_axis": ("Recall@{cut}, %", "Recall@{cut}，%"),
        "channel": ("Channel", "召回通路"),
        "recall_at": ("Recall@{cut}, %", "Recall@{cut}，%"),
        "ndcg_at": ("NDCG@10", "NDCG@10"),
        "unique": ("Found by it alone, %", "只有它找到，%"),
        "left_out": ("Merged without it", "合并时去掉它"),
        "coverage": ("Things in any list, %", "覆盖商品，%"),
        "novelty": ("Novelty, bits", "新颖度（比特）"),
        "channels_table": (
            "Things that a buyer had not taken before; means over all buyers of the test, ± half the interval of 95 %",
            "只算买家以前没拿过的商品；测试集全部买家的平均，± 为 95% 区间的一半",
        ),
        "overlap_of": ("of the row's 200 are in the column's", "的行通路商品也在列通路中"),
        "channels_look": (
            "**What to look for:** channels that agree find the same things; a channel earns its place by what it "
            "alone finds, and by what the merged list loses without it. What many buy lately is half of the answer in "
            "a shop before Christmas.",
            "**观察要点：** 彼此相似的通路找到的也一样；一路召回的价值在于只有它找到的商品，"
            "以及去掉它后合并结果损失多少。圣诞节前的商店里，最近许多人在买什么就是一半答案。",
        ),
        "for_whom": ("For whom", "对谁"),
        "users": ("Buyers", "买家数"),
        "recall_merged": ("Recall@200, merged, %", "合并 Recall@200，%"),
        "ndcg_funnel": ("NDCG@10, whole funnel", "整个漏斗 NDCG@10"),
        "groups_table": ("The funnel for parts of the buyers and of the things", "漏斗对不同买家和商品的表现"),
        "users_all": ("all buyers, things new to them", "全部买家，首次购买的商品"),
        "users_new_users": ("new buyers: at most five things taken", "新买家：至多拿过五件"),
        "users_new_items": ("new things: on sale for two weeks at most", "新商品：上架不超过两周"),
        "users_again": (
            "all buyers, all things; what was taken may come again",
            "全部买家，全部商品（拿过的可再出现）",
        ),
        "growth_items": ("Things in the shop", "商品数"),
        "growth_ms": ("Milliseconds of a question", "每次查询的毫秒数"),
        "way_exact": ("exact: every product", "精确：逐件算内积"),
        "way_hnsw": ("HNSW: a graph of neighbours", "HNSW：近邻图"),
        "growth_here": (
            "And a larger shop? Here every thing is compared, exactly: at {items:,} things that takes {exact:.2f} ms, "
            "an approximate index (HNSW) {hnsw:.2f} ms.",
            "商店变大会怎样？这里逐件精确比较：{items:,} 件商品时用 {exact:.2f} 毫秒，近似索引（HNSW）要 "
            "{hnsw:.2f} 毫秒。",
        ),
        "growth_there": (
            "And a larger shop? At {items:,} things comparing every one takes {exact:.2f} ms, an approximate index "
            "(HNSW) {hnsw:.2f} ms.",
            "商店变大会怎样？{items:,} 件商品时逐件精确比较用 {exact:.2f} 毫秒，近似索引（HNSW）用 {hnsw:.2f} 毫秒。",
        ),
        "growth_large": (
            "At {items:,} it is {exact:.1f} ms against {hnsw:.2f} ms, and the index finds {recall:.1f} % of the true "
            "nearest.",
            "到 {items:,} 件时是 {exact:.1f} 毫秒对 {hnsw:.2f} 毫秒，索引能找到真正近邻的 {recall:.1f}%。",
        ),
        "growth_how": (
            "Made-up things of {dimensions} dimensions, the {nearest} nearest, one thread, measured by {command} "
            "({machine}).",
            "商品是随机生成的 {dimensions} 维向量，取最近的 {nearest} 件，单线程；由 {command} 测得（{machine}）。",
        ),
        "growth_missing": (
            "What recall costs in a larger shop has not been measured here: {command} does it.",
            "还没有测过商店变大后召回的代价：运行 {command} 即可。",
        ),
        "growth_table": (
            "Recall over more and more things; memory in MiB, of the vectors alone and of vectors and graph",
            "商品越来越多时的召回；内存单位 MiB：只存向量，或向量加近邻图",
        ),
        "exact_ms": ("Exact, ms", "精确，毫秒"),
        "hnsw_ms": ("HNSW, ms", "HNSW，毫秒"),
        "hnsw_recall": ("HNSW finds, %", "HNSW 找到，%"),
        "exact_mib": ("Exact, MiB", "精确，MiB"),
        "hnsw_mib": ("HNSW, MiB", "HNSW，MiB"),
        "hnsw_build": ("Building HNSW, s", "建 HNSW，秒"),
        # re-ranking
        "rerank": ("Re-ranking", "重排"),
        "taken": ("Taken: {titles}.", "已拿：{titles}。"),
        "before": ("before", "重排前"),
        "after": ("after", "重排后"),
        "list": ("List", "列表"),
        "distance": ("Distance", "差异度"),
        "kinds": ("Kinds", "种类数"),
        "which": ("Which", "种类"),
        "distance_axis": ("mean distance of two things of a list", "列表内两件商品的平均差异度"),
        "ndcg_axis": ("NDCG@10 of all buyers", "全部买家的 NDCG@10"),
        "rerank_look": (
            "**What to look for:** with the weight at 0 nothing moves. A little diversity costs almost nothing, or "
            "even helps; a lot of it costs good things. A rule is better than another where its line lies above it at "
            "the same distance.",
            "**观察要点：** 权重为 0 时什么都不动。一点多样性几乎没有代价，甚至有益；太多就会挤掉好商品。"
            "在同样的差异度下，线更高的规则更好。",
        ),
        # the quarrel about metrics
        "quarrel": ("The quarrel about metrics", "指标之争"),
        "measure": ("Figure", "指标"),
        "hit": ("buyers with a purchase in the first ten", "前十里有购买的买家"),
        "ndcg": ("NDCG@10", "NDCG@10"),
        "hit_axis": ("share of buyers with a purchase in the first ten", "前十里有购买的买家比例"),
        "protocol": ("Protocol", "评测方式"),
        "wrong": ("What it does", "问题所在"),
        "protocol_full": ("all things ranked, split by time", "全部商品排序，按时间划分"),
        "protocol_last": ("all things ranked, the last of each user hidden", "全部商品排序，隐藏每人最后一件"),
        "protocol_sampled": ("100 things drawn evenly", "均匀抽 100 个负例"),
        "protocol_sampled_popular": ("100 things drawn by popularity", "按热度抽 100 个负例"),
        "protocol_random_split": ("split at random", "随机划分"),
        "protocol_leaked": ("popularity of the test itself", "用测试期的热度"),
        "protocol_by_number": ("ties in the order of numbers", "同分按编号排"),
        "wrong_full": ("what a shop would have seen", "商店真正会遇到的情形"),
        "wrong_sampled": (
            "few rivals: every model looks good, and the order of models can change",
            "对手太少：谁都显得好，模型的先后也会变",
        ),
        "wrong_sampled_popular": ("harder rivals, still few", "对手变难，但仍然太少"),
        "wrong_random_split": ("the future teaches the past", "用未来教过去"),
        "wrong_leaked": (
            "popularity is counted in the very weeks that are tested",
            "热度就是在被测试的那几周里统计的",
        ),
        "wrong_by_number": (
            "a model that knows nothing is scored by how the shop numbered its things",
            "什么都不懂的模型，靠商店的编号得分",
        ),
        "model_chance": ("chance", "随机"),
        "model_popular": ("popular", "热门"),
        "model_ease": ("EASE", "EASE"),
        "model_sasrec": ("SASRec", "SASRec"),
        "model_constant": ("the same score for all", "全部同分"),
        "quarrel_look": (
            "**What to look for:** the models are the same in every group of bars, only the way to measure them is "
            "another. Figures of different protocols must not stand in one column; a published figure means nothing "
            "without its protocol.",
            "**观察要点：** 每组柱子里的模型完全相同，变的只是评测方式。不同评测方式的数字不能放进同一列；"
            "不说明评测方式的数字没有意义。",
        ),
        "published_title": (
            "Published: one BERT4Rec on MovieLens-1M (asash/bert4rec_repro)",
            "已发表：同一个 BERT4Rec，MovieLens-1M（asash/bert4rec_repro）",
        ),
        "losses_title": (
            "Published: the loss matters more than the network (Klenitskiy and Vasilev 2023, MovieLens-1M, all ranked)",
            "已发表：损失函数比网络更重要（Klenitskiy 与 Vasilev 2023，MovieLens-1M，全部排序）",
        ),
        "loss": ("Model and loss", "模型与损失"),
        # obituaries
        "obituaries": ("Obituaries", "讣告"),
        "user": ("Buyer", "买家"),
        "by_recall": ("Recall is done by", "召回由谁来做"),
        "by_coarse": ("Coarse ranking by", "粗排由谁来做"),
        "by_fine": ("Fine ranking by", "精排由谁来做"),
        "model": ("the model", "模型"),
        "random": ("chance", "随机"),
        "oracle": ("who knows", "先知"),
        "of_user": ("buyer {number}", "{number} 号买家"),
        "of_all": ("mean of all {count:,}", "全部 {count:,} 位的平均"),
        "shares_axis": ("% of what was bought later for the first time", "后来首次购买的商品所占百分比"),
        "cause_missed": ("no channel found it", "没有召回到"),
        "cause_merged": ("cut when channels were merged", "多路合并时被截"),
        "cause_coarse": ("cut by coarse ranking", "粗排截掉"),
        "cause_fine": ("cut by fine ranking", "精排截掉"),
        "cause_rerank": ("no room in the list", "列表放不下"),
        "cause_shown": ("in the list", "进入列表"),
        "replay_said": (
            "Of what the buyers later took for the first time, {after_recall:.1f} % are left after recall, "
            "{after_coarse:.1f} % after coarse ranking, {after_fine:.1f} % after fine ranking, and {after_shown:.1f} % "
            "are in the list of ten. NDCG@10 is {ndcg:.4f} ({change:+.4f} against the funnel as it is).",
            "买家后来首次购买的商品中，召回后还剩 {after_recall:.1f}%，粗排后 {after_coarse:.1f}%，精排后 "
            "{after_fine:.1f}%，进入十件列表的有 {after_shown:.1f}%。"
            "NDCG@10 为 {ndcg:.4f}（比原样的漏斗 {change:+.4f}）。",
        ),
        "obituaries_look": (
            "**What to look for:** a third of what is bought later no channel finds. Let “who knows” do one stage and "
            "see how far NDCG@10 can rise by it. At fine ranking it rises most; at recall hardly at all, since the "
            "rankers read where the channels have a thing, and one that recall missed gets no points. Most buyers of "
            "this shop are shops themselves and buy a hundred things: ten places cannot hold them.",
            "**观察要点：** 后来购买的商品有三分之一没有召回到。让“先知”来做某一阶段，看 NDCG@10 能升多少："
            "精排处升得最多；召回处几乎不升，因为排序模型要看各路召回的名次，没召回到的商品得不到分。"
            "这家店的买家多半也是商店，一次买上百种，十个位置放不下。",
        ),
        "history": ("Had taken, the newest first: {titles}.", "之前拿过（最近的在前）：{titles}。"),
        "history_more": (
            "Had taken, the newest first: {titles} and {more} more.",
            "之前拿过（最近的在前）：{titles}，另有 {more} 件。",
        ),
        "repeated": (
            "Bought {count} of these again, which nothing has to find.",
            "后来又重复购买其中 {count} 件，不需要谁去找。",
        ),
        "fates_title": (
            "What buyer {number} took later for the first time: {count} things, {shown} of them here",
            "{number} 号买家后来首次购买的 {count} 件商品，这里列出 {shown} 件",
        ),
        "bought": ("Bought", "购买的商品"),
        "fate": ("Its fate", "命运"),
        "rank_recall": ("rank, merged", "合并名次"),
        "rank_coarse": ("rank, coarse", "粗排名次"),
        "rank_fine": ("rank, fine", "精排名次"),
    }
    | WORDS,
)
_CF = (
    r"$$\text{ItemCF}:\; \frac{|U_i \cap U_j|}{\sqrt{|U_i|\,|U_j|} + s} \qquad "
    r"\text{Swing}:\; \sum_{u,v \in U_i \cap U_j} \frac{w_u w_v}{\alpha + |I_u \cap I_v|} \qquad "
    r"\text{towers}:\; -\log \frac{e^{s_{ii} - \log q_i}}{\sum_j e^{s_{ij} - \log q_j}}$$"
)
_MERGED = (
    r"$$\text{merged}(i) = -\sum_c w_c \log\,(1 + \mathrm{rank}_c(i)) \qquad "
    r"\text{EASE}^R:\; B = I - P\,\mathrm{diag}(P)^{-1},\; P = (X^\top X + \lambda I)^{-1}$$"
)
_DPP = (
    r"$$\text{MMR}:\; \arg\max_i\,(1-w)\,\mathrm{rel}_i - w \max_{j\in S} \mathrm{sim}_{ij} \qquad "
    r"\text{DPP}:\; \arg\max_S \det\,(q_i\,\mathrm{sim}_{ij}\,q_j)_{i,j\in S},\; q = e^{\alpha\,\mathrm{rel}}$$"
)
FUNNEL: dict[Language, str] = {
    "en": f"Channels are merged by the ranks that they give; the list is chosen by a rule.\n\n{_MERGED}\n\n{_DPP}",
    "zh": f"各路召回按名次合并；最后的列表按规则挑选。\n\n{_MERGED}\n\n{_DPP}",
}
CHANNELS: dict[Language, str] = {
    "en": f"Three of the formulas: who takes i takes j too; q is how often an item is a target.\n\n{_CF}",
    "zh": f"其中三路的公式：拿 i 的人也拿 j；q 是商品作为目标出现的频率。\n\n{_CF}",
}
RERANK: dict[Language, str] = {
    "en": f"The rules: relevance against likeness, and the volume that the things span.\n\n{_DPP}",
    "zh": f"规则：相关性对相似性，以及商品张成的体积。\n\n{_DPP}",
}
