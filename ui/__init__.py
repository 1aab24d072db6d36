"""The Gradio page: views, their texts in Russian and English, and what joins them to the service."""
