"""HDR videos are shown as SDR by a curve that is stated, so that it can be computed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from hyperframes_dist._media.extract import extract_pictures, open_source
from hyperframes_dist.progress import Control
from sources import ffmpeg

WHITE, PEAK, KNEE, SIZE = 203, 1000 / 203, 0.8, 64
# Of BT.2020, what BT.709's primaries are made of.
FROM_709 = np.array(
    [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
)


def pq(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084's signal for a luminance."""
    power = (nits / 10000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (
        2523 / 32
    )


def hlg(nits: np.ndarray) -> np.ndarray:
    """BT.2100's signal for a grey on a display of 1000 cd/m²."""
    scene = (nits / 1000) ** (1 / 1.2)
    return np.where(
        scene <= 1 / 12,
        np.sqrt(3 * scene),
        0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073,
    )


def rolled_off(x: float) -> float:
    """Möbius' curve: straight up to the knee, 1 at the peak."""
    if x <= KNEE:
        return x
    a = -KNEE * KNEE * (PEAK - 1) / (KNEE * KNEE - 2 * KNEE + PEAK)
    b = (KNEE * KNEE - 2 * KNEE * PEAK + PEAK) / (PEAK - 1)
    return (b * b + 2 * b * KNEE + KNEE * KNEE) / (b - a) * (x + a) / (x + b)


def srgb(x: float) -> float:
    """What a page calls a light, 0 to 255."""
    return 255 * (12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055)


def shown(tmp_path, transfer: str, signal: np.ndarray) -> np.ndarray:
    """The colour of a flat HDR video's picture, whose R'G'B' of BT.2020 is *signal*."""
    luma = float(signal @ [0.2627, 0.6780, 0.0593])
    blue, red = (signal[2] - luma) / 1.8814, (signal[0] - luma) / 1.4746
    planes = [(luma * 876 + 64, SIZE), (blue * 896 + 512, SIZE // 2)]
    planes.append((red * 896 + 512, SIZE // 2))
    data = b"".join(np.full(n * n, round(v), "<u2").tobytes() for v, n in planes)
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p10le", "-s", f"{SIZE}x{SIZE}")
    facts = f"color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"
    path = tmp_path / "hdr.mp4"
    codec = ("-c:v", "libx265", "-x265-params", "log-level=error:lossless=1")
    ffmpeg(*raw, "-i", "-", "-vf", f"setparams={facts}", *codec, path, data=data)
    source = open_source(path, "hdr.mp4", control=Control())
    assert source.is_hdr
    folder = tmp_path / "pictures"
    folder.mkdir()
    (picture,) = extract_pictures(source, [0], folder, control=Control()) or ()
    return np.asarray(Image.open(picture).convert("RGB"))[SIZE // 2, SIZE // 2]


@pytest.mark.parametrize("nits", [1, 50, 100, 203, 400, 1000])
@pytest.mark.parametrize(
    ("transfer", "curve"), [("smpte2084", pq), ("arib-std-b67", hlg)]
)
def test_greys_are_as_bright_as_the_curve_says(tmp_path, transfer, curve, nits):
    """PQ and HLG, from the shadows to the peak."""
    found = shown(tmp_path, transfer, curve(np.full(3, float(nits))))

    expected = srgb(rolled_off(nits / WHITE))
    assert np.abs(found.astype(float) - expected).max() <= 3, (found, expected)


def test_colours_a_page_has_are_kept(tmp_path):
    """A red of BT.709 in the wider colours is that red."""
    found = shown(tmp_path, "smpte2084", pq(FROM_709 @ [100.0, 10.0, 10.0]))

    expected = [srgb(100 / WHITE), srgb(10 / WHITE), srgb(10 / WHITE)]
    assert np.abs(found - expected).max() <= 4, (found, expected)
