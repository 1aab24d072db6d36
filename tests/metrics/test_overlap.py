"""BLEU, ROUGE-L and METEOR against published examples and formulas."""

import math

import pytest
from pycocoevalcap.meteor.meteor import Meteor as LibraryMeteor

from metrics import load_metric
from metrics.meteor import MeteorProcess
from tests.metrics.texts import REFERENCES, WRITTEN


def test_bleu_clips_repeated_words():
    """Papineni et al. 2002, example 2: seven times «the» has a modified unigram precision of 2/7."""
    result = load_metric("bleu").compute(
        predictions=["the the the the the the the"],
        references=[["The cat is on the mat.", "There is a cat on the mat."]],
    )
    assert result["bleu_1"] == pytest.approx(2 / 7, abs=1e-6)


def test_bleu_of_russian_texts_by_hand():
    """4 of 5 words, 2 of 4 bigrams; the text is as long as its reference, so there is no brevity penalty."""
    result = load_metric("bleu").compute(
        predictions=["Ёлочная белая футболка с бантом"], references=[["Елочная белая футболка без банта, бантом"]]
    )
    brevity = math.exp(1 - 6 / 5)
    assert result["bleu_1"] == pytest.approx(brevity * 4 / 5, abs=1e-6)
    assert result["bleu_2"] == pytest.approx(brevity * math.sqrt(4 / 5 * 2 / 4), abs=1e-6)


def test_rouge_of_lins_example():
    """Lin 2004, section 3.1: «police kill the gunman» shares 3 of 4 words in order with the reference, R = P = 3/4."""
    result = load_metric("rouge").compute(
        predictions=["police kill the gunman", "the gunman kill police"],
        references=[["police killed the gunman"], ["police killed the gunman"]],
    )
    assert result["per_text"] == pytest.approx([3 / 4, 2 / 4])


def test_rouge_weighs_recall():
    result = load_metric("rouge").compute(predictions=["белая майка"], references=[["белая майка на бретелях тут"]])
    precision, recall, beta = 1.0, 2 / 5, 1.2
    assert result["rouge_l"] == pytest.approx((1 + beta**2) * precision * recall / (recall + beta**2 * precision))


def test_every_text_needs_a_reference():
    for name in ("bleu", "rouge", "meteor"):
        with pytest.raises(ValueError, match="reference"):
            load_metric(name).compute(predictions=["юбка"], references=[[]])


def test_meteor_formula():
    """Two exact matches in two chunks, one stem match: Denkowski and Lavie 2014, with the jar's values for Russian."""
    with MeteorProcess() as process:
        score, _ = process.score(["белая шапка с помпоном"], [["белая вязаная шапки без помпонов"]])
    alpha, beta, gamma, stem = 0.75, 1.4, 0.7, 0.5
    matched = 1 + 2 * stem  # «белая»; «шапка» and «помпоном» by their stems
    precision, recall = matched / 4, matched / 5
    mean = precision * recall / (alpha * precision + (1 - alpha) * recall)
    assert score == pytest.approx(mean * (1 - gamma * (3 / 3) ** beta), abs=1e-4)


def test_meteor_matches_stems_and_the_lemma_variant_forms():
    same_stem, other_stem, other_word = (
        load_metric("meteor").compute(predictions=[text], references=[[other]])
        for text, other in (("белая шапка", "белые шапки"), ("ношу", "носила"), ("мех", "меховой"))
    )
    assert (same_stem["meteor"], same_stem["meteor_lemma"]) == pytest.approx((0.5, 1.0))
    assert (other_stem["meteor"], other_stem["meteor_lemma"]) == pytest.approx((0.0, 1.0))
    assert (other_word["meteor"], other_word["meteor_lemma"]) == pytest.approx((0.0, 0.0))


def test_meteor_of_many_texts_in_order():
    result = load_metric("meteor").compute(predictions=WRITTEN, references=REFERENCES)
    single = load_metric("meteor").compute(predictions=WRITTEN[2:3], references=REFERENCES[2:3])
    assert result["per_text"][2] == pytest.approx(single["meteor"])
    assert len(result["per_text"]) == len(result["per_text_lemma"]) == len(WRITTEN)


def test_meteor_process_speaks_as_the_librarys_own():
    text, references = "a white shirt with short sleeves", ["white shirts with a short sleeve", "a plain shirt"]
    library = LibraryMeteor()
    expected, _ = library.compute_score({0: references}, {0: [text]})
    with MeteorProcess(modules="exact stem synonym paraphrase", language="en") as process:
        score, by_text = process.score([text], [references])
    assert score == pytest.approx(expected)
    assert by_text == pytest.approx([expected])


def test_meteor_without_java_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="Java"):
        MeteorProcess()
