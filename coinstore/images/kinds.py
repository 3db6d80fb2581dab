"""What a file is that is not a picture which coinstore reads, in words that a person understands."""

from __future__ import annotations

import codecs
import re

FORMATS = ("JPEG", "PNG", "TIFF", "WebP", "GIF", "BMP", "JPEG 2000", "AVIF", "HEIC")
VIDEO = "is a video, not a picture"
SOUND = "is a sound, not a picture"
RAW = "is a raw photograph of a camera; develop it first, as TIFF or JPEG"
OTHER = "is a picture, but {}; save it as TIFF, PNG or JPEG"

# The beginnings of files.
STARTS: dict[bytes, str] = {
    b"%PDF": "is a PDF, not a picture",
    b"%!PS": OTHER.format("PostScript"),
    b"\xc5\xd0\xd3\xc6": OTHER.format("PostScript"),
    b"8BPS": OTHER.format("of Photoshop (PSD)"),
    b"gimp xcf": OTHER.format("of GIMP (XCF)"),
    b"\0\0\1\0": OTHER.format("an icon (ICO)"),
    b"icns": OTHER.format("an icon (ICNS)"),
    b"\xff\x0a": OTHER.format("JPEG XL"),
    b"\0\0\0\x0cJXL ": OTHER.format("JPEG XL"),
    b"II\xbc": OTHER.format("JPEG XR"),
    b"BPG\xfb": OTHER.format("BPG"),
    b"qoif": OTHER.format("QOI"),
    b"DDS ": OTHER.format("DDS"),
    b"v/1\x01": OTHER.format("OpenEXR"),
    b"SIMPLE  =": OTHER.format("FITS"),
    b"AT&TFORM": OTHER.format("DjVu"),
    b"\x0a\x05\x01": OTHER.format("PCX"),
    **{b"P%d" % n + end: OTHER.format("PPM") for n in range(1, 8) for end in (b"\n", b" ", b"\r", b"\t")},
    b"FUJIFILMCCD-RAW": RAW,
    b"IIRO": RAW,
    b"IIRS": RAW,
    b"MMOR": RAW,
    b"IIU\0": RAW,
    b"FOVb": RAW,
    b"\0MRM": RAW,
    b"IIII": RAW,
    b"\x1aE\xdf\xa3": VIDEO,
    b"FLV\1": VIDEO,
    b"\0\0\1\xba": VIDEO,
    b"\0\0\1\xb3": VIDEO,
    b"0&\xb2u\x8ef\xcf\x11": VIDEO,
    b"OggS": SOUND,
    b"ID3": SOUND,
    b"fLaC": SOUND,
    b"PK\3\4": "is a zip or an Office document, not a picture",
    b"PK\5\6": "is a zip, not a picture",
    b"7z\xbc\xaf": "is an archive (7z), not a picture",
    b"Rar!": "is an archive (RAR), not a picture",
    b"\x1f\x8b": "is packed with gzip; unpack it first",
    b"BZh": "is packed with bzip2; unpack it first",
    b"\xfd7zXZ": "is packed with xz; unpack it first",
    b"\xd0\xcf\x11\xe0": "is an Office document or a list of thumbnails of Windows, not a picture",
    b"L\0\0\0\1\x14\2\0": "is a shortcut of Windows, not a picture",
    b"\0\5\x16\7": "is a file of macOS about another file, not a picture",
    b"MZ": "is a program, not a picture",
    b"\x7fELF": "is a program, not a picture",
    b"SQLite format 3": "is a database, not a picture",
    b"version https://git-lfs": "is a pointer of Git LFS; fetch the picture itself with: git lfs pull",
}
# What follows RIFF and its size, and the brands of files of boxes (MPEG-4 and its relatives).
RIFFS = {b"AVI ": VIDEO, b"WAVE": SOUND}
BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    **dict.fromkeys((b"crx ",), RAW),
    **dict.fromkeys((b"M4A ", b"M4B "), SOUND),
}


def brand(data: bytes) -> str | None:
    """What a file of boxes is: "HEIC", "AVIF" or a reason; None for other files."""
    if data[4:8] != b"ftyp":
        return None
    return BRANDS.get(data[8:12], VIDEO)


def unreadable(data: bytes) -> str:
    """The reason for a file that does not begin as a picture that coinstore reads."""
    if not data.strip(b"\0"):
        return "holds nothing but zeros"
    if data.startswith(b"RIFF") and data[8:12] in RIFFS:
        return RIFFS[data[8:12]]
    if data[128:132] == b"DICM":
        return OTHER.format("DICOM")
    known = next((reason for start, reason in STARTS.items() if data.startswith(start)), None)
    return (
        known
        or text_kind(data)
        or brand(data)
        or f"is not a picture that coinstore reads ({', '.join(FORMATS)})"
    )


def text_kind(data: bytes) -> str | None:
    """What kind of text a file is; None when it is not a text."""
    text = _text(data[:4096])
    if text is None:
        return None
    # What may come before the first element.
    start = re.sub(r"^(?:\s|<!--.*?(?:-->|$)|<\?.*?(?:\?>|$))+", "", text.lower(), flags=re.DOTALL)
    if re.match(r"<(!doctype\s+)?(html|head|body|script)\b", start):
        return "is a web page, not a picture"
    if re.match(r"<(!doctype\s+)?(\w+:)?svg\b", start):
        return "is a drawing (SVG), not a photograph"
    if start.startswith("%pdf"):
        return "is a PDF, not a picture"
    return "is a text file, not a picture"


def _text(data: bytes) -> str | None:
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        decoded = codecs.getincrementaldecoder("utf-16" if utf_16 else "utf-8")().decode(data)
    except UnicodeDecodeError:
        return None
    text = decoded.lstrip("\ufeff")
    return text if text and all(c.isprintable() or c in "\t\r\n\f\ufeff" for c in text) else None
