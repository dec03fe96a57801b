"""A good body of every operation that takes one."""

import json

from tests.security.routes.process_bodies import PROCESSES
from tests.security.routes.system_bodies import SYSTEMS
from tests.security.routes.trees import Tree

_OTHERS: dict[str, Tree] = {
    "POST /experience/operations/v1/systems/{system}/replay": {"note": "it is back"},
    "PUT /governance/v1/lifecycle/{layer}/{api}/{version}": {
        "lifecycle": {
            "stage": "active",
            "since": "2026-11-27",
            "deprecated_on": "2027-11-01",
            "sunset_on": "2028-11-01",
            "successor": "/system/psa/v1",
            "brownouts": [{"starts": "2028-01-01T09:00:00Z", "ends": "2028-01-01T09:15:00Z"}],
        },
        "reason": "agreed",
    },
    "PUT /governance/v1/quality/findings/{finding_id}/waiver": {
        "reason": "the client sends it next month",
        "until": "2027-01-31T00:00:00Z",
    },
    "DELETE /governance/v1/quality/findings/{finding_id}/waiver": {"reason": "it has come"},
    "PUT /governance/v1/clock": {"now": "2026-11-05T08:00:00Z"},
    "PUT /governance/v1/access/withdrawals": {
        "target": {"subject": "U-GONE"},
        "reason": "left the firm",
        "scopes": ["system:crm:read"],
        "roles": ["finance"],
        "entities": ["NWA-US"],
    },
    "DELETE /governance/v1/access/withdrawals/{withdrawal_id}": {"reason": "came back"},
}
GOOD: dict[str, bytes] = {
    route: json.dumps(body).encode() for route, body in (SYSTEMS | PROCESSES | _OTHERS).items()
}
