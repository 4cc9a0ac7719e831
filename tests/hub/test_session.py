"""What runs a model: the provider that was asked for or a word that it is another, few threads, few open sessions."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from hub import session
from hub.bundle import Bundle
from hub.errors import BundleError, ProviderError
from hub.session import CPU, Sessions, open_session, providers_asked
from tests import bundles as tiny

CUDA = "CUDAExecutionProvider"
FEEDS = {"input_ids": np.array([[2, 7]], np.int64)}


@pytest.fixture
def file(made_bundles: Path) -> Path:
    return made_bundles / "pooling/model.onnx"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_PROVIDERS", raising=False)
    monkeypatch.delenv("HUB_STRICT_PROVIDERS", raising=False)


def test_the_default_is_the_best_available_provider_then_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    available = [CPU, "DmlExecutionProvider", CUDA, "AzureExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: available)
    assert providers_asked() == [CUDA, "DmlExecutionProvider", CPU]


def test_a_provider_that_is_not_there_falls_back_and_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PROVIDERS", "cuda")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    opened = open_session(file, 1)
    assert opened.asked == (CUDA,) and opened.provider == "CPU" and opened.fell_back
    assert opened.run(FEEDS, ["logits"])[0].shape == (1, 2)


def test_strict_refuses_the_fall_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PROVIDERS", "cuda, cpu")
    monkeypatch.setenv("HUB_STRICT_PROVIDERS", "1")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    with pytest.raises(ProviderError, match="CUDAExecutionProvider was asked for and is not in this onnxruntime"):
        open_session(file, 1)


def test_strict_refuses_a_fall_back_of_onnxruntime_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A build with CUDA on a machine without: the provider is there, the session quietly gets the CPU.
    monkeypatch.setenv("HUB_PROVIDERS", "cuda,cpu")
    monkeypatch.setenv("HUB_STRICT_PROVIDERS", "1")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda path, options, providers, **more: real(path, options, providers=[CPU])
    )
    with pytest.raises(ProviderError, match="onnxruntime fell back to CPUExecutionProvider for pooling"):
        open_session(file, 1)


def test_strict_is_content_with_what_was_asked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PROVIDERS", "cpu")
    monkeypatch.setenv("HUB_STRICT_PROVIDERS", "1")
    opened = open_session(file, 1)
    assert opened.providers == (CPU,) and not opened.fell_back


def test_an_unknown_provider_is_answered_with_the_known_ones(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PROVIDERS", "gpu")
    with pytest.raises(ProviderError, match="names 'gpu'; known are tensorrt, cuda, openvino"):
        open_session(file, 1)


def test_wrong_inputs_are_a_readable_error(file: Path) -> None:
    with pytest.raises(BundleError, match=r"pooling/model.onnx failed to run"):
        open_session(file, 1).run({"input_ids": np.zeros((1, 2), np.float32)}, ["logits"])


def test_small_requests_get_one_thread_and_large_ones_all_cores(
    pooling: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "cores", lambda: 3)
    assert pooling.session().threads == 1
    assert pooling.session(large=True).threads == 3
    assert pooling.session() is pooling.session("int8") and pooling.session() is not pooling.session(large=True)


def test_the_least_recently_used_session_goes(tmp_path: Path) -> None:
    files = [tiny.make_pooling(tmp_path, f"pooling-{number}") / "model.onnx" for number in range(3)]
    sessions = Sessions(capacity=2)
    first, second = sessions.get(files[0]), sessions.get(files[1])
    assert sessions.get(files[0]) is first
    third = sessions.get(files[2])
    assert len(sessions) == 2
    assert sessions.get(files[0]) is first and sessions.get(files[2]) is third
    assert sessions.get(files[1]) is not second
    assert second.run(FEEDS, ["logits"])  # one that somebody still runs is not closed under them


def test_many_threads_make_one_session(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = session.open_session
    monkeypatch.setattr(session, "open_session", lambda *key: made.append(key) or real(*key))
    sessions, got = Sessions(), []
    threads = [threading.Thread(target=lambda: got.append(sessions.get(file))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(got) == 12 and len(set(map(id, got))) == 1


def test_a_session_that_could_not_be_made_can_be_tried_again(tmp_path: Path, file: Path) -> None:
    path, sessions = tmp_path / "model.onnx", Sessions()
    for _ in range(2):
        with pytest.raises(BundleError, match="cannot be opened"):
            sessions.get(path)
    path.write_bytes(file.read_bytes())
    assert sessions.get(path).run(FEEDS, ["logits"])


@pytest.mark.parametrize(
    ("files", "own", "cores"),
    [
        ({}, "", []),
        ({"cpu.max": "max 100000"}, "0::/", []),
        ({"cpu.max": "150000 100000"}, "0::/", [2]),
        ({"cpu.max": "max 100000", "a/cpu.max": "400000 100000", "a/b/cpu.max": "50000 100000"}, "0::/a/b", [1, 4]),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "1:cpu:/", []),
        ({"cpu/x/cpu.cfs_quota_us": "300000", "cpu/x/cpu.cfs_period_us": "100000"}, "4:cpu,cpuacct:/x", [3]),
    ],
)
def test_the_quota_of_the_control_group_counts(
    tmp_path: Path, files: dict[str, str], own: str, cores: list[int]
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    (tmp_path / "own").write_text(own + "\n")
    assert list(session._quotas(tmp_path, tmp_path / "own")) == cores


def test_affinity_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session.os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert session.cores() == 1


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return tiny.make_lab(tmp_path)


@pytest.mark.parametrize(("name", "kind"), [("single", "float32"), ("double", "float64")])
def test_a_loop_carries_its_outputs_on(lab: Path, name: str, kind: str) -> None:
    opened = open_session(lab / f"{name}.onnx", 1)
    start, target = np.array([3.0, -2.0]), np.array([1.0, 1.0])
    loop = opened.loop({"point": start, "target": target, "rate": 0.25}, {"point": "next_point"})
    expected = start
    for _ in range(5):
        gradient = 2 * (expected - target)
        expected = expected - 0.25 * gradient
        found = loop.step()
        assert found["gradient"].dtype == kind
        np.testing.assert_allclose(found["gradient"], gradient)
        np.testing.assert_allclose(found["next_point"], expected)
        np.testing.assert_allclose(loop.inputs["point"], expected)
    assert start.tolist() == [3.0, -2.0]  # the caller's array is the caller's


def test_an_input_of_a_loop_may_be_changed_between_steps(lab: Path) -> None:
    loop = open_session(lab / "single.onnx", 1).loop(
        {"point": np.zeros(1), "target": np.ones(1), "rate": np.zeros(())}, {"point": "next_point"}
    )
    assert loop.step()["next_point"].tolist() == [0]
    loop.inputs["rate"][...] = 0.5
    assert loop.step()["next_point"].tolist() == [1]
    loop.inputs["target"][...] = 3
    assert loop.step()["loss"] == 4


def test_a_loop_says_what_it_lacks(lab: Path) -> None:
    opened = open_session(lab / "single.onnx", 1)
    with pytest.raises(BundleError, match=r"single.onnx needs the input 'rate'"):
        opened.loop({"point": np.zeros(1), "target": np.zeros(1)}, {"point": "next_point"})
    with pytest.raises(BundleError, match="point has 1 axes"):
        opened.loop({"point": np.zeros((1, 1)), "target": np.zeros(1), "rate": 0.1}, {"point": "next_point"})


def test_casting_takes_the_types_and_the_inputs_of_the_graph(lab: Path) -> None:
    made = open_session(lab / "double.onnx", 1).cast({"point": np.float32([1]), "rate": 1, "other": np.zeros(2)})
    assert {name: (values.dtype.name, values.shape) for name, values in made.items()} == {
        "point": ("float64", (1,)),
        "rate": ("float64", ()),
    }
