"""How much of a reference's wording a reply shares: a sign of drift, never of being right.

A near-copy with one fact flipped scores above a right reply in other words, by each of these. So
they are reported and compared over time, and no gate asks for them.

Values are in [0, 1], 1 for the same text. None when there is nothing to compare with, as the
reference is empty to the metric (`EMPTY_REFERENCE`); an empty reply scores 0.
"""

import re
from collections import Counter

from ragkit.core.folding import fold

EMPTY_REFERENCE = "the reference has nothing to compare with"

# A Latin word or number with the marks inside it (2.3, don't), or any other letter or digit.
_TOKEN = re.compile(r"[a-z0-9]+(?:[.'’][a-z0-9]+)*|[^\W_]")
_CHRF_ORDER = 6
_CHRF_BETA = 2


def tokens(text: str) -> tuple[str, ...]:
    """Folded Han characters and ASCII words, in order; marks and white space are left out.

    Letters of other scripts are tokens of their own, as Han characters are.
    """
    return tuple(_TOKEN.findall(fold(text)))


def char_f1(reply: str, reference: str) -> float | None:
    """F1 of the tokens that both have, each as often as in the one that has it less often.

    Rajpurkar et al. 2016, SQuAD, over characters where Chinese has no blanks between words.
    """
    ours, theirs = Counter(tokens(reply)), Counter(tokens(reference))
    if not theirs:
        return None
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def rouge_l(reply: str, reference: str) -> float | None:
    """F1 of the longest common subsequence of the folded characters, white space left out.

    Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries, 3, with beta = 1.
    """
    ours, theirs = _characters(fold(reply)), _characters(fold(reference))
    if not theirs:
        return None
    return 2 * _common_subsequence(ours, theirs) / (len(ours) + len(theirs))


def chrf(reply: str, reference: str) -> float | None:
    """chrF2 of the raw characters, white space left out: sacrebleu's score over 100.

    F2 of the mean precision and recall of 1- to 6-grams, over the orders that both texts are long
    enough for (Popović 2015, chrF: character n-gram F-score for automatic MT evaluation; sacrebleu
    signature nc:6 nw:0 space:no case:mixed eff:yes). Case and traditional characters differ.
    """
    ours, theirs = _characters(reply), _characters(reference)
    if not theirs:
        return None
    orders = min(_CHRF_ORDER, len(ours), len(theirs))
    # One after the other, not by fsum: so the last bit is that of sacrebleu.
    precision = recall = 0.0
    for order in range(1, orders + 1):
        in_ours, in_theirs = _grams(ours, order), _grams(theirs, order)
        shared = (in_ours & in_theirs).total()
        precision += shared / in_ours.total()
        recall += shared / in_theirs.total()
    if not precision:
        return 0.0
    precision, recall = precision / orders, recall / orders
    weight = _CHRF_BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall)


def _characters(text: str) -> str:
    return "".join(text.split())


def _grams(text: str, order: int) -> Counter[str]:
    return Counter(text[start : start + order] for start in range(len(text) - order + 1))


def _common_subsequence(left: str, right: str) -> int:
    """Length of the longest common subsequence, a whole row of the table in one integer.

    Hyyrö 2004, Bit-parallel LCS-length computation revisited: a zero bit of `row` is a step up.
    """
    places: dict[str, int] = {}
    for index, char in enumerate(left):
        places[char] = places.get(char, 0) | 1 << index
    every = (1 << len(left)) - 1
    row = every
    for char in right:
        matches = row & places.get(char, 0)
        row = (row + matches) | (row - matches)
    return len(left) - (row & every).bit_count()
