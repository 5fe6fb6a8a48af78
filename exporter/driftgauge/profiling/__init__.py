"""From raw values to profiles: parse, freeze bins, count. Pure: no I/O, no clock."""
