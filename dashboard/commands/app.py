"""`dashboard app …`: the registry."""

import os

import click

from dashboard.config import Settings


@click.group()
def app() -> None:
    """The Slack apps this deployment serves."""


@app.command("link")
@click.argument("slug")
@click.option("--metadata", default="", help="What to sign: your own account id, for instance.")
@click.option("--team", default="", help="The workspace to pre-select, such as T0123ABC.")
@click.option("--secret", "show_secret", is_flag=True, help="Print the link secret instead, to sign links yourself.")
def app_link(slug: str, metadata: str, team: str, show_secret: bool) -> None:
    """Print an install link of the app SLUG, its metadata signed."""
    from dashboard import apps, link

    settings = Settings.from_env(os.environ)
    found = apps.require(settings, slug)
    if show_secret:
        click.echo(found.link_secrets[0])
        return
    signature = {"sig": found.sign(metadata)} if metadata else {}
    asked = link.read({"team": team, "metadata": metadata, **signature}, found.accepts)
    if team and not asked.team:
        raise click.BadParameter("a workspace's id looks like T0123ABC", param_hint="--team")
    click.echo(settings.public_url + found.install_path(asked))


@app.command("key")
@click.argument("slug")
def app_key(slug: str) -> None:
    """Print the token key of the app SLUG, which its Bolt process needs as DASHBOARD_TOKEN_KEY."""
    from dashboard import apps, crypto

    settings = Settings.from_env(os.environ)
    found = apps.require(settings, slug)
    click.echo(",".join(crypto.app_key(root, found.client_id) for root in apps.token_roots(settings)))
