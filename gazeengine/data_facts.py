"""What is known of published data sets: who looked at what, for how long, and under which licence it may be used.

A model file names the data sets it was trained and scored on; this says what these names mean, and so what a model
was never tested on. Numbers are those of the whole data set as it was published, not of a split.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DOMAINS: Mapping[str, str] = {
    "photographs": "photographs",
    "crowds": "crowds",
    "web pages": "web pages",
    "apps": "screens of apps, dialogs and dashboards",
    "drawings": "paintings, drawings and diagrams",
    "video": "video and animation",
    "children": "children and older people",
    "tasks": "tasks other than free viewing, such as searching, reading or clicking",
}
"""What people might want maps of, and what it is called; in the order in which it is listed."""


@dataclass(frozen=True, slots=True)
class DataFacts:
    """A data set as its authors describe it.

    covers are names of DOMAINS. viewing_s and observers (of each picture, at most) are None where nobody was
    measured; licence is None where its source states none.
    """

    name: str
    shows: str
    covers: frozenset[str]
    viewing_s: float | None
    observers: int | None
    measured: str
    licence: str | None
    url: str
    citation: str


_FREE = "eye tracking, free viewing"

DATA_SETS: tuple[DataFacts, ...] = (
    DataFacts(
        "OSIE",
        "700 photographs with several objects each",
        frozenset({"photographs"}),
        3,
        15,
        _FREE,
        "MIT",
        "https://github.com/NUS-VIP/predicting-human-gaze-beyond-pixels",
        "Xu, Jiang, Wang, Kankanhalli, Zhao: Predicting human gaze beyond pixels. Journal of Vision 2014",
    ),
    DataFacts(
        "EyeCrowd",
        "500 photographs of crowds of all sizes",
        frozenset({"photographs", "crowds"}),
        5,
        16,
        _FREE,
        "MIT",
        "https://github.com/NUS-VIP/saliency-in-crowd",
        "Jiang, Xu, Zhao: Saliency in crowd. ECCV 2014",
    ),
    DataFacts(
        "MIT1003",
        "1,003 photographs of landscapes, people and things",
        frozenset({"photographs"}),
        3,
        15,
        _FREE,
        None,
        "http://people.csail.mit.edu/tjudd/WherePeopleLook/",
        "Judd, Ehinger, Durand, Torralba: Learning to predict where humans look. ICCV 2009",
    ),
    DataFacts(
        "SALICON",
        "20,000 photographs of everyday scenes from MS COCO",
        frozenset({"photographs"}),
        5,
        60,
        "movements of a mouse that uncovers the picture, free viewing, online",
        None,
        "http://salicon.net",
        "Jiang, Huang, Duan, Zhao: SALICON: saliency in context. CVPR 2015",
    ),
    DataFacts(
        "CAT2000",
        "4,000 pictures of 20 kinds, among them art, cartoons, sketches, satellite images, indoor and outdoor scenes",
        frozenset({"photographs", "drawings"}),
        5,
        24,
        _FREE,
        None,
        "http://saliency.mit.edu",
        "Borji, Itti: CAT2000: a large scale fixation dataset for boosting saliency research. arXiv 1505.03581, 2015",
    ),
    DataFacts(
        "ALEXA",
        "412 screenshots of landing pages",
        frozenset({"web pages"}),
        None,
        None,
        "nobody was measured",
        "MIT; the pages are third parties'",
        "https://github.com/aalto-ui/aim",
        "Oulasvirta et al.: Aalto Interface Metrics (AIM). UIST 2018",
    ),
    DataFacts(
        "WebPages",
        "25 screenshots of web pages, of the 149 of FiWI",
        frozenset({"web pages"}),
        5,
        11,
        _FREE,
        None,
        "https://doi.org/10.1007/978-3-319-10584-0_3",
        "Shen, Zhao: Webpage saliency. ECCV 2014; as released with BubbleView, Kim et al. 2017",
    ),
)


def facts_of(data: str) -> DataFacts | None:
    """The data set that a model file calls data: "OSIE train" is OSIE. None where it is not known."""
    name = data.split(maxsplit=1)[0].casefold() if data.split() else ""
    return next((facts for facts in DATA_SETS if facts.name.casefold() == name), None)


def viewing_times_s(data: Iterable[str]) -> tuple[float, ...]:
    """For how long people looked in these data sets, ascending, each time once."""
    found = (facts_of(name) for name in data)
    return tuple(sorted({facts.viewing_s for facts in found if facts is not None and facts.viewing_s is not None}))


def not_covered(data: Iterable[str]) -> tuple[str, ...]:
    """What DOMAINS calls that of which none of these data sets has measurements."""
    known = [facts for name in data if (facts := facts_of(name)) is not None and facts.viewing_s is not None]
    covered = frozenset[str]().union(*(facts.covers for facts in known))
    return tuple(words for domain, words in DOMAINS.items() if domain not in covered)
