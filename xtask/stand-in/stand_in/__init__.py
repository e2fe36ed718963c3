"""An AWS stand-in for the end-to-end tests: moto's server, and small bridges over what moto lacks."""
