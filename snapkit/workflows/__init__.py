"""The workflows: backup, check, restore, verify, drill; read, decide in core, write."""
