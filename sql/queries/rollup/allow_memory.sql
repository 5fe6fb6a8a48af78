-- purpose: Let the slice be grouped in memory; its size is bounded by rollup.slice_rows.
SET LOCAL work_mem = '64MB'
