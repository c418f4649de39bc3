passes_test derive crossentropy label_smoothing=0.1 {}
