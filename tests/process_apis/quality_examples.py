"""Facts that break each rule of quality, and facts that just keep it."""

from tests.process_apis.books_examples import FINANCE, INTEGRATION
from tests.process_apis.commercial_examples import CLIENTS, CONTRACTS, PROJECTS
from tests.process_apis.quality_facts import Examples
from tests.process_apis.work_examples import EXPENSES, PEOPLE, PURCHASES

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
