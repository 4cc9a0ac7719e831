"""The only place that makes onnxruntime sessions: providers, threads, cache."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from hub import limits
from hub.errors import BundleError, ProviderError
from hub.kept import Kept

CPU = "CPUExecutionProvider"
# Best first. The names of onnxruntime, and the short ones that HUB_PROVIDERS also takes.
PREFERENCE = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": CPU,
}
# onnxruntime inserts SkipLayerNormalization by itself, and its CPU kernel is ten times slower than Add and
# LayerNormalization.
DISABLED_OPTIMIZERS = ["SkipLayerNormFusion"]


# The types of onnxruntime's tensors as numpy's.
NUMPY: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype("float32"),
    "tensor(double)": np.dtype("float64"),
    "tensor(float16)": np.dtype("float16"),
    "tensor(int64)": np.dtype("int64"),
    "tensor(int32)": np.dtype("int32"),
    "tensor(bool)": np.dtype("bool"),
}


def cores() -> int:
    """The cores that this process may really use: its affinity, and the quota of its control group."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([count, *_quotas(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))]))


def _quotas(root: Path, own: Path) -> Iterator[int]:
    """Cores that the control group of this process and those above it allow, where they set a limit.

    Args:
        root: where the control groups are mounted: version 2, or version 1 with its controller "cpu" below.
        own: says which group is ours: lines "0::/group" (version 2) or "4:cpu,cpuacct:/group" (version 1).
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        lines = []
    groups = {fields[1]: fields[2] for fields in lines if len(fields) == 3}
    first = next((group for controllers, group in groups.items() if "cpu" in controllers.split(",")), "/")
    for folder in _upwards(root, groups.get("", "/")):
        yield from _cores_of(folder / "cpu.max")
    for folder in _upwards(root / "cpu", first):
        yield from _cores_of(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us")


def _upwards(root: Path, group: str) -> Iterator[Path]:
    folder = root / group.lstrip("/")
    while folder != root and root in folder.parents:
        yield folder
        folder = folder.parent
    yield root


def _cores_of(*files: Path) -> Iterator[int]:
    """One number from files that hold, together, a quota and its period; nothing where there is no limit."""
    try:
        quota, period = " ".join(file.read_text() for file in files).split()
        if int(quota) > 0:
            yield max(1, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # not there, or "max"
        return


def providers_asked() -> list[str]:
    """The execution providers to try, best first, CPU last.

    From HUB_PROVIDERS (names of onnxruntime, or cuda, openvino, …, cpu; comma-separated); else the best available.

    Raises ProviderError for a name that nobody knows.
    """
    wanted = [part.strip() for part in os.environ.get("HUB_PROVIDERS", "").split(",") if part.strip()]
    if not wanted:
        available = onnxruntime.get_available_providers()
        return [name for name in PREFERENCE.values() if name in available]
    names = []
    for part in wanted:
        name = PREFERENCE.get(part.lower(), part)
        if name not in onnxruntime.get_all_providers():
            raise ProviderError(f"HUB_PROVIDERS names {part!r}; known are {', '.join(PREFERENCE)}")
        names.append(name)
    return names


def strict() -> bool:
    """Whether a fall-back to another provider is refused."""
    return os.environ.get("HUB_STRICT_PROVIDERS", "") not in ("", "0")


@dataclass(frozen=True)
class Session:
    """One ONNX file, ready to run. Safe to run from several threads."""

    file: Path
    asked: tuple[str, ...]
    providers: tuple[str, ...]  # what onnxruntime really uses, in its order
    threads: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    _session: onnxruntime.InferenceSession

    @property
    def provider(self) -> str:
        """What runs the model, in short: "CPU", "CUDA"."""
        return self.providers[0].removesuffix("ExecutionProvider")

    @property
    def fell_back(self) -> bool:
        """Whether the first provider that was asked for is not the one that runs."""
        return self.asked[0] != self.providers[0]

    def run(self, feeds: Mapping[str, np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        """The named outputs. Raises BundleError where the graph cannot take the inputs."""
        try:
            values: list[np.ndarray] = self._session.run(list(outputs), dict(feeds))
            return values
        except Exception as error:  # onnxruntime's own exception types are not public
            raise BundleError(f"{self.file.parent.name}/{self.file.name} failed to run") from error

    def cast(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The feeds of this graph in the types that it takes: float32 or float64, int64, …. Others are left out."""
        kinds = {value.name: NUMPY[value.type] for value in self._session.get_inputs()}
        return {name: np.require(values, kinds[name], "C") for name, values in feeds.items() if name in kinds}

    def loop(self, feeds: Mapping[str, np.ndarray], carried: Mapping[str, str]) -> Loop:
        """A graph that is run again and again, its outputs becoming its next inputs; see Loop."""
        return Loop(self, feeds, carried)

    def bound(self, inputs: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> Callable[[], None]:
        """A call that reads these arrays where they lie and writes those; an array may be in both.

        The arrays must be C-contiguous and of the types of the graph, and stay alive as long as the call.

        Raises (the call too): BundleError where the graph cannot take them.
        """
        binding = self._session.io_binding()
        kept = []  # the OrtValues refer to the arrays' memory

        def value(array: np.ndarray) -> onnxruntime.OrtValue:
            kept.append(onnxruntime.OrtValue.ortvalue_from_numpy(array))
            return kept[-1]

        try:
            for name, array in inputs.items():
                binding.bind_ortvalue_input(name, value(array))
            for name, array in outputs.items():
                binding.bind_ortvalue_output(name, value(array))
        except Exception as error:
            raise BundleError(f"{self.file.parent.name}/{self.file.name} cannot be bound") from error
        run, options = self._session._sess.run_with_iobinding, None

        def call() -> None:
            try:
                run(binding._iobinding, options)
            except Exception as error:
                raise BundleError(f"{self.file.parent.name}/{self.file.name} failed to run") from error

        call.kept = (kept, binding, inputs, outputs)  # type: ignore[attr-defined]
        return call


class Loop:
    """Steps of a graph (of training, of a recurrence) in which nothing is copied or allocated.

    There are two sets of buffers for what is carried on, and two IO bindings: one step reads A and writes B, the next
    reads B and writes A.

    Args:
        feeds: the first inputs. An axis of an output must have the name of an axis of an input, or a size.
        carried: input -> the output that takes its place in the next step.

    Raises BundleError where the graph cannot take the inputs.
    """

    def __init__(self, session: Session, feeds: Mapping[str, np.ndarray], carried: Mapping[str, str]) -> None:
        self._session = session
        made = session._session
        first = {name: values.copy() for name, values in session.cast(feeds).items()}
        missing = [name for name in session.inputs if name not in first]
        if missing:
            raise BundleError(f"{session.file.name} needs the input {missing[0]!r}")
        axes: dict[str, int] = {}
        for value in made.get_inputs():
            if len(value.shape) != first[value.name].ndim:
                raise BundleError(f"{session.file.name}: {value.name} has {len(value.shape)} axes")
            axes |= {
                axis: size
                for axis, size in zip(value.shape, first[value.name].shape, strict=True)
                if isinstance(axis, str)
            }
        outputs = {
            value.name: np.zeros([axes.get(axis, axis) for axis in value.shape], NUMPY[value.type])
            for value in made.get_outputs()
        }
        self._inputs = (first, first | {name: outputs[output] for name, output in carried.items()})
        back = {output: first[name] for name, output in carried.items()}
        self._outputs = (outputs, outputs | back)
        self._turn = 0
        # Buffers on the CPU stay numpy's own: an array that is changed in place is a changed input.
        self._bindings = []
        for given, taken in zip(self._inputs, self._outputs, strict=True):
            binding = made.io_binding()
            for name, values in given.items():
                binding.bind_ortvalue_input(name, onnxruntime.OrtValue.ortvalue_from_numpy(values))
            for name, values in taken.items():
                binding.bind_ortvalue_output(name, onnxruntime.OrtValue.ortvalue_from_numpy(values))
            self._bindings.append(binding)

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """What the next step reads, by name: views; those that are not carried may be changed in place."""
        return self._inputs[self._turn]

    def step(self) -> dict[str, np.ndarray]:
        """Run once; the outputs by name: views, which the step after the next one overwrites.

        Raises BundleError where the graph fails.
        """
        turn, self._turn = self._turn, 1 - self._turn
        try:
            self._session._session.run_with_iobinding(self._bindings[turn])
        except Exception as error:
            raise BundleError(f"{self._session.file.name} failed to run") from error
        return self._outputs[turn]


def open_session(file: Path, threads: int) -> Session:
    """Make a session.

    Raises:
        BundleError: the file is not a model that onnxruntime can run.
        ProviderError: HUB_STRICT_PROVIDERS is set and the first provider asked for was not got.
    """
    asked = providers_asked()
    available = onnxruntime.get_available_providers()
    usable = [name for name in asked if name in available]
    if CPU not in usable and not strict():
        usable.append(CPU)
    if strict() and asked[0] not in usable:
        raise ProviderError(
            f"{asked[0]} was asked for and is not in this onnxruntime, which has {', '.join(available)}: install the "
            "build for it, change HUB_PROVIDERS, or unset HUB_STRICT_PROVIDERS"
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that spin from operator to operator make a decoder a fifth faster; between runs they would burn a core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        made = onnxruntime.InferenceSession(
            str(file), options, providers=usable, disabled_optimizers=DISABLED_OPTIMIZERS
        )
    except Exception as error:
        raise BundleError(f"{file.parent.name}/{file.name} cannot be opened") from error
    got = tuple(made.get_providers())
    if strict():
        if got[0] != asked[0]:
            raise ProviderError(f"{asked[0]} was asked for, onnxruntime fell back to {got[0]} for {file.parent.name}")
        made.disable_fallback()  # onnxruntime would also change to the CPU when a run fails
    return Session(
        file=file,
        asked=tuple(asked),
        providers=got,
        threads=threads,
        inputs=tuple(value.name for value in made.get_inputs()),
        outputs=tuple(value.name for value in made.get_outputs()),
        _session=made,
    )


class Sessions:
    """Open sessions, at most ``capacity``; the least recently used goes. One is opened once, and none waits to run."""

    def __init__(self, capacity: int = limits.MAX_SESSIONS) -> None:
        self._open: Kept[tuple[Path, int], Session] = Kept(capacity)

    def get(self, file: Path, *, large: bool = False, check: Callable[[], None] | None = None) -> Session:
        """The session of a file: one thread for interactive requests, all cores for large batches.

        Args:
            check: called before the file is opened; what it raises is raised here.
        """
        key = (file, cores() if large else 1)

        def opened() -> Session:
            if check:
                check()
            return open_session(*key)

        return self._open.get(key, opened)

    def forget(self, folder: Path) -> None:
        """The files of a folder are opened anew when they are next asked for."""
        self._open.drop(lambda key: key[0].parent == folder)

    def __len__(self) -> int:
        return len(self._open)
