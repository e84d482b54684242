"""`/ops/funnel`: how far installations came, and what lost them."""

from tests.support import wait
from tests.support.stage import CLIENT_ID
from tests.support.visitor import Visitor


def test_the_funnel_equals_a_count_by_hand(office, owner):
    Visitor(office).install()
    Visitor(office).start()
    for _ in range(4):  # among the commonest losses, whatever other tests did
        cancelled = Visitor(office)
        cancelled.get(cancelled.cancel(cancelled.start()))

    def count(where: str) -> int:
        mine = f"client_id = '{CLIENT_ID}' AND verified AND {where}"
        return office.database.rows(f"SELECT count(*) AS n FROM dashboard_attempts WHERE {mine}")[0]["n"]

    wait.until(lambda: count("step = 'started'") >= 1)
    stages = [
        count("seen_at > 0"),
        count("returned_at IS NOT NULL"),
        count("spent_at IS NOT NULL"),
        count("outcome = 'succeeded'"),
    ]
    assert min(stages) > 0

    page = owner.get("/ops/funnel?app=default&since=7d")

    shown = [int(cell.replace(",", "")) for cell in _numbers(page.html)]
    assert shown == stages
    assert f"{100 * stages[1] / stages[0]:.1f} %" in page.text
    assert "Cancelled at Slack" in page.text
    assert owner.get("/ops/funnel?since=8d").status == 400
    assert "Nobody began" in owner.get("/ops/funnel?app=default&source=link").text


def _numbers(html: str) -> list[str]:
    """The first figure of each row of the funnel's table."""
    table = html.split('class="plain"', 1)[1].split("</table>", maxsplit=1)[0]
    return [row.split('class="number">')[1].split("<")[0] for row in table.split("<tr>")[2:]]
