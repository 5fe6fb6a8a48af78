-- purpose: Write outcomes in bulk, as the demonstration's service does; one row a line of COPY's text format.
COPY prediction_outcomes (id, prediction_id, label, "timestamp") FROM STDIN
