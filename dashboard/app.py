"""The Dash app: the shell around the pages of dashboard/pages."""

from collections.abc import Collection, Sequence
from pathlib import Path

import dash
from flask import redirect, request
from flask.typing import ResponseReturnValue

from dashboard import compose_route, cover_route, data, export_route, films_route, kept_route, security, sound, transfer, uploads
from dashboard.components import shell

HOME = "/library"
# Before anything is drawn: the colour scheme that was chosen here last.
SCHEME_SCRIPT = """
            const chosen = localStorage.getItem("mantine-color-scheme-value") || "auto";
            const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
            document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
        """
# Dash's page, with its language and that script.
INDEX = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
        <script>{SCHEME_SCRIPT}</script>
    </head>
    <body>
        {%app_entry%}
        <footer>{%config%}{%scripts%}{%renderer%}</footer>
    </body>
</html>""".replace("{SCHEME_SCRIPT}", SCHEME_SCRIPT)


def create_app(libraries: Sequence[Path | str], hosts: Collection[str] | None = security.LOOPBACK) -> dash.Dash:
    """The dashboard over library folders; everything it needs is served from here, nothing is fetched from elsewhere.

    Parameters
    ----------
    libraries : library folders; the first is shown unless the address names another
    hosts : names under which the server may be asked; None for any

    Raises
    ------
    LibraryError : a folder is missing
    """
    app = dash.Dash(
        "dashboard", use_pages=True, pages_folder="pages", title="Leitmotif", update_title="", serve_locally=True,
        suppress_callback_exceptions=True, include_pages_meta=False, index_string=INDEX,
        on_error=shell.apologise,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )  # fmt: skip
    data.attach(app.server, [Path(folder) for folder in libraries])
    app.layout = shell.shell(app, data.titles(app.server))
    app.server.before_request(_home)
    films_route.serve(app.server)
    export_route.serve(app.server)
    sound.serve(app.server)
    cover_route.serve(app.server)
    uploads.serve(app.server)
    compose_route.serve(app.server)
    kept_route.serve(app.server)
    transfer.ease(app.server)
    security.protect(app, hosts=hosts, scripts=[SCHEME_SCRIPT])
    return app


def _home() -> ResponseReturnValue | None:
    # Not permanent: browsers keep permanent redirects, and this one may point elsewhere one day.
    return redirect(HOME, code=302) if request.path == "/" and request.method == "GET" else None
