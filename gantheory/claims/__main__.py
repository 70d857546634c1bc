"""``python -m gantheory.claims > docs/claims.md``."""

from __future__ import annotations

if __name__ == "__main__":
    from gantheory.claims.ledger import ledger
    from gantheory.markdown import print_document

    print_document(ledger())
