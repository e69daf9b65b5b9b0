"""A remote address becomes bytes from the first source that knows it."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from hyperframes_dist._sources.chain import (
    NpmAddress,
    Resolved,
    Resolver,
    parse_npm_address,
)
from hyperframes_dist._tools.media_types import media_type
from hyperframes_dist.errors import ResolveError, ResolveUnavailableError
from hyperframes_dist.progress import Control
from packages import put_package

FREE = Control()
JSDELIVR, UNPKG = "https://cdn.jsdelivr.net/npm", "https://unpkg.com"
CDNJS = "https://cdnjs.cloudflare.com/ajax/libs"


@attrs.define
class Internet:
    """What HTTPS would answer, and what it was asked."""

    pages: dict[str, tuple[bytes, str]] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)
    max_bytes: int = 1 << 20

    def fetch(self, address: str, control: Control) -> tuple[bytes, str]:
        self.asked.append(address)
        if address not in self.pages:
            raise ResolveError(address.partition("?")[0], "the server answered 404")
        return self.pages[address]


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def resolver(tmp_path, internet, monkeypatch) -> Resolver:
    """One with overrides, an empty cache, no npm client and a made-up internet."""
    monkeypatch.setenv("PATH", "")
    (tmp_path / "overrides").mkdir()
    return Resolver(
        overrides=tmp_path / "overrides", cache=tmp_path / "cache", https=internet
    )


def put(resolver: Resolver, name: str, version: str, *paths: str, **facts: str) -> None:
    """Cache a package whose files hold their own paths."""
    files = {path: path.encode() for path in paths}
    files["package.json"] = json.dumps(facts).encode()
    put_package(resolver.cache, name, version, files)


@pytest.mark.parametrize(
    ("address", "name", "version", "path"),
    [
        (f"{JSDELIVR}/gsap@3.12.5/dist/gsap.min.js", "gsap", "3.12.5", "dist/gsap.min.js"),
        (f"{JSDELIVR}/gsap@3", "gsap", "3", ""),
        (f"{JSDELIVR}/gsap@3/", "gsap", "3", ""),
        (f"{JSDELIVR}/gsap", "gsap", "latest", ""),
        (f"{JSDELIVR}/gsap/dist/gsap.js", "gsap", "latest", "dist/gsap.js"),
        (f"{JSDELIVR}/@a/b@1.2.3/c.js", "@a/b", "1.2.3", "c.js"),
        (f"{JSDELIVR}/%40a%2Fb@1.2.3/c%20d.js", "@a/b", "1.2.3", "c d.js"),
        (f"{JSDELIVR}/@a/b", "@a/b", "latest", ""),
        (f"{JSDELIVR}/gsap@^3.1/x.js?v=1#top", "gsap", "^3.1", "x.js"),
        (f"{JSDELIVR}/gsap@3.12.5/+esm", "gsap", "3.12.5", "+esm"),
        (f"{UNPKG}/three@0.160.0/build/three.js", "three", "0.160.0", "build/three.js"),
        (f"{UNPKG}/@lottiefiles/x@1/dist/x.js", "@lottiefiles/x", "1", "dist/x.js"),
        (f"{UNPKG}/three", "three", "latest", ""),
    ],
)  # fmt: skip
def test_package_addresses(address, name, version, path):
    """jsdelivr and unpkg name a package, a version and a file in it."""
    expected = NpmAddress(name=name, version=version, path=path)

    assert expected == parse_npm_address(address)


@pytest.mark.parametrize(
    ("address", "name", "version", "path"),
    [
        ("gsap/3.12.5/gsap.min.js", "gsap", "3.12.5", "gsap.min.js"),
        ("three.js/0.150.0/three.min.js", "three", "0.150.0", "three.min.js"),
        ("lottie-web/5.12.2/lottie.min.js", "lottie-web", "5.12.2", "lottie.min.js"),
        ("bodymovin/5.12.2/lottie.js", "lottie-web", "5.12.2", "lottie.js"),
        ("animejs/3.2.1/anime.min.js", "animejs", "3.2.1", "anime.min.js"),
        ("three.js/r128/three.min.js", "three", "0.128.0", "three.min.js"),
        ("Chart.js/4.4.1/chart.umd.js", "chart.js", "4.4.1", "chart.umd.js"),
        ("typed.js/2.1.0/typed.umd.js", "typed.js", "2.1.0", "typed.umd.js"),
        ("pixi.js/7.4.2/pixi.min.js", "pixi.js", "7.4.2", "pixi.min.js"),
        ("KaTeX/0.16.9/katex.min.css", "katex", "0.16.9", "katex.min.css"),
        (
            "font-awesome/6.5.1/css/all.min.css",
            "@fortawesome/fontawesome-free",
            "6.5.1",
            "css/all.min.css",
        ),
        (
            "highlight.js/11.9.0/styles/github.min.css",
            "@highlightjs/cdn-assets",
            "11.9.0",
            "styles/github.min.css",
        ),
        ("p5.js/1.9.0/addons/p5.sound.js", "p5", "1.9.0", "addons/p5.sound.js"),
    ],
)
def test_cdnjs_addresses(address, name, version, path):
    """cdnjs has names of its own, and says no more of a file than its name."""
    expected = NpmAddress(name=name, version=version, path=path, exact=False)

    assert expected == parse_npm_address(f"{CDNJS}/{address}")


@pytest.mark.parametrize(
    "address",
    [
        *("https://example.com/gsap@3/x.js", "https://cdn.jsdelivr.net/gh/a/b@1/x.js"),
        *("https://unpkg.com/", "https://unpkg.com", f"{CDNJS}/gsap", f"{JSDELIVR}/"),
        *(
            "https://cdn.jsdelivr.net.evil.example/npm/gsap@3/x.js",
            "https://unpkg.com//",
        ),
        *("https://fonts.gstatic.com/s/x.woff2", "https://unpkg.com/@a", "data:,x", ""),
    ],
)
def test_other_addresses_name_no_package(address):
    """A look-alike host is not the CDN."""
    assert parse_npm_address(address) is None


def test_overrides_win(resolver, internet):
    """A file of the caller's stands for its address, whatever the query says."""
    put(resolver, "gsap", "3.12.5", "dist/gsap.js")
    path = resolver.overrides / "cdn.jsdelivr.net/npm/gsap@3.12.5/dist/gsap.js"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")

    found = resolver.resolve(f"{JSDELIVR}/gsap@3.12.5/dist/gsap.js?v=2#x", FREE)

    expected = Resolved(
        body=b"mine", content_type="text/javascript; charset=utf-8", source="overrides"
    )
    assert expected == found
    assert internet.asked == []


