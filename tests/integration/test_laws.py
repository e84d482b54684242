"""What stays true of the whole, however it grows."""

import hashlib
import re
import tomllib

import pytest
from litestar.handlers import HTTPRouteHandler

from dashboard.app import create_app
from dashboard.core.config import Settings
from dashboard.core.models import Attempt
from dashboard.core.resources import resource_dir
from dashboard.install.attempt_columns import AttemptColumns
from tests.support.stage import SECRET_KEY

PUBLIC = {
    "health.alive",
    "health.ready",
    "install.invited",
    "install.page",
    "install.say",
    "install.start",
    "install.oauth_redirect",
    "login.show",
    "login.sign_in",
    "login.ask_code",
    "login.check_code",
    "setup.show",
    "setup.set_password",
    "brand.logo",
    "brand.theme",
    "static.show",
}
ROOT = resource_dir("templates").parent


@pytest.fixture(scope="module")
def routes() -> list[HTTPRouteHandler]:
    app = create_app(Settings.from_env({"SECRET_KEY": SECRET_KEY}))
    return [
        handler
        for route in app.litestar.routes
        for handler in route.route_handlers
        if handler.name and "OPTIONS" not in handler.http_methods
    ]


def test_every_route_is_called_by_its_module_and_function(routes):
    for handler in routes:
        module, function = handler.fn.__module__.rpartition(".")[2], handler.fn.__name__
        assert handler.name == f"{module}.{function}"


def test_the_public_routes_are_exactly_these(routes):
    assert {handler.name for handler in routes if handler.opt.get("public")} == PUBLIC
    for handler in routes:
        inside = all(path == "/ops" or path.startswith("/ops/") for path in handler.paths)
        assert handler.opt.get("public") or inside, handler.name


@pytest.mark.parametrize("template", sorted(resource_dir("templates").rglob("*.html")), ids=lambda file: file.name)
def test_no_template_holds_a_script_or_a_style(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:|hx-on", text)
    assert "|safe" not in text.replace(" ", "")
    for address in re.findall(r'\s(?:src|href|action)="([^"{]+)', text):
        assert address.startswith(("/", "#", "?", "data:,", "slack://", "https://app.slack.com/"))


def test_style_sheets_stay_small():
    assert (resource_dir("static") / "public.css").stat().st_size <= 6_000
    assert (resource_dir("static") / "app.css").stat().st_size <= 20_000


def test_every_vendored_file_is_the_one_that_was_read():
    folder = resource_dir("static") / "vendor"
    files = tomllib.loads((folder / "VENDOR.toml").read_text())["file"]
    for entry in files:
        assert hashlib.sha256((folder / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
        assert entry["version"] in entry["name"]
        assert (folder / entry["licence_file"]).is_file()
    listed = {"VENDOR.toml", *(entry[key] for entry in files for key in ("name", "licence_file"))}
    assert {file.name for file in folder.iterdir()} == listed


def test_locks_hold_no_addresses_and_every_dependency_has_its_reason():
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text()
    project = (ROOT / "pyproject.toml").read_text()
    dependencies = project.partition("dependencies = [")[2].partition("\n]")[0]
    for line in dependencies.splitlines():
        assert not line.strip().startswith('"') or "  # " in line


def test_files_stay_one_room():
    for file in (ROOT / "dashboard").rglob("*.py"):
        assert len(file.read_text().splitlines()) <= 350, file


PAGES = sorted(file for file in (ROOT / "dashboard/web").glob("*.py") if file.stem != "__init__")
ROOMS = {"core", "slack", "apps", "access", "install", "desk", "web", "commands"}

# What a page is about, where that is not called as the page is.
ABOUT = {
    "apps": "apps/registry",
    "confirm": "access/signin",
    "install": "install/callback",
    "login": "access/signin",
    "logout": "access/sessions",
    "setup": "access/operators",
}
ABOUT_NOTHING = {"health", "patterns", "static"}
ANSWERS_WITHOUT_A_TEMPLATE = {"brand", "health", "logout", "static", "views"}


@pytest.mark.parametrize("page", PAGES, ids=lambda file: file.stem)
def test_a_page_has_its_noun_its_templates_and_its_tests_by_its_name(page):
    name = page.stem
    assert (ROOT / f"tests/integration/test_{name}.py").is_file()
    assert (ROOT / f"templates/{name}").is_dir() != (name in ANSWERS_WITHOUT_A_TEMPLATE)
    if name in ABOUT_NOTHING:
        return
    nouns = [f"{room}/{name}" for room in ("desk", "access", "apps", "install")]
    found = [noun for noun in (ABOUT.get(name), *nouns) if noun and (ROOT / f"dashboard/{noun}.py").is_file()]
    assert found, f"nothing is about /{name}"
    assert f"dashboard.{found[0].partition('/')[0]}" in page.read_text()


def test_every_address_begins_with_the_name_of_its_page(routes):
    for handler in routes:
        name = handler.fn.__module__.rpartition(".")[2]
        for path in handler.paths:
            segments = [segment.lstrip("_").partition(".")[0] for segment in path.split("/") if segment]
            first = segments[1] if segments[:1] == ["ops"] and len(segments) > 1 else segments[0]
            expected = {"ops": "home", "slack": "install", "healthz": "health", "readyz": "health"}.get(first, first)
            assert name == ("install" if expected == "apps" and segments[0] == "apps" else expected), path


def test_no_file_is_called_as_a_room_or_by_what_it_is_for():
    for file in (ROOT / "dashboard").rglob("*.py"):
        room = file.relative_to(ROOT / "dashboard").parts[0]
        assert not file.stem.endswith(("_list", "_desk")), file
        page = file.parent == ROOT / "dashboard/web"  # a page is called as its address
        assert file.stem not in ROOMS - {room} or page or file.parent == ROOT / "dashboard/core/models", file


def test_what_is_collected_of_an_attempt_are_its_columns():
    assert set(AttemptColumns.__annotations__) == {column.name for column in Attempt.__table__.columns}


SPACE = re.compile(r"(?:padding|margin|gap|inset)[a-z-]*: ([^;}]*)")
LENGTH = re.compile(r"(?<![\w.])-?(\d*\.?\d+)(rem|px)")


@pytest.mark.parametrize("sheet", ["app.css", "public.css"])
def test_spaces_are_on_a_grid_of_four_pixels(sheet):
    """But for two pixels and less, which are for the eye."""
    css = (resource_dir("static") / sheet).read_text()
    lengths = [length for spaces in SPACE.findall(css) for length in LENGTH.findall(spaces)]
    pixels = {float(number) * (16 if unit == "rem" else 1) for number, unit in lengths}
    assert not {length for length in pixels if length > 2 and length % 4}
