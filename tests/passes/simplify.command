passes_test simplify {}
