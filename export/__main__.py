"""python -m export: make, list, check and push bundles. Torch is imported only where something is made or listed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from export.recipe import AnyRecipe

ROOT = Path(__file__).resolve().parent.parent

EXAMPLES = """\
examples:
  python -m export --list                             the recipes, and which of them stand as bundles
  python -m export textcnn-sst2                       train (or go on, or only load), export, verify, publish
  python -m export consert-en --base google-bert/bert-base-uncased    from another encoder than our own small one
  python -m export consert-en --torch FOLDER          its PyTorch weights, for sentence-transformers
  python -m export --from-hub openai-community/gpt2   any causal model of transformers (Hub id, folder, .gguf file)
  python -m export --all                              the same for every recipe, one after the other
  python -m export --check                            every bundle: hashes, card, golden outputs; without torch
  python -m export --check textcnn-sst2               one of them
  python -m export --push ME/hub --dry-run            what would go to a Space, with sizes
  python -m export --push ME/hub                      the app and all bundles as a Space
  python -m export --push ME/textcnn --bundle textcnn-sst2    one bundle as a model repository

A run may be interrupted at any moment: training goes on from its last checkpoint, and a bundle is replaced whole or
not at all. Nothing is published unless the ONNX file gives PyTorch's logits at every batch size and length, and a
text gets the same answer alone and in a batch. A quantised file that loses too much is measured and left out.

