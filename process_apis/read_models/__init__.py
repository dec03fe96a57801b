"""Read models: what systems have, kept beside them, so that figures cost the same at any size."""
