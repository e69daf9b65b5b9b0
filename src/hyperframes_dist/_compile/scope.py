"""
Style sheets of nested compositions: made to reach their own host only.

Rewrites selectors and addresses; keeps every other token as it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
from tinycss2 import ast

from .._tools.css import (
    WRITABLE,
    Tokens,
    parse_sheet,
    parse_values,
    quote,
    rules_in,
    selector_of,
    split_commas,
    text_of,
    tokens_of,
)
from ..progress import Control
from .own_names import Renamed

# Rules that hold rules: those are scoped, too. Every other rule with a block (keyframes,
# faces, properties, pages) names things of the whole document.
_CONDITIONAL = frozenset({"media", "supports", "layer", "container", "starting-style"})
_DOCUMENT_TYPES = frozenset({"html", "body"})
_COMPOSITION = "data-composition-id"
_COMBINATORS = (">", "+", "~")
_TIMING = frozenset({"data-start", "data-duration"})


@attrs.frozen(kw_only=True)
class Scope:
    """
    Where the selectors of one instance of a composition reach.

    Attributes:
        host: Selector of its host; what is scoped must be inside of it.
        box: Selector of the composition's own box: the host, or the wrapper in it.
        own_id: The composition id its author wrote.
        root_id: The ``id`` its author gave the root, which the wrapper does not have.
        renamed: Composition ids inside of it that were renamed, and what selects them.
        own: Names of the whole document that were renamed for it.
    """

    host: str
    box: str
    own_id: str
    root_id: str | None = None
    renamed: Mapping[str, str] = attrs.field(factory=dict)
    own: Renamed = attrs.field(factory=Renamed)


def scope_css(css: str, scope: Scope, control: Control | None = None) -> str:
    """
    *css* with the selectors of its rules reaching no further than *scope*.

    Raises as `parse_sheet` does.
    """
    control = control or Control()
    rules = _scope_rules(_rules(css, control), scope, control)
    scope.own.in_rules(rules)
    return text_of(rules)


def rename_css(
    css: str, renamed: Mapping[str, str], control: Control | None = None
) -> str:
    """*css*, not scoped, with the composition ids in *renamed* replaced."""
    scope = Scope(host="", box="", own_id="", renamed=renamed)
    rules = _rules(css, control)
    for rule in _each_rule(rules):
        rule.prelude = _substitute(rule.prelude, scope)
    return text_of(rules)


def rewrite_urls(
    css: str, rewrite: Callable[[str], str], control: Control | None = None
) -> str:
    """*css*, a sheet or the value of a style attribute, with its addresses rewritten."""
    tokens = parse_values(css, control, deepest=WRITABLE)
    _rewrite_tokens(tokens, rewrite, in_url=False)
    return text_of(tokens)


def _rules(css: str, control: Control | None) -> Tokens:
    return _without_errors(parse_sheet(css, control, deepest=WRITABLE))


def _without_errors(rules: Tokens) -> Tokens:
    # What no browser can read as a rule has no text of its own, and no effect.
    return [rule for rule in rules if rule.type != "error"]


def _each_rule(rules: Tokens) -> Tokens:
    """The style rules in *rules* and in the conditional rules among them."""
    found = []
    for rule in rules:
        if isinstance(rule, ast.QualifiedRule):
            found.append(rule)
        elif _is_conditional(rule):
            rule.content = _without_errors(rules_in(rule.content))
            found += _each_rule(rule.content)
    return found


def _is_conditional(rule: Any) -> bool:
    holds = isinstance(rule, ast.AtRule) and rule.content is not None
    return holds and rule.lower_at_keyword in _CONDITIONAL


def _scope_rules(rules: Tokens, scope: Scope, control: Control) -> Tokens:
    for rule in _each_rule(rules):
        control.check()
        selectors = [
            _scope_selector(part, scope) for part in split_commas(rule.prelude)
        ]
        rule.prelude = tokens_of(", ".join(selectors) + " ")
    return rules


def _scope_selector(selector: Tokens, scope: Scope) -> str:
    """One selector of a list, limited to *scope*."""
    tokens = _strip([token for token in selector if token.type != "comment"])
    if not tokens or text_of(tokens) == "*":
        return text_of(tokens)
    tokens, had_document = _without_document(tokens)
    anchored = had_document or any(_is_own(token, scope) for token in tokens)
    text = _OWN * had_document + text_of(_substitute(tokens, scope))
    if text.startswith(_OWN):
        text = scope.box + text.removeprefix(_OWN)
    text = text.replace(_OWN, f":is({scope.box})")
    return text if anchored else f"{scope.host} {text}"


def _strip(tokens: Tokens) -> Tokens:
    while tokens and tokens[0].type == "whitespace":
        tokens = tokens[1:]
    while tokens and tokens[-1].type == "whitespace":
        tokens = tokens[:-1]
    return tokens


def _without_document(tokens: Tokens) -> tuple[Tokens, bool]:
    """*tokens* after its leading ``html``, ``body`` and ``:root``; whether it had any."""
    found = False
    while length := _document_part(tokens):
        tokens, found = tokens[length:], True
        if not (follows := _document_after(tokens)):
            break
        tokens = follows
    return tokens, found


def _document_part(tokens: Tokens) -> int:
    """How many leading tokens name the document: 1 for html, 2 for :root, 0 for none."""
    first = tokens[0] if tokens else None
    if first is None:
        return 0
    if first.type == "ident":
        return int(first.lower_value in _DOCUMENT_TYPES)
    second = tokens[1] if len(tokens) > 1 else None
    if first != ":" or second is None or second.type != "ident":
        return 0
    return 2 if second.lower_value == "root" else 0


def _document_after(tokens: Tokens) -> Tokens | None:
    """What follows a combinator, if it names the document again, as in ``html > body``."""
    rest = tokens
    while rest and (rest[0].type == "whitespace" or rest[0] == ">"):
        rest = rest[1:]
    return rest if rest is not tokens and _document_part(rest) else None


# Stands for the composition's own box until the rest of a selector is known.
_OWN = "[hyperframes-own-box]"


def _is_own(token: Any, scope: Scope) -> bool:
    return bool(scope.own_id) and _attribute_test(token) == (_COMPOSITION, scope.own_id)


def _substitute(tokens: Tokens, scope: Scope) -> Tokens:
    """*tokens* with own and renamed composition ids, and the root's id, replaced."""
    out: Tokens = []
    for compound in _compounds(tokens):
        owns = any(_is_own(token, scope) for token in compound)
        for token in compound:
            name = _attribute_test(token)[0]
            if not (owns and name in _TIMING):
                out += _replace(token, scope)
    return out


