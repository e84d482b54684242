"""What is shipped: a wheel holds everything the checkout serves, and the image's recipe names what is there."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESOURCES = ("templates", "static", "migrations", "locale")


def test_a_wheel_holds_every_template_static_file_and_migration(tmp_path):
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run([sys.executable, *build], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())

    for folder in RESOURCES:
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert files
        assert {f"dashboard/_resources/{path.relative_to(ROOT)}" for path in files} <= held


def test_the_image_copies_what_is_there_and_what_docker_may_see():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    seen = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert names == seen
    assert all((ROOT / name).exists() for name in names)
