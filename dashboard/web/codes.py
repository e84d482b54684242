"""`/ops/codes`: every way an installation can end, what the visitor is told, and how often it happens."""

from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access.permissions import require_anywhere
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.desk import code_notes, codes
from dashboard.install import catalogue
from dashboard.install.catalogue.entry import OWNERS, RETRIES
from dashboard.web.kit.page import Desk

SHOWN = 50  # codes that the catalogue does not hold: anybody can make them up


@get("/ops/codes", name="codes.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    counts = await desk.database.read(codes.counted, desk.operator, _client_id(desk), now())
    unknown = [
        (code, count.verified) for code, count in counts.items() if count.verified and not catalogue.is_catalogued(code)
    ]
    order = {code: position for position, code in enumerate(counts)}
    entries = sorted(catalogue.ENTRIES.values(), key=lambda entry: (order.get(entry.code, len(order)), entry.code))
    return desk.page(
        "codes/index.html",
        entries=entries,
        counts=counts,
        unknown=unknown[:SHOWN],
        more=max(0, len(unknown) - SHOWN),
        days=codes.DAYS,
        no_attempt=codes.Count(),
        never_stored=codes.NEVER_STORED,
        owners=OWNERS,
    )


@get("/ops/codes/{code:str}", name="codes.show")
async def show(desk: NamedDependency[Desk], code: FromPath[str]) -> Response[str]:
    return await _show(desk, code)


@post("/ops/codes/{code:str}", name="codes.note")
async def note(desk: NamedDependency[Desk], code: FromPath[str]) -> Response[str]:
    sent = await desk.form()
    app = desk.operator.app(sent.get("app", ""))
    try:
        await desk.database.write(code_notes.write, desk.operator, app.client_id, code, sent.get("text", ""))
    except DashboardError as error:
        return await _show(desk, code, status=422, wrong=f"{error.sentence} {error.next_step}")
    return desk.done(f"/ops/codes/{quote(code)}", "Saved: it stands on every attempt that ended so.")


async def _show(desk: Desk, code: str, *, status: int = 200, wrong: str = "") -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    count = (await desk.database.read(codes.counted, desk.operator, _client_id(desk), now())).get(code)
    entry = catalogue.ENTRIES.get(code)
    if entry is None and not count:
        raise NotFoundError
    notes = await desk.database.read(code_notes.of_code, desk.operator, code)
    return desk.page(
        "codes/show.html",
        status=status,
        wrong=wrong,
        notes={note.client_id: note for note in notes},
        may_write=[app for app in desk.apps if desk.operator.may("triage", app.client_id)],
        code=code,
        entry=entry,
        count=count or codes.Count(),
        days=codes.DAYS,
        is_stored=code not in codes.NEVER_STORED,
        owners=OWNERS,
        retries=RETRIES,
    )


def _client_id(desk: Desk) -> str | None:
    return desk.app.client_id if desk.app else None
