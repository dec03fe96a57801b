"""Facts that break each rule of quality, and facts that just keep it."""

from tests.process_apis.books_examples import FINANCE, INTEGRATION
from tests.process_apis.quality.commercial_examples import CLIENTS, CONTRACTS, PROJECTS
from tests.process_apis.quality.work_examples import EXPENSES, PEOPLE, PURCHASES
from tests.process_apis.quality_facts import Examples

EXAMPLES: Examples = {
    **CLIENTS,
    **CONTRACTS,
    **PROJECTS,
    **PEOPLE,
    **EXPENSES,
    **FINANCE,
    **PURCHASES,
    **INTEGRATION,
}
