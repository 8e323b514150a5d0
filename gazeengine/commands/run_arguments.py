"""What the long runs take: training, an ensemble of teachers and its maps, distillation, pruning while training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gazeengine.commands.argument_kinds import (
    Parser,
    beta,
    betas,
    counts,
    data,
    names,
    new_command,
    number,
    one_of,
    running,
    shares,
    size,
    weights,
    whole_number,
)
from gazeengine.runs import PRECISIONS

Options = Sequence[tuple[str, str, Callable[[str], Any], object, str]]
"""Arguments that are fields of a run's options: flag, field, type, its default there, help."""

FEATURES = (
    "pretrained features: a safetensors file with torchvision's names, or 'torchvision' for its own weights, "
    "which it downloads"
)

FASTEST = 1e36  # of learning rates: what optimizers make of more overflows float32, and ends in a bare error

TRAINING: Options = (
    ("--steps", "n_steps", whole_number(1), 1440, "steps of training"),
    ("--batch", "batch", whole_number(1), 4, "pictures a step"),
    ("--learning-rate", "learning_rate", number(0, FASTEST), 5e-5, "of the features, at its peak"),
    ("--readout-learning-rate", "readout_learning_rate", number(0, FASTEST), 1e-3, "of the readout, at its peak"),
    ("--warm-up-steps", "warm_up_steps", whole_number(0), 50, "over which learning rates grow to their peak"),
    ("--gradient-norm", "gradient_norm", number(0), 1.0, "at which gradients are cut"),
    ("--validate-every", "validate_every", whole_number(1), 100, "steps between two validations"),
    ("--patience", "patience", whole_number(1), 20, "validations without a lower loss before it stops"),
    ("--least-scale", "least_scale", number(0.1, 1), 1.0, "the smallest part of a picture's sides that is seen"),
    ("--teacher-share", "teacher_share", number(0, 1), 0.9, "of a teacher's maps, against fixations"),
    ("--seed", "seed", whole_number(0), 0, "of weights, order and flips"),
    ("--precision", "precision", one_of(PRECISIONS), "float32", f"of convolutions: {' or '.join(PRECISIONS)}"),
)
"""Of train and distill: fields of TrainingOptions."""

TEACHING: Options = (
    ("--folds", "n_folds", whole_number(2), 10, "members, each without one fold of the pictures"),
    ("--steps", "n_steps", whole_number(1), 2000, "steps of training"),
    ("--batch", "batch", whole_number(1), 8, "pictures a step"),
    ("--learning-rate", "learning_rate", number(0, FASTEST), 0.001, "of Adam, at its peak"),
    ("--validate-every", "validate_every", whole_number(1), 100, "steps between two validations"),
    ("--patience", "patience", whole_number(1), 20, "validations without a lower loss before it stops"),
    ("--dropout", "dropout", number(0, 0.9), 0.1, "share of the features left out of a step"),
    ("--seed", "seed", whole_number(0), 0, "of weights, order, folds and flips"),
)
"""Of teacher: fields of TeacherOptions."""


def train(commands: Any) -> None:
    c = new_command(
        commands,
        "train",
        "train a network on fixations; called again it goes on where it was stopped",
        model=False,
    )
    c.add_argument("--architecture", choices=("fastgaze", "densegaze", "litegaze"), default="fastgaze")
    c.add_argument("--features", required=True, metavar="FILE", help=f"{FEATURES}, or 'random' to start from nothing")
    data(c, required=True, what="data set with the splits train, val and test; may be given several times")
    running(c, out="model file to write (weights as float16)")
    c.add_argument("--name", help="name of the model (default: its architecture's title)")
    c.add_argument("--size", type=size, metavar="HxW", help="working size (default 240x320)")
    _training(c)


def _training(command: Parser) -> None:
    for flag, field, kind, default, what in TRAINING:
        command.add_argument(
            flag,
            dest=field,
            type=kind,
            metavar="N" if isinstance(default, int) else "X",
            help=f"{what} (default {default})",
        )
    command.add_argument(
        "--signal-images",
        type=whole_number(1),
        default=128,
        metavar="N",
        help="training pictures that the Fisher signal is estimated on (default 128)",
    )


