"""The simulated Slack's pages. Nobody can mistake them for Slack's."""

from collections.abc import Iterable, Mapping
from html import escape

from aiohttp import web

from dashboard.simulator.world import DEMANDS, Place, SimulatedApp

_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.5 monospace;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "header{border:3px dashed;padding:.5rem 1rem}label{display:block;padding:.25rem 0}fieldset{padding:.5rem 1rem}"
    "button,select{font:inherit;padding:.5rem 1rem;max-width:100%}"
)


def ask(app: SimulatedApp, places: Iterable[Place], query: Mapping[str, object]) -> web.Response:
    """The page that asks a person to allow an app, and lets them choose where, and what shall happen then."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
        for name, value in query.items()
        if name != "team"
    )
    wanted = str(query.get("team", ""))
    scopes = ", ".join(filter(None, (str(query.get("scope", "")), str(query.get("user_scope", "")))))
    return page(
        "Simulated Slack",
        f"<p><b>{escape(app.name)}</b> asks for: {escape(scopes)}</p>"
        f'<form method="post" action="/oauth/v2/authorize">{kept}'
        f"<fieldset><legend>Install in</legend>{''.join(_choices(places, wanted))}</fieldset>"
        '<p><label>What shall happen after Allow <select name="demand"><option value="">it works</option>'
        f"{''.join(_demands())}</select></label></p>"
        '<p><button name="answer" value="allow">Allow</button> '
        '<button name="answer" value="cancel">Cancel</button></p></form>',
    )


def _choices(places: Iterable[Place], wanted: str | None) -> Iterable[str]:
    for number, place in enumerate(places):
        checked = " checked" if place.id == wanted or (not wanted and number == 0) else ""
        whole = "" if place.team_id else " (the whole organization)"
        radio = f'<input type="radio" name="place" required value="{escape(place.id)}"{checked}>'
        yield f"<label>{radio} {escape(place.name)}{whole}</label>"


def _demands() -> Iterable[str]:
    for label, demands in DEMANDS.items():
        options = "".join(f'<option value="{escape(demand)}">{escape(demand)}</option>' for demand in demands)
        yield f'<optgroup label="{escape(label)}">{options}</optgroup>'


def stop(problem: str) -> web.Response:
    """What Slack shows instead of asking; the app never hears of it."""
    return page("Slack would stop here", f"<p>{escape(problem)}</p>", status=400)


def page(title: str, body: str, status: int = 200) -> web.Response:
    """A whole page; `body` is HTML."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulated Slack</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body><main>"
        "<header>This is not Slack. It is a simulation on this machine; nothing leaves it.</header>"
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
