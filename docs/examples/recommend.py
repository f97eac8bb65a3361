"""The five films most like a film, by the item matrix (docs/recommenders.md).

leitmotif export --library DIR --out items.parquet --form items
python docs/examples/recommend.py items.parquet "Film" [weight of the music, 0 to 1]
"""

import sys

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

# Who made a film would recommend their other films, and how it was rated what is popular.
LEFT_OUT = ("metadata:director:", "metadata:composer:", "metadata:rating", "metadata:metascore")


def scaled(items: pd.DataFrame, music: float = 0.5) -> pd.DataFrame:
    """The features with mean 0 and spread 1, what is not known at the mean; music and metadata weigh `music` and 1 - `music` together."""
    features = items.filter(regex="^(music|metadata):").dropna(axis=1, how="all")
    features = features.loc[:, ~features.columns.str.startswith(LEFT_OUT)]
    heard = features.columns.str.startswith("music:")
    weights = np.where(heard, music / max(heard.sum(), 1), (1 - music) / max((~heard).sum(), 1))
    return pd.DataFrame(np.nan_to_num(StandardScaler().fit_transform(features)) * np.sqrt(weights), columns=features.columns)


def nearest(features: pd.DataFrame, film: int, n: int = 5) -> list[tuple[int, float]]:
    """Row and similarity (cosine, -1 to 1) of the films most like the one in a row."""
    model = NearestNeighbors(n_neighbors=min(n + 1, len(features)), metric="cosine").fit(features)
    distances, rows = model.kneighbors(features.iloc[[film]])
    return [(int(row), 1 - float(distance)) for row, distance in zip(rows[0], distances[0], strict=True) if row != film][:n]


def shared(features: pd.DataFrame, one: int, other: int, n: int = 3) -> str:
    """What adds most to the cosine of two films: the features that are high in both (+) or low in both (-)."""
    products = features.iloc[one] * features.iloc[other]
    return ", ".join(f"{'+' if features.iloc[one][name] > 0 else '-'}{name}" for name in products[products > 0].nlargest(n).index)


if __name__ == "__main__":
    path, title, *weight = sys.argv[1:]
    items = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
    if title not in set(items["movie"]):
        sys.exit(f"{path} has no film called {title!r}")
    film = int(np.flatnonzero(items["movie"] == title)[0])
    features = scaled(items, *map(float, weight))
    for row, similarity in nearest(features, film):
        print(f"{similarity:5.2f}  {items['movie'][row]} ({items['director'][row]}): {shared(features, film, row)}")
