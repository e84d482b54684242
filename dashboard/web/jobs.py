"""`/ops/jobs`: what is done to many installations at once, how far it is, and what came of each."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access.permissions import require_anywhere
from dashboard.core.words import isotime
from dashboard.desk import installation_acts, jobs
from dashboard.web.kit.lists import csv_line
from dashboard.web.kit.page import Desk


@get("/ops/jobs", name="jobs.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "triage")
    found = await desk.database.read(jobs.of_operator, desk.operator)
    return desk.page("jobs/index.html", jobs=found, acts=installation_acts.ACTS)


@get("/ops/jobs/{job_id:int}", name="jobs.show")
async def show(desk: NamedDependency[Desk], job_id: FromPath[int]) -> Response[str]:
    page = await desk.database.read(jobs.page, desk.operator, job_id)
    return desk.page("jobs/show.html", block="job", page=page, job=page.job, most=jobs.SHOWN)


@post("/ops/jobs/{job_id:int}/stop", name="jobs.stop")
async def stop(desk: NamedDependency[Desk], job_id: FromPath[int]) -> Response[str]:
    await desk.database.write(jobs.stop, desk.operator, job_id)
    return desk.done(f"/ops/jobs/{job_id}", "Stopped: what was not done yet stays as it is.")


@get("/ops/jobs/{job_id:int}/rows.csv", name="jobs.export")
async def export(desk: NamedDependency[Desk], job_id: FromPath[int]) -> Response[str]:
    """Every row with its outcome."""
    rows = await desk.database.read(jobs.every_row, desk.operator, job_id)
    lines = [csv_line(("installation", "name", "client_id", "outcome", "says", "done_at"))]
    for row in rows:
        at = row.done_at and isotime(row.done_at)
        lines.append(csv_line((row.installation_id, row.name, row.client_id, row.outcome or "waiting", row.says, at)))
    headers = {"Content-Disposition": f'attachment; filename="job-{job_id}.csv"'}
    return Response("".join(lines), media_type="text/csv; charset=utf-8", headers=headers)
