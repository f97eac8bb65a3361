"""Ask the dashboard as the browser does, through its callbacks."""

import json
from typing import Any

from flask.testing import FlaskClient

from dashboard.security import CALLBACKS


def page(client: FlaskClient, path: str, search: str = "") -> Any:
    """The answer to a page's address: the router's callback."""
    router = next(c for c in client.get("/_dash-dependencies").json if "_pages_content.children" in c["output"])
    return client.post(CALLBACKS, json=request_of(router, [path, search]))


def said(client: FlaskClient, path: str, search: str = "") -> str:
    """All that a page's content says, as JSON. Fails if the page could not be drawn."""
    answer = page(client, path, search)
    assert answer.status_code == 200, answer.text
    assert "response" in answer.json and "_pages_content" in answer.json["response"], f"{path}{search}: {answer.text[:500]}"
    return json.dumps(answer.json["response"]["_pages_content"]["children"], ensure_ascii=False)


def request_of(callback: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    """What the browser sends for a callback (of /_dash-dependencies) whose inputs and states have these values."""
    outputs = [part.rpartition(".") for part in callback["output"].removeprefix("..").removesuffix("..").split("...")]
    given = [{"id": i, "property": name} for i, _, name in outputs]
    asked = iter(values)
    parts = {kind: [_with_value(part, next(asked)) for part in callback[kind]] for kind in ("inputs", "state")}
    changed = [f"{part['id']}.{part['property']}" for part in callback["inputs"][:1]]
    return {"output": callback["output"], "outputs": given if len(given) > 1 else given[0], **parts, "changedPropIds": changed}


def _with_value(part: dict[str, Any], value: Any) -> Any:
    if not part["id"].startswith("{"):
        return part | {"value": value}
    pattern = json.loads(part["id"])
    one = {"id": {k: "one" if isinstance(v, list) else v for k, v in pattern.items()}, "property": part["property"], "value": value}
    return [one] if any(isinstance(v, list) for v in pattern.values()) else one
