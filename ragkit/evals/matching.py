"""Whether a reply says a fact: by any of its wordings, with amounts compared by value."""

import re
from collections.abc import Sequence

from ragkit.core.quantities import normalise_quantities
from ragkit.core.text import HAN

_BLANK_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}])[^\S\n]+(?=[{HAN}])")
# A wording right behind one of these says the opposite: 支持 inside 不支持. 特别 and 分别 only end
# in a negation, 不得不 is none.
_NEGATED = re.compile(
    r"(?:(?<!不得)(?<!不会)(?<!不能)(?<!不是)不|没|未|无|(?<![特分个级区类差])别|非|无法|不能|没有|不会"
    r"|\b(?:not|cannot|no|never|without)|n['’]t)\s*$"
)
_NEGATION_REACH = 12  # characters: the longest negation and the blanks around it


def normalise(text: str) -> str:
    """Folded text with one spelling for every amount, one blank where there were several."""
    text = normalise_quantities(_BLANK_BETWEEN_HAN.sub("", text))
    return re.sub(r"\s+", " ", f" {text} ")


def says(reply: str, wordings: Sequence[str]) -> bool:
    """Whether `reply` contains one of `wordings`, not negated right before it.

    Amounts match by value and as a whole: 七天 is 7天, 70 is not found in 170; one without unit
    agrees with any unit. A Latin word is matched from its beginning: no able in unable.
    """
    text = normalise(reply)
    return any(_found(text, wording) for wording in wordings)


def _found(text: str, wording: str) -> bool:
    pattern = normalise(wording)
    # Blanks at the ends of the wording count only where an amount stands there.
    pattern = pattern if re.match(r" [\d-]", pattern) else pattern.lstrip()
    pattern = pattern if re.search(r"\d[a-z_\u3400-\u9fff]* $", pattern) else pattern.rstrip()
    if not pattern:
        return False
    regex = re.escape(pattern).replace("number\\ ", r"(?:number|(?!code|date|clock)[^\s\d]+)\ ")
    boundary = "(?<![a-z])" if pattern[0].isascii() and pattern[0].isalpha() else ""
    return any(
        not _NEGATED.search(text[max(0, match.start() - _NEGATION_REACH) : match.start()])
        for match in re.finditer(boundary + regex, text)
    )
