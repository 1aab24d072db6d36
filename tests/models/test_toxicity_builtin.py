"""The built-in classifier: what it is saved as, how it reads long texts, its speed and size."""

import time

import numpy as np
import pytest
import torch

from models.checkpoint import CHECKPOINTS, save_weights, write_card
from models.toxicity.builtin import BuiltinClassifier
from models.toxicity.factory import load_toxicity
from models.toxicity.features import BINS, WINDOW, bins, segments, signs
from models.toxicity.network import RudenessNetwork
from models.toxicity.words import padded, width, words

FOLDER = CHECKPOINTS / "toxicity" / "builtin"
POLITE = "Продаю дачу у леса, печь тёплая, рядом пруд и станция, документы готовы, показываю по выходным"
RUDE = "Торгаши, идите на хуй"


@pytest.fixture(scope="module")
def classifier():
    return load_toxicity("builtin")


def small(seed=0):
    torch.manual_seed(seed)
    weights = np.random.default_rng(seed).normal(size=BINS).astype(np.float16).astype(np.float32)
    network = RudenessNetwork(width()).half().float()
    return BuiltinClassifier("small", weights, 0.25, network, (0.5, 0.25, 2.0, 1.0, -1.0), 0.5)


def test_saved_and_loaded_it_scores_the_same(tmp_path):
    model = small()
    save_weights(tmp_path / "toxicity" / "small" / "model.safetensors", model.state())
    write_card(tmp_path / "toxicity" / "small", {"family": "builtin", "threshold": 0.5})
    texts = [POLITE, RUDE, f"{POLITE}. {RUDE}!"]
    assert load_toxicity("small", tmp_path).scores(texts) == pytest.approx(model.scores(texts), abs=1e-5)


def test_weights_of_another_size_are_told():
    with pytest.raises(ValueError, match=f"wrong: {BINS} weights are needed"):
        BuiltinClassifier("wrong", np.zeros(5), 0.0, RudenessNetwork(width()), (1, 1, 0, 0, 0), 0.5)


def test_the_score_is_the_mixture_of_both_judges():
    model = small()
    by_tokens, by_meaning = model.by_tokens([RUDE])[0], model.by_meaning([RUDE])[0]
    active = bins(RUDE)
    assert by_tokens == pytest.approx(0.25 + model.weights[active].sum() / len(active) ** 0.5, rel=1e-5)
    logit = 0.5 * by_tokens + 0.25 * by_meaning + 2.0 * 1 + 1.0 * 0 - 1
    assert model.scores([RUDE])[0] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-5)


def test_signs_of_the_lexicon_stand_outside_quotation_marks():
    assert signs("Иди на хуй") == (1, 0)
    assert signs("Полный дурак и кретин") == (0, 1)
    assert signs("Роман «Идиот», кружка «Хуй»") == (0, 0)
    assert signs("Сукно, хреновина и мандарины") == (0, 0)


def test_padding_and_company_do_not_change_a_segment():
    model = small()
    alone = [model.by_meaning([text])[0] for text in (RUDE, POLITE)]
    assert model.by_meaning([POLITE, RUDE])[::-1].tolist() == pytest.approx(alone, abs=1e-5)


def test_words_of_segments_share_one_table():
    vectors, places, mask = padded([words("стол и стол"), words("стул")])
    assert vectors.shape == (4, width())
    assert not vectors[0].any()
    assert places.tolist() == [[1, 2, 1], [3, 0, 0]]
    assert mask.tolist() == [[True, True, True], [True, False, False]]


@pytest.mark.parametrize("text", ["", "   ", "5 000", "— № 42 —", "你好"])
def test_nothing_to_read_scores_zero(classifier, text):
    assert classifier.scores([text]) == [0.0]


@pytest.mark.parametrize(
    "value",
    ["S", "XL", "One size", "H&M", "Pull&Bear", "Твоё", "O'STIN", "Befree", "Хаки", "Б/у", "Лонгслив", "Tom Tailor"],
)
def test_values_of_attributes_pass(classifier, value):
    assert classifier.scores([value])[0] < classifier.threshold


@pytest.mark.parametrize("value", ["дебил", "с*ка", "х у й", "idiot", "suka", "для дураков"])
def test_rude_values_of_attributes_do_not(classifier, value):
    assert classifier.scores([value])[0] >= classifier.threshold


def test_sentences_and_pairs_of_them_are_judged():
    assert segments("Стол целый. Стул тоже!\nОтдам даром") == [
        "Стол целый.", "Стул тоже!", "Отдам даром", "Стол целый. Стул тоже!", "Стул тоже! Отдам даром",
    ]  # fmt: skip


def test_the_end_of_a_run_on_sentence_is_judged(classifier):
    long = " ".join([POLITE.replace(",", "")] * 12)
    assert all(len(segment.split()) <= WINDOW for segment in segments(f"{long} {RUDE}"))
    assert classifier.scores([long])[0] < classifier.threshold <= classifier.scores([f"{long} {RUDE}"])[0]


@pytest.fixture
def one_thread():
    """Threads that wait for each other count as processor time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_text_takes_less_than_20_ms(classifier, one_thread):
    """Processor time, so that a busy machine does not matter; every text is new to the classifier."""
    texts = [f"{POLITE}. Лот {i}: стол {'и стул ' * (i % 7)}у метро. Самовывоз, торг при осмотре" for i in range(40)]
    classifier.scores([POLITE])
    taken = []
    for text in texts:
        start = time.process_time()
        classifier.scores([text])
        taken.append(time.process_time() - start)
    assert np.median(taken) < 0.02


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 40e6
    assert {path.suffix for path in FOLDER.iterdir()} == {".json", ".safetensors"}
