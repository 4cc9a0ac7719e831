"""Demos are of one shape: short functions, and a package whose first file says what the tab is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DEMOS = ROOT / "hub" / "demos"
LINES = 80  # of a function
FIRST = 40  # lines of a demo's __init__.py


def functions() -> Iterator[tuple[str, int]]:
    """Every function of the demos, and how many lines it has."""
    for file in sorted(DEMOS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                assert node.end_lineno is not None
                yield f"{file.relative_to(DEMOS).as_posix()} {node.name}", node.end_lineno - node.lineno + 1


def test_no_function_of_a_demo_is_long() -> None:
    assert not [name for name, lines in functions() if lines > LINES]


@pytest.mark.parametrize("name", [path.name for path in sorted(DEMOS.iterdir()) if (path / "__init__.py").exists()])
def test_the_first_file_of_a_demo_says_what_it_is(name: str) -> None:
    text = (DEMOS / name / "__init__.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FIRST and "Demo(" in text and "gradio" not in text
    assert (DEMOS / name / "strings.py").exists()
