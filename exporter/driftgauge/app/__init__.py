"""The composition root: builds the parts, schedules the jobs, reads the clock, publishes snapshots."""
