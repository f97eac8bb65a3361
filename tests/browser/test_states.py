"""What a user meets at the edges: no server, an error, a finger instead of a mouse, paper, the keyboard alone, another's site."""

import json
import threading
from typing import Any

import pytest

from dashboard import data
from dashboard.server import create_server
from tests.browser.test_journeys import PHONE
from tests.dashboard import fake_library

PAGES = (
    "/library", "/movies?director=Ada+Vorn&movie=The+Quiet+Engine", "/movies?director=Ada+Vorn&movie=The+Quiet+Engine&layer=segment",
    "/validation", "/mining?columns=year&columns=jazz&columns=rock", "/mining?view=projection&features=music",
    "/mining?view=surface&features=music", "/models", "/makers", "/nothing",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_asks_for_what_its_policy_forbids(open_page: Any, path: str, scheme: str) -> None:
    """open_page fails on any error in the console; a violation of the policy is one. Heat maps and icons are drawn for it."""
    page = open_page(path, color_scheme=scheme)
    page.wait_for_selector(".main-svg, .ag-row, .state")
    page.wait_for_load_state("networkidle")


def test_what_is_written_into_the_page_does_not_run(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/library")
    page.wait_for_selector("h1")
    page.evaluate("window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.effectiveDirective))")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.ran=true>')")
    page.evaluate("fetch('http://example.invalid/').catch(() => 0)")
    page.wait_for_function("['script-src-elem', 'script-src-attr', 'connect-src'].every(part => refused.includes(part))")
    assert page.evaluate("window.ran") is None
    page.close()


def test_a_server_that_was_stopped_is_told_with_the_remedy(browser: Any, tmp_path: Any) -> None:
    server = create_server([fake_library.build(tmp_path / "films").root], "127.0.0.1", 0)
    threading.Thread(target=server.run, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.effective_port}/library")
    page.wait_for_selector(".ag-row")
    page.route("**/_dash-update-component*", lambda route: route.abort())
    page.get_by_role("link", name="Validation").click()
    toast = page.get_by_role("alert").filter(has_text="Leitmotif does not answer")
    toast.wait_for()
    assert "leitmotif serve" in toast.inner_text()
    page.unroute("**/_dash-update-component*")
    page.get_by_role("link", name="Mining").click()
    page.wait_for_selector("h1:has-text('Mining')")
    toast.wait_for(state="detached")
    page.close()
    server.close()


def test_an_error_nobody_expected_leaves_the_rest_in_use(browser: Any, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "film", lambda *_: 1 / 0)
    page = browser.new_page()
    page.goto(f"{address}/movies")
    page.get_by_role("alert").filter(has_text="ZeroDivisionError").wait_for()
    page.get_by_role("link", name="Models").click()
    page.wait_for_selector("h1:has-text('Models')")
    page.close()


def test_a_finger_selects_films_on_the_map(open_page: Any) -> None:
    page = open_page("/mining?view=projection&features=music", **PHONE)
    page.wait_for_selector(".draglayer .nsewdrag")
    page.get_by_text("Selects films", exact=True).click()
    page.wait_for_function("document.querySelector(\"[id*='mining-projection'] .js-plotly-plot\").layout.dragmode === 'select'")
    box = page.locator("[id*='mining-projection'] .nsewdrag").bounding_box()
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *at: float) -> None:
        points = [{"x": box["x"] + box["width"] * at[0], "y": box["y"] + box["height"] * at[1]}] if at else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    with page.expect_response(lambda answer: "mining-films" in (answer.request.post_data or "")) as answered:
        send("touchStart", 0.01, 0.01)
        for step in range(1, 10):
            send("touchMove", step / 20, step / 10)
        send("touchEnd")
    listed = json.loads(answered.value.text())["response"]["mining-listed"]["children"]
    assert " of " in listed


@pytest.mark.parametrize("path", ["/library", "/movies?director=Ada+Vorn&movie=The+Quiet+Engine", "/mining?view=projection&features=music"])
def test_on_paper_there_is_no_navigation_and_no_dark(open_page: Any, path: str) -> None:
    page = open_page(path, color_scheme="dark")
    page.wait_for_selector(".main-svg, .ag-row")
    page.emulate_media(media="print")
    for gone in (".header", ".navbar", ".controls"):
        assert not page.locator(gone).first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.card-title')).color") == "rgb(31, 41, 51)"
    dark = "t => getComputedStyle(t).fill === 'rgb(228, 231, 235)' || getComputedStyle(t).fill === 'rgb(169, 180, 192)'"
    assert page.evaluate(f"[...document.querySelectorAll('.js-plotly-plot text')].filter({dark}).length") == 0
    sheets = page.pdf(prefer_css_page_size=True)
    assert sheets.startswith(b"%PDF")


@pytest.mark.parametrize("path", PAGES[:-2])  # those that draw something of this library
def test_the_tab_key_reaches_all_that_can_be_used_and_shows_where_it_is(open_page: Any, path: str) -> None:
    page = open_page(path)
    page.wait_for_selector(".main-svg, .ag-row")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(WHERE))
        if seen[-1] is None:
            break
    reached = [stop for stop in seen if stop]
    assert all(stop["name"] for stop in reached), [stop for stop in reached if not stop["name"]]
    assert all(stop["shown"] for stop in reached), [stop for stop in reached if not stop["shown"]]
    names = " ".join(stop["name"] for stop in reached)
    for word in ("Leitmotif", "Search films and directors", "Switch between light and dark", "Library", "Mining"):
        assert word in names


# What has the focus: its name, and whether one sees that it has it (an outline, another border, or a ring).
WHERE = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const inner = at.querySelector("[aria-label]")?.getAttribute("aria-label");
  const name = at.getAttribute("aria-label") || inner || at.labels?.[0]?.textContent || at.textContent || at.title || at.placeholder
    || document.getElementById(at.getAttribute("aria-labelledby"))?.textContent
    || at.closest("[role=radiogroup]")?.getAttribute("aria-label") || "";
  const ringed = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const near = [at, at.nextElementSibling, at.parentElement, ...at.querySelectorAll("*")].filter(Boolean);
  const line = (element) => getComputedStyle(element).borderColor;
  const field = at.matches("input, textarea, [role=gridcell]") && line(at) !== line(document.querySelector(".card"));
  return { name: name.trim(), shown: near.some(ringed) || field || at.matches("audio"), html: at.outerHTML.slice(0, 160) };
}"""


def test_skip_link_leads_to_the_content(open_page: Any) -> None:
    page = open_page("/library")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'content'")


def test_less_movement_for_who_asks_for_it(open_page: Any) -> None:
    page = open_page("/library", reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.querySelector('.brand')).transitionDuration") in ("0.00001s", "1e-05s")
