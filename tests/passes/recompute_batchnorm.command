passes_test recompute {}
