"""
Which font stands for which name, and where the pinned ones come from.

A composition names fonts its author's machine has. The well-known names of those have one
open font each that stands for them everywhere, the ones HyperFrames uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs


@attrs.frozen(kw_only=True)
class Pin:
    """One release of a package: its *version* and its tarball's *integrity*."""

    version: str
    integrity: str


STATIC, VARIABLE = "@fontsource", "@fontsource-variable"
"""The scopes of packages with one file per weight, and with one for all of them."""

PINS: Mapping[str, Pin] = MappingProxyType(
    {
        "@fontsource-variable/noto-sans-arabic": Pin(
            version="5.3.0",
            integrity="sha512-Rz8+DBzza3//cmN+DBQajJhx3x+Dx12eUgnQsTOgPWbO"
            "T0+In6APmE8z4I/QQnUWfAx+s8l93+60qDT5vJH1sA==",
        ),
        "@fontsource-variable/noto-sans-devanagari": Pin(
            version="5.3.0",
            integrity="sha512-52XBcJS3jRvZ5ugFXJvdKgffXPYnN08LeodXkgCbepOd"
            "MKVRVTQu1yj071cq8S3zmUwT6w6XKKXRSQlQkwwNNg==",
        ),
        "@fontsource-variable/noto-sans-hebrew": Pin(
            version="5.3.0",
            integrity="sha512-jGIZ2EOCTtT1ZhLthz6nEpPXGMniSPI/0tv5CDFDZ7MP"
            "Yyoj6FskW7WJ0YTyesFADdzjx7F2Pg5W1PWD6y9UFw==",
        ),
        "@fontsource-variable/noto-sans-kr": Pin(
            version="5.3.1",
            integrity="sha512-f5aty6Qgk2LVU5TjCtXHxiYHqUWYW8f75ll0Chn8ucCq"
            "oOlIomcACUwf1V47yUt6wTdWZiGr3dcbQk+zlOspMA==",
        ),
        "@fontsource-variable/noto-sans-sc": Pin(
            version="5.3.1",
            integrity="sha512-UB96JJ17HyD5ehEU7Em0hDdh7fvTMB4B4Hzmq5c4QaNw"
            "wSLqTrdM2S+coySeBqCkXwh0DxqXT0b0wMrmzorFpQ==",
        ),
        "@fontsource-variable/noto-sans-thai": Pin(
            version="5.3.0",
            integrity="sha512-jHEC1vo8gD09GKf8jtH1IMoPqWmQQSKH3gkyD3ibCIME"
            "kVpEqJ9NJ2c181VHKbTHXc7Wu9CbuBU3yjQNvpbEbw==",
        ),
        "@fontsource-variable/inter": Pin(
            version="5.3.0",
            integrity="sha512-OupL48va4JNofb97w6NYeF9S7W/kHNKM0Er8Dem5nqi4"
            "jeOLrVJDoE8tZEpnMJmtkvNbB1EIPPwHcdkF6b1oUA==",
        ),
        "@fontsource-variable/montserrat": Pin(
            version="5.3.0",
            integrity="sha512-7PaZoxaxrWLAyrhO46v65An9LhUhfkTExWLhfbywYZCn"
            "ZEgg/W1rEHnlNmZKjNZ3nJTVYyicqxlJt10z/26yTA==",
        ),
        "@fontsource-variable/outfit": Pin(
            version="5.3.0",
            integrity="sha512-fPb5XnYK0k7SbR++HEmm4+ZqDszmLKQ+sPRUr8oQ/KNC"
            "0vy6r6hazJFe8iYozv4cqlHbvJ/JECkJWrfDodUMVQ==",
        ),
        "@fontsource-variable/nunito": Pin(
            version="5.3.0",
            integrity="sha512-tw0ch7evIDSwoeUy+0XzocYHfbRWLeCRPJy22KgbrLjD"
            "LAbNw/fErBiil10Ssrs3Sjr55zaZrr36a975j8cBkQ==",
        ),
        "@fontsource-variable/oswald": Pin(
            version="5.3.0",
            integrity="sha512-sSZzcTeaQGNyZbTVlS4tNNHElK38UktFLqKd6NQDLFCB"
            "V27320rQC3kXSZVytYm1PPjKmPxqVaGwqj7LEKUWQw==",
        ),
        "@fontsource-variable/jetbrains-mono": Pin(
            version="5.3.0",
            integrity="sha512-F32xpS2NsGYoQi2ADSkKTgpJj7ozajsGgDJ8woTnqjmI"
            "B+dxDIqImjl4pXZVEExu8UFZ2ndhmX18EBS/hdz3Lw==",
        ),
        "@fontsource-variable/eb-garamond": Pin(
            version="5.3.0",
            integrity="sha512-656OJsA9Vv24yhqRZFEzXnzS2AYgKdEILLgHJYLzzXnd"
            "gcWFKfSXFqzbRI5/6Yk1Yt7UfWrUeppE5nRQPQMwlQ==",
        ),
        "@fontsource-variable/playfair-display": Pin(
            version="5.3.0",
            integrity="sha512-IHdzTvE8eGIXHteZql7KXoqdc3Gfm+Zs1u4XlSC3Mepl"
            "kwviT3sx/P6gI0tLwg/xIYLF4ZJYveZ5V+bl9cnDwA==",
        ),
        "@fontsource-variable/source-code-pro": Pin(
            version="5.3.1",
            integrity="sha512-N0nZDizh8CQ19+AHHA8Ssb1i/aQf4N2lpRl3qZVH4/9f"
            "1yNgWzTkBFpc26v+QQr2hm4By4aiv597BCoEg2SDQg==",
        ),
        "@fontsource-variable/roboto": Pin(
            version="5.3.0",
            integrity="sha512-BoaaZiQf8fgtxv07KXkTwx1bKz/EoqIlTXq2OOKKXINx"
            "p6qXWdnlChqV+hSaDANS49yyUASFl3OVBMMDTCIHFA==",
        ),
        "@fontsource-variable/open-sans": Pin(
            version="5.3.0",
            integrity="sha512-VOfhZfLIOBVa6K/dTEu7scqQXYdGa4jBX8quFpQ0S657"
            "4B+W2EOBJf9PkqyVtMEI7WWIWNEbpvPc3vY1mN2mmQ==",
        ),
        "@fontsource-variable/noto-sans-jp": Pin(
            version="5.3.1",
            integrity="sha512-/anGvJFc5y36f8DJ+3TSh2+KAvaRLA9PaLUMvneeY5s4"
            "j8m+8X4F3lE/sjTuG9YI5BX4sykvCk4TuJMG7ecMRQ==",
        ),
        "@fontsource/noto-color-emoji": Pin(
            version="5.3.2",
            integrity="sha512-rO15sQ45Dc28hMAMz1X1oSOWxcbqNL+CiHHJ7JPn1gmf"
            "iGIuR/QyLuHqBrXivSYHsHVTXGT/m6/DuQ42s5xQkw==",
        ),
        "@fontsource/noto-sans-math": Pin(
            version="5.3.0",
            integrity="sha512-CzodkZ4R2VC73rqbNbVpiI94fXZJLFEMNBTAM3DFadjA"
            "KrjLQ2Fr+s2yM2c5uS+frBZ2IM+LyMo6COhAzV7hCA==",
        ),
        "@fontsource/noto-sans-symbols": Pin(
            version="5.3.0",
            integrity="sha512-Al5jMC2ivI5JkBP3RpcEhkY3zel9CyS199TfKC/B1SAF"
            "Vj8BJghUNX0tMif0CuhVLpVwZMacM/lHJx3wxdJZBQ==",
        ),
        "@fontsource/noto-sans-symbols-2": Pin(
            version="5.3.0",
            integrity="sha512-hFnEnIXOIgLLJ61SO9icRXKoS+LSWoq7ZqKJQ/NaQR7p"
            "tdC6+7yW4ci6EuXgsS1S9JmWpciX6w0AFZkU1DKn1A==",
        ),
        "@fontsource/archivo-black": Pin(
            version="5.3.0",
            integrity="sha512-7EsTIQ+Blf96ktpzTUpI7msi+u9/AJxM/GZxOSkEubVd"
            "1jSTrFSTNxMgfpX/8rQsjZ+19a+qvRbtcTEp5J/72g==",
        ),
        "@fontsource/eb-garamond": Pin(
            version="5.3.0",
            integrity="sha512-VplwHpB8FLuzl+4G5LDci1b3Z4SghiuXH8XEgaxjnOb5"
            "aue5mEt1njmDKeO6iyLeGa73LffU7PC7hzncLRx0ZA==",
        ),
        "@fontsource/ibm-plex-mono": Pin(
            version="5.3.0",
            integrity="sha512-eTgnZjZEGk1QtD3ZstF+Vclo2HLAni8YMy34/DxllwZv"
            "yz1lR/1RF/xTiAquOBO7MvqBx8D2Ig2WCPMVfdZu7Q==",
        ),
        "@fontsource/inter": Pin(
            version="5.3.0",
            integrity="sha512-RofMylZmjlJEfELXeNHFWBRcSs75rGU/6bV2S2jfnvv/"
            "3rPXPGe0LgUJTklcHZ9lM4OZmAVFhcJPnACfb91A3g==",
        ),
        "@fontsource/jetbrains-mono": Pin(
            version="5.3.0",
            integrity="sha512-fqDfB5I9f1p1TV486aUgB9t8zP84P0O1FtQR5Ol9vjwP"
            "y+S+EIGlVYm1cvj2W5shcZMTg2nZFdVMoH5wFu8a1A==",
        ),
        "@fontsource/lato": Pin(
            version="5.3.0",
            integrity="sha512-0WhF/4rhrw+ErIyneKvhHn2YAl+xf8GDtllgOgOzDmea"
            "SlLQtjpChXaQOpWhG2BchQW0WJy2zLV12Hdg0ndOMw==",
        ),
        "@fontsource/league-gothic": Pin(
            version="5.3.0",
            integrity="sha512-gqedetX+UlaiJgLiPnOzWGB1sY3OtNhS8YMjTy2D73Ac"
            "sagIqpdIizssr1MStcUYf3D/zzanECuXawIgMGZxDg==",
        ),
        "@fontsource/montserrat": Pin(
            version="5.3.0",
            integrity="sha512-iQPDtZOnmM5ih4JBGaMSXisRap0ixb9bAUw2hDtY7EjV"
            "faqiiNlKtVuJl9XclxUwtwMMHNcWXfQR6zI9x05+Tg==",
        ),
        "@fontsource/nunito": Pin(
            version="5.3.0",
            integrity="sha512-vw9TaTQJ/zpEpKrsODuPmOvaVjXgdda6B+xXA4Yqjrde"
            "J62MLgVoDerdRXFQHyBnSCt2yQ2nHKCHPP/Pv7Xq4Q==",
        ),
        "@fontsource/open-sans": Pin(
            version="5.3.0",
            integrity="sha512-V1bdMlGNyZrJwzrdusshMOw2YR0aqYDL7kOo9dkxUEKl"
            "8dFv66A9HLckOOXl572sG/7ohhDQrCrTFGSn9LZcSw==",
        ),
        "@fontsource/oswald": Pin(
            version="5.3.0",
            integrity="sha512-16r2aHActe0pH+9FLdk/74/YxXM7HpGak05kAzx3RvST"
            "oiJwGvyhv6GvckPz+YuZmvL1nxWbEop2jAXRcXYPRg==",
        ),
        "@fontsource/outfit": Pin(
            version="5.3.0",
            integrity="sha512-0AVHzTTVJSxWDOxPKSfMeHhZeBFDU3cmgrcOb76ZEyhG"
            "o0+xgyG3GsLF3h9+X8w0IX7G4jzjJgFQEBiWdX6VgA==",
        ),
        "@fontsource/playfair-display": Pin(
            version="5.3.0",
            integrity="sha512-uJSABalvdWc10fEPppQjQocamT21LEyRfzzWfRfqbkPz"
            "+sRv+kKpYDKyluBUskvJREkJTos9epj1WjQROGu99Q==",
        ),
        "@fontsource/poppins": Pin(
            version="5.3.0",
            integrity="sha512-cms1nM7U6SN8epIV1WMVOV8VsA645aSm3wHfzIQnkk18"
            "8U341ThbJGSl2Sv54V29gnDbT2arMPfLzvVIIVCceQ==",
        ),
        "@fontsource/roboto": Pin(
            version="5.3.0",
            integrity="sha512-BapRJOWYP+LZ21zp+wBQjfpPYKRoxc4LspJ/RLuI+HSM"
            "BD5u/X4O+ESDrSvEqDSy0rAl7GwBJ+09mdc16cVQ1Q==",
        ),
        "@fontsource/source-code-pro": Pin(
            version="5.3.1",
            integrity="sha512-qsJEkwJWXYP/9clmtt3BsIlZ+Lr4cuRgNAgu0vyZdCgE"
            "SMRMhRkAmEFFHHNM81VdeURqg5D5+Rr3bALDFav78A==",
        ),
        "@fontsource/space-mono": Pin(
            version="5.3.0",
            integrity="sha512-FrpBMOVWn3PRdRHlrZWC55X3kZG/2BTH7SM5ZyS/bky3"
            "iKya2BturI5lk+t0RoDQL2JyHzURsVq/EisCsxpI5A==",
        ),
    }
)
"""The packages of the fonts that stand for others, by name."""

