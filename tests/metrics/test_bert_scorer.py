"""BERTScore on a small encoder made on the spot, against ``bert_score`` itself."""

import math
import time

import pytest
import torch
from bert_score import BERTScorer as LibraryScorer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from metrics import load_metric
from metrics.bert_scorer import DEFAULT, PIECE_WEIGHTS, BertScorer, BertScores
from models.checkpoint import CHECKPOINTS, read_card, save_weights, write_card
from tests.metrics.texts import REFERENCES, WRITTEN

LAYER = 2
POSITIONS = 24
PAIRS = [(text, references[0]) for text, references in zip(WRITTEN, REFERENCES, strict=True)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A BERT with random weights, and a letter-wise tokenizer that has no length limit."""
    folder = tmp_path_factory.mktemp("small")
    letters = "абвгдежзийклмнопрстуфхцчшщъыьэюя-,.<>_"
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = [*marks, *letters, *(f"##{letter}" for letter in letters)]
    ids = {piece: i for i, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), normalizers.Replace("ё", "е")])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), marks, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}
    BertForMaskedLM(
        BertConfig(vocab_size=len(vocabulary), max_position_embeddings=POSITIONS, initializer_range=0.5, **shape)
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def library(small):
    scorer = LibraryScorer(str(small), num_layers=LAYER, device="cpu")
    scorer._tokenizer.model_max_length = POSITIONS
    return scorer


def test_equal_to_the_library(small, library):
    expected = torch.stack(library.score(*map(list, zip(*PAIRS, strict=True))), dim=1)
    scores = BertScorer(str(small), num_layers=LAYER).scores(*zip(*PAIRS, strict=True))
    assert torch.tensor(scores) == pytest.approx(expected, abs=1e-5)
    assert expected.std() > 0.01


def test_idf_of_the_checkpoint_is_that_of_the_library(small, library, tmp_path):
    texts = [text for references in REFERENCES for text in references]
    weighted = LibraryScorer(str(small), num_layers=LAYER, device="cpu", nthreads=0)
    weighted._tokenizer.model_max_length = POSITIONS
    weighted._idf = True
    weighted.compute_idf(texts)
    table = [weighted._idf_dict[i] for i in range(weighted._model.config.vocab_size)]
    for file in small.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    save_weights(tmp_path / PIECE_WEIGHTS, {"idf": torch.tensor(table)})
    expected = weighted.score(*map(list, zip(*PAIRS, strict=True)))[2]
    scores = BertScorer(str(tmp_path), num_layers=LAYER).scores(*zip(*PAIRS, strict=True))
    assert [s.f1 for s in scores] == pytest.approx(expected.tolist(), abs=1e-3)  # weights are kept in half precision
    plain = BertScorer(str(small), num_layers=LAYER).scores(*zip(*PAIRS, strict=True))
    assert [s.f1 for s in scores] != pytest.approx([s.f1 for s in plain], abs=1e-2)


def test_equal_texts_score_one(small):
    assert BertScorer(str(small), num_layers=LAYER).score("Белая юбка", "белая юбка") == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("pair", [("", "юбка"), ("юбка", "  "), ("", "")])
def test_empty_text_scores_zero(small, pair):
    assert BertScorer(str(small), num_layers=LAYER).score(*pair) == 0


def test_long_text_is_cut_to_the_models_positions(small):
    scorer = BertScorer(str(small), num_layers=LAYER)
    assert scorer.score("юбка " * 300, "юбка " * 200) == pytest.approx(1, abs=1e-4)


def test_best_of_several_references(small):
    scorer = BertScorer(str(small), num_layers=LAYER)
    single = [scorer.score(WRITTEN[0], reference) for reference in REFERENCES[0]]
    assert scorer.scores(WRITTEN[:1], REFERENCES[:1])[0].f1 == pytest.approx(max(single))
    with pytest.raises(ValueError, match="reference"):
        scorer.scores(["юбка"], [[]])


def test_layer_must_be_known_and_there(small):
    with pytest.raises(ValueError, match="num_layers"):
        BertScorer(str(small))
    with pytest.raises(ValueError, match="between 0 and 3"):
        BertScorer(str(small), num_layers=9).score("юбка", "юбка")


def test_rescaling_by_the_baseline_of_the_card(small, tmp_path):
    with pytest.raises(ValueError, match="baseline"):
        BertScorer(str(small), num_layers=LAYER, rescale=True)
    for file in small.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    raw = BertScorer(str(small), num_layers=LAYER)
    baseline = raw.fit_baseline(PAIRS)
    assert baseline.f1 == pytest.approx(sum(s.f1 for s in raw.scores(*zip(*PAIRS, strict=True))) / len(PAIRS))
    write_card(tmp_path, {"num_layers": LAYER, "baseline": baseline._asdict()})
    rescaled = BertScorer(str(tmp_path), rescale=True)
    assert rescaled.score("юбка", "юбка") == pytest.approx(1, abs=1e-3)
    expected = (raw.score(*PAIRS[0]) - baseline.f1) / (1 - baseline.f1)
    assert rescaled.score(*PAIRS[0]) == pytest.approx(expected, abs=1e-4)


def test_metric_takes_a_kept_scorer(small):
    scorer = BertScorer(str(small), num_layers=LAYER)
    result = load_metric("bertscore").compute(predictions=WRITTEN, references=REFERENCES, scorer=scorer)
    assert result["per_text"] == pytest.approx([s.f1 for s in scorer.scores(WRITTEN, REFERENCES)])
    assert result["bertscore"] == pytest.approx(sum(result["per_text"]) / len(WRITTEN))


def test_humanness_is_cider_minus_beta_bertscore():
    class Half(BertScorer):
        def __init__(self) -> None:
            pass

        def scores(self, candidates, references):
            return [BertScores(0.5, 0.5, 0.5) for _ in candidates]

    assistant = [["Представляем вашему вниманию футболку"], *REFERENCES[1:]]
    cider = load_metric("cider")
    wanted = cider.compute(predictions=WRITTEN, references=REFERENCES)["per_text"]
    other = cider.compute(predictions=WRITTEN, references=assistant)["per_text"]
    result = load_metric("humanness").compute(
        predictions=WRITTEN, references=REFERENCES, assistant=assistant, beta=0.4, scorer=Half()
    )
    assert result["per_text"] == pytest.approx([score / 2 - 0.2 for score in wanted])
    assert result["per_text_anti"] == pytest.approx([score / 2 - 0.2 for score in other])
    assert result["anti_humanness"] < result["humanness"]
    assert min(result["per_text"]) < 0, "a text unlike its references scores below zero"


def test_missing_built_in_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("metrics.bert_scorer.CHECKPOINTS", tmp_path)
    with pytest.raises(FileNotFoundError, match="pretrain_bert"):
        BertScorer()


class TestBuiltIn:
    """The committed encoder."""

    def test_a_paraphrase_scores_above_another_text(self):
        scorer = BertScorer()
        source = "Синяя джинсовая куртка с заплатками на локтях, почти новая"
        near = scorer.score("Продам джинсовку синего цвета, на локтях заплатки", source)
        far = scorer.score("Красные детские сандалии на липучках", source)
        assert near > far + 0.1

    def test_a_warm_pair_takes_less_than_a_tenth_of_a_second(self):
        scorer = BertScorer()
        scorer.score("Белая юбка", "Юбка белого цвета")
        times = []
        for _ in range(5):
            start = time.perf_counter()
            scorer.score("Белая юбка миди с поясом", "Продам юбку, белую, пояс в комплекте")
            times.append(time.perf_counter() - start)
        assert min(times) < 0.1

    def test_baseline_and_layer_are_on_the_card(self):
        card = read_card(CHECKPOINTS / "language" / DEFAULT)
        assert 0 <= card["num_layers"] <= card["training"]["layers"]
        assert all(math.isfinite(value) and 0 < value < 1 for value in card["baseline"].values())
        assert BertScorer(rescale=True).score("Белая юбка", "белая юбка") == pytest.approx(1, abs=1e-3)

    def test_fits_the_size_limit(self):
        folder = CHECKPOINTS / "language" / DEFAULT
        assert sum(file.stat().st_size for file in folder.iterdir()) < 12e6

    def test_placeholders_are_single_pieces(self):
        from transformers import AutoTokenizer

        from masking import PLACEHOLDERS

        tokenizer = AutoTokenizer.from_pretrained(CHECKPOINTS / "language" / DEFAULT)
        assert [tokenizer.tokenize(mark) for mark in PLACEHOLDERS] == [[mark] for mark in PLACEHOLDERS]
        assert tokenizer.tokenize("йод ёж") == tokenizer.tokenize("йод еж") != tokenizer.tokenize("иод еж")

    @pytest.mark.data
    def test_tells_a_paraphrase_from_another_text_as_the_card_says(self):
        from training.bertscore_fit import bert_score, paraphrase_auc
        from training.clothes import read_clothes
        from training.russian_pairs import caption_ad_pairs

        folder = CHECKPOINTS / "language" / DEFAULT
        card = read_card(folder)
        auc, _ = paraphrase_auc(bert_score(folder, card["num_layers"]), caption_ad_pairs(read_clothes(split="val")))
        assert auc == pytest.approx(card["scores"]["paraphrase_auc"], abs=0.002)
        assert auc > max(card["scores"]["paraphrase_auc_untrained"], card["scores"]["paraphrase_auc_shared_lemmas"])
