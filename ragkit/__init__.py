"""ragkit: grounded, cited and checked reply suggestions for customer-service desks.

    import ragkit

    desk = ragkit.open_desk("my-desk")
    suggestion = desk.engine.suggest(ragkit.Query(text="什么时候发货"))
    print(suggestion.draft.text if suggestion.draft else suggestion.verdict)

Nothing heavy is loaded by the import; each name is when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from ragkit.core.drafting import Candidate, Citation, Claim, Draft, Suggestion
    from ragkit.core.errors import InputError, NotReady, RagkitError
    from ragkit.core.guarding import Finding, Route, Verdict
    from ragkit.core.retrieval import Evidence, Query
    from ragkit.core.text import Locale
    from ragkit.wiring import Desk, open_desk

_HOMES = {
    "Candidate": "ragkit.core.drafting",
    "Citation": "ragkit.core.drafting",
    "Claim": "ragkit.core.drafting",
    "Desk": "ragkit.wiring",
    "Draft": "ragkit.core.drafting",
    "Evidence": "ragkit.core.retrieval",
    "Finding": "ragkit.core.guarding",
    "InputError": "ragkit.core.errors",
    "Locale": "ragkit.core.text",
    "NotReady": "ragkit.core.errors",
    "Query": "ragkit.core.retrieval",
    "RagkitError": "ragkit.core.errors",
    "Route": "ragkit.core.guarding",
    "Suggestion": "ragkit.core.drafting",
    "Verdict": "ragkit.core.guarding",
    "open_desk": "ragkit.wiring",
}

__all__ = [
    "Candidate",
    "Citation",
    "Claim",
    "Desk",
    "Draft",
    "Evidence",
    "Finding",
    "InputError",
    "Locale",
    "NotReady",
    "Query",
    "RagkitError",
    "Route",
    "Suggestion",
    "Verdict",
    "__version__",
    "open_desk",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