def _compounds(tokens: Tokens) -> list[Tokens]:
    """*tokens* cut after each blank and combinator."""
    parts: list[Tokens] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if token.type == "whitespace" or token in _COMBINATORS:
            parts.append([])
    return parts


def _replace(token: Any, scope: Scope) -> Tokens:
    """What stands for *token*: often itself."""
    if token.type == "hash" and scope.root_id and token.value == scope.root_id:
        # The impossible negation keeps the weight an id selector has.
        return tokens_of(
            selector_of("data-hf-authored-id", token.value) + ":not(#hyperframes-none)"
        )
    if token.type == "hash" and token.value in scope.own.ids:
        return tokens_of(f"#{scope.own.ids[token.value]}")
    if _is_own(token, scope):
        return tokens_of(_OWN)
    name, value = _attribute_test(token)
    if name == _COMPOSITION and value is not None and value in scope.renamed:
        return tokens_of(scope.renamed[value])
    if token.type == "function":
        token.arguments = _substitute(token.arguments, scope)
    return [token]


def _attribute_test(token: Any) -> tuple[str, str | None]:
    """The name and value of an ``[name="value"]`` test; empty for any other token."""
    if token.type != "[] block":
        return "", None
    inside = [x for x in token.content if x.type not in {"whitespace", "comment"}]
    if len(inside) != 3 or inside[1] != "=" or inside[0].type != "ident":
        return "", None
    known = inside[2].type in {"string", "ident"}
    return inside[0].lower_value, str(inside[2].value) if known else None


def _rewrite_tokens(
    tokens: Tokens, rewrite: Callable[[str], str], *, in_url: bool
) -> None:
    imported = False
    for token in tokens:
        if token.type == "url" or (token.type == "string" and (in_url or imported)):
            _readdress(token, rewrite)
        imported = imported and token.type in {"whitespace", "comment"}
        if token.type == "at-keyword" and token.lower_value == "import":
            imported = True
        if token.type == "function":
            holds = token.lower_name in {"url", "src", "image-set", "-webkit-image-set"}
            _rewrite_tokens(token.arguments, rewrite, in_url=holds)
        elif token.type in {"{} block", "() block", "[] block"}:
            _rewrite_tokens(token.content, rewrite, in_url=False)


def _readdress(token: Any, rewrite: Callable[[str], str]) -> None:
    value = rewrite(token.value)
    if value != token.value:
        token.value = value
        text = quote(value)
        token.representation = f"url({text})" if token.type == "url" else text
