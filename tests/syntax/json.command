tree_test --json {}
