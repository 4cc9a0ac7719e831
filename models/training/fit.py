"""Training for any module that returns a loss, on transformers' Trainer (accelerate underneath).

Resumes from the last checkpoint, mixed precision, several devices by `accelerate launch` or `torchrun`, a progress
bar. The best checkpoint on the validation split is kept; a finished run is only loaded. What made a run stands in it
from its start (run.json): one that was made of something else is neither resumed nor loaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import load_file, load_model, save_model
from torch import Tensor, nn
from torch.utils.data import Dataset, Sampler
from transformers import EarlyStoppingCallback, EvalPrediction, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from models.training import runs
from models.training.runs import HISTORY_FILE, RUN_FILE, Example

WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class Settings:
    """How to train; what is not named here is the Trainer's default."""

    epochs: float = 3
    batch_size: int = 50
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    warmup_fraction: float = 0.0
    schedule: str = "linear"
    evaluations_per_epoch: int = 1
    max_grad_norm: float = 1.0
    bf16: bool = False  # mixed precision, where the machine computes in it: see computes_in_bf16
    seed: int = 0
    max_steps: int = -1  # > 0: stop there, whatever the epochs say
    group_by_length: bool = True
    optimizer: Literal["adamw", "muon"] = "adamw"
    metric: str = "accuracy"  # of the validation split, higher is better; or "loss", lower is better
    patience: int = 0  # > 0: stop after so many evaluations without a better one
    average: int = 1  # > 1: try the mean of the weights of the last checkpoints, up to so many; see average_last
    extra: dict[str, Any] = field(default_factory=dict)  # further TrainingArguments


def computes_in_bf16() -> bool:
    """Whether bfloat16 is faster than float32 here: elsewhere a CPU emulates it, and takes many times as long."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


class Examples(Dataset):
    """A list of examples as a map-style data set."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        return self.examples[index]