def teacher(commands: Any) -> None:
    c = new_command(
        commands, "teacher", "train an ensemble of DeepGaze II readouts on frozen features of a VGG", model=False
    )
    c.add_argument("--architecture", choices=("deepgaze2", "deepgaze2-vgg16"), default="deepgaze2-vgg16")
    c.add_argument(
        "--features",
        required=True,
        metavar="FILE",
        help=f"{FEATURES}; for deepgaze2 of a VGG-19, or of a VGG-16, to which identity convolutions are added then",
    )
    data(c, required=True, what="data set whose splits train and val make the folds; may be given several times")
    running(c, out="model file to write: the member with the lowest loss on its fold")
    c.add_argument("--cache", type=Path, metavar="DIR", help="folder for the features (default: features in --run)")
    c.add_argument(
        "--size", type=size, metavar="HxW", help="of the pictures as the features see them (default 384x512)"
    )
    c.add_argument("--name", help="name of the model (default: its architecture's title)")
    for flag, field, kind, default, what in TEACHING:
        c.add_argument(flag, dest=field, type=kind, metavar="X", help=f"{what} (default {default})")
    c.set_defaults(signal_images=0)  # nobody prunes a teacher


def maps(commands: Any) -> None:
    c = new_command(commands, "maps", "write a teacher's average maps of pictures, to distill from", model=False)
    c.add_argument(
        "teacher",
        metavar="RUN",
        type=Path,
        nargs="+",
        help="folders of runs of teacher, whose members all speak, or models",
    )
    c.add_argument(
        "--shares",
        type=weights,
        metavar="LIST",
        help="how much each teacher counts, as 0.8,0.2 (default: all members of all teachers alike)",
    )
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the maps")
    data(c, required=True, what="data set, all of its splits, or a folder of pictures; may be given several times")
    c.add_argument(
        "--splits",
        type=names,
        default=("train", "val", "test", "unlabelled"),
        metavar="LIST",
        help="of data sets, those that each has (default train,val,test,unlabelled)",
    )
    c.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="folder with features of teacher, which are read instead of computed (default: features in each RUN)",
    )
    c.add_argument(
        "--precision", choices=PRECISIONS, default="float32", help="of the features computed (default float32)"
    )


def variants(commands: Any) -> None:
    c = new_command(
        commands, "variants", "write parts, other colours and mixtures of pictures, to distill from", model=False
    )
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the pictures")
    data(c, required=True, what="data set, or a folder of pictures; may be given several times")
    c.add_argument(
        "--splits",
        type=names,
        default=("train", "unlabelled"),
        metavar="LIST",
        help="of data sets, those that each has (default train,unlabelled)",
    )
    c.add_argument("--per-picture", type=whole_number(1), default=4, metavar="N", help="of each (default 4)")
    c.add_argument("--size", type=size, default=(384, 512), metavar="HxW", help="of the pictures (default 384x512)")
    c.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="draws them (default 0)")


def distill(commands: Any) -> None:
    c = new_command(
        commands, "distill", "train all weights of a network to a teacher's maps and to fixations", model=False
    )
    c.add_argument("model", metavar="MODEL", nargs="?", help="model to go on from (default: begin with --features)")
    c.add_argument(
        "--architecture",
        choices=("fastgaze", "densegaze", "litegaze"),
        help="to begin with (default: that of MODEL, or fastgaze)",
    )
    c.add_argument("--features", metavar="FILE", help=f"{FEATURES}, or 'random' to start from nothing")
    _material(c)
    running(c, out="model file to write (weights as float16)")
    c.add_argument("--name", help="name of the model (default: that of MODEL, or its architecture's title)")
    c.add_argument("--size", type=size, metavar="HxW", help="working size (default: that of MODEL, or 240x320)")
    _training(c)


def prune_run(commands: Any) -> None:
    c = new_command(commands, "prune-run", "prune while training, with trained snapshots on the way")
    c.add_argument(
        "--beta", type=beta, required=True, metavar="B", help="weight of the cost in nats per GFLOP, or 'star'"
    )
    goal = c.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        "--features", type=whole_number(1), metavar="N", help="prune until so many features of the unpruned are gone"
    )
    goal.add_argument("--gflop", type=number(0), metavar="G", help="prune until at most this is left")
    goal.add_argument("--ms", type=number(0), metavar="T", help="as --gflop, as much as takes so long here now")
    c.add_argument(
        "--schedule",
        choices=("fast", "paper"),
        default="fast",
        help="paper: one feature every 10 steps, signals anew for each; fast: several a round, signals as a running "
        "mean (default fast)",
    )
    c.add_argument(
        "--snapshots",
        type=counts,
        metavar="N,N,…",
        help="numbers of pruned features at which a model file is written, and at the end "
        "(default 500,1000,1500,2000,2250,2500)",
    )
    _material(c)
    running(c, out="folder for the snapshots: that of MODEL without its suffix makes them its family")
    c.add_argument("--size", type=size, metavar="HxW", help="working size (default: that of MODEL)")
    for flag, field, kind, what in (
        ("--batch", "batch", whole_number(1), "pictures a step (default 4)"),
        (
            "--steps-per-round",
            "steps_per_round",
            whole_number(1),
            "steps between two prunings of the unpruned network (default 2; paper 10)",
        ),
        ("--features-per-round", "features_per_round", whole_number(1), "that go at a time (default 10; paper 1)"),
        ("--settle-steps", "settle_steps", whole_number(0), "without pruning before a snapshot (default 20)"),
        ("--learning-rate", "learning_rate", number(0, FASTEST), "of SGD with momentum 0.9 (default 0.0025)"),
        ("--least-scale", "least_scale", number(0.1, 1), "the smallest part of a picture that is seen (default 1)"),
        ("--seed", "seed", whole_number(0), "of order, flips and targets (default 0)"),
    ):
        c.add_argument(flag, dest=field, type=kind, metavar="X", help=what)


