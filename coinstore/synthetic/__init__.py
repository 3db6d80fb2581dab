"""Synthetic coins that look struck, with known types and dies: ground truth of any size, from a seed.

>>> from coinstore.synthetic import Mintage
>>> Mintage(seed=0).coin(0).inventory_number
'LM 0001'
"""

from .mintage import Mintage, SyntheticCoin
from .records import Written, record, records, write_collection
from .restriking import restrike

__all__ = ["Mintage", "SyntheticCoin", "Written", "record", "records", "restrike", "write_collection"]
