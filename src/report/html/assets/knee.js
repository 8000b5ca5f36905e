// knee
