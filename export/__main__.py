"""python -m export: make, list, check and push bundles. Torch is imported only where something is made or listed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from export import architectures

if TYPE_CHECKING:
    from export.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent

EXAMPLES = """\
examples:
  python -m export list                               the recipes, and which of them stand as bundles
  python -m export make textcnn-sst2                  train (or go on, or only load), export, verify, publish
  python -m export make consert-en --base google-bert/bert-base-uncased    from another encoder than our own small one
  python -m export make consert-en --torch FOLDER     its PyTorch weights, for sentence-transformers
  python -m export make --all                         the same for every recipe, one after the other
  python -m export from-hub openai-community/gpt2     a causal model of transformers (Hub id, folder, .gguf file)
  python -m export check                              every bundle: hashes, card, golden outputs; without torch
  python -m export check textcnn-sst2                 one of them
  python -m export push ME/hub --dry-run              what would go to a Space, with sizes
  python -m export push ME/hub                        the app and all bundles as a Space
  python -m export push ME/textcnn --bundle textcnn-sst2    one bundle as a model repository

A run may be interrupted at any moment: training goes on from its last checkpoint, and a bundle is replaced whole or
not at all. Nothing is published unless the ONNX file gives PyTorch's logits at every batch size and length, and a
text gets the same answer alone and in a batch. A quantised file that loses too much is measured and left out.