GENERIC = frozenset(
    {
        *("serif", "sans-serif", "monospace", "cursive", "fantasy", "math", "emoji"),
        *("system-ui", "ui-serif", "ui-sans-serif", "ui-monospace", "ui-rounded"),
        *("fangsong", "-apple-system", "blinkmacsystemfont"),
    }
)
"""Names that ask for a kind of font, in lower case."""

SANS, SERIF, MONO = "Inter", "EB Garamond", "JetBrains Mono"
"""The three families that are there when a page brings none."""

_STANDS_FOR = {
    SANS: (
        *("Helvetica Neue", "Helvetica", "Arial", "Helvetica Bold", "SF Pro"),
        *("SF Pro Display", "SF Pro Text", "SF Pro Rounded", "Avenir", "Avenir Next"),
        *("Lucida Grande", "Geneva", "Optima", "Verdana", "Tahoma", "Trebuchet MS"),
        *("Calibri", "Candara", "Corbel", "Lucida Sans", "Lucida Sans Unicode"),
        *("Noto Sans", "DejaVu Sans", "Liberation Sans"),
    ),
    SERIF: (
        *("Garamond", "Georgia", "Palatino", "Palatino Linotype", "Book Antiqua"),
        *("Cambria", "Times", "Times New Roman", "DejaVu Serif", "Liberation Serif"),
    ),
    MONO: (
        *("Courier New", "Courier", "SF Mono", "Menlo", "Monaco", "Consolas"),
        *("Lucida Console", "Lucida Sans Typewriter", "Andale Mono"),
        *("DejaVu Sans Mono", "Liberation Mono"),
    ),
    "Montserrat": ("Futura", "DIN Alternate", "Arial Black"),
    "League Gothic": ("Bebas Neue",),
    "Noto Sans JP": ("Noto Sans Japanese",),
    "Roboto": ("Segoe UI",),
    "Outfit": (),
    "Nunito": (),
    "Oswald": (),
    "Archivo Black": (),
    "Space Mono": (),
    "IBM Plex Mono": (),
    "Playfair Display": (),
    "Source Code Pro": (),
    "Open Sans": (),
    "Lato": (),
    "Poppins": (),
}

