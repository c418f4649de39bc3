passes_test pad {}
