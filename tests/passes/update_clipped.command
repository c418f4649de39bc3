passes_test update sgd lr=0.1 clip=1 {}
