"""Facts about who is booked on what, and about what was foreseen."""

from datetime import date
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent


class BookingAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody wants a person booked on a project."""

    # A booking is asked about once.
    KEY: ClassVar = "book:{booking_case_id}"

    booking_case_id: str


class BookingApproved(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """The resource manager of the project's company agrees to a booking."""

    # One answer of each side.
    KEY: ClassVar = "book-approved:{booking_case_id}"

    booking_case_id: str


class BookingAgreed(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Everybody who must agree to a booking did: the lending company too, where there is one."""

    # A booking is written once.
    KEY: ClassVar = "book-agreed:{booking_case_id}"

    booking_case_id: str


class BookingDeclined(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody does not agree to a booking, or gives it up before it is written."""

    # A booking is declined once.
    KEY: ClassVar = "book-declined:{booking_case_id}"

    booking_case_id: str


class BookingCancelAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody takes a booking back."""

    # A booking is taken back once.
    KEY: ClassVar = "book-cancel:{booking_case_id}"

    booking_case_id: str


class BookingWritten(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A person is booked in the PSA, as was agreed."""

    # A booking is told of once.
    KEY: ClassVar = "booked:{booking_case_id}"

    booking_case_id: str
    project_number: str
    employee: str


class BookingCancelled(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A booking was taken back in the PSA: who planned with it is told."""

    # The end of a booking is told once.
    KEY: ClassVar = "booking-cancelled:{booking_case_id}"

    booking_case_id: str
    project_number: str
    employee: str


class ForecastFallenDue(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A company's weeks to come are to be frozen as they are foreseen now."""

    # A company's forecast of a week is frozen once.
    KEY: ClassVar = "forecast:{legal_entity}:{frozen_on}"

    frozen_on: date


StaffingEvent = (
    BookingAsked
    | BookingApproved
    | BookingAgreed
    | BookingDeclined
    | BookingCancelAsked
    | BookingWritten
    | BookingCancelled
    | ForecastFallenDue
)


def booking_given_up(event: BusinessEvent) -> BookingDeclined | None:
    """Return what follows when a person gives up a booking that had stopped."""
    match event:
        case BookingAsked() | BookingApproved() | BookingAgreed():
            return BookingDeclined(
                booking_case_id=event.booking_case_id, legal_entity=event.legal_entity
            )
    return None
