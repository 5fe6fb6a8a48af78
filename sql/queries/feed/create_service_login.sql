-- purpose: Create the demonstration's login for the service that logs predictions, with the rights of its role.
CREATE ROLE demo_service LOGIN IN ROLE driftgauge_writer
