"""The peers: slack_bolt's own install flow, as its documentation sets it up, on the same server.

`python -m tests.benchmarks.peer PORT`, with DATABASE_URL: `sqlite:` is slack_bolt's `AsyncOAuthFlow.sqlite3`, any other
driver slack_sdk's SQLAlchemy stores, on PostgreSQL with psycopg 3 as ours.
"""

import asyncio
import os
import sys

import uvicorn
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

SLACK = {
    "client_id": os.environ["SLACK_CLIENT_ID"],
    "client_secret": os.environ["SLACK_CLIENT_SECRET"],
    "scopes": os.environ["SLACK_SCOPES"].split(","),
    "redirect_uri": f"{os.environ['PUBLIC_URL']}/slack/oauth_redirect",
    "authorization_url": os.environ["SLACK_AUTHORIZE_URL"],
}


def _flow(client: AsyncWebClient) -> AsyncOAuthFlow:
    address = make_url(os.environ["DATABASE_URL"])
    if address.drivername == "sqlite":
        return AsyncOAuthFlow.sqlite3(address.database, client=client, user_scopes=[], **SLACK)
    engine = create_async_engine(address)
    installations = AsyncSQLAlchemyInstallationStore(SLACK["client_id"], engine)
    states = AsyncSQLAlchemyOAuthStateStore(600, engine)
    for metadata in (installations.metadata, states.metadata):
        asyncio.run(_create(engine.url, metadata))
    settings = AsyncOAuthSettings(**SLACK, installation_store=installations, state_store=states)
    return AsyncOAuthFlow(client=client, settings=settings)


async def _create(url, metadata) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


if __name__ == "__main__":
    client = AsyncWebClient(base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(signing_secret="unused", client=client, oauth_flow=_flow(client))
    server = {"log_config": None, "access_log": False, "server_header": False}
    uvicorn.run(AsyncSlackRequestHandler(app), port=int(sys.argv[1]), **server)
