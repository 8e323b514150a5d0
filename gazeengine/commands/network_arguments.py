"""What the commands take that look into networks: what they are, pruned, measured and taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gazeengine.commands.argument_kinds import (
    beta,
    beta_or_tuned,
    counts,
    data,
    events,
    new_command,
    number,
    shares,
    size,
    targets,
    whole_number,
)
from gazeengine.criteria import CRITERIA
from gazeengine.pricing import COSTS


def info(commands: Any) -> None:
    c = new_command(commands, "info", "what is in a model file", threads=False)
    c.add_argument(
        "--card",
        action="store_true",
        help="as Markdown: its data, working size and viewing time, scores, and what it was not tested on",
    )


def prune(commands: Any) -> None:
    c = new_command(
        commands, "prune", "remove features by a criterion (Fisher's) and a cost (FLOPs)", out="model file to write"
    )
    c.add_argument(
        "--beta",
        type=beta_or_tuned,
        metavar="B",
        help="weight of the cost in nats per GFLOP (or per million parameters, or ms, with another --cost), 'star' for "
        "the criterion without one (Eq. 15), or 'tuned' for the one of least estimated loss at --gflop, or at the time "
        "that the times command lets --ms expect. Without it "
        "--gflop and --features take the smallest β at which the combined cost itself asks for that much pruning",
    )
    goal = c.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        "--features",
        type=whole_number(0),
        metavar="N",
        help="how many features to PRUNE, from 0 to all but the last of each layer (info says n_prunable)",
    )
    goal.add_argument(
        "--gflop", type=number(0), metavar="G", help="prune until at most this is left, at the working size"
    )
    goal.add_argument(
        "--ms",
        type=number(0),
        metavar="T",
        help="prune until a map takes at most this long here, measured with --threads (1 if not given)",
    )
    c.add_argument(
        "--criterion",
        choices=tuple(CRITERIA),
        default="fisher",
        help="by what features are ranked (default fisher); all but fisher, l1w and random need --data",
    )
    c.add_argument(
        "--cost",
        choices=tuple(COSTS),
        default="flops",
        help="what pruning saves (default flops): flops-fixed holds each feature's cost at its first value; time is "
        "what the times command measured on this computer",
    )
    c.add_argument(
        "--multiple",
        type=whole_number(1),
        default=1,
        metavar="M",
        help="round layer widths to multiples of M within the order, as 8, which computers like; a target holds for "
        "what is rounded (default 1)",
    )
    data(c, required=False, what="re-estimate the signal on its training split first; may be given several times")
    targets(c)


def prune_parameters(commands: Any) -> None:
    c = new_command(
        commands,
        "prune-parameters",
        "set single weights to zero (Eq. 5 to 7): no faster, but smaller once it is compressed",
        out="model file to write",
    )
    c.add_argument(
        "--sparsity", type=number(0, 1), required=True, metavar="S", help="share of the weights that go, as 0.9"
    )
    c.add_argument(
        "--rule",
        choices=("fisher", "magnitude"),
        default="fisher",
        help="by what they go: θ² times mean squared gradient, on --data, or |θ| (default fisher)",
    )
    data(c, required=False, what="estimate the signal on its training split; may be given several times")
    targets(c)


def times(commands: Any) -> None:
    c = new_command(commands, "times", "measure what each layer takes on this computer, for --cost time", threads=False)
    c.add_argument("--size", type=size, metavar="HxW", help="height x width of the picture (default: the working size)")
    c.add_argument("--threads", type=whole_number(1), default=1, help="CPU threads (default 1)")
    c.add_argument("--runs", type=whole_number(1), default=7, help="timed runs of each layer and width (default 7)")
    c.add_argument(
        "--out", type=Path, metavar="FILE", help="JSON file to write (default: among the user's data, for prune)"
    )


def refine(commands: Any) -> None:
    c = new_command(
        commands,
        "refine",
        "prune without training, better: signals estimated anew on the way, and what is left compensated",
    )
    c.add_argument(
        "--beta", type=beta, required=True, metavar="B", help="weight of the cost in nats per GFLOP, or 'star'"
    )
    c.add_argument(
        "--cost",
        choices=tuple(COSTS),
        default="flops",
        help="what pruning saves (default flops); β is a price of its unit, and networks by others make no family",
    )
    source = c.add_mutually_exclusive_group(required=True)
    data(source, required=False, what="data set: its training split to estimate on, its test split for scores")
    source.add_argument("--pictures", type=Path, metavar="DIR", help="folder of pictures, no fixations needed")
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for a model file at each stop")
    stops = c.add_mutually_exclusive_group()
    stops.add_argument(
        "--features", type=counts, default=(), metavar="N,N,…", help="the stops: so many features of MODEL are gone"
    )
    stops.add_argument(
        "--shares",
        type=shares,
        default=(0.7, 0.5, 1 / 3, 0.2, 0.1),
        metavar="LIST",
        help="the stops: shares of MODEL's FLOPs that are left (default 0.7,0.5,1/3,0.2,0.1)",
    )
    c.add_argument(
        "--no-compensation",
        dest="compensate",
        action="store_false",
        help="leave the weights of what is left as they are",
    )
    c.add_argument("--images", type=whole_number(1), default=80, metavar="N", help="to compensate on (default 80)")
    c.add_argument(
        "--signal-images",
        type=whole_number(1),
        default=24,
        metavar="N",
        help="of these, to estimate the signal of each stop on (default 24)",
    )
    c.add_argument("--seed", type=whole_number(0), default=0, help="draws pictures and positions (default 0)")
    c.add_argument(
        "--no-scores", dest="scores", action="store_false", help="leave out the scores on the test split of --data"
    )
    c.add_argument(
        "--own-family",
        action="store_true",
        help="the stops make a family that begins with MODEL, also where MODEL is of one itself",
    )
    c.add_argument("--run", type=Path, metavar="DIR", help="folder for the history of the run (default: none is kept)")
    events(c)


def latency(commands: Any) -> None:
    c = new_command(commands, "latency", "measure the time to a map, in turn with the unpruned network", threads=False)
    c.add_argument("--size", type=size, metavar="HxW", help="height x width of the picture (default: the working size)")
    c.add_argument("--threads", type=whole_number(1), default=1, help="CPU threads (default 1, as in the paper)")
    c.add_argument("--runs", type=whole_number(1), default=15, help="timed runs of each network (default 15)")


def export(commands: Any) -> None:
    c = new_command(commands, "export", "write a model for other programs, and check it", out="file to write")
    c.add_argument(
        "--to",
        choices=("onnx", "pt2"),
        required=True,
        help="onnx: pictures of any size, checked by ONNX Runtime; pt2: for torch.export.load, at the working size",
    )


def convert(commands: Any) -> None:
    c = new_command(
        commands, "convert", "convert the published pruned FastGaze", model=False, out="model file to write"
    )
    c.add_argument("source", metavar="FILE", type=Path, help="its safetensors file")
    data(
        c,
        required=False,
        what="fit a center bias to its training split, and scale and weight of it to its validation split; "
        "may be given several times",
    )
    c.add_argument(
        "--signal-images", type=whole_number(0), default=128, metavar="N",
        help="training pictures for a Fisher signal, if --data is given (default 128; 0: none)",
    )  # fmt: skip


def signal(commands: Any) -> None:
    c = new_command(commands, "signal", "estimate the Fisher signal of every feature anew", out="model file to write")
    source = c.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--data", type=Path, action="append", metavar="DIR", help="data set; may be given several times"
    )
    source.add_argument("--pictures", type=Path, metavar="DIR", help="a folder of any pictures, for sampled targets")
    c.add_argument("--split", default="train", help="split of each data set (default train)")
    targets(c)
