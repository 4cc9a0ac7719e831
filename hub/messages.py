"""What the hub says of an error, in English and Chinese side by side: one line for each code.

Fields in braces are filled in from the error. A field may itself have two languages: a Term.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

TERMS: Mapping[str, tuple[str, str]] = {
    "the_text": ("the text", "文本"),
    "text_number": ("text {number}", "第 {number} 条文本"),
    "first_text": ("the first text", "第一条文本"),
    "second_text": ("the second text", "第二条文本"),
    "the_query": ("the query", "查询文本"),
    "the_prompt": ("the prompt", "提示文本"),
    "the_message": ("the message", "消息"),
    "judgment_part": ("{part} of row {row:,}", "第 {row:,} 行的 {part}"),
    "no_heads": ("none: it is a single-task model", "无（这是单任务模型）"),
    "list_of_numbers": ("a list of numbers", "一列数字"),
    "list_of_labels": ("a list of labels", "一列标签"),
    "list_of_rows": ("a list of rows", "若干行"),
    "a_text": ("a text", "文本"),
    "list_with": ("a list with {kind}", "含有 {kind} 的列表"),
    "list_of": ("a list of {kind}", "{kind} 的列表"),
    "many_digits": ("a whole number of many digits", "位数过多的整数"),
    "too_large": ("too large", "过大"),
    "network_deep": ("a deep network", "深层网络"),
    "network_rnn": ("a plain recurrent network", "普通循环网络"),
    "network_lstm": ("an LSTM", "LSTM"),
    "comma": ("cells separated by commas", "以逗号分隔"),
    "semicolon": ("cells separated by semicolons", "以分号分隔"),
    "tab": ("cells separated by tabs", "以制表符分隔"),
    "bar": ("cells separated by bars", "以竖线分隔"),
}

MESSAGES: Mapping[str, tuple[str, str]] = {
    # of any error that nobody can mend from outside
    "unexpected": (
        "the hub could not make use of this, or failed; the operator finds the reason in its log",
        "服务器没能处理这次请求；原因已写入服务器日志",
    ),
    "disabled": (
        "a model that this needs is disabled; the operator finds the reason in the log, and at /health",
        "所需的模型已停用；管理员可在日志和 /health 查看原因",
    ),
    # texts
    "text_type": ("{what} must be a string, not {found}", "{what}应是字符串，不能是 {found}"),
    "text_long": (
        "{what} has {found:,} characters; at most {allowed:,} are allowed: shorten it",
        "{what}有 {found:,} 个字符，最多允许 {allowed:,} 个：请缩短",
    ),
    "text_unicode": (
        "{what} is not valid Unicode at position {place} (a lone surrogate): paste it again as plain text",
        "{what}的第 {place} 个位置不是有效的 Unicode（孤立的代理项）：请重新以纯文本粘贴",
    ),
    "text_empty": ("{what} is empty: type at least one word", "{what}是空的：请至少输入一个词"),
    "texts_type": ("texts must be a list of strings, not {found}", "texts 应是字符串的列表，不能是 {found}"),
    "texts_none": ("texts is an empty list: give at least one text", "texts 是空列表：请至少给出一条文本"),
    "texts_many": (
        "{found:,} texts; at most {allowed:,} are allowed in one request: send them in parts",
        "共有 {found:,} 条文本，一次最多 {allowed:,} 条：请分批处理",
    ),
    "tokens_none": (
        "the prompt has no token that the model knows: write something else",
        "提示文本中没有模型认识的词元：请换一段文字",
    ),
    "lines_few": (
        "type at least {allowed} lines, one sentence each",
        "请至少输入 {allowed} 行，每行一个句子",
    ),
    "lines_many": (
        "{found:,} lines; at most {allowed:,} are allowed here: leave some out",
        "共有 {found:,} 行，这里最多 {allowed:,} 行：请删去一些",
    ),
    # models
    "model_unknown": ("unknown model {name!r}; known models: {known}", "没有模型 {name!r}；可选：{known}"),
    "model_none": ("there is no bundle of the task {task!r}", "没有任务 {task!r} 的模型"),
    "models_unchosen": ("choose at least one model", "请至少选择一个模型"),
    "models_many": ("{found} models; at most {allowed} at once", "选了 {found} 个模型，一次最多 {allowed} 个"),
    "encoder_unchosen": ("choose at least one encoder", "请至少选择一个编码器"),
    "encoder_none": ("there is no encoder for this language here", "这里没有这种语言的编码器"),
    "encoder_language": (
        "{name} was not made for this language: choose another encoder",
        "{name} 不是为这种语言训练的：请另选一个编码器",
    ),
    "encoder_parts": (
        "no encoder is shipped with its embedding layer as a graph of its own",
        "没有编码器单独附带嵌入层的计算图",
    ),
    "file_unknown": ("{name} has no file {file!r}; it has {known}", "{name} 没有文件 {file!r}；可选：{known}"),
    "variant_unknown": (
        "{name} has no variant {variant!r}; it has {known}",
        "{name} 没有版本 {variant!r}；可选：{known}",
    ),
    "variant_omitted": (
        "variant {variant!r} of {name} is not shipped (to save room): make it with {command}",
        "{name} 没有附带版本 {variant!r}（为节省空间）：可用 {command} 生成",
    ),
    "output_unknown": ("no variant of {name} has the output {output!r}", "{name} 的各版本都没有输出 {output!r}"),
    "part_unknown": ("{name} has no part {part!r}", "{name} 没有部件 {part!r}"),
    "reads_no_text": ("{name} reads no text", "{name} 不读取文本"),
    "one_word": ("one word is needed here, not {found}", "这里需要一个词，现在有 {found} 个"),
    "word_rare": (
        "\u201c{word}\u201d stands in {found} place: sentences with at least two are needed",
        "\u201c{word}\u201d只出现在 {found} 处：至少需要两处",
    ),
    "senses_many": ("{found} sentences; at most {allowed} are compared", "共 {found} 个句子，最多比较 {allowed} 个"),
    "vectors_long": (
        "the texts have {found:,} characters together; at most {allowed:,} are allowed in one request: send fewer",
        "文本共有 {found:,} 个字符，一次请求最多 {allowed:,} 个：请分批发送",
    ),
    "items_type": (
        "items must be a list of whole numbers, each the number of an item, not {found}",
        "items 应是整数的列表（商品编号），不能是 {found}",
    ),
    "items_many": (
        "{found} items; at most {allowed} are read: send the newest",
        "共 {found} 件商品，最多读取 {allowed} 件：请只发送最近的",
    ),
    "items_unknown": (
        "there is no item {found}; items are numbered from 0 to {last}",
        "没有编号为 {found} 的商品，编号从 0 到 {last}",
    ),
    "order_tokens": (
        "the text has {found} tokens; at most {allowed} are allowed here: shorten it",
        "文本有 {found} 个词元，这里最多允许 {allowed} 个：请缩短",
    ),
    "order_few": (
        "the text has {found} token; at least {allowed} are needed here",
        "文本只有 {found} 个词元，这里至少需要 {allowed} 个",
    ),
    "order_type": (
        "order must be a list of whole numbers, the places of the tokens, not {found}",
        "order 应是整数的列表（词元的位置），不能是 {found}",
    ),
    "order_wrong": (
        "order is {found}, which does not name each place from 1 to {count} once",
        "order 是 {found}，没有把 1 到 {count} 的每个位置各列一次",
    ),
    "order_and_targets": (
        "order and targets are both given: an order asks for all tokens, targets for some; give one of them",
        "同时给了 order 和 targets：order 预测全部词元，targets 只预测一部分；请只给其中一个",
    ),
    "target_wrong": (
        "target {found} is no place of a token: there are 1 to {count}, each at most once",
        "target {found} 不是词元的位置：应在 1 到 {count} 之间，每个最多一次",
    ),
    "parts_count": (
        "{found} parts; from {low} to {high} are possible, a line each",
        "有 {found} 段，应为 {low} 到 {high} 段，一行一段",
    ),
    "weights_count": (
        "weights must be a list of {layers} numbers, not {found}",
        "weights 应是 {layers} 个数的列表，现在是 {found}",
    ),
    "weights_range": (
        "weights must be at least 0, and one of them above it",
        "weights 不能为负，且至少有一个大于 0",
    ),
    "layer_and_weights": ("either a layer or weights, not both", "layer 与 weights 只能给一个"),
    "spells_no_words": ("{name} does not read words by their letters", "{name} 不按字母读取单词"),
    "head_unknown": ("{name} has no head {head!r}; its heads: {known}", "{name} 没有任务头 {head!r}；可选：{known}"),
    "saliency_long": (
        "the text has {found} tokens; at most {allowed} can be left out one by one: shorten it",
        "文本有 {found} 个词元，最多能逐个遮去 {allowed} 个：请缩短",
    ),
    "no_pooling": (
        "{name} does not pool over time: it has no winning n-grams",
        "{name} 没有沿时间的池化：没有胜出的 n 元组",
    ),
    "no_course": ("{name} does not read word by word", "{name} 不是逐词阅读的"),
    "no_chat": (
        "{name} has no chat template: it goes on with a text, and answers no messages",
        "{name} 没有对话模板：它只会续写文本，不会回答消息",
    ),
    "fields_type": (
        "texts must be a list of strings ({wanted}), not {found}",
        "texts 应是字符串的列表（{wanted}），不能是 {found}",
    ),
    "fields_count": (
        "{head} of {name} takes {allowed} texts ({wanted}), not {found}",
        "{name} 的 {head} 需要 {allowed} 条文本（{wanted}），而不是 {found} 条",
    ),
    # waiting
    "busy_texts": (
        "{found:,} texts wait already; at most {allowed:,} may: try again in a second",
        "已有 {found:,} 条文本在等待，最多 {allowed:,} 条：请一秒后再试",
    ),
    "busy_model": (
        "{found:,} texts wait for this model already: try again in {wait:.0f} s",
        "已有 {found:,} 条文本在等待这个模型：请 {wait:.0f} 秒后再试",
    ),
    "busy_work": (
        "{found} requests of this kind ({kind}) run or wait already: try again in {wait:.0f} s",
        "已有 {found} 个同类请求（{kind}）在运行或等待：请 {wait:.0f} 秒后再试",
    ),
    "busy_writer": (
        "{found} texts wait for {name} already: try again in {wait:.0f} s",
        "已有 {found} 篇文本在等待 {name}：请 {wait:.0f} 秒后再试",
    ),
    # settings
    "setting_whole": ("{name} is {found}: give a whole number", "{name} 是 {found}：请填整数"),
    "setting_number": ("{name} is {found}: give a number", "{name} 是 {found}：请填数字"),
    "setting_range": (
        "{name} is {found}; allowed is {low:g} to {high:g}",
        "{name} 是 {found}，允许 {low:g} 到 {high:g}",
    ),
    "setting_whole_range": (
        "{name} is {found}; a whole number from {low} to {high} is allowed",
        "{name} 是 {found}，允许 {low} 到 {high} 的整数",
    ),
    "setting_number_range": (
        "{name} is {found}; a number from {low:g} to {high:g} is allowed",
        "{name} 是 {found}，允许 {low:g} 到 {high:g} 的数",
    ),
    "setting_high": ("{name} is {found}; at most {allowed} is allowed", "{name} 是 {found}，最大允许 {allowed}"),
    "setting_low": ("{name} is {found}; at least {allowed} is allowed", "{name} 是 {found}，最小允许 {allowed}"),
    "setting_below": ("{name} is {found}; it must be below {allowed}", "{name} 是 {found}，须小于 {allowed}"),
    "setting_above": ("{name} is {found}; it must be above {allowed}", "{name} 是 {found}，须大于 {allowed}"),
    "setting_choice": ("{name} is {found}; known are {known}", "{name} 是 {found}；可选：{known}"),
    "setting_unknown": ("unknown setting {name!r}; known are {known}", "没有设置项 {name!r}；可选：{known}"),
    "setting_empty": ("{name} is empty: give it a value", "{name} 是空的：请填写"),
    "setting_wrong": ("{name} is {found}, which it cannot be", "{name} 不能是 {found}"),
    "settings_type": (
        "the configuration must be an object of settings, not {found}",
        "配置应是由设置项组成的对象，不能是 {found}",
    ),
    "link_field": ("{name} = {found}", "{name} = {found}"),
    # writing
    "beams_drawn": (
        "beams is {beams} and temperature {temperature:g}: beam search draws nothing; set temperature to 0, or beams "
        "to 1",
        "beams 是 {beams} 而 temperature 是 {temperature:g}：束搜索不抽样；请把 temperature 设为 0，或把 beams 设为 1",
    ),
    "stops_many": ("{found} stop strings; at most {allowed} are allowed", "有 {found} 个停止串，最多允许 {allowed} 个"),
    "stop_length": (
        "a stop string must have 1 to {allowed} characters, got {found}",
        "停止串须有 1 到 {allowed} 个字符，而不是 {found}",
    ),
    "scored_many": (
        "scored is {found}; the prompt has {tokens} tokens, and the first has none before",
        "scored 是 {found}；提示文本有 {tokens} 个词元，而第一个之前没有词元",
    ),
    "prompt_long": (
        "the prompt has {found:,} tokens; {name} reads {allowed:,} with its answer: shorten it",
        "提示文本有 {found:,} 个词元；{name} 连同回答最多读 {allowed:,} 个：请缩短",
    ),
    "token_unknown": ("there is no token {found}; {name} has 0 to {most}", "没有词元 {found}；{name} 有 0 到 {most}"),
    "token_unlisted": ("token {token} is not listed at place {place}", "词元 {token} 不在位置 {place} 的候选之中"),
    "path_form": ("path = {found} is not of the form 12:345,20:77", "path = {found} 不是 12:345,20:77 的形式"),
    "shot_half": (
        "row {row} has an input or an output only: fill it in, or empty the row",
        "第 {row} 行只有输入或只有输出：请补全，或清空这一行",
    ),
    "question_none": ("give a new input", "请至少填写一个新的输入"),
    # augmentation and search
    "sentences_many": (
        "{found} sentences; at most {allowed} are augmented: leave some out",
        "共有 {found} 个句子，最多增强 {allowed} 个：请删去一些",
    ),
    "matrix_large": (
        "{found:,} texts; at most {allowed} fit into one matrix: leave some out",
        "共有 {found:,} 条文本，一个矩阵最多容纳 {allowed} 条：请删去一些",
    ),
    # the gradient lab
    "lab_weights": (
        "the weights of {depth} layers of {width} units are {found:.0f} MB in {precision}; at most {allowed:.0f} MB "
        "are allowed: take fewer layers, fewer units or float32",
        "{depth} 层、每层 {width} 个单元的权重在 {precision} 下有 {found:.0f} MB，最多允许 {allowed:.0f} MB："
        "请减少层数或单元数，或改用 float32",
    ),
    "lab_work": (
        "{found} steps of {network} of this size are too much for one call; at most {allowed} are allowed: fewer "
        "steps, layers, units or examples",
        "这么大的网络（{network}）一次训练 {found} 步太多，最多允许 {allowed} 步：请减少步数、层数、单元数或样本数",
    ),
    # data of the likelihood lab
    "data_family": ("unknown family {found}; known: {known}", "没有 {found} 这个分布；可选：{known}"),
    "data_empty": (
        "there are no data: type some values, draw some, or sample some",
        "还没有数据：请输入、点画或抽样一些",
    ),
    "data_type": ("the data must be {wanted}, not {found}", "数据应是{wanted}，不能是 {found}"),
    "data_comma": (
        "“{found}” is one number with a decimal comma, or two numbers: write 1.5, or a space behind each comma",
        "“{found}” 可能是一个带小数逗号的数，也可能是两个数：小数请写作 1.5，分隔用的逗号后请加空格",
    ),
    "data_number": (
        "value {place} is {found}, which is not a number: separate numbers by commas, spaces or new lines",
        "第 {place} 个值是 {found}，不是数字：请用逗号、空格或换行分隔",
    ),
    "data_finite": (
        "value {place} is {found}: leave out what is not a finite number",
        "第 {place} 个值是 {found}：请去掉不是有限数的值",
    ),
    "data_huge": (
        "value {place} is {found}; at most {allowed} in size is allowed: use a larger unit (thousands, kilometres)",
        "第 {place} 个值是 {found}，最大允许 {allowed}：请换用更大的单位（千、公里）",
    ),
    "data_binary": (
        "value {place} is {found}: a Bernoulli sample is 0 or 1",
        "第 {place} 个值是 {found}：伯努利样本只能是 0 或 1",
    ),
    "data_count": (
        "value {place} is {found}: a Poisson sample is a whole number from 0 up",
        "第 {place} 个值是 {found}：泊松样本是 0 以上的整数",
    ),
    "data_negative": (
        "value {place} is {found}: an exponential sample is not negative",
        "第 {place} 个值是 {found}：指数分布的样本不能为负",
    ),
    "data_width": (
        "line {place} has {found} values, needed are {wanted}",
        "第 {place} 行有 {found} 个值，需要 {wanted} 个",
    ),
    "data_class": (
        "line {place} ends in {found}: the class is 0 or 1",
        "第 {place} 行的末尾是 {found}：类别只能是 0 或 1",
    ),
    "data_same_x": (
        "all x are the same: a line through them may have any slope; give at least two different x",
        "所有 x 都相同：过它们的直线斜率可以是任意值；请至少给两个不同的 x",
    ),
    "data_few": (
        "{found} values; at least {allowed} are needed for this",
        "只有 {found} 个值，至少需要 {allowed} 个",
    ),
    "data_both": (
        "there must be points of both classes, at least three in all",
        "两个类别都要有点，总共至少三个",
    ),
    "data_plane": (
        "the points of the classes lie on one line: the covariance has no inverse; add points beside it",
        "各类的点都落在一条直线上：协方差没有逆；请在旁边加几个点",
    ),
    "data_short": (
        "the text has {found} tokens; a bigram needs at least two",
        "文本只有 {found} 个词元，二元模型至少需要两个",
    ),
    "data_parameter": ("{name} is {found}; allowed is {wanted}", "{name} 是 {found}，允许的是 {wanted}"),
    "data_samples": (
        "{found} values; at most {allowed} are allowed: send fewer",
        "共有 {found} 个值，最多 {allowed} 个：请减少一些",
    ),
    "data_categories": (
        "{found} different categories; at most {allowed} are allowed",
        "共有 {found} 个不同类别，最多 {allowed} 个",
    ),
    "data_characters": (
        "{found} characters; at most {allowed} are allowed: shorten the text",
        "共有 {found} 个字符，最多 {allowed} 个：请缩短文本",
    ),
    # judgments
    "judgments_type": ("judgments must be a list of rows, not {found}", "judgments 应是若干行的列表，不能是 {found}"),
    "judgments_none": (
        "there is no judgment: give at least two documents of a query",
        "还没有标注：请至少给出同一查询的两个文档",
    ),
    "judgments_many": (
        "{found:,} judged documents; at most {allowed:,} are allowed: send them in parts",
        "共有 {found:,} 个已标注的文档，最多 {allowed:,} 个：请分批处理",
    ),
    "judgments_scores": (
        "{found:,} of {wanted:,} rows have a score: give one to all, or to none",
        "{wanted:,} 行中只有 {found:,} 行有分数：请全部给出，或全部不给",
    ),
    "judgments_flat": (
        "of {found:,} queries none has documents of different grades: every order of them is as good",
        "{found:,} 个查询里没有一个的文档等级不同：怎样排序都一样好",
    ),
    "judgment_type": (
        "row {row:,} is {found}: a row is an object with query, document, grade",
        "第 {row:,} 行是 {found}：每一行应是含有 query、document、grade 的对象",
    ),
    "judgment_field": (
        "row {row:,} has a field {found!r}; it may have {known}",
        "第 {row:,} 行有字段 {found!r}；可用的字段：{known}",
    ),
    "judgment_grade": (
        "row {row:,}: the grade is {found}; a number from 0 to {high} is needed",
        "第 {row:,} 行：等级是 {found}；应为 0 到 {high} 之间的数",
    ),
    "judgment_score": (
        "row {row:,}: the score is {found}; a finite number is needed",
        "第 {row:,} 行：分数是 {found}；应为有限的数",
    ),
    "judgment_twice": (
        "rows {first:,} and {row:,} are the same document of the same query: take one of them out",
        "第 {first:,} 行与第 {row:,} 行是同一查询的同一文档：请删去其中一行",
    ),
    # files
    "file_columns": (
        "the first line names no column “{wanted}”; it has {found}: the columns must be query, document, grade and, if "
        "you like, score",
        "首行没有名为“{wanted}”的列，只有 {found}：应有 query、document、grade 三列，score 可有可无",
    ),
    "file_kind": (
        "{name} is not a .csv or .txt file: save the texts as one of these and upload again",
        "{name} 不是 .csv 或 .txt 文件：请另存为这两种格式之一后重新上传",
    ),
    "file_gone": ("{name} is no longer on the server: upload it again", "服务器上已没有 {name}：请重新上传"),
    "file_bytes": (
        "the file has {found:,} bytes; at most {allowed:,} are allowed: split it",
        "文件有 {found:,} 字节，最多允许 {allowed:,} 字节：请拆分后再上传",
    ),
    "file_binary": (
        "{name} is not a text file: export it as CSV or plain text (UTF-8) and upload again",
        "{name} 不是文本文件：请导出为 CSV 或纯文本（UTF-8）后重新上传",
    ),
    "file_empty": ("there is no text in {name}", "{name} 里没有文本"),
    "file_open_quote": (
        'line {line:,}: a quote (") opens a cell there and does not close it: close it, or write "" for a quote inside '
        "a quoted cell",
        '第 {line:,} 行：双引号（"）在此打开了一个单元格却没有正确关闭：请补上，单元格内部的双引号写作 ""',
    ),
    "file_cells": (
        "line {line:,} has {found:,} cells, the first line has {wanted:,} ({delimiter}): put a text that holds the "
        "delimiter into quotes",
        "第 {line:,} 行有 {found:,} 个单元格，首行有 {wanted:,} 个（{delimiter}）：含分隔符的文本请用双引号括起来",
    ),
    "file_twice": (
        "two columns are called “{column}”: rename the one that is not to be read",
        "有两列都叫“{column}”：请给不需要读取的那一列改名",
    ),
    "line_long": (
        "line {line:,}: the text has {found:,} characters; at most {allowed:,} are allowed: shorten it",
        "第 {line:,} 行：文本有 {found:,} 个字符，最多允许 {allowed:,} 个：请缩短",
    ),
    "lines_none": ("there is no text: type some lines or choose a file", "还没有文本：请输入几行或选择文件"),
}  # fmt: skip


class Term:
    """A part of a message that has two languages itself. name: a key of TERMS."""

    def __init__(self, name: str, **values: object) -> None:
        self.pair = TERMS[name]
        self.values = values

    def say(self, language: Language) -> str:
        """In words."""
        return _filled(self.pair, language, self.values)


def say(code: str, language: Language, **values: object) -> str:
    """The sentence of a code, without a capital letter and a stop. Raises KeyError for an unknown code or field."""
    return _filled(MESSAGES[code], language, values)


def _filled(pair: tuple[str, str], language: Language, values: Mapping[str, object]) -> str:
    parts = {name: one.say(language) if isinstance(one, Term) else one for name, one in values.items()}
    return pair[LANGUAGES.index(language)].format(**parts)
