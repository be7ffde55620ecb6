"""The `plan` command: what a deployment will take, before there is one."""
