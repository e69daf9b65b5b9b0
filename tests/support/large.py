"""Large and hostile projects, by kind: functions of how many of a thing there are."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable

_HOST = (
    '<div data-composition-id="h" data-composition-src="p.html" data-start="0" '
    'data-duration="1"></div>'
)
_PART = (
    '<template><div data-composition-id="p" data-width="4" data-height="4"><p>x</p>'
    "</div></template>"
)


def page(body: str = "", head: str = "", root: str = "") -> dict[str, str]:
    """A project of one document."""
    return {
        "index.html": f"""<!doctype html><html><head><meta charset="utf-8">{head}</head>
<body><div id="root" data-composition-id="main" data-start="0" data-width="64"
 data-height="32" data-duration="1000000" data-no-timeline {root}>{body}</div></body></html>"""
    }


def css(text: str) -> dict[str, str]:
    """A document with one style sheet."""
    return page(head=f"<style>{text}</style>")


def js(text: str) -> dict[str, str]:
    """A document with one script."""
    return page(body=f"<script>{text}</script>")


def each(count: int, write: Callable[[int], str]) -> str:
    """What *write* says of each number."""
    return "".join(map(write, range(count)))


def part(body: str, count: int = 1) -> dict[str, str]:
    """A document that mounts a part with *body*."""
    return {**page(_HOST * count), "p.html": _PART.replace("<p>x</p>", body)}


SHAPES: dict[str, Callable[[int], dict[str, str]]] = {
    "nested divs": lambda n: page("<div>" * n + "</div>" * n),
    "nested divs, lines": lambda n: page("<div>\n" * n + "</div>\n" * n),
    "nested clips": lambda n: page(
        each(
            n,
            lambda i: (
                f'<div class="clip" id="a{i}" data-start="{i}" data-duration="1" data-track-index="{i}">'
            ),
        )
        + "</div>" * n
    ),
    "nested compositions": lambda n: page(
        each(
            n,
            lambda i: (
                f'<div data-composition-id="a{i}" data-start="0" data-duration="1">'
            ),
        )
        + "</div>" * n
    ),
    "nested compositions without length": lambda n: page(
        each(
            n,
            lambda i: (
                f'<div data-composition-id="a{i}"><b class="clip" data-start="0"></b>'
            ),
        )
        + "</div>" * n
    ),
    "open then stray": lambda n: page("<div>" * n + "</b>" * n),
    "unclosed spans": lambda n: page("<span>" * n),
    "misnested": lambda n: page("<b><i>" * n + "</b></i>" * n),
    "same ids": lambda n: page('<p id="a"></p>' * n),
    "own ids": lambda n: page(each(n, lambda i: f'<p id="a{i}"></p>')),
    "clips": lambda n: page(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i}" data-start="{i}" data-duration="1" data-track-index="1"></p>\n'
            ),
        )
    ),
    "clips overlap": lambda n: page(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i}" data-start="0" data-duration="1" data-track-index="1"></p>\n'
            ),
        )
    ),
    "clips with rules": lambda n: page(
        each(
            n,
            lambda i: f'<p class="clip c{i}" data-start="{i}" data-duration="1"></p>\n',
        ),
        "<style>" + each(n, lambda i: f".c{i}{{color:red}}\n") + "</style>",
    ),
    "chain of starts": lambda n: page(
        '<p class="clip" id="a0" data-start="0" data-duration="1"></p>'
        + each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i + 1}" data-start="a{i}" data-duration="1"></p>\n'
            ),
        )
    ),
    "chain of starts, backwards": lambda n: page(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i}" data-start="a{i + 1}" data-duration="1"></p>\n'
            ),
        )
    ),
    "circle of starts": lambda n: page(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i}" data-start="a{(i + 1) % n}" data-duration="1"></p>\n'
            ),
        )
    ),
    "misspelt starts": lambda n: page(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="aaaaa{i}" data-start="aaab{i}x" data-duration="1"></p>\n'
            ),
        )
    ),
    "many attributes": lambda n: page(f"<p {each(n, lambda i: f'a{i}=1 ')}></p>"),
    "same attribute": lambda n: page(f"<p {'a=1 ' * n}></p>"),
    "misspelt attributes": lambda n: page(
        '<p dta-start="1" data-duratoin="2"></p>\n' * n
    ),
    "misspelt html attributes": lambda n: page('<p calss="1" stlye="2"></p>\n' * n),
    "misspelt elements": lambda n: page("<dvi></dvi>\n" * n),
    "own elements": lambda n: page(each(n, lambda i: f"<q{i}></q{i}>\n")),
    "missing images": lambda n: page(each(n, lambda i: f'<img src="a{i}.png">\n')),
    "one image": lambda n: {**page('<img src="a.png">\n' * n), "a.png": "\x89PNG"},
    "images without source": lambda n: page("<img>\n" * n),
    "srcset": lambda n: page(f'<img srcset="{each(n, lambda i: f"a{i}.png {i}x, ")}">'),
    "srcset without commas": lambda n: page(f'<img srcset="{"a" * n * 10}">'),
    "srcset commas": lambda n: page(f'<img srcset="{"," * n * 10}">'),
    "style attributes": lambda n: page('<p style="color:red;widht:1px"></p>\n' * n),
    "data addresses": lambda n: page('<img src="data:image/png;base64,AAAA">\n' * n),
    "long data address": lambda n: page(
        f'<img src="data:image/png;base64,{"A" * n * 100}">'
    ),
    "comments open": lambda n: page("<!--" * n),
    "comments open with --": lambda n: page("<!-- -- " * n),
    "cdata": lambda n: page("<![CDATA[" * n),
    "bogus": lambda n: page("<!a" * n),
    "pi": lambda n: page("<?a" * n),
    "ampersands": lambda n: page("&" * n * 5),
    "entities": lambda n: page("&amp;" * n),
    "less-thans": lambda n: page("<" * n * 5),
    "open tags": lambda n: page("<a " * n),
    "open end tags": lambda n: page("</a " * n),
    "quotes in a tag": lambda n: page("<a " + '"' * n * 3 + ">"),
    "equals in a tag": lambda n: page("<a " + "=" * n * 3 + ">"),
    "quotes of attributes": lambda n: page('<a b="' * n),
    "slashes in a tag": lambda n: page("<a " + "/" * n * 5 + ">"),
    "blanks in a tag": lambda n: page("<a " + " " * n * 20 + "x"),
    "attribute blanks": lambda n: page("<a b" + " " * n * 20 + "x>"),
    "blanks": lambda n: page(" " * n * 50),
    "newlines": lambda n: page("\n" * n * 20),
    "scripts open": lambda n: page("<script>" * n),
    "half scripts": lambda n: page("<script>" + "</script" * n),
    "script less-thans": lambda n: page("<script>" + "<" * n * 5 + "</script>"),
    "script half ends": lambda n: page("<script>" + "</" * n * 5 + "</script>"),
    "script ampersands": lambda n: page("<script>" + "& " * n * 5 + "</script>"),
    "many scripts": lambda n: page("<script>let a=1</script>\n" * n),
    "many styles": lambda n: page("<style>a{b:c}</style>\n" * n),
    "hosts": lambda n: {
        **page(
            each(
                min(n, 1000),
                lambda i: (
                    f'<div data-composition-id="h{i}" data-composition-src="p.html" data-start="0" data-duration="1"></div>'
                ),
            )
        ),
        "p.html": _PART,
    },
    "hosts missing": lambda n: page(
        each(
            n,
            lambda i: (
                f'<div data-composition-id="h{i}" data-composition-src="p{i}.html" data-start="0" data-duration="1"></div>\n'
            ),
        )
    ),
    "host files": lambda n: {
        **page(
            each(
                min(n, 1000),
                lambda i: (
                    f'<div data-composition-id="h{i}" data-composition-src="p{i}.html" data-start="0" data-duration="1"></div>\n'
                ),
            )
        ),
        **{f"p{i}.html": _PART for i in range(min(n, 1000))},
    },
    "links": lambda n: {
        **page(
            head=each(n, lambda i: f'<link rel="stylesheet" href="a{i % 50}.css">\n')
        ),
        **{f"a{i}.css": "a{b:c}" for i in range(50)},
    },
    "bases": lambda n: page(head="<base>" * n, body='<img src="a.png">\n' * n),
    "imports": lambda n: {
        **page(head='<link rel="stylesheet" href="a0.css">'),
        **{f"a{i}.css": f'@import "a{i + 1}.css";' for i in range(n)},
    },
    "style: rules": lambda n: css(each(n, lambda i: f".c{i}{{color:red}}\n")),
    "style: misspelt properties": lambda n: css(
        each(n, lambda i: f".c{i}{{colr:red}}\n")
    ),
    "style: misspelt selectors": lambda n: {
        **page(
            each(n, lambda i: f'<p class="abcde{i}x"></p>'),
            "<style>" + each(n, lambda i: f".abcdx{i}y{{color:red}}\n") + "</style>",
        )
    },
    "style: fonts": lambda n: css(
        each(n, lambda i: f".c{i}{{font-family:'Font {i}',serif}}\n")
    ),
    "style: font faces": lambda n: css(
        each(
            n,
            lambda i: (
                f"@font-face{{font-family:'Font {i}';src:url(a.woff2)}}.c{i}{{font-family:'Font {i}'}}\n"
            ),
        )
    ),
    "style: var": lambda n: css(each(n, lambda i: f".c{i}{{color:var(--a{i})}}\n")),
    "style: var defined": lambda n: css(
        each(n, lambda i: f".c{i}{{--b{i}:1;color:var(--a{i})}}\n")
    ),
    "style: keyframes": lambda n: css(
        each(
            n,
            lambda i: f"@keyframes k{i}{{from{{left:0}}}}.c{i}{{animation:j{i} 1s}}\n",
        )
    ),
    "style: one rule": lambda n: css("a{" + "color:red;" * n + "}"),
    "style: one selector list": lambda n: css(
        each(n, lambda i: f".c{i},") + "a{color:red}"
    ),
    "style: no braces": lambda n: css("a" * n * 20),
    "style: no braces, blanks": lambda n: css("a " * n * 10),
    "style: blocks": lambda n: css("a{" * n),
    "style: blocks closed": lambda n: css("a{" * n + "}" * n),
    "style: media": lambda n: css("@media all{" * n + "}" * n),
    "style: closing": lambda n: css("}" * n * 5),
    "style: brackets": lambda n: css("a{b:" + "(" * n * 5),
    "style: is": lambda n: css(":is(" * n + ")" * n + "{a:b}"),
    "style: calc": lambda n: css("a{width:" + "calc(" * n + "1px" + ")" * n + "}"),
    "style: url open": lambda n: css("a{b:" + "url(" * n),
    "style: url": lambda n: css("a{b:" + "url(x)" * n + "}"),
    "style: url blanks": lambda n: css("a{b:url(" + " " * n * 10),
    "style: urls blanks": lambda n: css("a{b:" + ("url(" + " " * 30) * n),
    "style: import": lambda n: css('@import "a.css";\n' * n),
    "style: import open": lambda n: css("@import " * n),
    "style: import url open": lambda n: css("@import url( " * n),
    "style: font-face open": lambda n: css("@font-face{" * n),
    "style: comments open": lambda n: css("/*" * n * 3),
    "style: comments closed": lambda n: css("/**/" * n * 3),
    "style: quotes": lambda n: css('"' * n * 5),
    "style: quotes lines": lambda n: css('"\n' * n * 5),
    "style: backslashes": lambda n: css("\\" * n * 5),
    "style: colons": lambda n: css("a{" + ":" * n * 5 + "}"),
    "style: semicolons": lambda n: css(";" * n * 5),
    "style: digits": lambda n: css("a{width:" + "1" * n * 5 + "}"),
    "style: digits dots": lambda n: css("a{width:" + "1." * n * 3 + "}"),
    "style: hexes": lambda n: css("a{color:" + "#zz " * n + "}"),
    "style: functions": lambda n: css("a{transform:" + "rotat(1) " * n + "}"),
    "style: words": lambda n: css("a{border:" + "sollid " * n + "}"),
    "style: commas": lambda n: css("a{font-family:" + "Intr," * n + "}"),
    "style: animation layers": lambda n: css("a{animation:" + "x 1s," * n + "}"),
    "style: bangs": lambda n: css("a{b:" + "!" * n * 5 + "}"),
    "style: animations functions": lambda n: css("a{animation:" + "x(" * n + "}"),
    "style: keyframes unclosed": lambda n: css("@keyframes " * n),
    "style: dollar": lambda n: css("$a: 1;" * n),
    "style: slashes": lambda n: css("// a\n" * n),
    "style: ats": lambda n: css("@meda all{}" * n),
    "style: property": lambda n: css("@property " * n),
    "style: dashes": lambda n: css("--" * n * 5),
    "style: hyphens": lambda n: css("a{-" + "-" * n * 5 + "}"),
    "style: blanks": lambda n: css("a{b:c" + " " * n * 20 + "}"),
    "style: important": lambda n: css("a{b:c" + " " * n * 20 + "!x}"),
    "js: templates nested": lambda n: js("`${" * n),
    "js: templates nested closed": lambda n: js("`${" * n + "1" + "}`" * n),
    "js: templates": lambda n: js("`${1}`;" * n),
    "js: template holes": lambda n: js("`" + "${1}" * n + "`"),
    "js: brackets": lambda n: js("(" * n * 3),
    "js: braces": lambda n: js("{" * n * 3),
    "js: brackets closed": lambda n: js("(" * n + ")" * n),
    "js: functions": lambda n: js(
        "gsap.to('a',{});" + "(function(){" * n + "gsap.to('a',{})" + "})();" * n
    ),
    "js: functions plain": lambda n: js(
        "function f(){" * n + "gsap.to('a',{})" + "}" * n
    ),
    "js: blocks after gsap": lambda n: js(
        "if (a) {}\n" * n + "gsap.to('#a',{x:1},2)\n"
    ),
    "js: gsap loaded": lambda n: page(
        '<script src="gsap.min.js"></script><script>'
        + "if (a) {}\n" * n
        + "gsap.to('#a',{x:1},2)\n" * n
        + "</script>"
    ),
    "js: tweens": lambda n: js(
        each(n, lambda i: f"tl.to('#a{i}',{{x:1,duration:1,eas:'powr1.in'}},{i});\n")
    ),
    "js: tweens of many": lambda n: page(
        each(n, lambda i: f'<p id="abc{i}"></p>')
        + "<script>"
        + each(n, lambda i: f"tl.to('#abd{i}x',{{x:1,duration:1}},{i});\n")
        + "</script>"
    ),
    "js: tweens nested": lambda n: js("tl.to('#a',{" * n),
    "js: ways back nested": lambda n: js(
        "gsap.to('#a',{yoyo:true,onComplete:()=>" * n + "0" + "})" * n
    ),
    "js: to": lambda n: js("a.to(" * n + ")" * n),
    "js: ease": lambda n: js("tl.to('a',{ease:'powr1.in'},0);\n" * n),
    "js: labels": lambda n: js(
        each(n, lambda i: f"tl.addLabel('l{i}');tl.to('#a',{{x:1}},'m{i}');\n")
    ),
    "js: getElementById": lambda n: js(
        each(n, lambda i: f"document.getElementById('a{i}').x;\n")
    ),
    "js: querySelector": lambda n: js(
        each(n, lambda i: f"x.querySelector('#a{i}').x;\n")
    ),
    "js: fetch": lambda n: js(each(n, lambda i: f"fetch(a{i});\n")),
    "js: fetch files": lambda n: js(each(n, lambda i: f"fetch('a{i}.json');\n")),
    "js: setTimeout": lambda n: js("setTimeout(()=>{},1);\n" * n),
    "js: setTimeout nested": lambda n: js("setTimeout(" * n),
    "js: setTimeout content": lambda n: js("setTimeout(()=>{a.innerHTML=1},1);\n" * n),
    "js: regexes": lambda n: js("a=/a/;" * n),
    "js: regex open": lambda n: js("=/[" * n),
    "js: slashes": lambda n: js("=/a" * n),
    "js: strings": lambda n: js("'a';" * n),
    "js: string open": lambda n: js("'" + "a" * n * 10),
    "js: comments open": lambda n: js("/*" * n * 3),
    "js: html comments": lambda n: js("<!--" * n),
    "js: consts": lambda n: js(each(n, lambda i: f"const a{i}='b';\n")),
    "js: consts registered": lambda n: js(
        "window.__timelines={};"
        + each(n, lambda i: f"const a{i}='b';window.__timelines[a{i}]=1;\n")
    ),
    "js: timelines": lambda n: js(
        each(n, lambda i: f"window.__timelines['a{i}']=gsap.timeline({{}});\n")
    ),
    "js: registry emptied": lambda n: js(
        "window.__timelines['a']=b;window.__timelines={};\n" * n
    ),
    "js: repeats": lambda n: js("a({repeat:-1});\n" * n),
    "js: imports": lambda n: page(
        f'<script type="module">{each(n, lambda i: f"import x{i} from {chr(39)}x{i}{chr(39)};")}</script>'
    ),
    "js: import words": lambda n: page(
        f'<script type="module">{";import a " * n}</script>'
    ),
    "js: windows": lambda n: js(each(n, lambda i: f"window.__timelins{i}=1;\n")),
    "js: dataset": lambda n: page(
        '<p data-lenght="1"></p>' * 10 + "<script>" + "dataset " * n + "</script>"
    ),
    "js: random": lambda n: js("Math.random();" * n),
    "js: getVariables": lambda n: js(each(n, lambda i: f"getVariables().a{i};\n")),
    "js: unpack": lambda n: js("{" * n + "}=" * n + "getVariables()"),
    "js: unpack open": lambda n: js("{a}= " * n),
    "js: numbers": lambda n: js("1" * n * 10),
    "js: dots": lambda n: js("." * n * 10),
    "js: audio": lambda n: js("new Audio(1);" * n),
    "js: names": lambda n: js("a" * n * 10),
    "js: names blanks": lambda n: js("a " * n * 5),
    "variables": lambda n: page(
        root="data-composition-variables='["
        + ",".join(f'{{"id":"a{i}","typ":"string"}}' for i in range(n))
        + "]'"
    ),
    "variables same": lambda n: page(
        root="data-composition-variables='["
        + ",".join('{"id":"a","type":"string"}' for i in range(n))
        + "]'"
    ),
    "variables deep": lambda n: page(
        root="data-composition-variables='" + "[" * n * 5 + "'"
    ),
    "variables colours": lambda n: page(
        root="data-composition-variables='["
        + ",".join(
            f'{{"id":"a{i}","type":"color","default":"redd{i}"}}' for i in range(n)
        )
        + "]'"
    ),
    "variables used": lambda n: page(
        f"<script>const v=__hyperframes.getVariables();{each(n, lambda i: f'v.a{i};')}</script>",
        root="data-composition-variables='["
        + ",".join(f'{{"id":"a{i}","type":"string"}}' for i in range(n))
        + "]'",
    ),
    "values": lambda n: {
        **page(
            f"""<div data-composition-id="h" data-composition-src="p.html" data-start="0" data-duration="1" data-variable-values='{{{",".join(f'"a{i}":1' for i in range(n))}}}'></div>"""
        ),
        "p.html": _PART.replace(
            'data-width="4"',
            """data-width="4" data-composition-variables='[{"id":"b","type":"string"}]'""",
        ),
    },
    "svg": lambda n: page("<svg>" * n),
    "svg references": lambda n: {
        **page(
            '<div data-composition-id="h" data-composition-src="p.html" data-start="0" data-duration="1"></div>'
            * 2
        ),
        "p.html": _PART.replace(
            "<p>x</p>", each(n, lambda i: f'<b id="a{i}" fill="url(#a{i})"></b>')
        ),
    },
    "part: blocks": lambda n: part(f"<style>{'a{' * n}</style>"),
    "part: rules": lambda n: part(
        f"<style>{each(n, lambda i: f'.a{i} b,.c{{x:y}}')}</style>"
    ),
    "part: nested": lambda n: part("<div>" * n),
    "part: not": lambda n: part(
        f"<style>{':not(' * 80 + ')' * 80}{'a ' * n}{{x:y}}</style>"
    ),
    "part: html body": lambda n: part(f"<style>{'html > ' * n}a{{x:y}}</style>"),
    "part: blanks": lambda n: part(f"<style>a{{x:y}}{'/**/ ' * n}b{{x:y}}</style>"),
    "part: clips refer": lambda n: part(
        each(
            n,
            lambda i: (
                f'<p class="clip" id="a{i}" data-start="a{i + 1}" data-duration="1"></p>'
            ),
        )
    ),
    "part: scripts": lambda n: part(each(n, lambda i: f"<script>let a={i}</script>")),
    "part: import words": lambda n: part(
        f"<script>{'import ' * n}{'from ' * n}</script>"
    ),
    "part: ids": lambda n: {
        **page(
            '<div data-composition-id="h" data-composition-src="p.html" data-start="0" data-duration="1"></div><div data-composition-id="i" data-composition-src="q.html" data-start="0" data-duration="1"></div>'
        ),
        "p.html": _PART.replace(
            "<p>x</p>", each(n, lambda i: f'<b id="a{i}"></b><i fill="url(#a{i})"></i>')
        ),
        "q.html": _PART.replace(
            "<p>x</p>", each(n, lambda i: f'<b id="a{i}"></b><i fill="url(#a{i})"></i>')
        ),
    },
}
