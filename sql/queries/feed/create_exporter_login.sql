-- purpose: Create the demonstration's login for the exporter, with the rights of its role and no more.
CREATE ROLE demo_exporter LOGIN IN ROLE driftgauge_exporter
