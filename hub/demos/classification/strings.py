"""The words of this tab, in English and Chinese."""

from __future__ import annotations

from hub import limits
from hub.ui.strings import Strings

STRINGS = Strings(
    "classification",
    {
        "title": ("Text classification", "文本分类"),
        "intro": (
            "**The same text, several models.** What each answers, how sure it is, and which words decided.",
            "**同一段文本，几个模型。** 各自的答案、把握有多大、由哪些词决定。",
        ),
        "one": ("One text", "一条文本"),
        "many": ("Many texts", "多条文本"),
        "figures": ("How good are they?", "效果如何？"),
        "text": ("Text", "文本"),
        "text_hint": ("Type or paste a text, or choose an example", "输入或粘贴文本，也可以点选下面的例子"),
        "language": ("Language of the text", "文本语言"),
        "language_info": (
            "Suggested from the script; choose another if it is wrong.",
            "按文字自动判断；若有误可手动更改。",
        ),
        "models": ("Models", "模型"),
        "model": ("Model", "模型"),
        "head": ("Task of multi-task models", "多任务模型的任务"),
        "variant": ("Precision", "精度"),
        "variant_default": ("each model's default", "各模型的默认值"),
        "run": ("Classify", "分类"),
        "race": ("Race all models", "全部模型比速度"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        "why": ("Why?", "为什么？"),
        "why_model": ("Explain the model", "解释哪个模型"),
        "target": ("for the label", "针对哪个标签"),
        "why_heading": ("### Why?", "### 为什么？"),
        "quoted": ("“{name}”", "“{name}”"),
        "comma": (", ", "、"),
        "tokens": ("{count} tokens", "{count} 个词元"),
        "tokens_one": ("1 token", "1 个词元"),
        "unknown": (", {count} of them unknown", "，其中 {count} 个不认识"),
        "nothing_known": ("no known token", "一个词元都不认识"),
        "blind": (
            "The vocabulary has no token of this text. The figures below are what the model says of nothing.",
            "这段文本的词元都不在词表里，下面的数字与文本无关。",
        ),
        "all_blind": (
            "No model knows any token of this text, so there is no answer to it.",
            "没有一个模型认识这段文本里的词元，因此没有答案。",
        ),
        "truncated": ("cut to {count} tokens", "已截断为 {count} 个词元"),
        "more": ("and {count} more labels", "另有 {count} 个标签"),
        "more_one": ("and one more label", "另有 1 个标签"),
        "agree": ("All {count} models say “{label}”.", "{count} 个模型都判断为“{label}”。"),
        "both": ("Both models say “{label}”.", "两个模型都判断为“{label}”。"),
        "disagree": ("The {count} models disagree: {votes}.", "{count} 个模型意见不一：{votes}。"),
        "answers": ("{count} models: {votes}.", "{count} 个模型：{votes}。"),
        "apart": ("{count} models of different tasks: {votes}.", "{count} 个模型，任务不同：{votes}。"),
        "rest_blind": ("no known token {count}", "不认识文本 {count}"),
        "rest_broken": ("disabled {count}", "已停用 {count}"),
        "others_say": ("The other models say:", "其他模型："),
        "timed": (
            "Times: of this one run, warm, tokenising included.",
            "时间：本次运行所用，已预热，含分词。",
        ),
        "disabled": ("This model is disabled: {reason}", "该模型已停用：{reason}"),
        "fell_back": ("asked for {asked}", "原本要求 {asked}"),
        "race_title": (
            "Every bar grows until its model has answered, {factor:,} times slower than it was. Each time is the "
            "median of {repeats} runs of the one text after a warm-up, tokenising included.",
            "每根条从起点开始增长，模型答完即停，播放比实际慢 {factor:,} 倍。"
            "时间为预热后运行 {repeats} 次的中位数，含分词。",
        ),
        "race_ratio": (
            "While {slowest} answers once, {fastest} could answer {ratio:,.0f} times.",
            "{slowest}答一次的时间里，{fastest}可以答 {ratio:,.0f} 次。",
        ),
        "no_result": ("Choose at least one model and press Classify.", "请至少选择一个模型，然后点“分类”。"),
        "limits": (
            f"At most {limits.MAX_TEXT_CHARS:,} characters; {limits.MAX_MODELS_AT_ONCE} models at once.",
            f"最多 {limits.MAX_TEXT_CHARS:,} 个字符，同时最多 {limits.MAX_MODELS_AT_ONCE} 个模型。",
        ),
        "batch_limits": (
            f"At most {limits.MAX_BATCH_TEXTS:,} texts, and {limits.MAX_UPLOAD_BYTES // 1000:,} KB a file (CSV or TXT)."
            " The file is deleted within two hours.",
            f"最多 {limits.MAX_BATCH_TEXTS:,} 条文本，文件不超过 {limits.MAX_UPLOAD_BYTES // 1000:,} KB（CSV 或 TXT）。"
            "文件在两小时内删除。",
        ),
        "saliency": ("What each token is worth", "每个词元的作用"),
        "saliency_note": (
            "Each token is left out once; the colour shows how the probability of “{label}” ({probability:.1%}) depends on "  # noqa: E501
            "it. The strongest is worth {strongest:+.1f} points.",
            "依次去掉每个词元，颜色表示它对“{label}”的概率（{probability:.1%}）的影响；影响最大的一个为 {strongest:+.1f} 个百分点。",  # noqa: E501
        ),
        "for": ("speaks for it", "支持"),
        "against": ("speaks against it", "反对"),
        "token": ("token", "词元"),
        "points": ("points", "百分点"),
        "values": ("Exact values", "精确数值"),
        "pooling": ("The n-grams that won", "胜出的 n 元词组"),
        "pooling_note": (
            "Exact, not estimated: the graph keeps for each feature the one place where it is largest. The rows add up to "  # noqa: E501
            "the logit; the largest error is {error:.1e} (variant {variant}).",
            "这是精确分解，不是估计：每个特征只取全文中最大的一处。各行之和就是 logit，最大误差 {error:.1e}（变体 {variant}）。",  # noqa: E501
        ),
        "ngram": ("n-gram", "词组"),
        "won": ("features won", "胜出特征数"),
        "others": ("{count} other n-grams", "其余 {count} 个词组"),
        "others_one": ("one other n-gram", "其余 1 个词组"),
        "padding": ("won by no word", "未被任何词激活"),
        "bias": ("bias", "偏置"),
        "sum": ("sum", "合计"),
        "logit": ("logit of the graph", "图输出的 logit"),
        "course": ("How the answer changes word by word", "答案随词变化的过程"),
        "course_note": (
            "What the classifier says of the state after each token (variant {variant}).",
            "读完每个词元后，分类器对当时状态的判断（变体 {variant}）。",
        ),
        "lines": ("One text a line", "每行一条文本"),
        "upload": ("or a CSV / TXT file", "或上传 CSV / TXT 文件"),
        "run_many": ("Classify all", "全部分类"),
        "download": ("Download CSV", "下载 CSV"),
        "classified": (
            "{count:,} texts in {took}: {votes}.",
            "{count:,} 条文本，用时 {took}：{votes}。",
        ),
        "classified_one": ("1 text in {took}: {votes}.", "1 条文本，用时 {took}：{votes}。"),
        "many_examples": ("Examples: load one", "例子：点一下载入并分类"),
        "progress": ("Classifying", "正在分类"),
        "text_column": ("text", "文本"),
        "label": ("label", "标签"),
        "probability": ("probability", "概率"),
        "bundle": ("variant", "变体"),
        "ms": ("time", "时间"),
        "dataset_choice": ("Data set", "数据集"),
        "accuracy_axis": ("accuracy on the test set", "测试集准确率"),
        "time_axis": ("milliseconds a text (log scale)", "每条文本的毫秒数（对数刻度）"),
        "picture_note": (
            "Filled: our models; accuracy on the test set, from the card. The area is the size of the file. Hollow, "
            "beside it: the best published figure that its card names. Milliseconds: measured just now on this "
            "machine, warm; the median of {repeats} runs of this text: {text}",
            "实心：本项目的模型，准确率取自卡片上的测试集结果；面积为文件大小。"
            "旁边的空心圆：卡片所列已发表的最好数字。"
            "毫秒数：刚刚在本机实测（已预热），运行 {repeats} 次取中位数。所用文本：{text}",
        ),
        "picture_hint": ("Click a model: which sentences does it get wrong?", "点一个模型：它会判错哪些句子？"),
        "size": ("file", "文件"),
        "system": ("system", "系统"),
        "wrong": (
            "{title} gets {wrong} of our {count} sentences wrong",
            "{title}：我们的 {count} 句话中判错 {wrong} 句",
        ),
        "none_wrong": ("{title} gets all of our {count} sentences right", "{title}：我们的 {count} 句话全部判对"),
        "ours_note": (
            "We wrote these sentences and their labels for this page, many of them to be hard. They are not the test "
            "set: the share of errors here is no accuracy.",
            "这些句子和标签由我们为本页编写，其中不少故意写得难。它们不是测试集，这里的错误率不能当作准确率。",
        ),
        "no_sentences": ("We have written no sentences for this data set.", "我们没有为这个数据集编写句子。"),
        "right_label": ("right", "正确答案"),
        "model_label": ("the model says", "模型判断"),
        "look": ("Open a sentence to see why.", "点开句子看原因。"),
        "no_scores": ("No model has a test figure.", "没有模型带测试结果。"),
        "one_model": ("### All figures of one model", "### 单个模型的全部指标"),
        "metrics": (
            "Measured on the ONNX files; beside them what others have published, with the system that it is of",
            "在 ONNX 文件上实测；旁边是已发表的数字，并注明属于哪个系统",
        ),
        "dataset": ("data set", "数据集"),
        "split": ("split", "划分"),
        "metric": ("metric", "指标"),
        "ours": ("ours", "本项目"),
        "published": ("published", "已发表"),
        "source": ("source", "出处"),
        "no_metrics": ("The card has no figures.", "卡片里没有指标。"),
        "confusion": ("Confusion matrix: {dataset}, {split}, {variant}", "混淆矩阵：{dataset}，{split}，{variant}"),
        "true": ("true", "真实"),
        "predicted": ("predicted", "预测"),
        "notice": ("Notice: {note}", "看点：{note}"),
        "dropped": ("Not found, and left out: {names}.", "链接里的这些内容不存在，已忽略：{names}。"),
    },
)
