"""LoRA adapters (Hu et al. 2021) of a captioner's network, through ``peft``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from torch import nn

if TYPE_CHECKING:
    from peft import LoraConfig


class LoraSettings(BaseModel):
    """Rank, and a regular expression of the full names of the matrices that get an adapter."""

    model_config = ConfigDict(extra="forbid")

    rank: int = 16
    targets: str
    dropout: float = 0.05

    def peft(self) -> LoraConfig:
        from peft import LoraConfig

        return LoraConfig(r=self.rank, lora_alpha=2 * self.rank, lora_dropout=self.dropout, target_modules=self.targets)


def add_adapter(network: nn.Module, lora: LoraSettings) -> list[str]:
    """Put low-rank matrices beside the matching ones, in place, and return the names of the modules touched.

    Raises:
        ValueError: no module matches (module names of ``transformers`` change between versions).
    """
    from peft import inject_adapter_in_model

    inject_adapter_in_model(lora.peft(), network)
    touched = [name.removesuffix(".lora_A") for name, _ in network.named_modules() if name.endswith(".lora_A")]
    if not touched:
        raise ValueError(f"the adapter touches nothing: no module is called {lora.targets!r}")
    return touched


def save_adapter(network: nn.Module, lora: LoraSettings, folder: Path) -> None:
    """Write ``adapter_config.json`` and ``adapter_model.safetensors`` as ``peft`` reads them."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(network, adapter_name="default")
    save_file(
        {f"base_model.model.{k}": v.half().contiguous() for k, v in state.items()}, folder / "adapter_model.safetensors"
    )
    lora.peft().save_pretrained(folder)
