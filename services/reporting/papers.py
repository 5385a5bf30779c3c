"""A paper as a file to download: DOCX or PDF.

Guarantee: both forms say the same. The libraries that write them are loaded with the first paper: relays and consumers
know the routes of this service too, and write none.
Step 9 of the event path (docs/architecture.md).
"""

from flask import Response

from services.reporting.documents.blocks import Paper

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def write(paper: Paper, form: str) -> bytes:
    """The file of a paper, `docx` or `pdf`."""
    if form == "docx":
        from services.reporting.documents.docx_writer import write_docx

        return write_docx(paper)
    from services.reporting.documents.pdf_writer import write_pdf

    return write_pdf(paper)


def answer(paper: Paper, form: str, name: str) -> Response:
    """The file, to be saved under a name of letters, digits, hyphens and underscores."""
    safe = "".join(char for char in name if char.isascii() and (char.isalnum() or char in "-_"))
    return Response(
        write(paper, form),
        content_type=TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{safe}.{form}"', "Cache-Control": "no-store"},
    )
