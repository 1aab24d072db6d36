"""Kind, colour and pattern named in texts of our own, and the fairness of the table."""

import json

import pytest

from metrics import load_metric
from metrics.attributes import names_item, names_main_colour, names_pattern
from metrics.lexicon import TABLE, lexicon


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Носили эту футболочку мало", "футболка"),
        ("Белые кроссовки на липучке", "кроссовки"),
        ("Серое худи с надписью", "толстовка"),
        ("Тёмная куртка-косуха", "косуха"),
        ("Спортивные брюки на резинке", "спортивные штаны"),
        ("Туфельки для девочки", "туфли"),
        ("Тёплые варежки с узором", "варежки"),
        ("Вязаная митенка лежит на столе", "митенки"),
        ("Поло мужское", "поло"),
        ("Джинсовка с заплатками", "джинсовая куртка"),
    ],
)
def test_right_kind(text, item):
    assert names_item(text, item)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("Белая майка", "футболка"),
        ("Худи на молнии", "лонгслив"),
        ("Рубашка в клетку", "блузка"),
        ("Подойдёт к джинсам, юбке и брюкам", "брюки"),
        ("Белая вещь в отличном состоянии", "платье"),
        ("Спортивные штаны с лампасами", "брюки"),
        ("", "юбка"),
        ("Перчатки", "митенки"),
    ],
)
def test_wrong_kind(text, item):
    assert not names_item(text, item)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("Синяя юбка", "тёмно-синий"),
        ("Светло-серые брюки", "серый"),
        ("Чёрно-белая блузка", "белый"),
        ("Футболка цвета хаки", "оливковый"),
        ("Мятное платье", "бирюзовый"),
        ("Платье лежит на красном ковре, голубое", "голубой"),
        ("Розовато-бежевый топ", "бежевый"),
        ("Ярко-красная сумка", "красный"),
    ],
)
def test_right_colour(text, colour):
    assert names_main_colour(text, colour)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("Голубая юбка", "синий"),
        ("Чёрная юбка с белым поясом", "белый"),
        ("Светло-серые брюки", "тёмно-серый"),
        ("Салатовая кепка", "тёмно-зелёный"),
        ("Юбка на белом покрывале", "белый"),
        ("Бордовый свитер", "красный"),
        ("Юбка", "белый"),
    ],
)
def test_wrong_colour(text, colour):
    assert not names_main_colour(text, colour)


def test_unknown_annotated_colour_is_an_error():
    with pytest.raises(ValueError, match="synonyms"):
        names_main_colour("Юбка", "звонкий")


@pytest.mark.parametrize(
    ("text", "pattern", "right"),
    [
        ("Рубашка в мелкую клетку", "клетка", True),
        ("Клетчатая рубашка", "клетка", True),
        ("Рубашка на клетчатом пледе", "клетка", False),
        ("Рубашка на клетчатом пледе", "однотонный", True),
        ("Полосатая рубашка", "однотонный", False),
        ("Футболка с надписью Love", "принт", True),
        ("Футболка с якорями", "принт", True),
        ("Платье в белый цветочек на вешалке", "цветочный", True),
        ("Чёрно-белая юбка", "комбинированный", True),
        ("Юбка", "горошек", False),
        ("Юбка", "другое", None),
    ],
)
def test_pattern(text, pattern, right):
    assert names_pattern(text, pattern) is right


def test_metric():
    result = load_metric("attributes").compute(
        predictions=["Белая юбка в горошек", "Чёрные кеды", "Синий пиджак"],
        references=[
            {"item": "юбка", "colours": ["белый", "чёрный"], "pattern": "горошек"},
            {"item": "кроссовки", "colours": ["чёрный"], "pattern": "однотонный"},
            {"item": "жакет", "colours": ["красный"], "pattern": "другое"},
        ],
    )
    assert (result["item"], result["main_colour"], result["pattern"]) == pytest.approx((2 / 3, 2 / 3, 1.0))


def test_table_says_its_rule_and_a_reason_for_every_group():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert table["rule"]
    assert all(group["why"][0] in "abcd" and len(group["same"]) > 1 for group in table["items"])
    assert {*table["light"], *table["dark"]} <= table["colours"].keys()


def test_groups_are_not_chained():
    """A table in which everything is a synonym of everything would make every caption right."""
    table = lexicon()
    kinds = list(table.groups)
    same = sum(table.same_kind([a], [b]) for a in kinds for b in kinds if a < b)
    assert same / (len(kinds) * (len(kinds) - 1) / 2) < 0.03


@pytest.mark.data
def test_reference_texts_agree_with_their_own_annotation_and_not_with_others():
    from training.clothes import read_clothes

    ads = read_clothes(split="val")
    others = ads[1:] + ads[:1]
    own, foreign = (
        load_metric("attributes").compute(
            predictions=[ad.caption for ad in ads],
            references=[{"item": t.item, "colours": list(t.colors), "pattern": t.pattern} for t in truths],
        )
        for truths in (ads, others)
    )
    assert (own["item"] > 0.97, own["main_colour"] > 0.93, own["pattern"] > 0.8) == (True, True, True)
    assert (foreign["item"] < 0.15, foreign["main_colour"] < 0.25) == (True, True)


@pytest.mark.data
def test_every_annotated_colour_is_known():
    from training.clothes import read_clothes

    table = lexicon()
    assert {colour for ad in read_clothes() for colour in ad.colors if table.colour(colour) is None} == set()
