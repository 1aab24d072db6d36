"""BLIP-2 with a Russian language model (Li et al. 2023; the swap of the language model: mBLIP, Geigle et al. 2023).

Photos -> ViT -> Q-Former -> linear layer -> vectors in the prompt of a decoder-only or encoder-decoder language model.
``photos_as: joined`` reads each photo by itself and puts its vectors after its ``<IMG_i>``; ``photos_as: batch`` reads
all photos of an ad as one visual input with marks of their places and puts the vectors after the last ``<IMG_i>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn
from transformers import Blip2Config, Blip2ForConditionalGeneration, Blip2QFormerModel, Blip2VisionModel
from transformers.models.blip_2.modeling_blip_2 import Blip2PreTrainedModel

from models.captioners.base import Captioner, Generation, Inputs, Prompt, expand_photos
from models.checkpoint import fill, load_weights
from models.language import PHOTO_TOKENS, PREFIX_TOKEN, load_language, load_tokenizer, widen
from models.networks import PrefixNetwork
from models.parts import resolve
from models.qformer import JointNetwork, QFormerConnector
from models.vision import load_vision
from models.vision_published import VitEncoder


class Blip2(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "blip2"``.

    Parts: ``blip2`` alone is a published model as it is. With ``language`` its ViT and Q-Former are kept and the linear
    layer starts anew (mBLIP's way); of a captioner here (``qformer``, its folder's name) they are kept the same way.
    ``vision`` and ``language``: all of it starts anew.
    """

    family: ClassVar[str] = "blip2"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")
    # Published ones were trained with the photos before the text.
    photos_first = False

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> Blip2:
        root, parts = folder.parent.parent, card["parts"]
        joint = card.get("photos_as", "joined") == "batch"
        tokenizer = load_tokenizer(parts.get("language") or parts["blip2"], root, card.get("tokens", ()))
        if "language" not in parts:
            vision, connector, language = published(parts["blip2"], joint)
            language = widen(language, tokenizer)
        else:
            language = load_language(parts["language"], root, tokenizer)
            width = language.config.hidden_size
            if "blip2" in parts:
                vision, connector = published_eyes(parts["blip2"], width, joint)
            else:
                vision = load_vision(parts["vision"], root)
                connector = QFormerConnector.of_shape(vision.dim, width, joint=joint, **card["connector"])
                if "qformer" in parts:
                    keep_qformer(connector, folder.parent / parts["qformer"])
        # Our targets begin with their first word; BART's own setting would put a sentence start before it.
        language.generation_config.forced_bos_token_id = None
        prefix_id = tokenizer.convert_tokens_to_ids(PREFIX_TOKEN)
        if joint:
            photo_ids = tokenizer.convert_tokens_to_ids(list(PHOTO_TOKENS))
            network: PrefixNetwork = JointNetwork(language, connector, prefix_id, photo_ids)
        else:
            network = PrefixNetwork(language, connector, prefix_id)
        captioner = cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))
        captioner.photos_first = "blip2" in parts
        return captioner

    def prompt_text(self, prompt: Prompt) -> str:
        """The prompt with prefix tokens and the sentence marks the language model knows (T5: no start, but an end)."""
        config = self.network.language.config
        start = self.tokenizer.bos_token if getattr(config, "bos_token_id", None) is not None else ""
        end = self.tokenizer.eos_token if config.is_encoder_decoder else ""
        marks = [token for token in PHOTO_TOKENS if token in prompt.text]
        if not marks:
            return f"{start}{prompt.text}{end}"
        before, after = prompt.text.split(" ".join(marks), 1)
        seen = " ".join(marks)
        if isinstance(self.network, JointNetwork):
            seen += PREFIX_TOKEN * self.network.vectors
        else:
            seen = expand_photos(seen, self.network.vectors)
        if self.photos_first:
            return f"{seen}{start}{before.strip()}{after}{end}"
        return f"{start}{before}{seen}{after}{end}"


def keep_qformer(connector: QFormerConnector, folder: Path) -> None:
    """Take everything but the linear layer from a trained captioner of this family."""
    weights = load_weights(folder / "model.safetensors")
    own = {name.removeprefix("connector."): weight for name, weight in weights.items() if name.startswith("connector.")}
    kept = {name: weight for name, weight in own.items() if not name.startswith("language_projection.")}
    fill(connector, kept, folder.name, r"^(?!language_projection\.)")


class Eyes(Blip2PreTrainedModel):
    """The ViT and the Q-Former of a published BLIP-2, read without its language model."""

    config_class = Blip2Config
    _keys_to_ignore_on_load_unexpected = [r"^language_"]  # noqa: RUF012 - transformers' own attribute
    _keep_in_fp32_modules = ["query_tokens", "qformer"]  # noqa: RUF012

    def __init__(self, config: Blip2Config) -> None:
        super().__init__(config)
        self.vision_model = Blip2VisionModel(config.vision_config)
        queries = torch.zeros(1, config.num_query_tokens, config.qformer_config.hidden_size)
        self.query_tokens = nn.Parameter(queries)
        self.qformer = Blip2QFormerModel(config.qformer_config)
        self.post_init()


def published_eyes(source: str, width: int, joint: bool) -> tuple[VitEncoder, QFormerConnector]:
    """ViT and Q-Former of a published BLIP-2 for another language model; the linear layer is random."""
    part = resolve(source, ("config.json", "preprocessor_config.json"))
    return _eyes(source, Eyes.from_pretrained(part, dtype="float32"), width, joint)


def published(source: str, joint: bool) -> tuple[VitEncoder, QFormerConnector, nn.Module]:
    """Encoder, connector and language model of a published BLIP-2 or mBLIP."""
    part = resolve(source, ("config.json", "preprocessor_config.json"))
    whole = Blip2ForConditionalGeneration.from_pretrained(part, dtype="float32")
    vision, connector = _eyes(source, whole, whole.config.text_config.hidden_size, joint)
    connector.language_projection = whole.language_projection
    return vision, connector, whole.language_model


def _eyes(
    source: str, whole: Eyes | Blip2ForConditionalGeneration, width: int, joint: bool
) -> tuple[VitEncoder, QFormerConnector]:
    from transformers import BlipImageProcessor

    processor = BlipImageProcessor.from_pretrained(resolve(source))
    connector = QFormerConnector(whole.qformer, whole.config.num_query_tokens, width, nn.Identity(), joint)
    connector.query_tokens = whole.query_tokens
    return VitEncoder(source, whole.vision_model, processor), connector


FAMILY = Blip2
