"""Colours, fonts and style sheet of the page; the fonts are those of the visitor's system, nothing is fetched."""

from pathlib import Path

import gradio as gr

# As ``css=`` Gradio would confine every rule to the inside of the page's middle column.
HEAD = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"
FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Consolas", "DejaVu Sans Mono", "monospace"]


def theme() -> gr.themes.Base:
    """The look of Gradio's own components, in the colours of ``page.css``."""
    return gr.themes.Base(
        primary_hue="indigo", neutral_hue="slate", radius_size="lg", text_size="md", font=FONT, font_mono=MONO
    ).set(
        body_background_fill="#f4f5f9",
        body_background_fill_dark="#0d111c",
        block_background_fill="#ffffff",
        block_background_fill_dark="#161c2c",
        block_border_width="1px",
        block_border_color="#e3e6ef",
        block_border_color_dark="#273047",
        block_radius="16px",
        block_padding="16px 18px",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_title_text_weight="600",
        block_title_text_color="#1f2540",
        block_title_text_color_dark="#e8ebf5",
        input_background_fill="#f7f8fc",
        input_background_fill_dark="#0f1524",
        input_border_color="#dfe3ee",
        input_border_color_dark="#2b3550",
        input_radius="10px",
        button_large_radius="12px",
        button_small_radius="999px",
        button_primary_background_fill="#4f46e5",
        button_primary_background_fill_hover="#4338ca",
        button_primary_background_fill_dark="#6366f1",
        button_primary_text_color="#ffffff",
    )
