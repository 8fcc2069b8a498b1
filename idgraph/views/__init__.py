"""Results as pages, drawings and tables; only `pyvis_fence` knows pyvis."""
