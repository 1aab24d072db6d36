"""Pretraining of the small BERT on texts of our own."""

import numpy as np
import pytest
import torch

from training.bertscore_fit import other_pairs, paraphrase_auc, shared_lemmas
from training.pretrain_bert import NOT_A_TARGET, Batches, Plan, Trainer, build_model
from training.word_pieces import MARKS, inverse_document_frequencies, train_tokenizer

THINGS = [f"{colour} {item}" for colour in ("белая", "чёрная", "синяя") for item in ("юбка", "майка", "сумка", "шапка")]
PAIRS = [(f"Продам, {thing} за <PRICE>", f"{thing.capitalize()} лежит на столе.") for thing in THINGS]
TEXTS = [text for pair in PAIRS for text in pair]
PLAN = Plan(vocabulary=120, hidden=16, layers=1, heads=2, epochs=4, batch=3, learning_rate=1e-2)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(TEXTS, PLAN.vocabulary)


def trainer(tokenizer, folder, plan=PLAN):
    torch.manual_seed(0)
    return Trainer(build_model(plan, tokenizer), Batches(PAIRS, tokenizer, plan), plan, folder)


def test_a_killed_run_goes_on_to_the_same_weights(tokenizer, tmp_path):
    whole = trainer(tokenizer, tmp_path / "whole")
    whole.run()
    killed = trainer(tokenizer, tmp_path / "killed")
    killed.run(until=7)
    again = trainer(tokenizer, tmp_path / "killed")
    torch.nn.init.zeros_(again.model.bert.embeddings.word_embeddings.weight)
    assert again.resume()
    again.run()
    assert again.step == whole.step == len(whole.batches) == 16
    assert again.losses == whole.losses
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name
    assert whole.losses[-1] < whole.losses[0]


def test_a_run_of_another_plan_is_not_resumed(tokenizer, tmp_path):
    assert not trainer(tokenizer, tmp_path).resume()
    trainer(tokenizer, tmp_path).run(until=1)
    with pytest.raises(ValueError, match="another plan"):
        trainer(tokenizer, tmp_path, Plan(**{**vars(PLAN), "seed": 1})).resume()


def test_whole_words_are_masked_and_marks_are_not(tokenizer):
    batches = Batches(PAIRS, tokenizer, Plan(**{**vars(PLAN), "masked": 0.5, "batch": 12}))
    batch = batches[0]
    labels = batch["labels"].numpy()
    row = next(i for i, ids in enumerate(labels) if (ids != NOT_A_TARGET).any())
    original = np.where(labels[row] == NOT_A_TARGET, batch["input_ids"][row], labels[row])
    pair = next(p for p in PAIRS if list(original[original != 0]) == tokenizer(*p)["input_ids"])
    words = tokenizer(*pair).word_ids()
    segments = batch["token_type_ids"][row].tolist()
    chosen = {}
    for word, segment, label in zip(words, segments, labels[row], strict=False):
        chosen.setdefault((segment, word), set()).add(label != NOT_A_TARGET)
    assert all(len(states) == 1 for (_, word), states in chosen.items() if word is not None)
    assert all(states == {False} for (_, word), states in chosen.items() if word is None)
    assert 0.3 < (labels != NOT_A_TARGET).sum() / batch["attention_mask"].sum() < 0.6


def test_every_pair_is_seen_once_an_epoch(tokenizer):
    batches = Batches(PAIRS, tokenizer, PLAN)
    order = batches._order(0)
    assert sorted(order) == list(range(len(PAIRS)))
    assert list(order) != list(batches._order(1))


def test_tokenizer_keeps_short_i_and_placeholders(tokenizer):
    assert tokenizer.tokenize("<PRICE>") == ["<PRICE>"]
    assert tokenizer.tokenize("чёрная") == tokenizer.tokenize("черная")
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 4]) == MARKS


def test_idf_by_hand(tokenizer):
    weights = inverse_document_frequencies(tokenizer, ["белая юбка", "белая белая майка", "сумка"])
    known = {piece: weights[i] for piece, i in tokenizer.get_vocab().items()}
    assert known["[CLS]"] == 0
    assert known["белая"] == pytest.approx(np.log(4 / 3))
    assert known["шапка"] == pytest.approx(np.log(4))


def test_auc_of_perfect_and_blind_scores():
    right = set(PAIRS)
    assert paraphrase_auc(lambda pairs: [float(pair in right) for pair in pairs], PAIRS)[0] == 1
    assert paraphrase_auc(lambda pairs: [0.5 for _ in pairs], PAIRS)[0] == 0.5
    assert paraphrase_auc(shared_lemmas, PAIRS)[0] > 0.9
    assert not right & set(other_pairs(PAIRS, 1))
