"""The page in a browser: Chromium does what a user does, and checks that everybody can use it."""
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from support import REPO

os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(REPO / ".deps" / "browsers"))  # where there is no chromium
PICTURES = os.environ.get("SLUICE_PICTURES")  # a folder: the pictures of docs/web.md are made there


expect.set_options(timeout=20000)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser, project):
    with sqlite3.connect(project.folder / "data" / "shop.db") as shop:  # rows that never end, for what is cancelled
        shop.execute("CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
                     "SELECT n, 'text ' || n AS note FROM c")
    project.serve()
    made = browser.new_page(viewport={"width": 1100, "height": 720}, base_url=project.url)
    made.set_default_timeout(20000)
    made.problems = []
    made.on("console", lambda m: made.problems.append(m.text) if m.type == "error" else None)
    made.on("pageerror", lambda e: made.problems.append(str(e)))
    yield made
    made.close()


def picture(page, name):
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def test_from_a_new_source_to_a_query(page):
    page.goto("/")
    expect(page.get_by_role("status")).to_have_text("live")
    page.get_by_role("link", name="Add a source").click()
    page.get_by_role("textbox", name="Name small letters").fill("orders")
    page.get_by_label("Type").select_option("sqlite")
    page.get_by_label("Path of the SQLite file").fill("data/shop.db")
    page.get_by_label("Table names").fill("orders")
    picture(page, "add")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="orders").first).to_be_visible()

    page.get_by_role("button", name="Sync orders").click()
    expect(page.get_by_role("cell", name="success")).to_be_visible()
    expect(page.get_by_role("cell", name="500", exact=True).first).to_be_visible()
    picture(page, "source")

    page.get_by_role("link", name="Tables").click()
    expect(page.get_by_role("heading", name="Tables")).to_be_visible()
    page.get_by_role("link", name="orders").first.click()
    expect(page.get_by_role("heading", name="raw_orders.orders")).to_be_visible()
    picture(page, "tables")

    page.get_by_role("link", name="Query").click()
    page.get_by_label("SQL").fill("SELECT count(*) AS orders, max(amount) AS most FROM raw_orders.orders")
    page.get_by_label("SQL").press("Control+Enter")
    expect(page.get_by_role("cell", name="748.50")).to_be_visible()
    picture(page, "query")
    page.get_by_label("SQL").fill("DELETE FROM raw_orders.orders")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("read-only", exact=False)).to_be_visible()
    assert page.problems == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]


def test_progress_is_live_and_a_sync_can_be_cancelled(page, project):
    project.sources.write_text(project.sources.read_text() + "      table_names: [endless]\n")
    page.goto("/")
    page.get_by_role("button", name="Sync shop").click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(page.get_by_text("rows/s")).to_be_visible()
    expect(page.get_by_text("waits for extract")).to_be_visible()
    first = page.get_by_text("rows/s").inner_text()
    expect(page.get_by_text("rows/s")).not_to_have_text(first)
    picture(page, "progress")
    page.get_by_role("button", name="Cancel").click()
    expect(bar).to_have_count(0)
    page.get_by_role("link", name="Jobs").click()
    expect(page.get_by_text("cancelled")).to_be_visible()
    page.get_by_role("link", name="Tables").click()
    expect(page.get_by_text("raw_shop")).to_have_count(0)
    assert page.problems == []


def test_schedules_from_the_page(page, project):
    project.stop()
    page.goto(project.serve("--schedules").url + "/#/schedules")
    page.get_by_text("Add a schedule").click()
    page.get_by_role("textbox", name="Name small letters").fill("nightly")
    page.get_by_role("checkbox", name="shop").check()
    page.get_by_label("When").select_option("cron expression")
    page.get_by_label("Cron expression").fill("61 * * * *")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_contain_text("'61'")
    page.get_by_label("Cron expression").fill("30 5 * * 1-5")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="nightly")).to_be_visible()
    expect(page.get_by_text("next run")).to_be_visible()
    assert "cron: '30 5 * * 1-5'" in (project.folder / ".dango/schedules.yml").read_text()
    expect(page.get_by_text("Nothing runs these schedules")).to_have_count(0)

    project.sources.write_text(project.sources.read_text() + "      table_names: [orders]\n")
    page.get_by_role("button", name="Run nightly").click()
    expect(page.get_by_text("500 rows moved")).to_be_visible()
    page.get_by_text("Runs", exact=True).click()
    expect(page.get_by_role("cell", name="success")).to_be_visible()
    picture(page, "schedules")
    page.get_by_role("button", name="Pause nightly").click()
    expect(page.get_by_text("no next run")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove nightly").click()
    expect(page.get_by_text("No schedules yet.")).to_be_visible()
    assert page.problems == ["Failed to load resource: the server responded with a status of 400 (Bad Request)"]


def test_what_changed_in_a_source_is_shown_and_accepted(page, project):
    project.sources.write_text(project.sources.read_text() + "      table_names: [orders]\n")
    project.command("sync", "--no-dbt")
    with sqlite3.connect(project.folder / "data" / "shop.db") as shop:
        shop.execute("ALTER TABLE orders DROP COLUMN note")
    project.command("sync", "--no-dbt")
    page.goto("/#/source/shop")
    expect(page.get_by_text("orders.note: column removed")).to_be_visible()
    page.get_by_text("2 columns").click()
    expect(page.get_by_role("cell", name="decimal(10,2)")).to_be_visible()
    picture(page, "schema")
    page.get_by_role("button", name="Accept these changes").click()
    expect(page.get_by_text("column removed")).to_have_count(0)
    page.get_by_text("Rejected rows").click()
    expect(page.get_by_text("No rows were set aside")).to_be_visible()
    assert "changed:" not in project.command("status").stdout and page.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(page, project, scheme):
    project.fill()
    (project.folder / ".dango/schedules.yml").write_text(
        "schedules:\n- {name: nightly, cron: daily, sources: [shop]}\n- {name: paused, cron: weekly, sources: [shop], enabled: false}\n"
        "- {name: wrong, cron: sometimes, sources: [shop]}\n")
    page.emulate_media(color_scheme=scheme)
    for path in ("/", "/#/add", "/#/source/shop", "/#/source/shop/edit", "/#/jobs", "/#/tables/raw_shop/orders",
                 "/#/query", "/#/logs", "/#/schedules"):
        page.goto("about:blank")
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}, {scheme}: {found.generate_report()}"
    if scheme == "dark":
        page.goto("/#/source/shop")
        picture(page, "dark")


def test_a_phone_and_a_keyboard(page):
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/")
    expect(page.get_by_role("link", name="Query")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, f"{wide} pixels wide"
    picture(page, "phone")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Add a source":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add a source")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Name small letters")).to_be_focused()
