"""Starts `make demo`, installs through it in a real browser, stops it, and looks whether it cleaned up."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright


def main() -> None:
    folder = tempfile.mkdtemp(prefix="demo-check-")
    environment = {**os.environ, "TMPDIR": folder, "PYTHONUNBUFFERED": "1"}
    demo = subprocess.Popen(
        ["make", "demo"], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        install_page = next(
            found[0] for line in demo.stdout if (found := re.findall(r"http://localhost:\d+/slack/install", line))
        )
        print("The demo says:", install_page)
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
            chromium = shutil.which("chromium") or shutil.which("chromium-headless-shell")
            browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
            page = browser.new_page()
            page.goto(install_page)
            page.get_by_role("link", name="Add to Slack").click()
            page.get_by_role("button", name="Allow").click()
            heading = page.get_by_role("heading", level=1).inner_text()
            print("The browser ends on:", heading, page.locator("output").inner_text())
            browser.close()
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(30)
    left = [file.name for file in Path(folder).iterdir()]
    shutil.rmtree(folder)
    if heading != "Installed in Acme Europe" or any(name.startswith("dashboard-demo") for name in left):
        sys.exit(f"The demo did not do its job: {heading!r}, left behind: {left}")


if __name__ == "__main__":
    main()
