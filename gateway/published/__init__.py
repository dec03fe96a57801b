"""What is published of the APIs: catalog, contracts, the canonical model, OpenAPI, the portal."""
