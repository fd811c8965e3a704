"""An XLSX file is a ZIP archive of XML parts: both are checked before any library opens them (security.md §7).

The ZIP directory alone shows most bombs, so a refusal costs milliseconds. The XML parts then pass through expat with
DTDs refused and depth, elements, tokens and cells counted.
"""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from xml.parsers import expat

from projects.exchange import limits
from projects.exchange.problems import RefusedFile

OLE_MAGIC = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream that holds a workbook with a password (MS-OFFCRYPTO)
ZIP_MAGIC = b"PK\x03\x04"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_ACTIVE_CONTENT = ("vbaproject.bin", "externallinks/", "embeddings/", "activex/", "ctrlprops/")
_TRUE = ("1", "true")
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})$")
_WHOLE = re.compile(r"styles\.xml$|workbook\.xml$|\[content_types\]\.xml$|\.rels$|^docprops/|^xl/chartsheets/")
_IN_CELLS = frozenset({"c", "v", "f", "is", "t", "r", "rPr", "row"})
_CHUNK = 64 * 1024


def open_checked(content: bytes) -> zipfile.ZipFile:
    """The archive, once its directory has passed every rule; raises RefusedFile."""
    if content[:4] == OLE_MAGIC:
        raise RefusedFile("encrypted_archive" if ENCRYPTED in content else "old_excel")
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise RefusedFile("damaged_archive") from error
    entries = archive.infolist()
    if len(entries) > limits.MAX_ENTRIES:
        raise RefusedFile("too_many_entries", count=len(entries), limit=limits.MAX_ENTRIES)
    if sum(entry.file_size for entry in entries) > limits.MAX_UNPACKED_BYTES:
        raise RefusedFile("too_large_unpacked", limit=limits.MAX_UNPACKED_BYTES // 1024 // 1024)
    for entry in entries:
        _check_entry(entry)
    _check_overlaps(content, entries)
    names = {entry.filename for entry in entries}
    if len(names) != len(entries):
        raise RefusedFile("damaged_archive")
    if "[Content_Types].xml" not in names or not any(name.lower().endswith("workbook.xml") for name in names):
        raise RefusedFile("not_a_workbook")
    return archive


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    lowered = name.lower()
    if entry.flag_bits & 0x1:
        raise RefusedFile("encrypted_archive")
    if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
        raise RefusedFile("unsafe_entry_name", name=name[:80])
    if any(part in lowered for part in _ACTIVE_CONTENT):
        raise RefusedFile("active_content", name=name[:80])
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise RefusedFile("damaged_archive")
    if entry.file_size > limits.SMALL_ENTRY_BYTES and entry.file_size > limits.MAX_RATIO * max(entry.compress_size, 1):
        raise RefusedFile("ratio_too_high", name=name[:80], limit=limits.MAX_RATIO)
    if _WHOLE.search(lowered) and entry.file_size > limits.MAX_WHOLE_BYTES:
        raise RefusedFile("part_too_large", name=name[:80])
    if lowered.endswith((".xml", ".rels")) and not _SHEET_PART.search(name) and entry.file_size > limits.MAX_PART_BYTES:
        raise RefusedFile("part_too_large", name=name[:80])


def _check_overlaps(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes (Fifield's non-recursive bomb); zipfile checks this only from Python 3.13 on."""
    end = 0
    for entry in sorted(entries, key=lambda item: item.header_offset):
        header = content[entry.header_offset : entry.header_offset + _LOCAL_HEADER.size]
        if len(header) < _LOCAL_HEADER.size or header[:4] != ZIP_MAGIC or entry.header_offset < end:
            raise RefusedFile("damaged_archive")
        name_length, extra_length = _LOCAL_HEADER.unpack(header)[-2:]
        end = entry.header_offset + _LOCAL_HEADER.size + name_length + extra_length + entry.compress_size
        if end > len(content):
            raise RefusedFile("damaged_archive")


@dataclass(slots=True)
class PartScan:
    """What one pass over a part saw; `check_parts` raises before a limit can hurt."""

    is_sheet: bool
    name: str
    most_elements: int
    depth: int = 0
    elements: int = 0
    cells: int = 0
    rows: int = 0
    row_cells: int = 0
    beside: int = 0
    sheets: int = 0
    text_elements: int = 0
    in_text: bool = False
    reference: str = ""
    in_value: bool = False
    has_formula: bool = False
    has_value: bool = False
    empty_formulas: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)  # ranges, as "A2:A5"
    hidden_columns: list[tuple[str, str]] = field(default_factory=list)  # (first, last), counted from 1
    hidden_rows: set[str] = field(default_factory=set)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element opens: count it, and in a sheet remember the cell it belongs to."""
        self.depth += 1
        self.elements += 1
        if self.depth > limits.MAX_DEPTH:
            raise RefusedFile("xml_too_deep", limit=limits.MAX_DEPTH)
        if self.elements > self.most_elements:
            raise RefusedFile(
                "too_many_cells" if self.is_sheet else "part_too_large", name=self.name, limit=limits.MAX_CELLS
            )
        local = tag.rpartition(":")[2]
        self._count_text(local)
        if self.is_sheet:
            self._in_sheet(local, attributes)
        elif local == "sheet":  # each costs time, and only those with a part of their own can be real
            self.sheets += 1
            if self.sheets > limits.MAX_ENTRIES:
                raise RefusedFile("part_too_large", name=self.name)

    def _count_text(self, local: str) -> None:
        """Elements of one text, in its cell or in the list of shared texts."""
        if local in ("is", "si"):
            self.in_text, self.text_elements = True, 0
        elif self.in_text:
            self.text_elements += 1
            if self.text_elements > limits.MAX_TEXT_ELEMENTS:
                raise RefusedFile("part_too_large", name=self.name)

    def _in_sheet(self, local: str, attributes: dict[str, str]) -> None:
        if local == "c":
            self.reference = attributes.get("r", "")
            self.has_formula = self.has_value = False
            self.row_cells += 1
            if self.row_cells > limits.MAX_ROW_CELLS:
                raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)
        elif local in ("v", "is"):
            self.in_value = True
            self._count_cell()
        elif local == "f":
            self.has_formula = True
        elif local == "row":
            self.rows, self.row_cells = self.rows + 1, 0
            if attributes.get("hidden") in _TRUE:
                self.hidden_rows.add(attributes.get("r", "")[:8])
            if self.rows > limits.MAX_ROW_ELEMENTS:
                raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
        elif not self.in_text and local not in _IN_CELLS:
            self.beside += 1
            self._note_layout(local, attributes)
            if self.beside > limits.MAX_BESIDE_ELEMENTS:
                raise RefusedFile("part_too_large", name=self.name)

    def _note_layout(self, local: str, attributes: dict[str, str]) -> None:
        """What stands beside the cells and changes what a person sees of them."""
        if local == "mergeCell":
            self.merged.append(attributes.get("ref", "")[:20])
        elif local == "col" and attributes.get("hidden") in _TRUE:
            self.hidden_columns.append((attributes.get("min", ""), attributes.get("max", "")))

    def end(self, tag: str) -> None:
        """An element closes; a formula without a stored result would otherwise read as an empty cell."""
        self.depth -= 1
        self.in_value = False
        local = tag.rpartition(":")[2]
        if local in ("is", "si"):
            self.in_text = False
        is_cell = self.is_sheet and local == "c"
        if is_cell and self.has_formula and not self.has_value and len(self.empty_formulas) < limits.MAX_UNCOMPUTED:
            self.empty_formulas.append(self.reference)

    def text(self, _data: str) -> None:
        """Characters: those of a value make the cell count as filled."""
        self.has_value = self.has_value or self.in_value

    def _count_cell(self) -> None:
        self.cells += 1
        if self.cells > limits.MAX_CELLS:
            raise RefusedFile("too_many_cells", limit=limits.MAX_CELLS)
        place = _REFERENCE.match(self.reference)
        if not place:
            return
        letters, row = place.groups()
        if int(row) > limits.MAX_ROWS + 1:
            raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
        if len(letters) > 2 or (len(letters) == 2 and letters > "GR"):
            raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)


def check_parts(archive: zipfile.ZipFile) -> dict[str, PartScan]:
    """Pass every XML part through expat; {sheet part: what its scan noted}. Raises RefusedFile."""
    sheets: dict[str, PartScan] = {}
    for entry in archive.infolist():
        lowered = entry.filename.lower()
        if not lowered.endswith((".xml", ".rels", ".vml")):
            continue
        is_sheet = bool(_SHEET_PART.search(entry.filename))
        scan = PartScan(is_sheet, entry.filename[:80], 3 * limits.MAX_CELLS if is_sheet else _most_elements(lowered))
        _scan(archive, entry, scan)
        if is_sheet:
            sheets[entry.filename] = scan
    return sheets


def _most_elements(lowered: str) -> int:
    if lowered.endswith("styles.xml"):
        return limits.MAX_STYLE_ELEMENTS
    return limits.MAX_WHOLE_ELEMENTS if _WHOLE.search(lowered) else limits.MAX_ELEMENTS


def _refuse_dtd(*_args: object) -> int:
    raise RefusedFile("xml_dtd")


def _scan(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, scan: PartScan) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = False
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.EntityDeclHandler = _refuse_dtd
    parser.UnparsedEntityDeclHandler = _refuse_dtd
    parser.ExternalEntityRefHandler = _refuse_dtd
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    if scan.is_sheet:
        parser.CharacterDataHandler = scan.text
    fed = 0
    try:
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > limits.MAX_TOKEN_BYTES:
                    raise RefusedFile("part_too_large", name=scan.name)
            parser.Parse(b"", True)
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise RefusedFile("damaged_archive") from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not have or expat cannot use, as UTF-7
        raise RefusedFile("damaged_archive") from error
