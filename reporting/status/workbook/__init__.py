"""The reports of many projects as one workbook: written, read back, compared with what is stored."""
