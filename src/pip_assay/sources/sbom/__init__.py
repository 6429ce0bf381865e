"""Software bills of materials: CycloneDX and SPDX, each in all its forms, read into one kind of bill (bill.py)."""
