passes_test fuse {}