def test_names_of_overrides_are_decoded(resolver):
    """A file is named as a person writes it, not as an address escapes it."""
    folder = resolver.overrides / "example.com/a b"
    folder.mkdir(parents=True)
    (folder / "ü.svg").write_bytes(b"<svg/>")

    found = resolver.resolve("https://EXAMPLE.com:8443/a%20b/%C3%BC.svg", FREE)

    assert (found.body, found.content_type) == (b"<svg/>", "image/svg+xml")


@pytest.mark.parametrize(
    "path", ["../secret", "%2e%2e/secret", "x/..%2f..%2f../secret"]
)
def test_overrides_are_never_left(resolver, internet, path):
    """No spelling of an address reads a file beside the directory."""
    (resolver.overrides.parent / "secret").write_bytes(b"s3cret")
    (resolver.overrides / "example.com/x").mkdir(parents=True)

    with pytest.raises(ResolveError):
        resolver.resolve(f"https://example.com/{path}", FREE)

    assert len(internet.asked) == 1


def test_a_pinned_package_is_not_floating(resolver, internet):
    """The bytes come from the package, and the plan says from which file of it."""
    put(resolver, "gsap", "3.12.5", "dist/gsap.min.js")

    found = resolver.resolve(f"{JSDELIVR}/gsap@3.12.5/dist/gsap.min.js", FREE)

    assert found.body == b"dist/gsap.min.js"
    assert found.source == "npm:gsap@3.12.5/dist/gsap.min.js"
    assert found.content_type == "text/javascript; charset=utf-8"
    assert not found.floating
    assert internet.asked == []


