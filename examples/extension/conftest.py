pytest_plugins = ["house_gates"]
