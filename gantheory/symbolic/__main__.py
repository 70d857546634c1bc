"""``python -m gantheory.symbolic > docs/proofs.md``."""

from __future__ import annotations

if __name__ == "__main__":
    from gantheory.markdown import print_document
    from gantheory.symbolic.proofs import proofs

    print_document(proofs())
