"""The steps of ops/release.py, which makes a release and checks it."""
