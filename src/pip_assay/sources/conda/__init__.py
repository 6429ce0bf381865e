"""What conda and pixi write: locks, environment.yml, and the records of an environment.

document      bytes -> mappings, lists and texts (plain_yaml, or where that cannot, full_yaml)
spelled       what names, addresses and specifications of packages say
entries       what a lock lists, platform by platform -> Dependency
pixi_lock  conda_lock  environment_yml  conda_meta: one format each
"""
