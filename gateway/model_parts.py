"""The read models put together: their states, what feeds them, and what builds them."""

from gateway.foundation import Foundation
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.feeding import Projection
from process_apis.read_models.sources import HoursSource
from process_apis.read_models.states import ModelStates
from store.clock import wall_clock
from system_apis.systems import Systems


def models_of(base: Foundation, systems: Systems) -> ReadModels:
    """Return the read models of the firm's systems; nothing is read yet."""
    states = ModelStates(base.store, base.audit, wall_clock)
    sources = {
        name: HoursSource(psa, systems.entities_of(name)) for name, psa in systems.psas.items()
    }
    return ReadModels(
        sources,
        states,
        Projection(sources, states, base.quality, base.metrics),
        Building(sources, states),
    )
