#!/usr/bin/env python
# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "alpha==1.2",
#     ">=1",
# ]
# ///
import alpha

print(alpha)
