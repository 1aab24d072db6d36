"""``python -m models.runtime.bench``: seconds of writing with OpenVINO against plain ``transformers``, in one run.

Two full-size shapes with random weights: a GPT-2 of 12 layers of 768 whose cross-attention looks at the 197 features of a
ViT-base, and the same GPT-2 after a prefix of 16 vectors. Every repetition writes 40 forced tokens after another
random input with every runtime in turn.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Any

import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from models.runtime.openvino import CompiledLanguage

WIDTH, VOCABULARY, PATCHES, PREFIX, TOKENS = 768, 50264, 197, 16, 40
SEARCHES = {"greedy": 1, "4 beams": 4}
PRECISIONS = {"f32": 4, "bf16": 2, "int8": 1}  # bytes a weight
SHAPES = {"ViT-base features, cross-attention": True, "prefix of 16 vectors": False}


def language(cross: bool) -> GPT2LMHeadModel:
    """A random GPT-2 of the published size."""
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=VOCABULARY, n_embd=WIDTH, n_layer=12, n_head=12, add_cross_attention=cross,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return GPT2LMHeadModel(config).eval()


def inputs(cross: bool, seed: int) -> dict[str, Tensor]:
    """Arguments of ``generate`` for one ad."""
    generator = torch.Generator().manual_seed(seed)
    length = 1 if cross else PREFIX
    given = {
        "inputs_embeds": torch.randn(1, length, WIDTH, generator=generator),
        "attention_mask": torch.ones(1, length, dtype=torch.long),
    }
    if cross:
        given["encoder_hidden_states"] = torch.randn(1, PATCHES, WIDTH, generator=generator)
    return given


def bandwidth(megabytes: int = 512) -> float:
    """Bytes a second that this process reads from memory, the best of several readings."""
    numbers = torch.ones(megabytes * 2**20 // 4)
    return numbers.nbytes / min(timed(numbers.sum).clock for _ in range(7))


def numbers_a_token(model: GPT2LMHeadModel) -> int:
    """How many weights a step reads: all but the tables of embeddings and the keys and values computed once."""
    once = sum(
        layer.crossattention.c_attn.weight.numel() for layer in model.transformer.h if model.config.add_cross_attention
    )
    return sum(weight.numel() for weight in model.parameters()) - model.transformer.wpe.weight.numel() - once


@dataclass(frozen=True)
class Taken:
    """Seconds by the clock and of the processor, which other programs on the machine lengthen less."""

    clock: float
    processor: float
    result: Any


def timed(work: Callable[[], Any]) -> Taken:
    clock, processor = perf_counter(), process_time()
    result = work()
    return Taken(perf_counter() - clock, process_time() - processor, result)


@torch.inference_mode()
def measure(cross: bool, repeats: int) -> dict[tuple[str, str], list[Taken]]:
    """What every repetition took and wrote, by search and runtime."""
    model = language(cross)
    runtimes = {"torch": model} | {name: CompiledLanguage(model, name) for name in PRECISIONS}
    taken: dict[tuple[str, str], list[Taken]] = {}
    for seed in range(repeats + 1):
        for search, beams in SEARCHES.items():
            for name, runtime in runtimes.items():
                write = partial(runtime.generate, **inputs(cross, seed), num_beams=beams, do_sample=False)
                one = timed(partial(write, min_new_tokens=TOKENS, max_new_tokens=TOKENS))
                if seed:  # the first warms up
                    taken.setdefault((search, name), []).append(one)
    return taken


def report(repeats: int) -> None:
    """Print a Markdown table of medians; ratios are those to torch in the same repetition."""
    read = bandwidth()
    print(f"{torch.get_num_threads()} thread(s); memory read at {read / 1e9:.1f} GB/s; {repeats} repetitions\n")
    print(
        "| shape | search | runtime | s | faster | s of the processor | faster | same tokens | times the memory's floor |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for shape, cross in SHAPES.items():
        weights = numbers_a_token(language(cross))
        taken = measure(cross, repeats)
        for (search, name), own in taken.items():
            pairs = list(zip(taken[search, "torch"], own, strict=True))
            clock, processor = (median(getattr(one, kind) for one in own) for kind in ("clock", "processor"))
            faster, leaner = (
                median(getattr(plain, kind) / getattr(one, kind) for plain, one in pairs)
                for kind in ("clock", "processor")
            )
            same = sum(torch.equal(plain.result, one.result) for plain, one in pairs)
            floor = TOKENS * weights * PRECISIONS.get(name, 4) / read
            print(
                f"| {shape} | {search} | {name} | {clock:.2f} | {faster:.2f} | {processor:.2f} | {leaner:.2f} "
                f"| {same}/{repeats} | {clock / floor:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, help="of torch and of OpenVINO")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    report(arguments.repeats)
