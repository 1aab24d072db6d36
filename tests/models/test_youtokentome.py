"""The tokenizer files of youtokentome give youtokentome's ids."""

import random

import pytest

from models.youtokentome import YoutokentomeBPE
from tests.models.published import BPE_MODEL

# By youtokentome 1.0.6: unknown characters in runs, spaces that count and one that does not, nothing at all.
IDS = {
    "красное платье": [43, 47, 12, 56, 9, 110],
    "Куртка ZZZ  q1": [4, 1, 137, 86, 4, 1, 4, 1],
    "  вещи▁для\xa0дачи\tи сада ": [90, 36, 6, 52, 14, 26, 1, 121, 28, 6, 70, 45, 7, 121],
    "": [],
    "ёж": [4, 29, 31],
}


@pytest.fixture(scope="module")
def bpe() -> YoutokentomeBPE:
    return YoutokentomeBPE(BPE_MODEL)


@pytest.mark.parametrize("text", IDS)
def test_same_ids_as_youtokentome(bpe, text):
    assert bpe.encode(text) == IDS[text]


def test_specials_and_decoding(bpe):
    assert (bpe.unk_id, bpe.pad_id, bpe.bos_id, bpe.eos_id, bpe.vocab_size) == (1, 0, 2, 3, 200)
    text = "красное платье для дачи"
    assert bpe.decode([2, *bpe.encode(text), 3, 0, 0]) == text


def test_against_the_package_on_random_texts(bpe):
    package = pytest.importorskip("youtokentome", reason="test-only oracle (README, tests)")
    oracle = package.BPE(str(BPE_MODEL))
    draw = random.Random(0)
    alphabet = "абвгдежзиклмнопрстуфхцчшщыьэюяё ,.-:44  \n\t▁\u2009\xa0qZ😀ÀЖ"
    texts = ["".join(draw.choices(alphabet, k=draw.randint(1, 60))) for _ in range(500)]
    expected = oracle.encode(texts, output_type=package.OutputType.ID)
    assert [bpe.encode(text) for text in texts] == expected
    known = [i for ids in expected for i in ids if i != 1]
    assert bpe.decode(known) == oracle.decode([known])[0]


def test_a_cut_file_is_refused(tmp_path):
    whole = BPE_MODEL.read_text().splitlines()
    (tmp_path / "bpe.model").write_text("\n".join(whole[:100]))
    with pytest.raises(ValueError, match="cut short"):
        YoutokentomeBPE(tmp_path / "bpe.model")


def test_two_rules_for_one_piece_are_refused(tmp_path):
    lines = ["3 3", "9601 4", "1072 5", "1073 6", "5 5 7", "7 5 8", "5 7 9", "1 0 2 3"]
    (tmp_path / "bpe.model").write_text("\n".join(lines))
    with pytest.raises(ValueError, match="same piece"):
        YoutokentomeBPE(tmp_path / "bpe.model")
