"""A report to read: one page that opens from disk, with its formulas, its figures and nothing from elsewhere."""

from gantheory.verify.page.document import page_text, write_page
from gantheory.verify.page.of_a_run import run_page_text, write_run_page
from gantheory.verify.page.setting import Setting

__all__ = ["Setting", "page_text", "run_page_text", "write_page", "write_run_page"]