def test_a_floating_version_is_flagged(cache, internet):
    """A range is resolved by the real client, recorded exactly, and called floating."""
    resolver = Resolver(overrides=None, cache=cache, https=internet)

    found = resolver.resolve(f"{UNPKG}/is-number@^7.0.0/index.js", FREE)

    assert found.source == "npm:is-number@7.0.0/index.js"
    assert found.floating
    assert b"module.exports" in found.body


def test_scoped_packages(resolver):
    """The scope is part of the name."""
    put(resolver, "@a/b", "1.0.0", "c.css")

    found = resolver.resolve(f"{UNPKG}/@a/b@1.0.0/c.css", FREE)

    assert (found.body, found.content_type) == (b"c.css", "text/css; charset=utf-8")
    assert found.source == "npm:@a/b@1.0.0/c.css"


@pytest.mark.parametrize(
    ("asked", "held", "found"),
    [
        ("x.min.js", ["x.js"], "x.js"),
        ("x.min.css", ["x.css"], "x.css"),
        ("x.min.js", ["x.js", "x.min.js"], "x.min.js"),
    ],
)
def test_what_is_not_shipped_minified_is_taken_as_it_is(resolver, asked, held, found):
    """jsdelivr minifies on the fly; the same script unminified does the same."""
    put(resolver, "a", "1.0.0", *held)

    assert found.encode() == resolver.resolve(f"{JSDELIVR}/a@1.0.0/{asked}", FREE).body


@pytest.mark.parametrize(
    ("asked", "held", "found"),
    [
        ("gsap.min.js", ["dist/gsap.min.js", "src/deep/gsap.min.js"], "dist/gsap.min.js"),
        ("gsap.min.js", ["b/gsap.min.js", "a/gsap.min.js"], "a/gsap.min.js"),
        ("gsap.min.js", ["x/gsap.js", "y/z/gsap.min.js"], "y/z/gsap.min.js"),
        ("gsap.min.js", ["x/gsap.js", "xgsap.min.js"], "x/gsap.js"),
        ("a/b.js", ["x/a/b.js", "b.js"], "x/a/b.js"),
    ],
)  # fmt: skip
def test_cdnjs_means_the_nearest_file_of_that_name(resolver, asked, held, found):
    """It keeps names only, so the one nearest to the top of the package is meant."""
    put(resolver, "gsap", "1.0.0", *held)

    body = resolver.resolve(f"{CDNJS}/gsap/1.0.0/{asked}", FREE).body

    assert found.encode() == body


@pytest.mark.parametrize(
    ("facts", "held", "found"),
    [
        ({"jsdelivr": "./j.js", "unpkg": "u.js"}, ["j.js", "u.js"], "j.js"),
        ({"unpkg": "u.js", "main": "m.js"}, ["u.js", "m.js"], "u.js"),
        ({"browser": "b.js", "main": "m.js"}, ["b.js", "m.js"], "b.js"),
        ({"main": "lib/m"}, ["lib/m.js"], "lib/m.js"),
        ({"main": "lib"}, ["lib/index.js"], "lib/index.js"),
        ({"jsdelivr": "gone.js", "main": "m.js"}, ["m.js"], "m.js"),
        ({}, ["index.js"], "index.js"),
    ],
)
def test_a_package_without_a_path_is_its_browser_entry(resolver, facts, held, found):
    """The field its author wrote for CDNs, before the one for bundlers."""
    put(resolver, "a", "1.0.0", *held, **facts)

    assert found.encode() == resolver.resolve(f"{JSDELIVR}/a@1.0.0", FREE).body


@pytest.mark.parametrize("path", ["+esm", "none.js", "dist", "", "../a@1.0.0/x.js"])
def test_a_file_that_is_not_there_is_final(resolver, internet, path):
    """Where the CDN has none either; the message names the address without its query."""
    put(resolver, "a", "1.0.0", "dist/x.js")
    address = f"{JSDELIVR}/a@1.0.0/{path}"

    with pytest.raises(ResolveError) as caught:
        resolver.resolve(f"{address}?token=s3cret", FREE)

    assert type(caught.value) is ResolveError
    assert address == caught.value.address
    assert "npm:a@1.0.0 has no such file" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert internet.asked == [f"{address}?token=s3cret"]


