"""The program that runs a bundle without the hub, in the bundle's folder; shown on the page and in its README."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress

from hub.card import Card, logits_name
from hub.errors import BundleError
from hub.text import ChatTemplate

SAMPLES = {
    "en": ["A warm, funny film.", "Two hours that I will never get back."],
    "zh": ["质量很好,下次还会再来。", "用了一天就坏了。"],
}


OLDEST = "1.23"  # onnxruntime that runs every graph: the first with opset 23
OLDEST_OF_TASK = {"gradients": "1.26"}  # the first that multiplies float64 matrices one of which is turned


def snippet(card: Card) -> str:
    """Needs onnxruntime, numpy and, where the bundle reads text, tokenizers; nothing else."""
    return f"# {installation(card)}\n{SNIPPETS.get(card.task, any_graphs)(card)}"


def packages(card: Card) -> tuple[str, ...]:
    """What the program imports, and nothing else."""
    return ("onnxruntime", *["tokenizers"] * card.reads_text, "numpy")


def oldest(card: Card) -> str:
    """The oldest version of onnxruntime on which the program runs: "1.23"."""
    return OLDEST_OF_TASK.get(card.task, OLDEST)


def installation(card: Card) -> str:
    """The command that installs what the program imports."""
    runtime, *others = packages(card)
    return " ".join(["pip install", f'"{runtime}>={oldest(card)}"', *others])


def text_classification(card: Card) -> str:
    """Prints each label with its probability."""
    fields = {"input_ids": "ids", "attention_mask": "attention_mask"}
    feeds = "".join(
        f'    "{spec.name}": np.array([text.{fields[spec.name]} for text in encoded], np.{spec.dtype}),\n'
        for spec in card.inputs
    )
    labels = {logits_name(head): list(names) for head, names in card.heads.items()}
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])
labels = {json.dumps(labels, ensure_ascii=False)}

texts = {json.dumps(SAMPLES[card.languages[0]], ensure_ascii=False)}
encoded = tokenizer.encode_batch(texts)
feeds = {{
{feeds}}}
for output, names in labels.items():
    (logits,) = session.run([output], feeds)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    for text, row in zip(texts, odds / odds.sum(axis=1, keepdims=True)):
        print(output, text, dict(zip(names, row.round(3).tolist())))
"""


PAIRS = {
    "en": ["The film bored me.", "I found the movie dull.", "The parliament passed the law."],
    "zh": ["这部电影很无聊。", "我觉得这片子没什么意思。", "议会通过了这项法律。"],
}


def sentence_similarity(card: Card) -> str:
    """Prints the cosine of each sentence with each."""
    fields = {"input_ids": "ids", "attention_mask": "attention_mask"}
    feeds = "".join(
        f'    "{spec.name}": np.array([text.{fields[spec.name]} for text in encoded], np.{spec.dtype}),\n'
        for spec in card.inputs
    )
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
tokenizer.enable_padding()
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])

sentences = {json.dumps(PAIRS[card.languages[0]], ensure_ascii=False)}
encoded = tokenizer.encode_batch(sentences)
feeds = {{
{feeds}}}
(vectors,) = session.run(["embedding"], feeds)  # (sentences, dim), of length 1: their products are cosines
for sentence, row in zip(sentences, vectors @ vectors.T):
    print(row.round(3), sentence)
"""


QUESTIONS = {
    "classification": ("A warm, funny film.",),
    "entailment": ("Two dogs are running through the snow.", "Some animals are outside."),
    "similarity": ("Profits fell ten percent, the company said.", "The company said that profits fell by ten percent."),
    "choice": ("The grass was wet.", "It had rained in the night.", "The sun was shining."),
}


def input_transformation(card: Card) -> str:
    """Asks every head a question; the tokenizer frames the texts."""
    asked = {
        head: [question.kind, list(card.heads[head]), list(QUESTIONS[question.kind])]
        for head, question in card.questions.items()
    }
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])
questions = {json.dumps(asked, ensure_ascii=False)}

for head, (kind, labels, texts) in questions.items():
    sequences = {{
        "classification": [texts[0]],
        "entailment": [tuple(texts)],
        "similarity": [tuple(texts), tuple(texts[::-1])],  # both orders
        "choice": [(texts[0], answer) for answer in texts[1:]],
    }}[kind]
    encoded = tokenizer.encode_batch(sequences)
    feeds = {{
        "input_ids": np.array([one.ids for one in encoded]),
        "attention_mask": np.array([one.attention_mask for one in encoded]),
    }}
    (rows,) = session.run([f"logits_{{head}}"], feeds)
    logits = rows[:, 0] if kind == "choice" else rows.sum(axis=0)
    odds = np.exp(logits - logits.max())
    print(head, " | ".join(encoded[0].tokens), dict(zip(labels, (odds / odds.sum()).round(3).tolist())))
"""


