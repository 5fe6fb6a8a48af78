"""The demonstration: a model of real flights, its traffic in compressed time, and scripted incidents."""
