"""The stages that every inbound request passes, in the order of `gateway.app.STACK`."""
