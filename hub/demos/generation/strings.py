"""Every string of the tab, English and Chinese."""

from __future__ import annotations

from hub.ui.strings import Strings

STRINGS = Strings(
    "generation",
    {
        "title": ("Generation", "文本生成"),
        "intro": (
            "**A language model says how probable each next token is; the rest is choice.** "
            "Click a token: what else could stand there?",
            "**语言模型只说下一个词元各有多大概率，其余都是选择。** 点任意词元，看那里还可能是什么。",
        ),
        "write": ("Continue a text", "续写"),
        "tldr": ("TL;DR: summarise", "TL;DR：摘要"),
        "few": ("Few-shot", "少样本提示"),
        "model": ("Model", "模型"),
        "prompt": ("Prompt", "提示词"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        "run": ("Write", "生成"),
        "stop": ("Stop", "停止"),
        "one_token": ("One token", "只写一个词元"),
        "has_read": ("It has read: {text}", "它读过：{text}"),
        "way": ("How the prompt is read", "提示词以什么形式读入"),
        "bare": ("bare prompt", "原样"),
        "chat": ("chat template", "对话模板"),
        "future_old": ("Before: “{text}”", "原来：“{text}”"),
        "future_new": ("Now: “{text}”", "现在：“{text}”"),
        "take_back": ("take this one again", "换回这一条"),
        "loop": (
            "It goes in circles: the same three tokens in a row {count} times.",
            "在兜圈子：同样的三个词元连着出现了 {count} 次。",
        ),
        "settings": ("How the next token is chosen", "下一个词元怎么选"),
        "temperature": ("Temperature (0: the most probable)", "温度（0：总取概率最大的）"),
        "top_k": ("Top-k (0: all)", "Top-k（0：不限）"),
        "top_p": ("Top-p (1: all)", "Top-p（1：不限）"),
        "min_p": ("Min-p (0: all)", "Min-p（0：不限）"),
        "repetition_penalty": ("Repetition penalty (1: none)", "重复惩罚（1：无）"),
        "no_repeat_ngram": ("No repeated n-grams (0: allowed)", "禁止重复的 n 元组（0：允许）"),
        "max_new_tokens": ("New tokens, at most", "最多生成词元数"),
        "seed": ("Seed", "随机种子"),
        "beams": ("Beams (above 1, nothing is drawn)", "束宽（大于 1 时不抽样）"),
        "length_penalty": ("Length penalty of beams (0: none)", "束的长度惩罚（0：无）"),
        "searching": ("{new} tokens on each beam …", "每条束已有 {new} 个词元……"),
        "beams_title": ("Beam search: the texts that are kept, the best first", "束搜索：留下的文本，最好的在前"),
        "beams_all": ("All {count} texts of the search", "搜索留下的全部 {count} 条文本"),
        "beam_text": ("text", "文本"),
        "beam_tokens": ("tokens", "词元数"),
        "beam_sum": ("sum of log P", "log P 之和"),
        "beam_score": ("score = sum / tokens^{penalty:g}", "得分 = 和 / 词元数^{penalty:g}"),
        "beam_state": ("state", "状态"),
        "beam_running": ("goes on", "还在写"),
        "beam_end": ("ended by the model", "模型自己结束"),
        "beam_length": ("length", "到达长度"),
        "beam_stop": ("stop string", "遇到停止字符串"),
        "beam_context": ("context full", "上下文已满"),
        "beams_look": (
            "At every step each text is continued by every token; of all these texts the most "
            "probable go on, and the best score of a complete one wins (an end token counts as a token). What the "
            "texts share is faint: they often differ in a few words only. A more probable text need not be a better "
            "one: long texts repeat themselves (Holtzman et al. 2020).",
            "每一步，每条文本都用所有词元各续写一次，从中留下概率最大的几条；写完的文本里得分最高的胜出"
            "（结束符也算一个词元）。各条共有的部分显示得淡：它们往往只差几个词。概率更大的文本不一定更好：写长了就会"
            "自我重复（Holtzman 等 2020）。",
        ),
        "beams_left": (
            "Beam search draws nothing, so temperature, top-k, top-p, min-p and seed do nothing: each token adds its "
            "log-probability to a text, and the {beams} most probable texts go on.",
            "束搜索不抽样，温度、top-k、top-p、min-p 和随机种子都不起作用：每个词元把自己的对数概率加到文本上，"
            "概率最大的 "
            "{beams} 条文本继续写。",
        ),
        "empty": ("The text appears here, token by token.", "文本会在这里逐个词元出现。"),
        "legend_1": ("rank 1–10", "第 1–10 名"),
        "legend_10": ("11–100", "11–100"),
        "legend_100": ("101–1,000", "101–1,000"),
        "legend_1000": ("beyond", "更靠后"),
        "legend_given": ("prompt", "提示词"),
        "token_tip": ("{text}: {share}, rank {rank}", "{text}：{share}，第 {rank} 名"),
        "first_tip": ("{text}: the first token, nothing before it", "{text}：第一个词元，前面没有内容"),
        "facts": (
            "{new} new tokens, {speed:.0f} a second; the first after {first:.0f} ms. Prompt: {prompt} tokens, "
            "{reused} of "
            "them from the cache. {ended}",
            "新生成 {new} 个词元，每秒 {speed:.0f} 个；首词元用时 {first:.0f} 毫秒。提示词 {prompt} 个词元，其中 "
            "{reused} 个来自缓存。{ended}",
        ),
        "writing": ("{new} new tokens …", "已生成 {new} 个词元……"),
        "end_end": ("The model ended the text.", "模型自己结束了文本。"),
        "end_length": ("Ended at the length asked for.", "到达设定的长度。"),
        "end_stop": ("Ended at a stop string.", "遇到停止字符串。"),
        "end_context": (
            "The context is full: {context} tokens of prompt and answer are all that this model reads.",
            "上下文已满：这个模型连提示词带回答最多读 {context} 个词元。",
        ),
        "end_time": ("Ended after the time that one text may take.", "超过单次生成的时间上限。"),
        "end_cancelled": ("Stopped.", "已停止。"),
        "surprise": (
            "The answer's tokens: perplexity {perplexity:.1f} by the model's own word; {first:.0%} are its first "
            "choice.",
            "回答部分：模型自评困惑度 {perplexity:.1f}；{first:.0%} 的词元是它的首选。",
        ),
        "look": (
            "**What to look for.** Colour is the rank of each token in the model's own list, before any setting. "
            "Text that a "
            "model writes greedily is all green; text that a person wrote has surprises (GLTR, Gehrmann et al. 2019).",
            "**观察要点。** 颜色是每个词元在模型自己名单里的名次（不受采样设置影响）。贪心生成的文本一片绿；人写的文本"
            "总有出人意料之处（GLTR，Gehrmann 等 2019）。",
        ),
        "alternatives": (
            "What could stand here: click one, and the text goes on from it",
            "这里还可能是什么：点一个，从那里续写",
        ),
        "at_end": ("the next token", "下一个词元"),
        "at_place": ("token {place}: {text}", "第 {place} 个词元：{text}"),
        "choose_place": ("Click a token of the text.", "点文本里的一个词元。"),
        "no_before": (
            "Nothing stands before the first token: the model says nothing about it.",
            "第一个词元之前没有内容，模型对它没有预测。",
        ),
        "distribution": ("The distribution here, before and after the settings", "这里的概率分布：设置前与设置后"),
        "by_model": ("by the model", "模型给出"),
        "by_settings": ("after the settings", "设置之后"),
        "probability": ("probability", "概率"),
        "left": (
            "{left:,} of {all:,} tokens can be drawn here; they had {mass:.1%} of the probability.",
            "这里能被抽到的有 {left:,} 个词元（共 {all:,} 个），原本占 {mass:.1%} 的概率。",
        ),
        "greedy": ("Temperature 0: always the most probable token.", "温度为 0：总取概率最大的词元。"),
        "text": ("Text", "原文（材料为英文）"),
        "reference": ("A reference summary, for ROUGE (optional)", "参考摘要，用来算 ROUGE（可不填）"),
        "hint": ("The hint after the text", "文末的提示"),
        "with": ("with TL;DR:", "加 TL;DR:"),
        "without": ("without", "不加"),
        "both": ("both, side by side", "两种都跑"),
        "summarise": ("Summarise", "生成摘要"),
        "tldr_beams": ("Beams (1: greedy)", "束宽（1：贪心）"),
        "hint_chart": (
            "#### What the hint does to the first 8 words of a reference, text by text",
            "#### 提示对参考摘要前 8 个词的概率有什么影响（逐篇）",
        ),
        "hint_across": ("P of a token (geometric mean)", "每个词元的概率（几何平均）"),
        "hint_out": ("after the text alone", "只有原文"),
        "hint_in": ("after the text and “TL;DR:”", "原文加“TL;DR:”"),
        "hint_text": ("text", "文章"),
        "hint_words": ("the words that are scored", "参与计算的词"),
        "hint_gain": ("gain", "增益"),
        "hint_table": ("The figures: mean of log P, by token", "数值：每个词元 log P 的平均"),
        "own_text": ("your text", "你的文章"),
        "mean": ("mean", "平均"),
        "with_hint": ("The model, after “TL;DR:”", "模型，在“TL;DR:”之后"),
        "without_hint": ("The model, without the hint", "模型，不加提示"),
        "lead_1": ("First sentence", "第一句"),
        "lead_3": ("First three sentences", "前三句"),
        "rouge": (
            "ROUGE-1 {rouge1:.1f} · ROUGE-2 {rouge2:.1f} · ROUGE-L {rougeL:.1f}",
            "ROUGE-1 {rouge1:.1f} · ROUGE-2 {rouge2:.1f} · ROUGE-L {rougeL:.1f}",
        ),
        "left_out": (
            "The text is longer than this model reads: its last {count} tokens were left out.",
            "文本超出这个模型能读的长度：最后 {count} 个词元没有读。",
        ),
        "tldr_look": (
            "**The experiment of GPT-2** (Radford et al. 2019, section 3.6). That model was never trained to "
            "summarise; the hint at the end of a text makes it do so, and without it the model simply goes on. One "
            "summary is an anecdote: the picture asks of several texts how probable a summary that a person wrote "
            "becomes by the hint. Of what the model writes, the first three sentences that differ count. The first "
            "sentences of the text are hard to beat, which is why they stand beside it.",
            "**GPT-2 的实验**（Radford 等 2019，第 3.6 节）。那个模型从没专门学过摘要：文末加上提示它就照做，"
            "不加就接着往下写。一篇摘要只是个例，所以图里用多篇文章来问：加上提示以后，人写的摘要变得多可能？"
            "模型写出的文字只取前三个不同的句子。文章开头几句是很强的基线，所以放在旁边比较。",
        ),
        "shots": ("Examples (input → output)", "示例（输入 → 输出，材料为英文）"),
        "input": ("input", "输入"),
        "output": ("output", "输出"),
        "query": ("new input", "新的输入"),
        "queries": ("New inputs, and what is expected", "新的输入与期望的输出"),
        "expected": ("expected", "期望的输出"),
        "task": ("Instruction (optional)", "任务说明（可不填）"),
        "run_few": ("Run with 0, 1, 2, … examples", "分别用 0、1、2……个示例运行"),
        "shots_k": ("{k} examples", "{k} 个示例"),
        "shots_1": ("1 example", "1 个示例"),
        "assembled": ("the whole prompt", "完整的提示词"),
        "nothing": ("(nothing)", "（空）"),
        "few_running": ("The model is being asked …", "正在询问模型……"),
        "few_right": ("{right} of {all} right", "{all} 题对 {right} 题"),
        "few_chart": (
            "#### How probable the right answer becomes with each example",
            "#### 每多一个示例，正确答案的概率如何变化",
        ),
        "few_cards": (
            "#### What it writes, and in grey how probable the expected answer was",
            "#### 模型写出的回答；灰色数字是期望答案的概率",
        ),
        "few_across": ("examples in the prompt (k)", "提示词里的示例个数（k）"),
        "few_up": ("P(expected answer)", "P（期望的答案）"),
        "few_one": ("one input", "单个输入"),
        "few_mean": ("mean of all inputs", "全部输入的平均"),
        "few_share": ("mean share among the labels", "在各标签之间所占份额的平均"),
        "few_chance": ("guessing a label", "瞎猜一个标签"),
        "few_table": ("The figures", "数值"),
        "few_table_note": (
            "P of all tokens of the expected answer together, and in brackets of one of them (the geometric mean), "
            "which does not fall with the length.",
            "期望答案全部词元的联合概率；括号里是平均到每个词元的概率（几何平均），不随长度下降。",
        ),
        "no_expected": (
            "Write what is expected of the new inputs, and the probability of it is drawn.",
            "填写期望的输出，就能画出它的概率。",
        ),
        "few_look": (
            "**In-context learning** (Brown et al. 2020): no weight changes; the examples are part of the prompt. "
            "Where an answer is one of a few labels, compare the two thick lines: an example teaches first which "
            "words are answers at all, and much less which of them is right (Min et al. 2022). Change the order of "
            "the examples: small models mind it.",
            "**上下文学习**（Brown 等 2020）：权重一点没变，示例只是提示词的一部分。答案只有几个标签时，"
            "请比较两条粗线：示例首先教会模型哪些词算答案，至于哪个才对，教得少得多（Min 等 2022）。"
            "再换换示例的顺序：小模型对顺序很敏感。",
        ),
        "gpt1": ("GPT-1 inputs", "输入改写（GPT-1）"),
        "gpt1_task": ("Ask a head", "选一个任务（材料为英文）"),
        "gpt1_ask": ("Read it", "读一读"),
        "field_text": ("Text", "文本"),
        "field_premise": ("Premise", "前提"),
        "field_hypothesis": ("Hypothesis: does it follow?", "假设：能推出吗？"),
        "field_sentence1": ("Sentence 1", "句子 1"),
        "field_sentence2": ("Sentence 2", "句子 2"),
        "field_context": ("What happened", "发生了什么"),
        "field_answer1": ("Answer 1", "答案 1"),
        "field_answer2": ("Answer 2", "答案 2"),
        "read_classification": ("What the model reads", "模型读到的序列"),
        "read_entailment": ("What the model reads: premise and hypothesis", "模型读到的序列：前提与假设"),
        "read_similarity": ("Order {number} of 2", "第 {number} 种顺序（共 2 种）"),
        "read_choice": ("With {answer}", "与{answer}一起读"),
        "read_logits": ("At the last token the head says: {logits}", "在最后一个词元处，任务头给出：{logits}"),
        "read_sum": ("Both orders, added up: {logits}", "两种顺序相加：{logits}"),
        "read_cut": (
            "Too long: the ends of the longer text were left out, {count} tokens are all that this model reads.",
            "文本过长：较长一段的末尾被略去，这个模型最多读 {count} 个词元。",
        ),
        "how_classification": (
            "A softmax over the labels makes probabilities of the logits.",
            "对各标签的 logit 做 softmax，得到概率。",
        ),
        "how_entailment": (
            "A softmax over the labels makes probabilities of the logits.",
            "对各标签的 logit 做 softmax，得到概率。",
        ),
        "how_similarity": (
            "Neither sentence comes first by nature, so both orders are read and their logits are added up before the "
            "softmax.",
            "两句话本无先后，所以两种顺序都读一遍，logit 相加后再做 softmax。",
        ),
        "how_choice": (
            "Each answer is read with the context by itself and gets one logit; the softmax is over the answers.",
            "每个答案分别与上文一起读，各得一个 logit；softmax 在答案之间进行。",
        ),
        "head_score": (
            "How much to trust it: {value} % of {dataset} ({split}) are right.",
            "可信程度：在 {dataset}（{split}）上答对 {value} %。",
        ),
        "gpt1_look": (
            "**The idea of GPT-1** (Radford et al. 2018, section 3.3). Pre-training knows plain text only, so every "
            "task is rewritten as plain text: a start token, the texts with a delimiter between them, and an extract "
            "token, whose last state is all that the head sees. Swap the sentences, or change a word, and see what "
            "moves.",
            "**GPT-1 的想法**（Radford 等 2018，第 3.3 节）。预训练只见过普通文本，所以每个任务都改写成普通文本："
            "起始词元、各段文本（中间用分隔符隔开）、抽取词元；任务头只看抽取词元处的最后状态。"
            "交换两句话，或改一个词，看看什么变了。",
        ),
    },
)
