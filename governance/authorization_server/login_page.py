"""The page on which a person of the sandbox says who they are and what a client may do."""

from html import escape

from msgspec import Struct

from governance.authorization_server.authorization_request import AuthorizationRequest

_TOP = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>Strata sandbox</title></head><body><main><h1>Strata sandbox</h1>"
)
_END = "</main></body></html>"


class Choice(Struct, frozen=True):
    """Somebody who can log in."""

    id: str
    name: str
    roles: tuple[str, ...]


def login_page(
    request: AuthorizationRequest,
    parameters: list[tuple[str, str]],
    choices: list[Choice],
    *,
    token: str,
    remark: str | None = None,
) -> str:
    """Return the page that puts a request to a person."""
    said = f'<p role="alert">{escape(remark)}</p>' if remark else ""
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in sorted(request.scopes))
    people = "".join(_option(each) for each in choices)
    hidden = "".join(_hidden(name, value) for name, value in [*parameters, ("csrf", token)])
    return (
        f"{_TOP}{said}<p><strong>{escape(request.client.client_id)}</strong> wants to act for you,"
        f" and will send you back to <code>{escape(request.answer.redirect_uri)}</code>. It asks"
        f" for no more than this, of which you give it what your own roles have:</p>"
        f"<details><summary>{len(request.scopes)} scopes</summary><ul>{scopes}</ul></details>"
        f'<form method="post" action="/oauth/authorize" autocomplete="off">{hidden}'
        f"<fieldset><legend>Who are you?</legend>{people}</fieldset>"
        '<p><label>The sandbox\'s word <input name="word" type="password"></label></p>'
        '<p><button name="decision" value="allow">Allow</button> '
        f'<button name="decision" value="deny">Deny</button></p></form>{_END}'
    )


def refusal_page(reason: str) -> str:
    """Return the page that tells a person why nothing more happens."""
    return (
        f'{_TOP}<p role="alert">{escape(reason)}</p><p>Go back to the program that sent you, and'
        f" begin again there.</p>{_END}"
    )


def _option(choice: Choice) -> str:
    roles = ", ".join(role.replace("_", " ") for role in choice.roles)
    return (
        f'<p><label><input type="radio" name="person" value="{escape(choice.id)}">'
        f" {escape(choice.name)} ({escape(roles)})</label></p>"
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
