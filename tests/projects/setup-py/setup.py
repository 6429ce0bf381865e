import os

from setuptools import setup

requires = ["alpha==1.2"]
if os.environ.get("FAST"):
    requires.append("delta==1.0")

setup(
    name="application",
    install_requires=requires,
    extras_require={"test": ["beta==3.0"]},
)
