passes_test schedule unfused {}
