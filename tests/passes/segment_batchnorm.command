passes_test segment {}
