cnnc check --json {}
