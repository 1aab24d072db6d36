"""CIDEr against pycocoevalcap on texts of our own."""

import pytest
from pycocoevalcap.cider.cider import Cider as LibraryCider

from metrics.base import for_library
from metrics.cider import Cider, DocumentFrequencies, cider, to_brief_scale
from tests.metrics.texts import REFERENCES, WRITTEN


def test_equal_to_the_library():
    expected, scores = LibraryCider().compute_score(*for_library(WRITTEN, REFERENCES))
    result = Cider().compute(predictions=WRITTEN, references=REFERENCES)
    assert result["per_text"] == pytest.approx(scores, abs=1e-9)
    assert result["cider"] == pytest.approx(expected, abs=1e-9)
    assert 0.1 < expected < 10


def test_equal_texts_get_ten_and_five():
    texts = ["белая летняя юбка миди", "чёрный кожаный ремень унисекс", "шорты в синюю клетку"]
    result = Cider().compute(predictions=texts, references=[[text] for text in texts])
    assert result["cider"] == pytest.approx(10)
    assert result["cider_5"] == pytest.approx(5)


def test_the_brief_scale_is_linear():
    assert [to_brief_scale(score) for score in (0.0, 1.2, 10.0)] == pytest.approx([0.0, 0.6, 5.0])


def test_one_photo_needs_the_frequencies_of_a_corpus():
    with pytest.raises(ValueError, match="corpus"):
        Cider().compute(predictions=WRITTEN[:1], references=REFERENCES[:1])
    frequencies = DocumentFrequencies.of(REFERENCES)
    alone = Cider().compute(predictions=WRITTEN[:1], references=REFERENCES[:1], frequencies=frequencies)
    together = Cider().compute(predictions=WRITTEN, references=REFERENCES)
    assert alone["cider"] == pytest.approx(together["per_text"][0])
    assert alone["cider"] > 0


def test_common_words_weigh_less_than_rare_ones():
    frequencies = DocumentFrequencies.of([["футболка с принтом"], ["футболка с карманом"], ["футболка с бантом"]])
    assert cider("футболка", ["футболка с бантом"], frequencies) == 0
    assert cider("бантом", ["футболка с бантом"], frequencies) > 0


def test_empty_text_scores_zero_and_missing_references_are_an_error():
    frequencies = DocumentFrequencies.of(REFERENCES)
    assert cider("", REFERENCES[0], frequencies) == 0
    with pytest.raises(ValueError, match="reference"):
        cider("платье", [], frequencies)
