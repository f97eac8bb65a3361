"""Small title pages of films that do not exist, in each shape a real page can have."""

import json
from typing import Any

LINK = '<link rel="canonical" href="https://www.imdb.com/title/{imdb_id}/{rest}">'


def json_ld_page(imdb_id: str = "tt9900001", **changes: Any) -> str:
    """A page whose facts stand in JSON-LD only; a change of None leaves a field out."""
    item = {
        "@context": "https://schema.org", "@type": "Movie", "url": f"/title/{imdb_id}/", "name": "The Keeper&apos;s Waltz",
        "alternateName": "Valse &amp; phare", "image": "https://pictures.example/waltz.jpg", "datePublished": "1972-01-20",
        "aggregateRating": {"ratingCount": 90, "bestRating": 10, "worstRating": 1, "ratingValue": 7.4}, "genre": ["Drama", "Music"],
        "actor": [{"@type": "Person", "name": "Ana Torres"}, {"@type": "Person", "name": "Ben Ode"}],
        "director": [{"@type": "Person", "name": "Inès Marchand"}], "duration": "PT1H47M",
    }  # fmt: skip
    item = {key: value for key, value in (item | changes).items() if value is not None}
    script = f'<script type="application/ld+json">{json.dumps(item)}</script>'
    return f"<html><head><title>x</title>{LINK.format(imdb_id=imdb_id, rest='')}{script}</head><body></body></html>"


def next_title(imdb_id: str = "tt9900001") -> tuple[dict[str, Any], dict[str, Any]]:
    """The two halves of a title as the page's script holds them."""
    fold = {
        "id": imdb_id, "titleText": {"text": "The Keeper's Waltz"}, "originalTitleText": {"text": "La valse du gardien"},
        "titleType": {"id": "movie", "text": "Movie"}, "releaseYear": {"year": 1971}, "runtime": {"seconds": 6420},
        "ratingsSummary": {"aggregateRating": 7.4, "voteCount": 90}, "metacritic": {"metascore": {"score": 81}},
        "genres": {"genres": [{"text": "Drama"}, {"text": "Music"}, {"text": "Romance"}]},
        "primaryImage": {"url": "https://pictures.example/waltz.jpg"},
    }  # fmt: skip
    column = {
        "id": imdb_id, "titleType": {"id": "movie"}, "ratingsSummary": {"topRanking": None},
        "countriesOfOrigin": {"countries": [{"id": "FR", "text": "France"}, {"id": "ES", "text": "Spain"}]},
        "filmingLocations": {"edges": [{"node": {"text": "Ouessant, Finistère, France"}}]},
        "principalCast": [{"credits": [{"name": {"nameText": {"text": "Ana Torres"}}}]}],
        "cast": {"edges": [{"node": {"name": {"nameText": {"text": "Ben Ode"}}}}]},
        "directors": [{"credits": [{"name": {"nameText": {"text": "Inès Marchand"}}}]}],
    }  # fmt: skip
    return fold, column


def next_page(page: dict[str, Any] | None = None) -> str:
    """A page whose facts stand in `__NEXT_DATA__` only."""
    fold, column = next_title()
    props = {"aboveTheFoldData": fold, "mainColumnData": column} if page is None else page
    data = json.dumps({"props": {"pageProps": props}})
    return f'<html><body><script id="__NEXT_DATA__" type="application/json">{data}</script></body></html>'


def visible_page(imdb_id: str = "tt9900001", *, rest: str = "", first_fact: str = "1971", og_type: str = "video.movie") -> str:
    """A page without any script, as a browser's single-file archive keeps it."""
    return f"""<html><head><title>The Keeper's Waltz (1971) - IMDb</title>{LINK.format(imdb_id=imdb_id, rest=rest)}
      <meta property="og:type" content="{og_type}"></head><body>
      <h1 data-testid="hero__pageTitle"><span>The   Keeper's
      Waltz</span></h1><div>Original title: La valse du gardien</div>
      <ul data-testid="hero-title-block__metadata"><li>{first_fact}</li><li>PG</li><li>1<!-- -->h<!-- --> 47<!-- -->m</li></ul>
      <div data-testid="hero-rating-bar__aggregate-rating__score"><span>7.4</span><span>/10</span></div>
      <span class="metacritic-score-box">81</span>
      <div data-testid="hero-media__poster"><img src="https://pictures.example/waltz.jpg"></div>
      <li data-testid="title-pc-principal-credit"><a class="ipc-metadata-list-item__label">Directors</a>
        <a href="/name/nm1/">Inès Marchand</a><a href="/name/nm2/">Ugo Sala</a></li>
      <li data-testid="title-pc-principal-credit"><span class="ipc-metadata-list-item__label">Stars</span>
        <a href="/name/nm3/">Ana Torres</a></li>
      <a data-testid="title-cast-item__actor">Ana Torres</a><a data-testid="title-cast-item__actor">Ben Ode</a>
      {_detail("title-details-origin", "France", "Spain")}{_detail("storyline-genres", "Drama", "Music")}
      {_detail("title-details-filminglocations", "Ouessant, Finistère, France")}
      </body></html>"""


def _detail(testid: str, *items: str) -> str:
    content = "".join(f"<li>{item}</li>" for item in items)
    return f'<li data-testid="{testid}"><div class="ipc-metadata-list-item__content-container"><ul>{content}</ul></div></li>'


OLD_VISIBLE_PAGE = """<html><head><title>Hable mucho (2003) - IMDb</title>
  <link rel="canonical" href="https://www.imdb.com/title/tt9900002/"></head><body>
  <div class="title_wrapper"><h1>Speak a Lot&nbsp;<span>(<a>2003</a>)</span></h1>
    <div class="originalTitle">Hable mucho<span> (original title)</span></div>
    <div class="subtext">R | 1h 52min | <a>Drama</a> | 14 May 2003 (Spain)</div></div>
  <div class="ratingValue"><strong><span itemprop="ratingValue">6.9</span></strong></div>
  <div class="metacriticScore"><span>58</span></div>
  <div class="poster"><img src="https://pictures.example/hable.jpg"></div>
  <div class="credit_summary_item"><h4 class="inline">Director:</h4> <a href="/name/nm4/">Luz Vidal</a></div>
  <table class="cast_list"><tr>
    <td class="primary_photo"><a href="/name/nm5/"></a></td><td><a href="/name/nm5/">Eva Rey</a></td></tr></table>
  <div class="see-more inline"><h4 class="inline">Genres:</h4> <a>Drama</a> | <a>Comedy</a></div>
  <div class="txt-block"><h4 class="inline">Country:</h4> <a>Spain</a></div>
  <div class="txt-block"><h4 class="inline">Filming Locations:</h4> <a>Madrid, Spain</a> <span><a>See more</a></span></div>
  </body></html>"""

CONSENT_PAGE = "<html><head><title>Before you continue</title></head><body><form action='/consent'>Accept all cookies</form></body></html>"
