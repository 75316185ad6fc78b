"""When Python looks for garbage in a process that serves.

Nearly all that a request leaves behind is freed by counting references. What is looked for are cycles, and while Python
looks, all threads stand still. As it comes, it looks at everything, what was imported included, whenever a quarter more
has come: a batch of a thousand new facts was enough for that, and each look took 0.1 to 0.3 s.
"""

import gc
from typing import Final

# Objects that came and did not go before the young ones are looked at; how often that happens before the next older
# ones are, too, which takes tens of ms then; and how often that does before all are.
THRESHOLDS: Final = (10_000, 5, 20)


def look_seldom() -> None:
    """Once all is loaded that stays for good: that is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