def any_graphs(card: Card) -> str:
    """Runs the default graph on the inputs of the golden file, and prints what comes out."""
    default = card.variant(card.default_variant)
    return f"""\
import json

import numpy as np
import onnxruntime

name, file = {json.dumps(default.name)}, {json.dumps(default.file)}
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
golden = np.load("golden.npz")
same = json.loads(str(golden["same"]))  # arrays that are stored under another name
feeds = {{}}
for value in session.get_inputs():
    key = f"{{name}}/inputs/{{value.name}}"
    array = golden[same.get(key, key)]
    feeds[value.name] = array.astype({{"tensor(float)": "float32"}}.get(value.type, array.dtype))
for value, output in zip(session.get_outputs(), session.run(None, feeds)):
    print(value.name, output.shape, np.linalg.norm(output))
"""


def gradients(card: Card) -> str:
    """Trains the network of the default graph on the digits, step by step, and prints what reaches the first layer."""
    return f"""\
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession({json.dumps(card.variant(card.default_variant).file)})
random = np.random.default_rng(0)
axes = {{"depth": 10, "width": 64, "batch": 64, "classes": 10}}  # any depth, width and batch
rules = {{"learning_rate": 0.1, "regularise": False, "l1": 0, "l2": 0, "clip_value": np.inf, "clip_norm": np.inf}}

stored = np.load("data.npz")
pictures = (stored["digits"] - 4.9) / 6.0
first = session.get_inputs()[0]
if len(first.shape) == 3:  # a recurrent network reads a picture row by row: (time, batch, features)
    pictures = pictures.reshape(-1, 8, 8).transpose(1, 0, 2)
axes |= {{"features": pictures.shape[-1], "time": len(pictures)}}

feeds = {{}}
for value in session.get_inputs():
    kind = {{"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(bool)": np.bool_}}[value.type]
    shape = [axes.get(axis, axis) for axis in value.shape]
    if value.name in rules:
        made = rules[value.name]
    elif value.name.startswith("weight"):
        made = random.normal(0, np.sqrt(1 / shape[-2]), shape)  # Xavier; He: 2 / shape[-2]
    else:
        made = np.full(shape, {{"scale": 1.0, "slope": 0.1}}.get(value.name, 0.0))
    feeds[value.name] = np.array(made, kind)

names = [value.name for value in session.get_outputs()]
for step in range(1, 101):
    rows = random.integers(0, len(stored["digits"]), axes["batch"])
    feeds["x"] = pictures[..., rows, :].astype(feeds["x"].dtype)
    feeds["target"] = np.eye(10, dtype=feeds["x"].dtype)[stored["digit_classes"][rows]]
    outputs = dict(zip(names, session.run(None, feeds)))
    feeds |= {{name[5:]: after for name, after in outputs.items() if name.startswith("next_")}}
    if step == 1 or step % 20 == 0:
        norms = np.linalg.norm(outputs["deltas"], axis=(1, 2))
        print(f"step {{step:3}}  loss {{outputs['loss']:.4f}}  gradient first {{norms[0]:.1e}}  last {{norms[-1]:.1e}}")
"""