settings: HUB_DATA (folder of the data sets), HUB_BUNDLES (folder of the bundles), HF_TOKEN and HF_ENDPOINT (--push).
exit status: 0 all is well; 1 a bundle or a run failed, its name is printed; 2 the command is not understood.
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m export",
        description="From a PyTorch model to a bundle in onnx/: train, export, quantise, verify, publish.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("names", nargs="*", metavar="NAME", help="recipes to make (or, with --check, bundles to check)")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="make every recipe")
    what.add_argument("--list", action="store_true", help="list the recipes and their bundles")
    what.add_argument("--check", action="store_true", help="verify committed bundles, without torch")
    what.add_argument("--push", metavar="OWNER/NAME", help="upload the app as a Space, or with --bundle one bundle")
    what.add_argument(
        "--from-hub", metavar="ID", help="make a bundle for generation of this model: a Hub id, a folder, a .gguf file"
    )
    made.add_argument("--name", metavar="NAME", help="with --from-hub: the name of the bundle")
    made.add_argument("--text", type=Path, metavar="FILE", help="with --from-hub: running text to compare variants on")
    made.add_argument(
        "--base",
        metavar="ID",
        help="start a sentence encoder from this one (google-bert/bert-base-uncased, any Hub id or folder)",
    )
    made.add_argument(
        "--torch",
        type=Path,
        metavar="FOLDER",
        help="write the PyTorch weights of one sentence encoder there, for sentence-transformers, and no bundle",
    )
    made.add_argument("--bundle", metavar="NAME", help="with --push: this bundle, as a model repository")
    made.add_argument("--dry-run", action="store_true", help="with --push: only list what would go, with sizes")
    made.add_argument(
        "--bundles",
        type=Path,
        default=Path(os.environ.get("HUB_BUNDLES") or ROOT / "onnx"),
        metavar="FOLDER",
        help="where bundles are (default: HUB_BUNDLES, else onnx/)",
    )
    made.add_argument(
        "--checkpoints",
        type=Path,
        default=ROOT / ".cache" / "checkpoints",
        metavar="FOLDER",
        help="where trainings are kept (default: .cache/checkpoints)",
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    arguments_parser = parser()
    given = arguments_parser.parse_args(arguments)
    if (given.bundle or given.dry_run) and not given.push:
        arguments_parser.error("--bundle and --dry-run go with --push OWNER/NAME")
    if given.names and (given.all or given.list or given.push or given.from_hub):
        arguments_parser.error("names go alone or with --check")
    if (given.name or given.text) and not given.from_hub:
        arguments_parser.error("--name and --text go with --from-hub ID")
    if given.from_hub:
        return make_from_hub(given.from_hub, given.name or "", given.text, given.bundles, given.checkpoints)
    if given.check:
        return check_bundles(given.bundles, given.names)
    if given.push:
        if given.push.count("/") != 1:
            arguments_parser.error(f"--push needs OWNER/NAME, got {given.push!r}")
        return push(given.push, given.bundles, given.bundle, given.dry_run)
    if given.list:
        return list_recipes(given.bundles)
    if not given.names and not given.all:
        arguments_parser.error("say what to make: NAME, --all; or --list, --check, --push (see --help)")
    return make(given.names, given.bundles, given.checkpoints, given.base, given.torch)


def make(
    names: Sequence[str], bundles: Path, checkpoints: Path, base: str | None = None, weights: Path | None = None
) -> int:
    """No names: all recipes. One that fails does not keep the others from being made.

    Args:
        base: the encoder to start from.
        weights: write the PyTorch weights there instead of a bundle.
    """
    from export import recipe
    from export import recipes as known

    try:
        recipes = known.find(names) if names else list(known.RECIPES)
    except KeyError as error:
        return _fail(str(error.args[0]))
    if base:
        fixed = [one.name for one in recipes if not (isinstance(one, recipe.Recipe) and one.rebase)]
        if fixed:
            return _fail(f"--base is for sentence encoders; {', '.join(fixed)} has no base to replace")
        recipes = [one.rebase(base) for one in recipes if isinstance(one, recipe.Recipe) and one.rebase]
        checkpoints = checkpoints / base.replace("/", "--")
    if weights:
        return write_weights(recipes[0], weights, checkpoints) if len(recipes) == 1 else _fail("--torch takes one name")
    from tqdm import tqdm

    from export.make import make as make_one

    failed = []
    for wanted in recipes:
        try:
            make_one(wanted, bundles, checkpoints)
        except KeyboardInterrupt:
            return _fail(f"{wanted.name}: interrupted; the bundle that was there is untouched")
        except Exception as error:
            if len(recipes) == 1:
                raise
            tqdm.write(f"{wanted.name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(wanted.name)
    return _fail(f"failed: {', '.join(failed)}") if failed else 0


def make_from_hub(source: str, name: str, text: Path | None, bundles: Path, checkpoints: Path) -> int:
    """A model that is there already, as a bundle for generation."""
    from export import from_hub
    from export.make import make as make_one
    from export.publish import OccupiedError

    try:
        wanted = from_hub.recipe(source, name, text)
    except (OSError, ValueError) as error:
        return _fail(f"{source} cannot be loaded: {error}")
    try:
        make_one(wanted, bundles, checkpoints)
    except OccupiedError as error:
        return _fail(str(error))
    return 0


def write_weights(wanted: AnyRecipe, folder: Path, checkpoints: Path) -> int:
    """Train or load a sentence encoder and write it for sentence-transformers."""
    from export import torch_folder
    from export.recipe import Recipe

    if not isinstance(wanted, Recipe):
        return _fail(f"{wanted.name} is no sentence encoder")
    try:
        torch_folder.save(wanted.train(checkpoints / wanted.name), folder)
    except TypeError as error:
        return _fail(f"{wanted.name}: {error}")
    return 0


def list_recipes(bundles: Path) -> int:
    from export import check, recipes

    there = set(check.find(bundles))
    for name, known in recipes.registry().items():
        there.discard(name)
        state = "bundle" if (bundles / name / "card.json").is_file() else "not made"
        print(f"{name:24} {state:9} {known.task:20} {known.title.en}")
    for name in sorted(there):
        print(f"{name:24} bundle    without a recipe")
    return 0


def check_bundles(bundles: Path, names: Sequence[str]) -> int:
    """No names: all bundles of the folder."""
    from export import check

    wanted = list(names) or check.find(bundles)
    failed, total = [], 0
    for name in wanted:
        wrong = check.check(bundles / name)
        size = sum(path.stat().st_size for path in (bundles / name).glob("*") if path.is_file())
        total += size
        print(f"{name:24} {size / 2**20:7.2f} MiB  {'ok' if not wrong else 'FAILED'}")
        for line in wrong:
            print(f"{name}: {line}", file=sys.stderr)
        failed += [name] * bool(wrong)
    print(f"{len(wanted)} bundles, {total / 2**20:.2f} MiB")
    return _fail(f"failed: {', '.join(failed)}") if failed else 0


def push(repository: str, bundles: Path, bundle: str | None, dry_run: bool) -> int:
    from export import push as pushing

    try:
        upload = pushing.bundle(repository, bundles, bundle) if bundle else pushing.space(repository, ROOT)
    except pushing.PushError as error:
        return _fail(str(error))
    for name, size in upload.sizes.items():
        print(f"{size:>12,}  {name}")
    print(f"{sum(upload.sizes.values()):>12,}  bytes in {len(upload.files)} files -> {upload.kind} {repository}")
    if dry_run:
        print("dry run: nothing was sent")
        return 0
    print(pushing.push(upload))
    return 0


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
