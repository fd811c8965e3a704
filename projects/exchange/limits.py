"""What a file may hold before it is refused (security.md §7, rule 1). Sizes in bytes."""

MAX_FILE_BYTES = 25 * 1024 * 1024
MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 300 * 1024 * 1024
MAX_RATIO = 100
SMALL_ENTRY_BYTES = 100 * 1024  # a short repetitive part may compress more than 100 times without being a bomb
MAX_PART_BYTES = 50 * 1024 * 1024  # any XML part that is not a worksheet
MAX_WHOLE_BYTES = 8 * 1024 * 1024  # parts that openpyxl holds as one tree, about 1 kB an element
MAX_ELEMENTS = 2_000_000
MAX_WHOLE_ELEMENTS = 100_000
MAX_STYLE_ELEMENTS = 200_000
MAX_TEXT_ELEMENTS = 40_000  # of one text, for the formatting of its letters
MAX_BESIDE_ELEMENTS = 200_000  # of a sheet, outside its cells: merged cells, links, conditions
MAX_ROW_ELEMENTS = 1_048_576
MAX_ROW_CELLS = 16_384
MAX_DEPTH = 100
MAX_TOKEN_BYTES = 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000
MAX_CELL_CHARS = 32_767
MAX_TEXT_CHARS = 60_000_000
MAX_SHEETS = 50
MAX_NODES = 100_000
MAX_UNCOMPUTED = 10_000  # formulas without a stored result whose places are told
MAX_PROBLEMS = 1_000

CHILD_MEMORY_BYTES = 1024 * 1024 * 1024
CHILD_CPU_SECONDS = 60
CHILD_WALL_SECONDS = 90
