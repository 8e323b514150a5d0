"""What the commands take that look at models and pictures, or make a model of another at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from gazeengine.commands.argument_kinds import (
    Collected,
    beta,
    beta_or_tuned,
    counts,
    data,
    events,
    formats,
    least,
    new_command,
    number,
    shares,
    size,
    targets,
    whole_number,
)
from gazeengine.criteria import CRITERIA
from gazeengine.domain import Domain, Prior
from gazeengine.pricing import COSTS
from gazeengine.viewports import DEPTHS, PAGE_ABOVE, VIEWPORTS


def info(commands: Any) -> None:
    c = new_command(commands, "info", "what is in a model file", threads=False)
    c.add_argument(
        "--card",
        action="store_true",
        help="as Markdown: its data, working size and viewing time, scores, and what it was not tested on",
    )


def look(command: Any) -> None:
    """How a map is made of what the network sees: look_of reads it."""
    command.add_argument(
        "--domain",
        choices=("auto", *get_args(Domain)),
        default="auto",
        help="what pictures are taken for (default auto: screens where they look like screenshots)",
    )
    command.add_argument(
        "--center-bias",
        type=number(0, 1),
        default=1.0,
        metavar="S",
        help="how much of the habit counts that has nothing to do with the picture, 0 to 1 (default 1)",
    )
    command.add_argument(
        "--prior", choices=get_args(Prior), default="own", help="whose habit: by default that of the domain"
    )
    command.add_argument(
        "--viewport",
        choices=VIEWPORTS,
        default="auto",
        help="what of a long page is seen at once and read by itself (default auto: 16:10, or a phone's for a narrow "
        f"page, where a screenshot is more than {PAGE_ABOVE:g} times as high as wide; none: everything at once)",
    )
    command.add_argument(
        "--depth",
        choices=DEPTHS,
        default="even",
        help="how attention is shared among a page's folds: even, or as people's viewing time falls from screenful to "
        "screenful (default even)",
    )


def predict(commands: Any) -> None:
    c = new_command(commands, "predict", "write the saliency maps of pictures")
    c.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
    c.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the maps, made if it is missing")
    c.add_argument(
        "--as",
        dest="formats",
        type=formats,
        default=("npy", "png", "overlay"),
        metavar="LIST",
        help="of npy (log density in nats, float32, over the pixels of the picture), png (the map in grey: "
        "gamma-corrected, 1 %% to 99 %% percentile), png16 (the density in 16 bits, in proportion; its scale is in the "
        "text chunk Density-per-level), overlay (heat map over the picture), focus (the unseen dark and blurred), "
        "contours (around half and four fifths of attention), hotspots (numbered by share); default npy,png,overlay",
    )
    look(c)
    c.add_argument("--colors", default="viridis", help="color map of the views (default viridis)")
    c.add_argument("--opacity", type=number(0, 1), default=0.7, help="of colours and darkness, 0 to 1 (default 0.7)")


def areas(commands: Any) -> None:
    c = new_command(commands, "areas", "the share of attention that areas of pictures get, and a gate on it")
    c.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
    c.add_argument("--areas", type=Path, required=True, metavar="FILE", help="JSON file of areas, in pixels")
    look(c)
    c.add_argument("--csv", type=Path, metavar="FILE", help="table to write besides")
    _least(c)


def report(commands: Any) -> None:
    c = new_command(
        commands,
        "report",
        "a page on pictures for people: maps, areas, comparison, and how far to trust them",
        out="file to write, ending in .html or .pdf; pictures and font are within it",
    )
    c.add_argument("images", metavar="IMAGE", nargs="+", type=Path)
    c.add_argument("--areas", type=Path, metavar="FILE", help="JSON file of areas, in pixels, for all pictures")
    look(c)
    c.add_argument("--compare", action="store_true", help="the second of two pictures against the first")
    c.add_argument("--title", default="", metavar="TEXT", help="the title (default: by the names of the pictures)")
    _least(c)


def _least(command: Any) -> None:
    command.add_argument(
        "--least",
        type=least,
        action=Collected,
        default={},
        metavar="NAME=P%",
        help="exit code 1 where the area of that name gets less, as CTA=5%%; may be given several times",
    )


def compare(commands: Any) -> None:
    c = new_command(commands, "compare", "where attention differs between two pictures, or networks on one picture")
    c.add_argument("images", metavar="IMAGE", nargs="+", type=Path, help="A and B; or one, and --with")
    c.add_argument(
        "--with", dest="other", metavar="MODEL2", help="the network that looks at B, or at the only picture as B"
    )
    c.add_argument(
        "--areas",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="JSON file of areas, at the same places of both pictures; given twice, A's and then B's, matched by name",
    )
    look(c)
    c.add_argument("--out", type=Path, metavar="FILE", help="PNG of the difference over B, with a legend")
    c.add_argument(
        "--range",
        type=number(0.01, 16),
        metavar="BITS",
        help="where its colours end: 1 bit is twice or half as much attention (default: a round number that fits)",
    )


def evaluate(commands: Any) -> None:
    c = new_command(commands, "evaluate", "score models on pictures with fixations", model=False)
    c.add_argument("models", metavar="MODEL", nargs="+", help="model files, or names of shipped models")
    data(c, required=True)
    c.add_argument("--split", default="test", help="split of each data set (default test)")
    c.add_argument(
        "--baseline",
        action="append",
        metavar="DIR",
        help="what the information gain is counted over: the center bias of this data set's training split "
        "(may be given several times: their joint one), or 'uniform' (default: the center bias of the first MODEL)",
    )
    c.add_argument("--as", dest="format", choices=("markdown", "csv"), default="markdown", help="form of the table")
    c.add_argument(
        "--with-center-prior", action="store_true", help="a row for the baseline itself, as if it were a model"
    )
    c.add_argument(
        "--teacher-maps",
        type=Path,
        action="append",
        metavar="DIR",
        help="a row for a teacher whose maps of these pictures lie in a folder; may be given several times",
    )
    c.add_argument(
        "--bootstrap",
        type=whole_number(0),
        default=1000,
        metavar="N",
        help="samples of the pictures for 95 %% intervals (default 1000; 0: none)",
    )
    c.add_argument("--seed", type=whole_number(0), default=0, help="draws these samples (default 0)")
    c.add_argument(
        "--latency",
        action="store_true",
        help="measure the time to a map at the working size, all models in turn, with --threads (1 if not given)",
    )
    c.add_argument("--runs", type=whole_number(1), default=15, help="timed runs of each model (default 15)")
    c.add_argument(
        "--store",
        type=Path,
        metavar="FILE",
        help="JSON file for all that was found, with the scores of every picture: what results reads",
    )


def results(commands: Any) -> None:
    c = new_command(
        commands,
        "results",
        "write a page with tables and figures from stored evaluations",
        model=False,
        out="Markdown file to write, as docs/results.md; figure2.svg and figure4.jpg go beside it",
    )
    c.add_argument("evaluations", metavar="EVALUATION", nargs="+", type=Path, help="what evaluate --store wrote")
    c.add_argument(
        "--pictures", type=Path, metavar="DIR", help="pictures for the rows of maps (default: the sample pictures)"
    )
    c.add_argument(
        "--maps",
        action="append",
        metavar="MODEL",
        help="an evaluated model whose maps are shown; may be given several times (default: the published, teachers, "
        "and of each other architecture the unpruned and some Pareto-optimal ones)",
    )
    c.add_argument(
        "--teacher-maps",
        type=Path,
        metavar="DIR",
        help="a teacher's maps of these pictures, for a row above the models' (default: none)",
    )
    c.add_argument("--without-maps", action="store_true", help="leave the rows of maps out; no model is read then")


def prune(commands: Any) -> None:
    c = new_command(
        commands, "prune", "remove features by a criterion (Fisher's) and a cost (FLOPs)", out="model file to write"
    )
    c.add_argument(
        "--beta",
        type=beta_or_tuned,
        metavar="B",
        help="weight of the cost in nats per GFLOP (or per million parameters, or ms, with another --cost), 'star' for "
        "the criterion without one (Eq. 15), or 'tuned' for the one of least estimated loss at --gflop. Without it "
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
        help="round layer widths to multiples of M within the order, as 8, which computers like (default 1)",
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
