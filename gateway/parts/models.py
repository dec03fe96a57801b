"""The read models put together: their states, what feeds them, and what builds them."""

from gateway.foundation import Foundation
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.documents.sources import DocumentsSource
from process_apis.read_models.entries import HoursSource
from process_apis.read_models.feeding import Projection
from process_apis.read_models.sources import ModelSource
from process_apis.read_models.states import ModelStates
from store.clock import wall_clock
from system_apis.systems import Systems


def models_of(base: Foundation, systems: Systems) -> ReadModels:
    """Return the read models of the firm's systems; nothing is read yet."""
    hours = {
        name: HoursSource(psa, systems.entities_of(name)) for name, psa in systems.psas.items()
    }
    documents = {
        name: DocumentsSource(erp, systems.entities_of(name)) for name, erp in systems.erps.items()
    }
    sources: dict[str, ModelSource] = {**hours, **documents}
    states = ModelStates(base.store, base.audit, wall_clock, sources)
    return ReadModels(
        sources,
        states,
        Projection(sources, states, base.quality, base.metrics),
        Building(sources, states),
    )
