"""The room: light from a window, a phone held by hand, and the file it would save."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector
from PIL import Image

from training.renders.materials import linear
from training.renders.paint import Colour

DAYLIGHT: Colour = (0.93, 0.96, 1.0)
BULB: Colour = (1.0, 0.82, 0.62)


@dataclass(frozen=True)
class Shot:
    """One photo.

    Attributes:
        eye: camera position in metres.
        target: the point it looks at.
        roll: degrees the phone is turned.
        size: (width, height) pixels.
        lens: millimetres on a 36 mm wide sensor (a phone: 26 to 30).
        window: position of the middle of the window.
        window_power: watts of daylight.
        fill: brightness of the room itself.
        warm: tint of the room (0 daylight, 1 a bulb).
        exposure: stops.
        seed: of the sensor noise.
    """

    eye: tuple[float, float, float] = (0.03, -0.25, 1.35)
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    roll: float = 0.0
    size: tuple[int, int] = (900, 1200)
    lens: float = 28.0
    window: tuple[float, float, float] = (-1.8, 0.9, 1.5)
    window_power: float = 60.0
    fill: float = 0.32
    warm: float = 0.4
    exposure: float = 0.3
    seed: int = 0


def clear() -> None:
    """An empty scene."""
    bpy.ops.wm.read_factory_settings(use_empty=True)


def shoot(shot: Shot, path: Path, samples: int = 48, scale: float = 1.0) -> None:
    """Render the scene and save it as a phone would: a little noise, a little vignetting, JPEG."""
    scene = bpy.context.scene
    _camera(shot)
    _window(shot)
    _ambient(shot)
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.use_adaptive_sampling = True
    scene.cycles.adaptive_threshold = 0.04
    scene.cycles.max_bounces = 3
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.render.threads_mode = "FIXED"
    scene.render.threads = 2
    scene.render.resolution_x, scene.render.resolution_y = (round(n * scale) for n in shot.size)
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.view_settings.exposure = shot.exposure
    raw = path.with_suffix(".render.png")
    scene.render.filepath = str(raw)
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    _develop(raw, shot).save(path, quality=86, optimize=True)
    raw.unlink()


def _camera(shot: Shot) -> None:
    camera = bpy.data.cameras.new("phone")
    camera.lens = shot.lens
    camera.sensor_width = 36
    camera.sensor_fit = "AUTO"
    camera.dof.use_dof = True
    camera.dof.focus_distance = (Vector(shot.eye) - Vector(shot.target)).length
    camera.dof.aperture_fstop = 5.0
    item = bpy.data.objects.new("phone", camera)
    item.location = shot.eye
    look = (Vector(shot.target) - Vector(shot.eye)).to_track_quat("-Z", "Y")
    item.rotation_euler = look.to_euler()
    item.rotation_euler.rotate_axis("Z", np.radians(shot.roll))
    bpy.context.collection.objects.link(item)
    bpy.context.scene.camera = item


def _window(shot: Shot) -> None:
    light = bpy.data.lights.new("window", "AREA")
    light.shape = "RECTANGLE"
    light.size, light.size_y = 1.0, 1.3
    light.energy = shot.window_power
    light.color = linear(DAYLIGHT)[:3]
    item = bpy.data.objects.new("window", light)
    item.location = shot.window
    item.rotation_euler = (-Vector(shot.window)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(item)


def _ambient(shot: Shot) -> None:
    world = bpy.data.worlds.new("room")
    world.use_nodes = True
    tint = np.array(DAYLIGHT) * (1 - shot.warm) + np.array(BULB) * shot.warm
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = linear(tuple(tint))
    background.inputs["Strength"].default_value = shot.fill
    bpy.context.scene.world = world


def _develop(raw: Path, shot: Shot) -> Image.Image:
    rng = np.random.default_rng(shot.seed)
    pixels = np.asarray(Image.open(raw).convert("RGB"), dtype=float) / 255
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    pixels *= (1 - 0.10 * (x**2 + y**2) / 2)[..., None]
    grain = rng.normal(0, 1, (height, width, 1)) * 0.010 + rng.normal(0, 1, (height, width, 3)) * 0.006
    pixels += grain * (1.2 - pixels)
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
