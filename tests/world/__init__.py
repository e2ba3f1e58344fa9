"""Small working stand-ins and drivers that the tests are written with."""
