//! No code: what it depends on is what it is for.
