"""The keeper: a process of its own, run with nothing but the standard library and this package.

It must start in milliseconds and owe nothing to the process that starts it, so nothing here imports the rest of
goldenpath, and modules here import one another relatively: the keeper knows this package as `keeping`.
"""