class Objective(nn.Module):
    """A model and its loss: what the Trainer trains.

    Args:
        model: forward(**inputs) -> dict with "logits".
        loss: (outputs, labels) -> scalar.
    """

    def __init__(self, model: nn.Module, loss: Callable[[dict[str, Tensor], Tensor], Tensor]) -> None:
        super().__init__()
        self.model = model
        self.loss = loss

    def forward(self, labels: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        outputs = self.model(**inputs)
        return {"loss": self.loss(outputs, labels), "logits": outputs["logits"]}


def cross_entropy(label_smoothing: float = 0.0) -> Callable[[dict[str, Tensor], Tensor], Tensor]:
    """The usual loss of a classifier."""

    def loss(outputs: dict[str, Tensor], labels: Tensor) -> Tensor:
        return nn.functional.cross_entropy(outputs["logits"], labels, label_smoothing=label_smoothing)

    return loss


def collate(examples: Sequence[Example]) -> dict[str, Tensor]:
    """Pad what is named like ids or a mask with zeros to the longest, stack the rest."""
    batch: dict[str, Tensor] = {}
    for key in examples[0]:
        values = [example[key] for example in examples]
        if key in ("input_ids", "attention_mask"):
            padded = np.zeros((len(values), max(len(value) for value in values)), dtype=np.int64)
            for row, value in zip(padded, values, strict=True):
                row[: len(value)] = value
            batch[key] = torch.from_numpy(padded)
        else:
            batch[key] = torch.as_tensor(np.asarray(values))
    return batch


def padded(sequences: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    """input_ids and attention_mask, int64 (sequences, longest)."""
    return collate([{"input_ids": one, "attention_mask": [1] * len(one)} for one in sequences])


def accuracy(prediction: EvalPrediction) -> dict[str, float]:
    """Fraction of examples whose largest logit is the label; soft labels count by their largest entry."""
    labels = np.asarray(prediction.label_ids)
    if labels.ndim > 1:
        labels = labels.argmax(-1)
    return {"accuracy": float((np.asarray(prediction.predictions).argmax(-1) == labels).mean())}


class LengthBuckets(Sampler[int]):
    """Batches of about the same length, in random order.

    The Trainer's own sampler leaves the batches of a bucket in the order of their length, so that the model sees long
    texts and then short ones again and again; on phrases of one word to fifty that costs points.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.lengths)

    def set_epoch(self, epoch: int) -> None:
        """Another order for each epoch; called by the Trainer."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = rng.permutation(len(self.lengths))
        bucket = 40 * self.batch_size
        batches: list[np.ndarray] = []
        for start in range(0, len(order), bucket):
            part = order[start : start + bucket]
            part = part[np.argsort(self.lengths[part], kind="stable")]
            batches += [part[at : at + self.batch_size] for at in range(0, len(part), self.batch_size)]
        full = [batch for batch in batches if len(batch) == self.batch_size]
        rest = [batch for batch in batches if len(batch) < self.batch_size]  # last, or batches would shift
        for index in rng.permutation(len(full)):
            yield from full[index].tolist()
        for batch in rest:
            yield from batch.tolist()


class LengthTrainer(Trainer):
    """The Trainer with batches of one length."""

    def _get_train_sampler(self, train_dataset: Dataset | None = None) -> Sampler | None:
        examples = (train_dataset or self.train_dataset).examples  # type: ignore[union-attr]
        lengths = [len(example["input_ids"]) for example in examples]
        return LengthBuckets(lengths, self.args.train_batch_size, self.args.seed)


class Muon(torch.optim.Optimizer):
    """Muon for the matrices of the layers, AdamW for the rest: tables, biases, gains.

    Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks", with the step size of Liu et al.
    2025, arXiv 2502.16982, so that one learning rate serves both. The small GPT-2 of models/training/gpt.py needs fewer
    steps with it than with AdamW alone.
    """

    def __init__(self, model: nn.Module, learning_rate: float, weight_decay: float, betas: tuple[float, float]) -> None:
        tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
        matrices: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for value in model.parameters():
            (matrices if value.ndim == 2 and id(value) not in tables else rest).append(value)
        self.parts = [
            torch.optim.Muon(matrices, learning_rate, weight_decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, learning_rate, betas, weight_decay=0.0, fused=True),
        ]
        super().__init__([group for part in self.parts for group in part.param_groups], {})

    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]  # a schedule changes these


class AfterStep(TrainerCallback):
    """Calls the model's own ``after_step`` (a max-norm constraint, say) after each optimiser step."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model

    def on_step_end(self, *_: Any, **__: Any) -> None:
        with torch.no_grad():
            self.model.after_step()  # type: ignore[operator]


def mean_of_last(steps: Path, count: int) -> dict[str, Tensor]:
    """The mean of the weights of the last ``count`` checkpoints (all, if there are fewer) of a run's ``steps``."""
    folders = sorted(steps.glob("checkpoint-*"), key=lambda folder: -int(folder.name.rpartition("-")[2]))[:count]
    total: dict[str, Tensor] = {}
    for folder in folders:
        for name, value in load_file(folder / WEIGHTS_FILE).items():
            total[name] = total[name] + value.double() if name in total else value.double()
    return {name: (value / len(folders)).float() for name, value in total.items()}


def average_last(trainer: Trainer, steps: Path, settings: Settings) -> float:
    """Give the model the mean of its last 1, 2, … checkpoints where that is better on the validation split.

    Izmailov, Podoprikhin, Garipov, Vetrov, Wilson 2018, "Averaging Weights Leads to Wider Optima and Better
    Generalization", arXiv 1803.05407.

    Returns:
        The metric of the weights that were kept.
    """
    model, best = trainer.model, trainer.state.best_metric
    if model is None or best is None:
        raise ValueError("nothing was evaluated: the run is shorter than one evaluation")
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    for count in (
        range(1, settings.average + 1) if settings.average > 1 else ()
    ):  # 1: the end, perhaps not evaluated yet
        model.load_state_dict(mean_of_last(steps, count), strict=False)  # a checkpoint holds a tied table once
        reached = trainer.evaluate()[f"eval_{settings.metric}"]
        if (reached < best) if settings.metric == "loss" else (reached > best):
            best, kept = reached, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return best


def best_of(folder: Path) -> float:
    """The metric on the validation split that a finished run reached."""
    return json.loads((folder / HISTORY_FILE).read_text())["best"]


def curve(folder: Path, tokens: float) -> str:
    """A finished run as a table: steps, tokens seen, and the losses. tokens: of a step."""
    found: dict[int, dict[str, float]] = {}
    for row in json.loads((folder / HISTORY_FILE).read_text())["log"]:
        found.setdefault(row["step"], {}).update(row)
    lines = ["| step | tokens, millions | training loss | validation loss |", "| --- | --- | --- | --- |"]
    loss = float("nan")
    for step, row in sorted(found.items()):
        loss = row.get("loss", loss)
        if "eval_loss" in row:
            lines.append(f"| {step:,} | {step * tokens / 1e6:.1f} | {loss:.3f} | {row['eval_loss']:.3f} |")
    seconds = sum(row.get("train_runtime", 0.0) for row in found.values())
    return "\n".join([*lines, f"\n{seconds / 3600:.2f} hours"])


def fit(
    objective: nn.Module,
    train: Sequence[Example],
    valid: Sequence[Example],
    folder: Path,
    settings: Settings,
    metrics: Callable[[EvalPrediction], dict[str, float]] | None = accuracy,
    collate: Callable[[Sequence[Example]], dict[str, Tensor]] = collate,
    follows: Path | None = None,
    accumulate: int = 1,
) -> dict[str, Any]:
    """Train the objective's parameters in place and leave the best ones in it, in eval mode.

    Args:
        objective: forward(**batch) -> dict with "loss" and "logits"; if ``objective.model`` has an ``after_step``, it
            is called after each optimiser step.
        train, valid: examples, see collate.
        folder: checkpoints, log and the finished weights; a finished run in it is loaded, an unfinished one resumed.
        metrics: predictions of the validation split -> named figures; None: only the loss.
        collate: examples -> a batch.
        follows: the folder of the run whose weights this one starts from.
        accumulate: batches of a step; no setting of the run, since several processes read as many at a time.

    Returns:
        What history.json holds: the settings, and one row per evaluation.

    Raises:
        RunError: the folder holds a run of other settings, examples or weights.
    """
    now = runs.description(objective, train, valid, asdict(settings), follows)
    bf16 = settings.bf16 and computes_in_bf16()
    runs.require_same(folder, now)
    if (folder / HISTORY_FILE).exists():
        load_model(objective, str(folder / WEIGHTS_FILE))
        objective.eval()
        history = json.loads((folder / HISTORY_FILE).read_text())
        runs.record(folder, history)
        return history
    runs.require(folder)
    folder.mkdir(parents=True, exist_ok=True)
    runs.write(folder / RUN_FILE, {**now, "bf16": bf16})  # a run may go on where it was on another kind of machine

    devices = int(os.environ.get("WORLD_SIZE", 0)) or max(1, torch.cuda.device_count())
    steps_per_epoch = -(-len(train) // (settings.batch_size * devices))
    evaluate_every = max(1, steps_per_epoch // settings.evaluations_per_epoch)
    arguments: dict[str, Any] = {
        "output_dir": str(folder / "steps"),
        "num_train_epochs": settings.epochs,
        "max_steps": settings.max_steps,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": 128,
        "gradient_accumulation_steps": accumulate,
        "learning_rate": settings.learning_rate,
        "weight_decay": settings.weight_decay,
        "warmup_steps": int(settings.warmup_fraction * settings.epochs * steps_per_epoch),
        "lr_scheduler_type": settings.schedule,
        "max_grad_norm": settings.max_grad_norm,
        "bf16": bf16,
        "use_cpu": not torch.cuda.is_available(),
        "seed": settings.seed,
        "eval_strategy": "steps",
        "eval_steps": evaluate_every,
        "save_steps": evaluate_every,
        "save_total_limit": settings.average + 1,
        "logging_steps": max(1, evaluate_every // 4),
        "load_best_model_at_end": True,
        "metric_for_best_model": settings.metric,
        "greater_is_better": settings.metric != "loss",
        "report_to": [],
        "remove_unused_columns": False,
        "label_names": ["labels"],
        "dataloader_pin_memory": torch.cuda.is_available(),
        **settings.extra,
    }
    model = getattr(objective, "model", objective)
    callbacks: list[TrainerCallback] = []
    if hasattr(model, "after_step"):
        callbacks.append(AfterStep(model))
    if settings.patience:
        callbacks.append(EarlyStoppingCallback(settings.patience))
    kind = LengthTrainer if settings.group_by_length else Trainer
    trainer = kind(
        model=objective,
        args=TrainingArguments(**arguments),
        train_dataset=Examples(train),
        eval_dataset=Examples(valid),
        data_collator=collate,
        compute_metrics=metrics,
        callbacks=callbacks,
    )
    if settings.optimizer == "muon":
        betas = (trainer.args.adam_beta1, trainer.args.adam_beta2)
        trainer.optimizer = Muon(objective, settings.learning_rate, settings.weight_decay, betas)
    trainer.model_accepts_loss_kwargs = False  # **inputs of the objective are the model's, nothing else
    steps = folder / "steps"
    resumed_from = get_last_checkpoint(str(steps)) if steps.exists() else None
    trainer.train(resume_from_checkpoint=resumed_from)
    best = average_last(trainer, steps, settings)

    history = {
        "settings": asdict(settings),
        "best": best,
        "examples": len(train),
        "resumed_from": Path(resumed_from).name if resumed_from else None,
        "log": trainer.state.log_history,
    }
    objective.eval()
    if trainer.is_world_process_zero():
        save_model(objective, str(folder / WEIGHTS_FILE))
        runs.write(folder / HISTORY_FILE, history)  # last: its presence says that the run is finished
    runs.record(folder, history)
    return history