def likelihood_lab(card: Card) -> str:
    """Climbs the log-likelihood of a Gaussian by the graph's gradient and Fisher information."""
    return f"""\
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession("{card.variant("gaussian").file}", providers=["CPUExecutionProvider"])
heights = np.array([158, 161, 163, 165, 167, 168, 170, 171, 174, 176, 179, 183], np.float64)
outputs = ["gaussian_log_likelihood", "gaussian_gradient", "gaussian_information", "gaussian_estimate"]

point = np.array([[154.0, 16.0]])  # mean, standard deviation; any number of points is evaluated in one call
for step in range(12):
    feeds = {{"gaussian_parameters": point, "gaussian_data": heights}}
    value, gradient, information, closed_form = session.run(outputs, feeds)
    print(step, point[0].round(4), "log-likelihood", value[0].round(4))
    point = point + np.linalg.solve(information[0], gradient[0])  # Fisher scoring
print("closed form", closed_form.round(4))
print("standard errors", np.sqrt(np.diag(np.linalg.inv(information[0]))).round(4))
"""


def text_generation(card: Card) -> str:
    """Continues a prompt, token by token, greedily; of a model that answers messages, a message in its frame."""
    made = card.decoding
    assert made is not None
    usual = "Why is the sky blue? Answer in two sentences." if card.chat_template else "The old lighthouse keeper"
    prompt = next(iter(card.prompts), usual)
    more = ""
    if card.chat_template:
        with suppress(BundleError):  # of a broken one the bundle is disabled; its prompt goes without
            frame = ChatTemplate(card.chat_template, card.special_tokens)
            prompt = frame.before + prompt + frame.after
            more = ", add_special_tokens=False"  # the template has them
    positions = any(spec.name == "position_ids" for spec in card.inputs)
    places = '\n        "position_ids": np.arange(length, length + len(ids))[None],' * positions
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])
binding, length = session.io_binding(), 0
caches = []  # which the binding does not keep alive
for layer in range({made.layers}):
    for kind in ("key", "value"):  # past and present are one buffer, which each run appends to
        buffer = np.zeros((1, {made.kv_heads}, {made.context}, {made.head_size}), np.float32)
        caches.append(onnxruntime.OrtValue.ortvalue_from_numpy(buffer))
        binding.bind_ortvalue_input(f"past_{{kind}}_{{layer}}", caches[-1])
        binding.bind_ortvalue_output(f"present_{{kind}}_{{layer}}", caches[-1])


def following(ids):
    \"\"\"Append ids; the logits of the token after them.\"\"\"
    feeds = {{
        "input_ids": np.array([ids]),{places}
        "logit_positions": np.array([len(ids) - 1]),
        "seqlens_k": np.array([length + len(ids) - 1], np.int32),
        "total_sequence_length": np.array(length + len(ids), np.int32),
    }}
    for name, values in feeds.items():
        binding.bind_cpu_input(name, values)
    binding.bind_output("logits")
    session.run_with_iobinding(binding)
    return binding.get_outputs()[-1].numpy()[0, -1]


ids = tokenizer.encode({json.dumps(prompt, ensure_ascii=False)}{more}).ids
new, answer = ids, []
while len(answer) < 40 and length + len(new) < {made.context}:
    logits = following(new)
    length += len(new)
    new = [int(logits.argmax())]
    if new[0] in {list(made.end)}:
        break
    answer += new
