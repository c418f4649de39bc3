cnnc build {} --real f64 --emit ir
