passes_test grad {}
