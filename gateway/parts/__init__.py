"""The parts that the gateway is put together from: each stream with what it needs."""
