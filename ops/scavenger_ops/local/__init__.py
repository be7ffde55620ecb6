"""The `local` command, and the local AWS (MiniStack) that it runs. The demo and the tests use it, too."""
