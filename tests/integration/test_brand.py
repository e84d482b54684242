"""`/brand/…`: an app's colours and logo. Each address tells its content, and may be kept for ever."""

import io

from PIL import Image

from tests.support import wait
from tests.support.visitor import Visitor, query_of


def test_any_accent_is_a_style_sheet_of_shades_that_can_be_read(visitor):
    answer = visitor.client.get("/brand/0b57b0/theme.css")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "light-dark(#0b57b0, " in answer.text
    assert "immutable" in answer.headers["Cache-Control"]
    assert "light-dark(#807700, #ffee00)" in visitor.client.get("/brand/ffee00/theme.css").text
    for unfit in ("0b57b", "red", "%230b57b0"):
        assert visitor.client.get(f"/brand/{unfit}/theme.css").status_code == 404


def test_a_logo_is_at_its_digest_and_nowhere_else(office, tmp_path):
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "logo.png")
    assert office.run("app", "edit", "acme", "--logo", str(tmp_path / "logo.png")).returncode == 0
    visitor = Visitor(office)
    html = wait.until(lambda: "/brand/acme/" in (page := visitor.get("/apps/acme/install").html) and page)
    address = html.partition('src="')[2].partition('"')[0]
    answer = visitor.client.get(address)
    assert answer.headers["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.content)).size == (128, 128)
    assert visitor.client.get("/brand/acme/000000000000/logo.webp").status_code == 404
    assert visitor.client.get("/brand/nobody/000000000000/logo.webp").status_code == 404


def test_contact_support_takes_the_reference_along(office):
    assert office.run("app", "edit", "acme", "--support", "help@acme.example.com").returncode == 0
    visitor = Visitor(office)
    wait.until(lambda: "help@acme.example.com" in visitor.get("/apps/acme/install").html)
    page = visitor.get(_cancelled(visitor))
    reference = page.headers["X-Install-Reference"]
    mail = f"subject=Acme%20Bot%2C%20{reference}&amp;body=%0A%0A{reference}"
    assert f'href="mailto:help@acme.example.com?{mail}"' in page.html
    assert office.run("app", "edit", "acme", "--support", "https://acme.example.com/help").returncode == 0
    wait.until(lambda: "https://acme.example.com/help" in visitor.get("/apps/acme/install").html)
    page = visitor.get(_cancelled(visitor))
    reference = page.headers["X-Install-Reference"]
    assert page.links["Contact support"] == f"https://acme.example.com/help?ref={reference}"


def _cancelled(visitor: Visitor) -> str:
    """Where Slack sends a visitor who declines Acme Bot."""
    state = query_of(visitor.start("/apps/acme/start"))["state"]
    return f"/apps/acme/oauth_redirect?error=access_denied&state={state}"
