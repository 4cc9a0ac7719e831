"""The arrows of the tree: who may import whom."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {"hub", "models", "export", "bench", "app"}


def modules(folder: str) -> list[str]:
    names = [path.relative_to(ROOT).with_suffix("").parts for path in sorted((ROOT / folder).rglob("*.py"))]
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def loaded_by(*names: str, **settings: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after it imported these."""
    code = "import importlib, sys\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    code += "\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def imports_of(path: Path) -> Iterator[str]:
    """Names of everything that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"


def test_serving_needs_no_torch() -> None:
    loaded = loaded_by("app", *modules("hub"))
    assert not loaded & {"torch", "transformers", "onnx", "onnxscript", "models", "export", "bench"}


def test_tasks_need_no_gradio() -> None:
    assert not loaded_by(*modules("hub/tasks"), "hub.service") & {"gradio", "fastapi", "torch"}


@pytest.mark.parametrize("path", sorted((ROOT / "models").rglob("*.py")), ids=lambda path: path.stem)
def test_a_model_imports_models_alone(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports_of(path)} & OURS <= {"models"}


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*.py")), ids=lambda path: path.stem)
def test_a_paper_knows_neither_data_nor_tokenizers_nor_how_it_is_trained(path: Path) -> None:
    names = set(imports_of(path))
    assert not {name for name in names if name.startswith("models.training")}
    assert not {name.partition(".")[0] for name in names} & {"pandas", "tokenizers", "accelerate", "gensim"}


def test_nothing_flows_back() -> None:
    for path in (ROOT / "export").rglob("*.py"):
        back = [name for name in imports_of(path) if name.startswith(("hub.demos", "hub.ui", "gradio", "app", "bench"))]
        assert not back, path
    for path in (ROOT / "hub").rglob("*.py"):
        roots = {name.partition(".")[0] for name in imports_of(path)}
        assert not roots & {"torch", "transformers", "models", "export", "bench", "app"}, path
    for path in (ROOT / "hub/tasks").rglob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith(("hub.demos", "hub.ui", "gradio"))], path


def imports_inside(folder: str) -> dict[str, set[str]]:
    """Module -> the modules of a folder that it imports, inside functions and for types alone too."""
    graph: dict[str, set[str]] = {}
    names = modules(folder)
    paths = sorted((ROOT / folder).rglob("*.py"))
    for name, path in zip(names, paths, strict=True):
        graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[name] |= {alias.name for alias in node.names if alias.name in names}
            elif isinstance(node, ast.ImportFrom):
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[name] |= {one if one in names else str(node.module) for one in whole} & set(names)
    return graph


@pytest.mark.parametrize("folder", ["hub", "export", "models"])
def test_no_import_circle(folder: str) -> None:
    """Not even one that only types need, or that is hidden in a function."""
    order = graphlib.TopologicalSorter(imports_inside(folder))
    try:
        order.prepare()
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_folder_of_bundles_does_not_hide_the_library() -> None:
    assert not list((ROOT / "onnx").glob("*.py"))
    import onnx

    assert Path(onnx.__file__).is_relative_to(sys.prefix) and not Path(onnx.__file__).is_relative_to(ROOT / "onnx")