def test_what_npm_does_not_have_is_asked_of_the_address(resolver, internet):
    """A CDN also has what it makes itself."""
    put(resolver, "a", "1.0.0", "dist/x.js")
    address = f"{JSDELIVR}/a@1.0.0/+esm"
    internet.pages[address] = b"export default 1", "text/javascript"

    found = resolver.resolve(address, FREE)

    assert (b"export default 1", "https", True) == (
        found.body,
        found.source,
        found.floating,
    )


def test_a_library_of_no_known_package_is_no_strangers(resolver, internet):
    """A package of that name may be anybody's: only the address itself answers."""
    put(resolver, "unheard-of", "1.0.0", "dist/x.js")
    address = f"{CDNJS}/unheard-of/1.0.0/x.js"

    assert parse_npm_address(address) is None
    with pytest.raises(ResolveError, match="404"):
        resolver.resolve(address, FREE)


def test_a_package_that_cannot_be_had_is_an_error(resolver, internet):
    """Without the client and with an empty cache the CDN is not asked either."""
    with pytest.raises(ResolveUnavailableError, match="npm client"):
        resolver.resolve(f"{UNPKG}/a@1.0.0/x.js", FREE)

    assert internet.asked == []


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("text/x-own", "text/x-own"),
        ("", "font/woff2"),
    ],
)
def test_https_is_the_last_resort(resolver, internet, sent, kind):
    """Its answer may change, so it is floating; a missing type follows from the name."""
    address = "https://example.com/f.woff2?family=x"
    internet.pages[address] = (b"font", sent)

    found = resolver.resolve(address, FREE)

    expected = Resolved(body=b"font", content_type=kind, source="https", floating=True)
    assert expected == found


def test_no_overrides_are_fine(tmp_path, internet):
    """A directory need not be given, nor exist."""
    internet.pages["https://example.com/x"] = (b"x", "a/b")
    for overrides in (None, tmp_path / "none", Path("/dev/null")):
        resolver = Resolver(overrides=overrides, cache=tmp_path, https=internet)
        assert resolver.resolve("https://example.com/x", FREE).body == b"x"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.mjs", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.lottie.json", "application/json; charset=utf-8"),
        ("a.svg", "image/svg+xml"),
        ("A.PNG", "image/png"),
        ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.avif", "image/avif"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("a.ttf", "font/ttf"),
        ("a.glb", "model/gltf-binary"),
        ("a", "application/octet-stream"),
        ("a.unknown-thing", "application/octet-stream"),
        ("a b/ü?.js", "text/javascript; charset=utf-8"),
    ],
)
def test_media_types_are_the_librarys_own(path, kind):
    """The same on every machine, whatever its tables say."""
    assert kind == media_type(path)


def test_google_fonts_without_a_usable_package(resolver, internet):
    """Google itself is asked by HTTPS, and may answer otherwise tomorrow."""
    address = "https://fonts.googleapis.com/css2?family=Inter"
    put(resolver, "@fontsource/inter", "5.3.0", "metadata.json")
    internet.pages[address] = (b"@font-face{}", "text/css")

    found = resolver.resolve(address, FREE)

    assert (b"@font-face{}", "https", True) == (
        found.body,
        found.source,
        found.floating,
    )


def test_a_pinned_font_is_the_pinned_one(resolver, internet):
    """Other bytes under its name are refused; both reasons are told."""
    put(resolver, "@fontsource/inter", "5.3.0", "metadata.json")

    with pytest.raises(ResolveError, match=r"answered 404 \(integrity is sha512"):
        resolver.resolve("https://fonts.googleapis.com/css2?family=Inter", FREE)


def test_a_file_of_google_fonts(resolver, internet):
    """It has no package; the error says what to name instead."""
    address = "https://fonts.gstatic.com/s/inter/v18/x.woff2?k=s3cret"

    with pytest.raises(
        ResolveError, match=r"404 \(files of Google Fonts .* overrides dir"
    ):
        resolver.resolve(address, FREE)
    path = resolver.overrides / "fonts.gstatic.com/s/inter/v18/x.woff2"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    assert resolver.resolve(address, FREE).body == b"mine"
