"""The parts of the HTML report (reports/html.py): one module for each part of the page, in pure functions."""
