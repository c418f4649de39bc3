passes_test update sgd lr=0.1 momentum=0.9 nesterov=true weight_decay=0.01 {}
