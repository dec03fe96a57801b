"""Every rule of quality, of the domain handbook, 5."""

from process_apis.quality.books import BOOKS
from process_apis.quality.commercial import COMMERCIAL
from process_apis.quality.work import WORK

RULES = (*COMMERCIAL, *WORK, *BOOKS)
