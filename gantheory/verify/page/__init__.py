"""A report to read: one page that opens from disk, with its formulas, its figures and nothing from elsewhere."""

from gantheory.verify.page.document import page_text, write_page
from gantheory.verify.page.setting import Setting

__all__ = ["Setting", "page_text", "write_page"]
