passes_test reorder {}
