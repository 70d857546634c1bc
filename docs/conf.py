"""The site, built and read without a network: sphinx-build -W -c docs . build/site, then build/site/index.html.

The source is the repository itself, so that a link from a page to a notebook or to the README is the same link on the
site and on the web page of the repository.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]

shutil.rmtree(HERE / "api", ignore_errors=True)  # the page of a name that is gone would be in no table

import gantheory  # noqa: E402  # from this checkout, whichever is installed

project = "gantheory"
author = "the gantheory developers"
project_copyright = author
version = release = gantheory.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_copybutton",
    "docstrings",
    "mathml",
    "markdown_as_on_the_web",
]
root_doc = "docs/index"
include_patterns = ["docs/**", "notebooks/*.ipynb", "*.md"]
exclude_patterns = [".*", "**/.*", "**/_*", "build", "dist", "gantheory", "tests", "benchmarks"]

# -- Markdown and notebooks -------------------------------------------------------------------------------------------
myst_fence_as_directive = ["math"]
myst_heading_anchors = 3
myst_heading_slug_func = "docutils.nodes.make_id"  # thm1.jsd-form is thm1-jsd-form, as in gantheory.markdown.anchor
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"  # they are committed with their outputs, and a check of their own runs them

# -- the reference, from the docstrings -------------------------------------------------------------------------------
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"  # the docstrings say it, and more
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
templates_path = [str(HERE / "_templates")]

# -- the page ---------------------------------------------------------------------------------------------------------
html_theme = "furo"
html_title = f"gantheory {version}"
html_static_path = ["_static"]
html_css_files = ["gantheory.css"]
html_extra_path = ["_root"]  # index.html, which leads to docs/index.html
html_show_sphinx = False
copybutton_prompt_text = ">>> |\\.\\.\\. |\\$ "
copybutton_prompt_is_regexp = True
