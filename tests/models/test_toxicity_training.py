"""What the built-in toxicity classifier learns from, how its mixture and threshold are chosen, what it reaches."""

import numpy as np
import pytest

from models.toxicity.factory import load_toxicity
from training.toxicity import HELD_PAIRS, choose_threshold, fit_tokens, mix
from training.toxicity_data import (
    DEV,
    HELD_OUT,
    Example,
    own_examples,
    read_jsonl,
    read_own,
    read_russe,
    russe_examples,
)
from training.toxicity_report import as_markdown, by_function, judge, pair_accuracy, table


def test_sentences_of_a_rude_ad_are_labelled_by_its_rude_parts():
    text = "Продаю стол. Сосед, ты дурак! Самовывоз"
    ad = {"text": text, "toxic": 1, "kind": "insult", "spans": [[20, 29]]}
    labelled = {example.segment: example.rude for example in own_examples(ad)}
    assert labelled["Продаю стол."] == 0
    assert labelled["Самовывоз"] == 0
    assert labelled["Сосед, ты дурак!"] == 1
    assert labelled["ты дурак!"] == 1
    assert labelled[text] == 1
    whole = next(example for example in own_examples(ad) if example.segment == "Сосед, ты дурак!")
    assert dict(zip(whole.words, whole.rude_words, strict=True)) == {"сосед": 0, ",": 0, "ты": 1, "дурак": 1, "!": 1}


def test_what_the_polite_rewriting_drops_is_rude():
    rude, polite = russe_examples([("этот дурак опять пришел", "этот человек опять пришел")])
    assert (rude.rude, rude.rude_words) == (1, (0, 1, 0, 0))
    assert (polite.rude, polite.rude_words) == (0, (0, 0, 0, 0))


def test_every_own_ad_has_a_kind_and_its_rude_parts():
    for ad in read_own():
        assert bool(ad.get("spans")) == bool(ad["toxic"]), ad["text"]
        assert all(0 <= begin < end <= len(ad["text"]) for begin, end in ad.get("spans", ())), ad["text"]


def test_held_out_ads_are_in_no_other_set():
    own = {ad["text"].lower() for ad in read_own()}
    assert not own & {ad["text"].lower() for ad in read_jsonl(HELD_OUT)}


def test_tokens_are_weighed():
    examples = [Example(text, (text,), (rude,), rude, 1.0) for text, rude in (("a", 1), ("b", 0))]
    weights, bias = fit_tokens(examples, {"a": np.array([3]), "b": np.array([5])})
    assert weights[3] > 0 > weights[5]
    assert abs(bias) < 0.1


def test_the_mixture_trusts_the_judge_who_knows():
    chance = np.random.default_rng(0)
    toxic = np.arange(200) % 2 == 1
    scores = [
        np.stack([[rude * 2.0 + noise], [noise]], 1) for rude, noise in zip(toxic, chance.normal(size=200), strict=True)
    ]
    (knows, guesses, _), mixed = mix(scores, toxic)
    assert knows > abs(guesses) / 2
    assert mixed[toxic].mean() > mixed[~toxic].mean()


def test_every_kind_counts_alike_for_the_threshold():
    own = [{"toxic": 0, "kind": "tricky"}] * 90 + [{"toxic": 0, "kind": "plain"}] * 10
    scores = np.concatenate([np.linspace(0, 0.9, 90), np.zeros(10)])
    threshold = choose_threshold(own, scores)
    rejected = scores >= threshold
    assert 0.02 < rejected[:90].mean() / 2 + rejected[90:].mean() / 2 <= 0.03


def test_tables():
    ads = [{"toxic": t, "kind": k} for t, k in ((1, "insult"), (1, "threat"), (0, "plain"), (0, "plain"))]
    found = table(ads, np.array([0.9, 0.2, 0.1, 0.6]), 0.5)
    assert found == {
        "texts": 4, "auc": 0.75, "recall": 0.5, "clean_rejected": 0.5,
        "right_by_kind": {"insult": 1.0, "plain": 0.5, "threat": 0.0},
    }  # fmt: skip
    functions = {"negation": {"toxic": 0, "texts": 2, "right": 0.5}}
    scores = {"dev": found, "functions": functions, "RUSSE-2022 pairs held out": 1.0, "milliseconds_a_text": 5}
    assert "| negation | 2 | let through | 0.5 |" in as_markdown(scores)


def test_bars_on_held_out_ads():
    found = judge(load_toxicity("builtin"), read_jsonl(HELD_OUT))
    assert found["auc"] >= 0.95
    assert found["recall"] >= 0.85
    assert found["clean_rejected"] <= 0.03
    assert found["right_by_kind"]["obfuscated"] >= 0.85
    assert found["right_by_kind"]["tricky"] >= 0.95


def test_a_rude_clause_is_caught_anywhere_in_a_long_polite_ad():
    found = by_function(load_toxicity("builtin"))
    assert found["long polite ad"]["right"] == 1
    places = [entry["right"] for name, entry in found.items() if name.startswith("position in")]
    assert min(places) >= 0.8


@pytest.mark.data
def test_bars_on_shared_data():
    model = load_toxicity("builtin")
    found = judge(model, read_jsonl(DEV))
    assert found["auc"] >= 0.95
    assert found["recall"] >= 0.85
    assert found["clean_rejected"] <= 0.03
    assert pair_accuracy(model, read_russe()[-HELD_PAIRS:]) >= 0.98
