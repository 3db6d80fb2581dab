"""coinstore: a Postgres store of ancient coins that answers, which other coins look like this one?

>>> import coinstore                                    # doctest: +SKIP
>>> with coinstore.open() as store:                     # doctest: +SKIP
...     for other in store.similar("Lakeside Museum/LM 0001", coinstore.Question(k=3)):
...         print(other.collection, other.inventory_number, other.percentile)
"""

from .errors import CoinstoreError
from .search.queries import Outside
from .search.similar import LookAlike, Question
from .store import Store
from .store import open_store as open

__version__ = "0.1.0"
__all__ = ["CoinstoreError", "LookAlike", "Outside", "Question", "Store", "open"]
