"""The enhanced dataset to take away, as the Library page's Export asks for it.

POST /library/export?library=NAME&format=csv&form=wide    all films; or those of the body, [[director, movie], ...], in their order
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from flask import Flask, Response, abort, request

from analysis import dataset, dictionary, forms
from dashboard import data
from dashboard.urls import single
from errors import InputError, LeitmotifError

PATH = "/library/export"
FORMATS = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}
# Form -> what its file is called. The dictionary says what the columns of the other forms mean.
FILES = {"wide": "enhanced", "long": "long", "items": "items", "dictionary": "dictionary"}
_MIMETYPES = {"csv": "text/csv", "json": "application/json", "parquet": "application/vnd.apache.parquet"}


def serve(server: Flask) -> None:
    """Answer requests for the dataset. What cannot be given is said in one line."""
    server.add_url_rule(PATH, "export", _answer, methods=["POST"])


def _answer() -> Response:
    name, form = request.args.get("format", ""), request.args.get("form", "wide")
    try:
        table = chosen(data.dataset(data.library(single(request.args.get("library")))), _films())
        response = Response(file_content(shaped(table, form), name), mimetype=_MIMETYPES.get(name))
    except LeitmotifError as error:
        abort(400 if isinstance(error, InputError) else 404, str(error))
    response.headers.set("Content-Disposition", "attachment", filename=f"{FILES[form]}.{name}")
    response.cache_control.no_store = True
    return response


def _films() -> list[tuple[str, str]] | None:
    """Director and movie of each film that the request names; None where it names none."""
    if not request.content_length:
        return None
    try:
        return [(str(director), str(movie)) for director, movie in json.loads(request.get_data())]
    except (ValueError, TypeError) as error:
        raise InputError("films to export must be a list of [director, movie]") from error


def chosen(table: pd.DataFrame, films: list[tuple[str, str]] | None) -> pd.DataFrame:
    """The rows of these (director, movie), in their order; all rows for None. Films that are not in the dataset are left out."""
    if films is None:
        return table
    place = {key: i for i, key in enumerate(zip(table["director"], table["movie"], strict=True))}
    return table.iloc[[place[film] for film in films if film in place]]


def shaped(table: pd.DataFrame, form: str) -> pd.DataFrame:
    """A dataset in one of the forms of FILES."""
    if form != "dictionary":
        return forms.shaped(table, form)
    features = forms.shaped(table, "items").columns.drop(list(dictionary.ENHANCED), errors="ignore")
    return dictionary.table([*dictionary.ENHANCED.values(), *dictionary.LONG.values(), *map(dictionary.feature, features)])


def file_content(table: pd.DataFrame, name: str) -> bytes:
    """A table as a file of one of FORMATS."""
    if name not in FORMATS:
        raise InputError(f"{name!r} is no format to export; choose one of {', '.join(FORMATS)}")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"films.{name}"
        dataset.export(table, path)
        return path.read_bytes()
