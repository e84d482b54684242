"""What handlers are handed, spelled once."""

from typing import Any

import litestar
from litestar.datastructures import State

Request = litestar.Request[Any, Any, State]
