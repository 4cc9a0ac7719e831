"""python -m bench NAME…: measure, and print one table for each claim."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from contextlib import nullcontext

BENCHES = {
    "abuse": "abandoned requests, bodies over the limit, files that are hard to read, the same seeded request again",
    "accuracy": "the figures of all cards beside the bars and the papers; measures nothing",
    "batch": "a text alone and in mixed batches: the largest difference, every bundle and variant",
    "builder": "the int8 builder for BERT against the 8-bit pass for any graph: size, nearness, time",
    "classifiers": "every bundle against PyTorch eager, batch 1 and 64, 1 and 2 threads",
    "consert": "every way to train ConSERT beside its base, Spearman (--train: an hour)",
    "doors": "/v1/classify, /v1/embed, /v1/tag against Gradio's endpoints, and batched against unbatched, 32 clients",
    "elmo": "elmo-* against PyTorch eager: one sentence, a batch, 1 and 2 threads",
    "elmo_tasks": "what ELMo adds to each task, of the cards; what its 8-bit file costs the taggers",
    "encoders": "every sentence encoder against sentence-transformers with the same weights; how near its vectors are",
    "funnel": "the recommender: EASE reproduced, channels and funnel with intervals, ms of each stage, 32 clients",
    "generation": "a decoder against transformers' generate, four texts against one (BENCH_MODEL, BENCH_PEERS=1)",
    "gradients": "the gradient lab: errors against autograd, training and step time against torch, theory, the page",
    "gradients_page": "the gradient tab in Chromium: long tasks of a story, the answer to Pause, the first look",
    "growth": "recall over 3,791 to 10^6 made-up items, exact and by HNSW; writes the figures that the page shows",
    "kneser_ney": "elmo-* beside 5-grams of the same text and words: perplexity of each direction (HUB_KENLM)",
    "orders": "xlnet-*: -log p of hidden tokens by each objective, the gap of two neighbours, with intervals",
    "probes": "what the layers of elmo-* know, beside static vectors and random weights: parts of speech, senses",
    "search": "search by names: BM25 in five scenes with intervals, and on the pairs written for the traps",
    "startup": "importing the app against importing gradio and onnxruntime; the first prediction",
    "memory": "10,000 mixed calls in one process",
    "mr": "TextCNN on MR, ten folds, four variants (--train: hours)",
    "multitask": "the three TextRNNs against single-task LSTMs (--train: half an hour)",
    "recall": "SASRec's losses, recall of a shop and of films (--train: an hour), other libraries' (BENCH_PEERS=1)",
    "removal": "every encoder on STS-B without its most frequent tokens; writes the figures that the page shows",
    "summaries": "summaries by the bundles that have learnt to, beside the first words of the text: ROUGE",
    "transforms": "GPT-1's heads from the pre-trained body and from random weights (--train: 2 hours)",
    "prompts": "ROUGE of summaries with a hint, without, after 0 to 5 examples, beside first words (BENCH_BUNDLE)",
    "video": "the rankers of short videos: AUC, GAUC, calibration, the ladder of coarse ones, PyTorch eager",
    "visits": "a visit of the page: CPU time and memory of the server; Gradio's endpoint beside a bare Gradio app",
    "xlnet": "XLNet's graph against transformers' XLNet: one sentence, a batch, 720 orders, 1 and 2 threads",
    "xlnet_ablations": "XLNet's training with parts taken away, three seeds, beside Table 6 (--train: an hour)",
    "vectors": "which English word vectors to start from (--train: an hour)",
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=(
            "Peers run in the same process or side by side, in interleaved rounds; figures are medians. "
            "Run it on an idle machine. Bundles: HUB_BUNDLES, else onnx/."
        ),
        epilog="names:\n" + "\n".join(f"  {name:14} {what}" for name, what in BENCHES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="list the names")
    parser.add_argument("--train", action="store_true", help="train what is missing; else it is named and left out")
    given = parser.parse_args(arguments)
    if given.list:
        for name, what in BENCHES.items():
            print(f"{name:14} {what}")
        return 0
    unknown = [name for name in given.names if name not in BENCHES]
    if unknown or not given.names:
        parser.error(f"unknown bench {', '.join(unknown)}" if unknown else "say what to measure: NAME, or --list")
    from bench.report import MISSING, machine
    from models.training import runs

    print(machine(), end="\n\n", flush=True)
    lost = []
    for name in given.names:
        try:
            with nullcontext() if given.train else runs.only_finished():
                print(importlib.import_module(f"bench.{name}").run(), end="\n\n", flush=True)
        except MISSING as error:
            lost.append(name)
            print(f"{name} was not measured: {error}", end="\n\n", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    raise SystemExit(main())
