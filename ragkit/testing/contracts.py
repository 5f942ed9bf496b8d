"""What every implementation of a protocol must do, as tests: subclass one and give it `make`.

class TestMyStore(ReviewStoreContract):
    @pytest.fixture
    def make(self, tmp_path): return lambda: MyStore(tmp_path / "review.db")
"""

# ruff: noqa: S101
from collections.abc import Callable

import numpy as np
import pytest

from ragkit.core.drafting import Suggestion
from ragkit.core.errors import InputError
from ragkit.core.protocols import Embedder, ReviewStore
from ragkit.core.reviewing import Action, ReviewState
from ragkit.testing.builders import ANSWER, NOON, a_decision, a_suggestion

_TEXTS = (
    "满多少钱包邮？",
    "七天无理由退货怎么申请",
    "Where is my parcel?",
    "iPhone 手机壳有货吗 😊",
    "　\n\t",
    "",
)


class EmbedderContract:
    """`make` makes an embedder; two calls make equal ones."""

    def test_one_row_for_each_text(self, make: Callable[[], Embedder]) -> None:
        embedder = make()
        vectors = embedder.embed(_TEXTS)
        assert vectors.shape == (len(_TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32

    def test_rows_have_length_one_or_nothing(self, make: Callable[[], Embedder]) -> None:
        lengths = np.linalg.norm(make().embed(_TEXTS), axis=1)
        assert all(length == 0 or abs(length - 1) < 1e-5 for length in lengths)
        assert lengths[0] > 0

    def test_equal_ids_mean_equal_vectors(self, make: Callable[[], Embedder]) -> None:
        one, other = make(), make()
        assert one.id == other.id
        assert np.array_equal(one.embed(_TEXTS), other.embed(_TEXTS))

    def test_a_text_has_the_same_vector_alone_and_in_any_batch(
        self, make: Callable[[], Embedder]
    ) -> None:
        embedder = make()
        together = embedder.embed(_TEXTS)
        alone = np.concatenate([embedder.embed([text]) for text in _TEXTS])
        backwards = embedder.embed(_TEXTS[::-1])[::-1]
        assert np.allclose(together, alone, atol=1e-6)
        assert np.allclose(together, backwards, atol=1e-6)

    def test_different_texts_differ(self, make: Callable[[], Embedder]) -> None:
        one, other = make().embed(_TEXTS[:2])
        assert not np.allclose(one, other, atol=1e-3)

    def test_no_texts_are_no_rows(self, make: Callable[[], Embedder]) -> None:
        embedder = make()
        assert embedder.embed([]).shape == (0, embedder.dimension)

    def test_an_empty_text_is_near_to_nothing(self, make: Callable[[], Embedder]) -> None:
        assert not make().embed([""]).any()


class ReviewStoreContract:
    """`make` opens the store, the same one each time it is called."""

    def test_a_new_store_is_empty(self, make: Callable[[], ReviewStore]) -> None:
        assert make().list() == ()

    def test_what_is_put_is_got(self, make: Callable[[], ReviewStore]) -> None:
        store, suggestion = make(), a_suggestion()
        item = store.get(store.put(suggestion))
        assert item.suggestion == suggestion.model_copy(update={"review_item": item.id})
        assert (item.state, item.version, item.decisions) == (ReviewState.QUEUED, 1, ())
        assert item.created_at == NOON
        assert item.reasons == ("vague",)

    def test_the_same_suggestion_twice_is_one_item(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        assert store.put(a_suggestion()) == store.put(a_suggestion())
        assert len(store.list()) == 1

    def test_putting_again_does_not_undo_a_decision(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        item = store.get(store.put(a_suggestion()))
        store.decide(item, a_decision())
        assert store.put(a_suggestion()) == item.id
        assert store.get(item.id).state is ReviewState.APPROVED

    def test_unknown_items(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        known = store.put(a_suggestion())
        with pytest.raises(KeyError):
            store.get(known + 1)

    def test_lists_are_oldest_first_and_limited(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        ids = [store.put(a_suggestion(id=name)) for name in ("c", "a", "b")]
        assert [item.id for item in store.list()] == ids
        assert [item.suggestion.id for item in store.list(limit=2)] == ["c", "a"]

    def test_lists_by_state(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        first, second, third = (store.put(a_suggestion(id=name)) for name in "abc")
        store.decide(store.get(first), a_decision())
        store.decide(store.get(second), a_decision(Action.REJECT, None, reason="答非所问"))
        states = {state: [item.id for item in store.list(state)] for state in ReviewState}
        assert states == {
            ReviewState.QUEUED: [third],
            ReviewState.APPROVED: [first],
            ReviewState.EDITED: [],
            ReviewState.REJECTED: [second],
        }
        # The limit counts what is in the state, not what is looked through.
        assert [item.id for item in store.list(ReviewState.QUEUED, limit=1)] == [third]

    def test_a_decision_is_kept_word_for_word(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        decision = a_decision(Action.EDIT, "满59元包邮～😊\n差多少我帮您算。", reason="更口语")
        decided = store.decide(store.get(store.put(a_suggestion())), decision)
        assert (decided.state, decided.version) == (ReviewState.EDITED, 2)
        assert decided.decisions == (decision,)
        assert store.get(decided.id) == decided

    def test_decided_once_is_decided(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        decided = store.decide(store.get(store.put(a_suggestion())), a_decision())
        with pytest.raises(InputError):
            store.decide(decided, a_decision(Action.REJECT, None, reason="再想想"))
        assert store.get(decided.id) == decided

    def test_a_decision_on_an_older_version_is_refused(
        self, make: Callable[[], ReviewStore]
    ) -> None:
        store = make()
        seen = store.get(store.put(a_suggestion()))
        decided = store.decide(seen, a_decision())
        with pytest.raises(InputError):
            store.decide(seen, a_decision(Action.EDIT, "另一句"))
        assert store.get(seen.id) == decided

    def test_what_may_not_be_sent_is_not_approved(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        item = store.get(store.put(a_suggestion()))
        with pytest.raises(InputError):
            store.decide(item, a_decision(text=f"{ANSWER}！"))
        assert store.get(item.id).state is ReviewState.QUEUED

    def test_items_are_counted_by_state(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        assert (store.count(), store.count(ReviewState.QUEUED)) == (0, 0)
        store.decide(store.get(store.put(a_suggestion(id="a"))), a_decision())
        store.put(a_suggestion(id="b"))
        assert (store.count(), store.count(ReviewState.QUEUED)) == (2, 1)

    def test_items_and_decisions_survive_reopening(self, make: Callable[[], ReviewStore]) -> None:
        store = make()
        decided = store.decide(store.get(store.put(a_suggestion(id="a"))), a_decision())
        waiting = store.get(store.put(a_suggestion(id="b")))
        assert make().list() == (decided, waiting)

    def test_text_of_any_script_comes_back(self, make: Callable[[], ReviewStore]) -> None:
        suggestion: Suggestion = a_suggestion()
        text = "𠮷野家的券😀能用吗\u200b؟ \x00"
        query = suggestion.query.model_copy(update={"text": text})
        store = make()
        item = store.put(suggestion.model_copy(update={"query": query}))
        assert make().get(item).suggestion.query.text == text
