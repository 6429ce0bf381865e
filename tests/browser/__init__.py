"""Tests in a real browser: headless Chromium, driven through chromedriver. Skipped where it is not installed."""
