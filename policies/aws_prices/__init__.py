"""AWS list prices, and the one arithmetic over them.

`prices()` is the price list; the functions of `billing` turn amounts into dollars for one run or one
resource; `estimate` adds up a month of a stack. The Glue job, the `weather` command and the policy pack all
use them, so that no two of them can disagree. The package lies in the policy pack's folder, since the pack
must stand alone when that folder is copied; it imports nothing of the pack and only the standard library.
"""

from aws_prices.billing import GlueUse, NoPriceError, Prices, crawl_usd, glue_use, prices, requests_usd

__all__ = ["GlueUse", "NoPriceError", "Prices", "crawl_usd", "glue_use", "prices", "requests_usd"]
