passes_test schedule {}