settings: HUB_DATA (folder of the data sets), HUB_BUNDLES (folder of the bundles), HF_TOKEN and HF_ENDPOINT (push).
exit status: 0 all is well; 1 a bundle or a run failed, its name is printed; 2 the command is not understood.
"""


class Parser(argparse.ArgumentParser):
    """Answers what it does not understand in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """Each subcommand sets ``run``, a function of the parsed arguments that returns the exit status."""
    whole = Parser(
        prog="python -m export",
        description="From a PyTorch model to a bundle in onnx/: train, export, quantise, verify, publish.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, about: str, run: Any) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        one.set_defaults(run=run, parser=one)
        one.add_argument(
            "--bundles",
            type=Path,
            default=Path(os.environ.get("HUB_BUNDLES") or ROOT / "onnx"),
            metavar="FOLDER",
            help="where bundles are (default: HUB_BUNDLES, else onnx/)",
        )
        return one

    def with_checkpoints(one: argparse.ArgumentParser) -> None:
        one.add_argument(
            "--checkpoints",
            type=Path,
            default=ROOT / ".cache" / "checkpoints",
            metavar="FOLDER",
            help="where trainings are kept (default: .cache/checkpoints)",
        )

    one = command("make", "train or load, export, quantise, verify and publish", make)
    one.add_argument("names", nargs="*", metavar="NAME", help="recipes")
    one.add_argument("--all", action="store_true", help="every recipe; one that fails does not keep back the others")
    one.add_argument(
        "--base",
        metavar="ID",
        help="start a sentence encoder from this one (google-bert/bert-base-uncased, any Hub id or folder)",
    )
    one.add_argument(
        "--torch",
        type=Path,
        metavar="FOLDER",
        help="write the PyTorch weights of one sentence encoder there, for sentence-transformers, and no bundle",
    )
    with_checkpoints(one)
    command("list", "list the recipes and their bundles", list_recipes)
    one = command("check", "verify bundles, without torch", check_bundles)
    one.add_argument("names", nargs="*", metavar="NAME", help="bundles (default: all)")
    one = command("push", "upload the app as a Space, or one bundle as a model repository", push)
    one.add_argument("repository", type=_repository, metavar="OWNER/NAME")
    one.add_argument("--bundle", metavar="NAME", help="this bundle, as a model repository")
    one.add_argument("--dry-run", action="store_true", help="only list what would go, with sizes")
    one = command("from-hub", "make a bundle for generation of a model that is there already", make_from_hub)
    one.epilog = f"What is taken, by the model_type of its config.json: {architectures.listed()}."
    one.add_argument("source", metavar="ID", help="a Hub id, a folder, a .gguf file")
    one.add_argument("--name", default="", metavar="NAME", help="of the bundle (default: made of ID)")
    one.add_argument(
        "--text",
        type=Path,
        metavar="FILE",
        help="running text to compare variants on, paragraphs apart by empty lines (8,000 characters are read)",
    )
    with_checkpoints(one)
    return whole


def _repository(value: str) -> str:
    if value.count("/") != 1:
        raise argparse.ArgumentTypeError(f"OWNER/NAME is needed, not {value!r}")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    chosen = parser().parse_args(arguments)
    return int(chosen.run(chosen))


def make(chosen: argparse.Namespace) -> int:
    """The named recipes, or all. One that fails does not keep the others from being made."""
    if bool(chosen.names) == chosen.all:
        chosen.parser.error("say which recipes, or --all" if not chosen.all else "names or --all, not both")
    from export import recipes as known

    checkpoints = chosen.checkpoints
    try:
        recipes = known.find(chosen.names) if chosen.names else list(known.RECIPES)
    except KeyError as error:
        return _fail(str(error.args[0]))
    if chosen.base:
        fixed = [one.name for one in recipes if not one.rebase]
        if fixed:
            return _fail(f"--base is for sentence encoders; {', '.join(fixed)} has no base to replace")
        try:
            recipes = [one.rebase(chosen.base) for one in recipes if one.rebase]
        except (OSError, ValueError) as error:
            return _fail(f"--base {chosen.base} cannot be loaded: {str(error).strip().splitlines()[0]}")
        checkpoints = checkpoints / chosen.base.replace("/", "--")
    if chosen.torch:
        if len(recipes) > 1:
            return _fail("--torch takes one name")
        return write_weights(recipes[0], chosen.torch, checkpoints)
    from tqdm import tqdm

    from export.graph import ExportError
    from export.make import make as make_one
    from export.publish import OccupiedError
    from export.verify import GateError
    from models.training.corpus import CorpusError
    from models.training.pretrained import PretrainedError
    from models.training.runs import RunError

    # What is not there, or another's, or not good enough: a sentence says it.
    told = (CorpusError, FileNotFoundError, PretrainedError, RunError, OccupiedError, GateError, ExportError)
    failed = []
    for wanted in recipes:
        try:
            make_one(wanted, chosen.bundles, checkpoints)
        except KeyboardInterrupt:
            return _fail(f"{wanted.name}: interrupted; the bundle that was there is untouched")
        except told as error:
            tqdm.write(f"{wanted.name}: {error}", file=sys.stderr)
            failed.append(wanted.name)
        except Exception as error:
            if len(recipes) == 1:
                raise
            tqdm.write(f"{wanted.name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(wanted.name)
    return _fail(f"failed: {', '.join(failed)}") if failed else 0


def make_from_hub(chosen: argparse.Namespace) -> int:
    """A model that is there already, as a bundle for generation."""
    from export import from_hub
    from export.graph import ExportError
    from export.make import make as make_one
    from export.publish import OccupiedError, require_free
    from export.verify import GateError

    try:
        require_free(chosen.bundles, from_hub.bundle_name(chosen.source, chosen.name))
        wanted = from_hub.recipe(chosen.source, chosen.name, chosen.text)
        make_one(wanted, chosen.bundles, chosen.checkpoints)
    except (from_hub.SourceError, OccupiedError) as error:
        return _fail(str(error))
    except (GateError, ExportError) as error:
        return _fail(f"{chosen.source} is not published: {error}")
    except KeyboardInterrupt:
        return _fail("interrupted; a bundle that was there is untouched")
    return 0


def write_weights(wanted: Recipe, folder: Path, checkpoints: Path) -> int:
    """Train or load a sentence encoder and write it for sentence-transformers."""
    from export import torch_folder

    try:
        torch_folder.save(wanted.train(checkpoints / wanted.name), folder)
    except TypeError as error:
        return _fail(f"{wanted.name}: {error}")
    return 0


def list_recipes(chosen: argparse.Namespace) -> int:
    from export import check, recipes

    there = set(check.find(chosen.bundles))
    for name, known in recipes.registry().items():
        there.discard(name)
        state = "bundle" if (chosen.bundles / name / "card.json").is_file() else "not made"
        print(f"{name:24} {state:9} {known.task:20} {known.title.en}")
    for name in sorted(there):
        print(f"{name:24} bundle    without a recipe")
    return 0


def check_bundles(chosen: argparse.Namespace) -> int:
    """No names: all bundles of the folder."""
    from export import check

    bundles = chosen.bundles
    wanted = chosen.names or check.find(bundles)
    if not wanted:
        return _fail(f"there is no bundle in {bundles}")
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


def push(chosen: argparse.Namespace) -> int:
    from export import push as pushing

    repository, bundle = chosen.repository, chosen.bundle
    try:
        upload = (
            pushing.bundle(repository, chosen.bundles, bundle)
            if bundle
            else pushing.space(repository, ROOT, chosen.bundles)
        )
    except pushing.PushError as error:
        return _fail(str(error))
    for name, size in upload.sizes.items():
        print(f"{size:>12,}  {name}")
    print(f"{sum(upload.sizes.values()):>12,}  bytes in {len(upload.files)} files -> {upload.kind} {repository}")
    if chosen.dry_run:
        print("dry run: nothing was sent")
        return 0
    print(pushing.push(upload))
    return 0


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
