"""Pictures of the test cases: modelled, draped and rendered by this project itself (Blender as a Python package)."""
