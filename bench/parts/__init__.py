"""What is measured, a file each: `TITLE`, and `cases(bench)`, which makes its cases one by one."""
