passes_test derive {}
