"""The data steps at any scale: on the cores of one machine or as ``ray.data`` pipelines (docs/scale.md)."""
