"""What the commands take that look at pictures, or score how networks do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from gazeengine.commands.argument_kinds import (
    Collected,
    data,
    formats,
    least,
    new_command,
    number,
    whole_number,
)
from gazeengine.domain import Domain, Prior
from gazeengine.viewports import DEPTHS, PAGE_ABOVE, VIEWPORTS


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
