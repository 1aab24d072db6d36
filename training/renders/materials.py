"""Shader materials: painted cloth and the plain stuffs around it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from training.renders.paint import Canvas, Colour


class Nodes:
    """A material under construction: its node tree and a short way to add and join nodes."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.surface = self.tree.nodes["Principled BSDF"]

    def add(self, kind: str, **values: Any) -> Any:
        """A node with its inputs (by name, spaces as underscores) or properties set; a tuple (node, output) links."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for key, value in values.items():
            socket = node.inputs.get(key.replace("_", " "))
            if socket is None:
                setattr(node, key, value)
            else:
                self.set(socket, value)
        return node

    def set(self, socket: Any, value: Any) -> None:
        if isinstance(value, tuple) and len(value) == 2 and hasattr(value[0], "outputs"):
            self.tree.links.new(value[0].outputs[value[1]], socket)
        else:
            socket.default_value = value

    def shine(self, **values: Any) -> None:
        """Set inputs of the Principled shader."""
        for key, value in values.items():
            self.set(self.surface.inputs[key.replace("_", " ")], value)


def linear(colour: Colour) -> tuple[float, float, float, float]:
    """sRGB to the linear RGBA that Blender's sockets take."""
    c = np.asarray(colour, dtype=float)
    rgb = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return (*rgb, 1.0)


def image(name: str, pixels: np.ndarray, data: bool = False) -> bpy.types.Image:
    """A Blender image from (H, W, 3) or (H, W) values, row 0 at the top."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    height, width = pixels.shape[:2]
    picture = bpy.data.images.new(name, width, height, alpha=False, float_buffer=data)
    picture.colorspace_settings.name = "Non-Color" if data else "sRGB"
    rgba = np.ones((height, width, 4), dtype=np.float32)
    rgba[..., :3] = pixels[::-1]
    picture.pixels.foreach_set(rgba.ravel())
    picture.pack()
    return picture


def cloth(
    name: str, canvas: Canvas, fuzz: float = 0.3, relief: float = 1.0, roughness: float = 0.9
) -> bpy.types.Material:
    """Painted cloth: colour and bump from the canvas, a fine weave on top, sheen at grazing angles."""
    nodes = Nodes(name)
    colour = nodes.add("TexImage", image=image(f"{name} colour", canvas.colour), extension="EXTEND")
    height = nodes.add("TexImage", image=image(f"{name} height", canvas.height, data=True), extension="EXTEND")
    place = nodes.add("TexCoord")
    weave = nodes.add("TexNoise", Vector=(place, "Object"), Scale=900.0, Detail=2.0)
    fine = nodes.add("Bump", Height=(weave, 0), Strength=0.25, Distance=0.0006)
    bump = nodes.add("Bump", Height=(height, 0), Strength=1.0, Distance=0.001 * relief, Normal=(fine, 0))
    nodes.shine(
        Base_Color=(colour, 0), Normal=(bump, 0), Roughness=roughness, Sheen_Weight=fuzz, Sheen_Roughness=0.4,
        Specular_IOR_Level=0.15,
    )  # fmt: skip
    return nodes.material


def stuff(
    name: str,
    colour: Colour,
    roughness: float = 0.6,
    grain: float = 0.0,
    scale: float = 300.0,
    **shine: Any,
) -> bpy.types.Material:
    """One colour (rubber, leather, plastic, paint) with an uneven tone and an optional grain (metres of bump)."""
    nodes = Nodes(name)
    place = nodes.add("TexCoord")
    cloud = nodes.add("TexNoise", Vector=(place, "Object"), Scale=18.0, Detail=4.0)
    tone = nodes.add("ValToRGB", Fac=(cloud, 0))
    base = np.array(linear(colour))
    tone.color_ramp.elements[0].position, tone.color_ramp.elements[1].position = 0.3, 0.7
    tone.color_ramp.elements[0].color = (*(base[:3] * 0.86), 1)
    tone.color_ramp.elements[1].color = (*np.minimum(base[:3] * 1.1, 1), 1)
    nodes.shine(Base_Color=(tone, 0), Roughness=roughness, **shine)
    if grain:
        noise = nodes.add("TexNoise", Vector=(place, "Object"), Scale=scale, Detail=3.0)
        nodes.shine(Normal=(nodes.add("Bump", Height=(noise, 0), Strength=1.0, Distance=grain), 0))
    return nodes.material
