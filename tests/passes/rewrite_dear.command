passes_test rewrite {}
