"""What the makefile and maintainers run; nothing of it ships."""
