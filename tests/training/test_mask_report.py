"""The survey of masks."""

from training.mask_report import survey


def test_what_was_found_is_counted_by_source_and_slot():
    texts = [("a", "цена 500 руб, цена 700 руб"), ("a", "без чисел"), ("b", "нечто 7")]
    report = survey(texts, examples=1)
    assert report["sources"] == {
        "a": {"texts": 2, "with_numbers": 1, "numbers": 2},
        "b": {"texts": 1, "with_numbers": 1, "numbers": 1},
    }
    price = report["slots"]["PRICE"]
    assert price["numbers"] == 2 and price["units"] == {"руб": 2} and price["words_before"] == {"цена": 2}
    assert price["examples"] == ["цена [500] руб, цена 700 руб"]
    assert report["slots"]["UNK_VAL"]["numbers"] == 1
