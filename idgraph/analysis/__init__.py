"""Graph in, result out: reach, paths and what people type to name a node."""
