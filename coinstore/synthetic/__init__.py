"""Synthetic coins: struck-looking, seeded, with known types and dies. Ground truth at any size.

>>> from coinstore.synthetic import Mintage
>>> Mintage(seed=0).coin(0).inventory_number
'LM 0001'
"""

from .mintage import Mintage, SyntheticCoin
from .records import Written, write_collection

__all__ = ["Mintage", "SyntheticCoin", "Written", "write_collection"]