print(tokenizer.decode(ids + answer))
"""


OCCURRENCES = {
    "en": [
        "She paid the money into the bank.",
        "The bank raised its interest rates.",
        "We sat on the bank of the river.",
    ],
    "zh": [
        "\u4ed6\u4e70\u4e86\u4e00\u4e2a\u82f9\u679c\u3002",
        "\u82f9\u679c\u53d1\u5e03\u4e86\u65b0\u624b\u673a\u3002",
    ],
}


def word_vectors(card: Card) -> str:
    """Prints how near the occurrences of a word are to each other, layer by layer."""
    spelling = card.spelling
    assert spelling is not None
    begin, end = ([spelling.begin_id], [spelling.end_id])
    spelt, about = "[tokenizer.token_to_id(word) or 1]", "its id"
    if spelling.letters:
        marks = (spelling.begin_text, spelling.end_text)
        begin, end = ([spelling.begin_word, mark, spelling.end_word] for mark in marks)
        spelt = f"[{spelling.begin_word}, *word.encode()[:{spelling.longest - 2}], {spelling.end_word}]"
        about = "its bytes"
    word = {"en": "bank", "zh": "\u679c"}[card.languages[0]]
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
tokenizer.no_padding()
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])

sentences = {json.dumps(OCCURRENCES[card.languages[0]], ensure_ascii=False)}
texts = [[sentence[slice(*span)] for span in tokenizer.encode(sentence).offsets] for sentence in sentences]
words = sorted({{word for text in texts for word in text}})
rows = [{begin}, {end}]  # the marks of a text's begin and end, then each different word, by {about}
rows += [{spelt} for word in words]
symbols = np.full((len(rows), {spelling.longest}), {spelling.padding})
for line, row in zip(symbols, rows):
    line[: len(row)] = row
lengths = np.array([len(text) + 2 for text in texts])
places = np.ones((len(texts), lengths.max()), np.int64)
for line, text in zip(places, texts):
    line[: len(text) + 1] = [0] + [words.index(word) + 2 for word in text]

feeds = {{"symbols": symbols, "places": places, "lengths": lengths}}
for value, layer in zip(session.get_outputs(), session.run(None, feeds)):
    states = [layer[row, text.index({json.dumps(word, ensure_ascii=False)}) + 1] for row, text in enumerate(texts)]
    found = np.array(states)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    print(value.name, (found @ found.T).round(2).tolist())
"""


READ = {
    "en": "Jordan scored 30 points against Chicago, and then flew home to Jordan.",
    "zh": "\u738b\u5c0f\u660e\u4ece\u4e0a\u6d77\u98de\u5230\u5317\u4eac\u3002",
}
GRADED = "A warm, funny and quietly moving film."


def layers_read(card: Card, text: str) -> str:
    """What a program needs before it runs a model that reads the layers of another, which lies beside it."""
    needed = card.layers_of
    assert needed is not None
    return f"""\
import json

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

base = "../{needed.bundle}"  # the bundle whose layers are read, beside this folder
card = json.load(open(f"{{base}}/card.json", encoding="utf-8"))
spelling = card["spelling"]
files = {{variant["name"]: variant["file"] for variant in card["variants"]}}
language_model = onnxruntime.InferenceSession(f"{{base}}/{{files[card['default_variant']]}}")
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])
splitting, vocabulary = (Tokenizer.from_file(f"{{folder}}/tokenizer.json") for folder in (base, "."))


def spelt(word):  # as the language model reads it: its bytes between two marks, or its id
    if not spelling["letters"]:
        return [splitting.token_to_id(word) or 1]
    return [spelling["begin_word"], *word.encode()[: spelling["longest"] - 2], spelling["end_word"]]


def mark(name):  # of the begin or the end of a text
    if not spelling["letters"]:
        return [spelling[f"{{name}}_id"]]
    return [spelling["begin_word"], spelling[f"{{name}}_text"], spelling["end_word"]]


def shape(word):  # how it is written: 0 other, 1 small, 2 first, 3 capitals, 4 mixed, 5 digits
    letters = [letter for letter in word if letter.isalpha()]
    if not letters:
        return 5 if any(letter.isdigit() for letter in word) else 0
    small = [letter == letter.lower() for letter in letters]
    if all(small):
        return 1
    if len(letters) > 1 and all(letter == letter.upper() for letter in letters):
        return 3
    return 2 if not small[0] and all(small[1:]) else 4


text = {json.dumps(text, ensure_ascii=False)}
words = [text[slice(*span)] for span in splitting.encode(text).offsets]
rows = [mark("begin"), *map(spelt, words), mark("end")]
symbols = np.full((len(rows), spelling["longest"]), spelling["padding"])
for line, row in zip(symbols, rows):
    line[: len(row)] = row
given = {{"symbols": symbols, "places": np.arange(len(rows))[None], "lengths": np.array([len(rows)])}}
feeds = {{
    "input_ids": np.array([[vocabulary.token_to_id(word) or 1 for word in words]]),
    "shapes": np.array([[shape(word) for word in words]]),
    "lengths": np.array([len(words)]),
    "layers": np.stack(language_model.run(None, given))[:, :, 1:-1],
}}
labels = {json.dumps(list(card.heads[""]), ensure_ascii=False)}
"""


