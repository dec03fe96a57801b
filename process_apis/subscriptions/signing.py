"""Signed as Standard Webhooks has it: an HMAC over id, time and the bytes of the body.

No secret is stored: each follows from the key of this gateway, the subscription and the number of
the secret, so that a stolen database signs nothing.

Specification: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from process_apis.subscriptions.records import Subscription

PREFIX = "whsec_"
MEDIA_TYPE = "application/cloudevents+json"


class SigningSecrets:
    """Gives each subscription the secrets that are its own."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def shown(self, subscription_id: str, number: int) -> str:
        """Return a secret as its owner is shown it."""
        return PREFIX + base64.b64encode(self._secret(subscription_id, number)).decode()

    def headers(
        self, subscription: Subscription, event_id: str, body: bytes, now: datetime
    ) -> Mapping[str, str]:
        """Return the headers that go with a body; during an overlap both secrets sign."""
        numbers = [subscription.secret_number]
        until = subscription.old_secret_until
        if until is not None and now < until:
            numbers.append(subscription.secret_number - 1)
        moment = str(int(now.timestamp()))
        said = f"{event_id}.{moment}.".encode() + body
        signatures = [self._signature(subscription.id, number, said) for number in numbers]
        return {
            "content-type": MEDIA_TYPE,
            "user-agent": "strata",
            "webhook-id": event_id,
            "webhook-timestamp": moment,
            "webhook-signature": " ".join(signatures),
        }

    def _signature(self, subscription_id: str, number: int, said: bytes) -> str:
        digest = hmac.digest(self._secret(subscription_id, number), said, hashlib.sha256)
        return f"v1,{base64.b64encode(digest).decode()}"

    def _secret(self, subscription_id: str, number: int) -> bytes:
        return hmac.digest(self._key, f"webhook|{subscription_id}|{number}".encode(), "sha256")
