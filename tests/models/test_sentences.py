"""The shared sentence encoder: meaning, memory, threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.sentences import SentenceEncoder, sentence_encoder


def test_vectors_are_unit_and_hold_meaning_across_languages():
    texts = ["красное платье для девочки", "a red dress for a girl", "зимняя резина на дисках"]
    vectors = sentence_encoder().encode(texts)
    assert vectors.shape == (3, 512)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert vectors[0] @ vectors[1] > 0.7 > vectors[0] @ vectors[2]


def test_no_texts_give_no_rows():
    assert sentence_encoder().encode([]).shape == (0, 512)


def test_one_encoder_a_process():
    assert sentence_encoder() is sentence_encoder()


class CountingModel:
    def __init__(self):
        self.seen = []

    def encode(self, texts):
        self.seen += texts
        return np.array([[float(len(text))] * 512 for text in texts], np.float32)


def test_only_new_texts_are_computed_and_the_oldest_forgotten():
    encoder = SentenceEncoder(remembered=2)
    encoder._encoder = model = CountingModel()
    assert encoder.encode(["a", "bb", "a"])[:, 0].tolist() == [1, 2, 1]
    assert model.seen == ["a", "bb"]
    encoder.encode(["a", "ccc"])
    assert model.seen == ["a", "bb", "ccc"]
    encoder.encode(["a"])
    encoder.encode(["bb"])
    assert model.seen == ["a", "bb", "ccc", "bb"]


def test_more_texts_than_are_remembered():
    encoder = SentenceEncoder(remembered=1)
    encoder._encoder = CountingModel()
    assert encoder.encode(["a", "bb", "ccc"])[:, 0].tolist() == [1, 2, 3]


def test_threads_get_their_own_texts():
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda i: sentence_encoder().encode([f"стул номер {i % 3}"]), range(12)))
    for i in range(3, 12):
        assert np.array_equal(results[i], results[i % 3])