def tagging(card: Card) -> str:
    """Prints the tag of each word: the best sequence, with the scores of one tag after another."""
    return (
        layers_read(card, READ[card.languages[0]])
        + """
(emissions,) = session.run(["emissions"], feeds)
field = np.load("field.npz")
best, pointers = field["with_start"] + emissions[0, 0], []
for row in emissions[0, 1:]:
    scores = best[:, None] + field["with_transitions"]
    pointers.append(scores.argmax(axis=0))
    best = scores.max(axis=0) + row
tags = [int((best + field["with_end"]).argmax())]
for pointer in reversed(pointers):
    tags.append(int(pointer[tags[-1]]))
print("tags:", *labels)
for word, tag in zip(words, reversed(tags)):
    print(word, labels[tag])
"""
    )


def contextual_classification(card: Card) -> str:
    """Prints the probability of each label, with the layers and without."""
    return (
        layers_read(card, GRADED)
        + """
for name in ("logits", "logits_without"):
    (logits,) = session.run([name], feeds)
    odds = np.exp(logits[0] - logits[0].max())
    print(name, dict(zip(labels, (odds / odds.sum()).round(3).tolist())))
"""
    )


ORDERED = {"en": "New York is a city", "zh": "纽约是一座城市"}


def permutation(card: Card) -> str:
    """Prints the probability of each token of a text in an order; a model of masks is asked token by token."""
    orders = card.orders
    assert orders is not None  # a card of this task has it
    masked = orders.objective == "masked"
    order = "places" if orders.objective == "forward" else "places[2:] + places[:2]"
    last = "\nperm_mask[:-1, -1] = 1  # read from left to right, nothing sees the end" * (orders.objective == "forward")
    placed = "" if masked else '\n        "placed": np.ones((1, len(targets)), np.float32),'
    asked = (
        f"""\
logits = np.stack([
    ask(np.where(perm_mask[place] > 0, {orders.mask_id}, ids), np.zeros_like(perm_mask), [place])[0] for place in order
])"""
        if masked
        else "logits = ask(ids, perm_mask, order)"
    )
    return f"""\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
session = onnxruntime.InferenceSession("{card.variant(card.default_variant).file}", providers=["CPUExecutionProvider"])

encoded = tokenizer.encode({json.dumps(ORDERED[card.languages[0]], ensure_ascii=False)})
ids = np.array(encoded.ids)
places = list(range(1, len(ids) - 1))  # the first and the last token are always seen
order = {order}
rank = np.full(len(ids), -1)
rank[order] = np.arange(len(order))
perm_mask = ((rank >= 0) & (rank[:, None] <= rank)).astype(np.float32)  # 1: token i may not see token j{last}


def ask(ids, hidden, targets):
    segments = np.zeros((1, len(ids)), np.int64)
    segments[0, 0] = {orders.cls_segment}
    feeds = {{
        "input_ids": ids[None],
        "token_type_ids": segments,
        "perm_mask": hidden[None],
        "target_mapping": np.eye(len(ids), dtype=np.float32)[targets][None],
        "mems": np.zeros(({orders.layers}, 1, 0, {orders.hidden_size}), np.float32),{placed}
    }}
    return session.run(["logits"], feeds)[0][0]


{asked}
odds = np.exp(logits - logits.max(axis=1, keepdims=True))
odds /= odds.sum(axis=1, keepdims=True)
for place, row in zip(order, odds):
    likeliest = tokenizer.id_to_token(int(row.argmax()))
    print(f"{{encoded.tokens[place]}} {{row[ids[place]]:.1%}} expected: {{likeliest}}")
print(f"log P: {{np.log(odds[np.arange(len(order)), ids[order]]).sum():.3f}}")
"""


SNIPPETS: dict[str, Callable[[Card], str]] = {
    "text-classification": text_classification,
    "sentence-similarity": sentence_similarity,
    "text-generation": text_generation,
    "input-transformation": input_transformation,
    "gradients": gradients,
    "likelihood-lab": likelihood_lab,
    "permutation": permutation,
    "word-vectors": word_vectors,
    "tagging": tagging,
    "contextual-classification": contextual_classification,
}  # task -> program
