"""The similarity graph: SQL makes and reads the edges; algorithms read rows and write rows.

>>> import coinstore, coinstore.graph                   # doctest: +SKIP
>>> with coinstore.open() as store:                     # doctest: +SKIP
...     network = coinstore.graph.load(store, "hog_obverse")
"""

from .to_networkx import load

__all__ = ["load"]