def reproduce(commands: Any) -> None:
    c = new_command(commands, "reproduce", "make a table of the paper again, or one that goes beyond it", model=False)
    c.add_argument(
        "what",
        choices=("table1", "figure1", "without-training", "screens"),
        help="table1: LeNet-5 on MNIST, pruned while it learns; figure1: FastGaze pruned by every criterion, without "
        "retraining, and which of the paper's claims hold; without-training: what FastGaze keeps by one signal, by "
        "signals anew on the way, and compensated; screens: what networks for photographs lack on screens",
    )
    data(
        c, required=True, what="folder of MNIST's four idx files for table1, else data sets; may be given several times"
    )
    c.add_argument("--run", type=Path, metavar="DIR", help="folder for what is done, to go on from; not for screens")
    c.add_argument("--out", type=Path, metavar="FILE", help="Markdown file for the table")
    c.add_argument("--store", type=Path, metavar="FILE", help="of screens: JSON file for the scores, for cards to show")
    c.add_argument("--split", default="val", help="of screens: the split with fixations (default val)")
    c.add_argument(
        "--models", type=names, default=("litegaze", "fastgaze"), metavar="LIST",
        help="of screens: model files or names; all is measured with the first (default litegaze,fastgaze)",
    )  # fmt: skip
    c.add_argument(
        "--betas",
        type=betas,
        default=(0.0, 10.0, "star"),
        metavar="LIST",
        help="in nats per GFLOP, or star (default 0,10,star, which is for table1)",
    )
    c.add_argument("--seeds", type=whole_number(1), default=3, metavar="N", help="how many (default 3)")
    c.add_argument(
        "--steps",
        type=whole_number(1),
        metavar="N",
        help="of each training of table1 at most (default 8000, and 6000 behind each pruning)",
    )
    c.add_argument("--shift", action="store_true", help="table1: move training pictures by two pixels at most")
    c.add_argument(
        "--taught", type=number(0, 1), default=0.0, metavar="SHARE",
        help="table1: of the loss behind each pruning, to the unpruned network's scores (default 0, as in the paper)",
    )  # fmt: skip
    c.add_argument("--model", default="fastgaze", metavar="MODEL", help="which is pruned (default fastgaze)")
    c.add_argument("--size", type=size, metavar="HxW", help="of figure1: the pictures (default: the working size)")
    c.add_argument(
        "--every", type=whole_number(1), default=10, metavar="N", help="of figure1: features a step (default 10)"
    )
    c.add_argument(
        "--signal-images",
        type=whole_number(1),
        default=24,
        metavar="N",
        help="of figure1: pictures that each step's signal is estimated on (default 24)",
    )
    c.add_argument(
        "--held-out",
        type=whole_number(1),
        default=50,
        metavar="N",
        help="of figure1: pictures that losses are measured on (default 50)",
    )
    c.add_argument(
        "--least", type=number(0, 1), default=0.1, metavar="SHARE",
        help="of figure1: the FLOPs at which a curve ends (default 0.1)",
    )  # fmt: skip
    c.add_argument(
        "--shares", type=shares, metavar="LIST",
        help="the FLOPs that are left (default: of table1 0.26,0.17,0.1,0.05, of without-training 0.5,1/3,0.2,0.1)",
    )  # fmt: skip


def _material(command: Parser) -> None:
    """What distill and prune-run learn from."""
    data(command, required=True, what="data set with the splits train, val and test; may be given several times")
    command.add_argument(
        "--unlabelled",
        type=Path,
        action="append",
        metavar="DIR",
        help="pictures without fixations, with a teacher's maps alone; may be given several times",
    )
    command.add_argument(
        "--teacher",
        type=Path,
        action="append",
        metavar="DIR",
        help="folder of a teacher's maps, as maps writes; may be given several times (default: fixations alone)",
    )