STAND_INS: Mapping[str, str] = MappingProxyType(
    {
        name.lower(): family
        for family, names in _STANDS_FOR.items()
        for name in (family, *names)
    }
)
"""The pinned family for every name that has one, by the name in lower case."""

BASE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SANS: (
            *("sans-serif", "system-ui", "ui-sans-serif", "ui-rounded"),
            *("-apple-system", "BlinkMacSystemFont", *_STANDS_FOR[SANS]),
        ),
        SERIF: (
            *("serif", "ui-serif", "cursive", "fantasy", "math", "fangsong"),
            *_STANDS_FOR[SERIF],
        ),
        MONO: ("monospace", "ui-monospace", *_STANDS_FOR[MONO]),
    }
)
"""What each of the three families answers to on a machine that has only them."""

OWN_NAMES = GENERIC | {
    name.lower() for family, names in BASE.items() for name in (family, *names)
}
"""Every name that is there without a page bringing it, in lower case."""


def slug_of(family: str) -> str:
    """How a package calls *family*: ``eb-garamond`` for ``EB Garamond``."""
    return re.sub(r"[^a-z0-9]+", "-", family.lower()).strip("-")


def package_of(family: str, *, variable: bool = False) -> tuple[str, str]:
    """Name and version of the package of *family*; ``latest`` where it is not pinned."""
    names = [f"{scope}/{slug_of(family)}" for scope in (STATIC, VARIABLE)]
    wanted = names[variable]
    # A family that is pinned in one of its two forms is always taken in that one.
    pinned = wanted if wanted in PINS else next((n for n in names if n in PINS), None)
    if pinned is None or (variable and pinned != wanted):
        return wanted, "latest"
    return pinned, PINS[pinned].version


def integrity_of(package: str, version: str) -> str | None:
    """The integrity its tarball must have; None where none is pinned."""
    pin = PINS.get(package)
    return pin.integrity if pin is not None and pin.version == version else None
