"""Recipes are checked before anything is read, and the project's own say what the brief says."""

from pathlib import Path

import pytest

from training.data.recipe import RecipeError, read_recipe

RECIPES = Path(__file__).resolve().parents[3] / "recipes"


def test_the_mixture_of_the_brief():
    parts = {part.name: part for part in read_recipe(RECIPES / "brief.yaml").parts}
    counts = {name: part.ads for name, part in parts.items()}
    assert counts == {
        "MULTI_REAL": 32_839,
        "SINGLE_MAIN": 4_602,
        "AUG_MAIN": 5_000,
        "SINGLE_MLCUP": 15_000,
        "AUG_MLCUP": 10_000,
    }
    assert parts["MULTI_REAL"].photos == 117_329
    for name, drawn_from in (("AUG_MAIN", "SINGLE_MAIN"), ("AUG_MLCUP", "SINGLE_MLCUP")):
        assert parts[name].drawn_from == drawn_from and parts[name].replacement
        assert parts[name].augment.factor == 2.5


def test_a_fifth_of_the_videos_is_for_testing():
    recipe = read_recipe(RECIPES / "video.yaml")
    assert recipe.split.test == 0.2 and {part.translate.model for part in recipe.parts} == {"facebook/wmt19-en-ru"}


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_of_the_project_is_valid(path):
    assert read_recipe(path).name == path.stem


def test_a_scale_and_changes(tmp_path):
    recipe = read_recipe(RECIPES / "brief.yaml", ("sources.main.path=x.csv", "split.test=0.5", "seed=9")).scaled(0.001)
    assert recipe.sources["main"].options["path"] == "x.csv" and (recipe.split.test, recipe.seed) == (0.5, 9)
    assert [(part.ads, part.photos) for part in recipe.parts][:2] == [(33, 117), (5, None)]


GOOD = "sources: {a: {type: main, path: x}}\nparts: [{name: A, source: a}]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parts: [", "is not YAML"),
        ("- a", "a recipe is a mapping"),
        (GOOD + "sead: 3", "sead: Extra inputs"),
        (GOOD.replace("source: a", "source: b"), "there is no source b"),
        (GOOD.replace("source: a", "from: B, ads: 3"), "there is no earlier part B"),
        (GOOD.replace("source: a", "source: a, augment: {factor: 2}"), "are for parts drawn `from` another"),
        (GOOD.replace("source: a", "source: a, where: {text: '['}"), "is not a regular expression"),
        (GOOD.replace("source: a", "source: a, translate: {}"), "needs either `model` or `table`"),
        (GOOD.replace("source: a", "source: a, ads: 0"), "greater than 0"),
        (GOOD.replace("name: A", "name: a b"), "should match pattern"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, said):
    (tmp_path / "r.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=said):
        read_recipe(tmp_path / "r.yaml")


def test_a_missing_recipe_or_a_wrong_change_is_said(tmp_path):
    with pytest.raises(RecipeError, match="there is no recipe"):
        read_recipe(tmp_path / "none.yaml")
    with pytest.raises(RecipeError, match="KEY=VALUE"):
        read_recipe(RECIPES / "brief.yaml", ("sources.nothing.path=3",))
