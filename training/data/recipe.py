"""A recipe: which sources, filtered how, make which parts of a data set (``recipes/*.yaml``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.data.dataset import Format
from training.data.filters import Filter
from training.data.record import Split


class RecipeError(ValueError):
    """A recipe that cannot be followed; says where and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(BaseModel):
    """A source: ``type`` names it in ``training/data/sources``, everything else is given to its reader."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Augment(_Strict):
    """Fresh copies of the first photo; ``factor`` photos an ad on average, exactly so over the whole part."""

    factor: float = Field(default=2.5, ge=1, le=10)


class Bundle(_Strict):
    """Several different items in one ad: least and most of them."""

    items: tuple[int, int] = (2, 5)


class SameItem(_Strict):
    """Near-copies whose references say the same show one item: joined into one ad.

    Attributes:
        photos: most photos an ad; a larger group is of many alike things and makes no ad.
        text: least cosine of the references' sentence embeddings (jeans on one hanger look alike, too).
    """

    photos: int = Field(default=4, ge=2, le=10)
    text: float = Field(default=0.9, gt=0, le=1)


class Translate(_Strict):
    """How the references become Russian: a model of the hub or a folder, or a table of given translations."""

    model: str | None = None
    table: Path | None = None
    cache: Path = Path(".cache/translations.sqlite")
    batch: int = 32

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.model is None) == (self.table is None):
            raise ValueError("translate needs either `model` or `table`")
        return self


class Part(_Strict):
    """One line of the mixture.

    Attributes:
        name: ``source`` of its records.
        source: a name in ``sources``; or
        drawn_from: an earlier part, from which ads are drawn.
        where: filter on the source's ads.
        ads: how many; all that there are when left out.
        photos: how many photos they have together; surplus ones are cut from the longest ads.
        replacement: draw with replacement, each time made anew.
        splits: only records of these splits are written.
    """

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    source: str | None = None
    drawn_from: str | None = Field(default=None, alias="from")
    where: Filter = Filter()
    translate: Translate | None = None
    ads: int | None = Field(default=None, gt=0)
    photos: int | None = Field(default=None, gt=0)
    replacement: bool = False
    augment: Augment | None = None
    bundle: Bundle | None = None
    same_item: SameItem | None = None
    splits: tuple[Split, ...] = ("train", "val", "test")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.source is None) == (self.drawn_from is None):
            raise ValueError("a part needs either `source` or `from`")
        makers = [maker for maker in ("augment", "bundle", "same_item") if getattr(self, maker)]
        if len(makers) > 1 or (makers and self.source):
            raise ValueError("augment, bundle and same_item are for parts drawn `from` another, one of them each")
        if self.drawn_from and self.ads is None and self.same_item is None:
            raise ValueError("a part drawn `from` another needs `ads`")
        if self.source and self.replacement:
            raise ValueError("`replacement` is for parts drawn `from` another")
        return self


class NearCopies(_Strict):
    """When two photos are near-copies: by perceptual hash (bits of 64 that differ) or by image features (cosine).

    The defaults were chosen looking at pairs of the clothes photos: nearly all real copies are inside, and so are
    many pairs of much alike things on one background, which is the safe side.
    """

    hash_bits: int = Field(default=6, ge=0, le=20)
    cosine: float = Field(default=0.9, gt=0, le=1)


class SplitRule(_Strict):
    """How groups of near-copies are dealt out.

    Attributes:
        test, val: shares of the records, 0 to 1.
        keep: leave the splits that the sources give; a group on both sides goes to ``train`` as a whole.
    """

    test: float = Field(default=0.0, ge=0, lt=1)
    val: float = Field(default=0.0, ge=0, lt=1)
    keep: bool = False
    near: NearCopies = NearCopies()

    @model_validator(mode="after")
    def _leaves_training(self) -> Self:
        if self.test + self.val >= 1:
            raise ValueError("test and val leave nothing to train on")
        return self


class Recipe(_Strict):
    """Everything about a data set; its name is that of its folder and of its file."""

    name: str
    about: str = ""
    seed: int = 0
    format: Format = "jsonl"
    sources: dict[str, Source]
    split: SplitRule = SplitRule()
    parts: tuple[Part, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        seen: set[str] = set()
        for part in self.parts:
            if part.source and part.source not in self.sources:
                raise ValueError(f"part {part.name}: there is no source {part.source}")
            if part.drawn_from and part.drawn_from not in seen:
                raise ValueError(f"part {part.name}: there is no earlier part {part.drawn_from}")
            if part.name in seen:
                raise ValueError(f"two parts are called {part.name}")
            if part.source:
                seen.add(part.name)
        return self

    def scaled(self, scale: float) -> Recipe:
        """The recipe with every count multiplied, at least one ad a part (and a photo an ad)."""

        def scaled_part(part: Part) -> Part:
            ads = part.ads and max(1, round(part.ads * scale))
            return part.model_copy(
                update={"ads": ads, "photos": part.photos and max(ads or 1, round(part.photos * scale))}
            )

        return self.model_copy(update={"parts": tuple(scaled_part(part) for part in self.parts)})


def read_recipe(path: Path, changes: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe.

    Args:
        changes: ``sources.main.path=…``: values that stand in for those of the file, as YAML.

    Raises:
        RecipeError: no such file, not YAML, or a field that is not right.
    """
    if not path.is_file():
        raise RecipeError(f"there is no recipe {path}; those of the project are in recipes/")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise RecipeError(f"{path}: a recipe is a mapping with name, sources and parts")
        for change in changes:
            _change(data, change)
        return Recipe.model_validate({"name": path.stem} | data)
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'recipe'}: {e['msg']}" for e in error.errors()[:5])
        raise RecipeError(f"{path}: {told}") from error


def _change(data: dict[str, Any], change: str) -> None:
    key, equals, value = change.partition("=")
    *above, last = key.split(".")
    for name in above:
        data = data.get(name) if isinstance(data, dict) else None
    if not equals or not isinstance(data, dict):
        raise RecipeError(f"{change!r}: give a field of the recipe as KEY=VALUE, for example sources.main.path=ads.csv")
    data[last] = yaml.safe_load(value)
