"""One fictional company, Northlight Instruments, in the export formats of real collectors."""
